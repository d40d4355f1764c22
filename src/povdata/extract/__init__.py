"""What is read out of an article: one module a table, each a function from a Document to rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from povdata.extract import posts
from povdata.extract.dates import anchor, dates, inferred_publication
from povdata.extract.events import events
from povdata.extract.figures import figures
from povdata.extract.genre import genre
from povdata.extract.people import people
from povdata.extract.places import places
from povdata.extract.points import points
from povdata.extract.region import region_of
from povdata.extract.sentences import keyphrases, sentences
from povdata.extract.statements import speakers, statements
from povdata.extract.terms import terms
from povdata.models import PERSON_ROLES
from povdata.page import Document, Span

Rows = dict[str, list[dict[str, Any]]]
"""Table name -> rows, each a dict with every column of that table's model."""


def extract(document: Document) -> Rows:
    """The rows of every table that one page gives, in page order; `articles` has exactly one.

    The order of the steps is what each needs: names before places, because a name can look like one; dates before
    figures, because a date is no figure; people before statements, statements before points.
    """
    page = document.page
    known = anchor(document)
    date_rows = dates(document, known)
    published, crawled = inferred_publication(document, known), document.article["crawled_at"]
    if published and not (crawled and published[0] > crawled):
        names = ("published_at", "published_precision", "published_basis")
        document.article |= dict(zip(names, published, strict=True))
    on = known.day or (date(known.year, 12, 31) if known.year else None)
    people_rows = people(document)
    named = [Span(mention["start"], mention["end"]) for row in people_rows for mention in row["mentions"]]
    place_rows = places(document, on, named)
    region_code, region_name = region_of(document, place_rows) or (None, None)
    statement_rows = statements(document, people_rows)
    speaking = speakers(statement_rows)
    for row in people_rows:
        row |= posts.parse(row["titles"], on, region_code)
        if row["name"] in speaking:
            held = {*row["roles"], "speaker"} - {"mentioned"}
            row["roles"] = [role for role in PERSON_ROLES if role in held]
    term_rows = terms(document)
    no_figures = [(row["start"], row["end"]) for row in (*term_rows, *date_rows)]
    sentence_rows = sentences(document)
    document.article["genre"] = genre(
        document, {"people": people_rows, "places": place_rows, "dates": date_rows, "statements": statement_rows}
    )
    text, article_id = page.text, page.article_id
    paragraphs = [text[start:end].strip() for start, end, role, _ in document.segments if role in ("body", "heading")]
    body = "\n".join(paragraphs)
    article = {
        "article_id": article_id,
        "raw_path": page.raw_path,
        "raw_sha256": page.raw_sha256,
        "raw_bytes": page.raw_bytes,
        "encoding": page.encoding,
        "media_type": page.media_type,
        **document.article,
        "region_code": region_code,
        "region_name": region_name,
        "body": body,
        "n_paragraphs": len(paragraphs),
        "n_sentences": len(sentence_rows),
        "n_chars": len(body),
        "keyphrases": keyphrases(sentence_rows),
        "duplicate_group": None,
    }
    return {
        "articles": [article],
        "segments": [
            {
                "article_id": article_id,
                "seq": seq,
                "start": start,
                "end": end,
                "text": text[start:end],
                "role": role,
                "rule": rule,
            }
            for seq, (start, end, role, rule) in enumerate(document.segments)
        ],
        "sentences": sentence_rows,
        "people": people_rows,
        "places": place_rows,
        "dates": date_rows,
        "events": events(document, people_rows, place_rows, date_rows),
        "figures": figures(document, no_figures),
        "points": points(document, statement_rows, people_rows),
        "statements": statement_rows,
        "terms": term_rows,
    }
