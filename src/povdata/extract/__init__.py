"""What is read out of an article: one module a table, each a function from a Document to rows."""

from __future__ import annotations

from collections.abc import Generator, Iterable
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
    """The rows of every table that one page gives, in page order; `articles` has exactly one."""
    (rows,) = extract_together([document])
    if isinstance(rows, Exception):
        raise rows
    return rows


def extract_together(documents: Iterable[Document]) -> list[Rows | Exception]:
    """What `extract` gives for each document, or the exception that it raises.

    All documents take a step before any takes the next: what a step looks up is then still in the processor's cache.
    """
    found: dict[int, Rows | Exception] = {}
    under_way = list(enumerate(map(_steps, documents)))
    while under_way:
        still = []
        for place in under_way:
            try:
                next(place[1])
                still.append(place)
            except StopIteration as end:
                found[place[0]] = end.value
            except Exception as error:  # one document must not cost the others
                found[place[0]] = error
        under_way = still
    return [found[number] for number in range(len(found))]


def _steps(document: Document) -> Generator[None, None, Rows]:
    """The steps of `extract`, with a `yield` where another document may have its turn.

    Their order is what each needs: names before places, because a name can look like one; dates before figures, because
    a date is no figure; people before statements, statements before points.
    """
    page = document.page
    known = anchor(document)
    date_rows = dates(document, known)
    yield
    published, crawled = inferred_publication(document, known), document.article["crawled_at"]
    if published and not (crawled and published[0] > crawled):
        names = ("published_at", "published_precision", "published_basis")
        document.article |= dict(zip(names, published, strict=True))
    on = known.day or (date(known.year, 12, 31) if known.year else None)
    people_rows = people(document)
    yield
    named = [Span(mention["start"], mention["end"]) for row in people_rows for mention in row["mentions"]]
    place_rows = places(document, on, named)
    yield
    region_code, region_name = region_of(document, place_rows) or (None, None)
    yield
    statement_rows = statements(document, people_rows)
    yield
    speaking = speakers(statement_rows)
    for row in people_rows:
        row |= posts.parse(row["titles"], on, region_code)
        if row["name"] in speaking:
            held = {*row["roles"], "speaker"} - {"mentioned"}
            row["roles"] = [role for role in PERSON_ROLES if role in held]
    yield
    term_rows = terms(document)
    yield
    no_figures = [(row["start"], row["end"]) for row in (*term_rows, *date_rows)]
    sentence_rows = sentences(document)
    yield
    document.article["genre"] = genre(
        document, {"people": people_rows, "places": place_rows, "dates": date_rows, "statements": statement_rows}
    )
    yield
    phrases = keyphrases(sentence_rows)
    yield
    event_rows = events(document, people_rows, place_rows, date_rows)
    yield
    figure_rows = figures(document, no_figures)
    yield
    point_rows = points(document, statement_rows, people_rows)
    yield
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
        "keyphrases": phrases,
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
        "events": event_rows,
        "figures": figure_rows,
        "points": point_rows,
        "statements": statement_rows,
        "terms": term_rows,
    }
