"""What is read out of an article: one module a table, each a function from a Document to rows."""

from __future__ import annotations

from typing import Any

from povdata.extract.sentences import keyphrases, sentences
from povdata.page import Document

Rows = dict[str, list[dict[str, Any]]]
"""Table name -> rows, each a dict with every column of that table's model."""


def extract(document: Document) -> Rows:
    """The rows of every table that one page gives, in page order; `articles` has exactly one."""
    page = document.page
    segment_rows = [
        {
            "article_id": page.article_id,
            "seq": seq,
            "start": segment.start,
            "end": segment.end,
            "text": page.text[segment.start : segment.end],
            "role": segment.role,
            "rule": segment.rule,
        }
        for seq, segment in enumerate(document.segments)
    ]
    sentence_rows = list(sentences(document))
    paragraphs = [text for _, _, text in document.text_of("body")]
    body = "\n".join(paragraphs)
    article = {
        "article_id": page.article_id,
        "raw_path": page.raw_path,
        "raw_sha256": page.raw_sha256,
        "raw_bytes": page.raw_bytes,
        "encoding": page.encoding,
        "media_type": page.media_type,
        **document.article,
        "region_code": None,
        "region_name": None,
        "body": body,
        "n_paragraphs": len(paragraphs),
        "n_sentences": len(sentence_rows),
        "n_chars": len(body),
        "keyphrases": keyphrases(sentence_rows),
        "duplicate_group": None,
    }
    return {"articles": [article], "segments": segment_rows, "sentences": sentence_rows}
