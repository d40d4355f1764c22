"""What the dataset card and its pictures count in the Parquet files: batch by batch, so that any dataset fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_BATCH = 1 << 16


@dataclass
class Counts:
    """Counts over all rows; each Counter maps a value to its rows."""

    raw_bytes: int = 0
    first: datetime | None = None
    """Earliest time of publication."""
    last: datetime | None = None
    years: Counter[tuple[int, str | None]] = field(default_factory=Counter)
    """Year of publication and outlet -> articles with a date."""
    outlets: Counter[str | None] = field(default_factory=Counter)
    """The source that a page credits, else its publisher; null where it names neither."""
    provinces: Counter[str | None] = field(default_factory=Counter)
    """First two digits of `articles.region_code`, 10 for the country."""
    languages: Counter[str] = field(default_factory=Counter)
    genres: Counter[str] = field(default_factory=Counter)
    quality: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    """Role -> code points."""
    themes: Counter[str] = field(default_factory=Counter)
    """Code of a theme -> points that have it."""
    rejects: Counter[str] = field(default_factory=Counter)

    @property
    def dated(self) -> int:
        return self.years.total()


def count(dist: Path) -> Counts:
    """Count a dataset folder. Holds one batch of a few columns at a time, and a number for each outlet and year."""
    found = Counts()
    columns = ["raw_bytes", "published_at", "source", "publisher", "region_code", "language", "genre", "quality"]
    for batch in batches(dist, "articles", columns):
        _count_articles(found, batch)
    for batch in batches(dist, "segments", ["role", "start", "end"]):
        sizes = pa.table([batch["role"], pc.subtract(batch["end"], batch["start"])], ["role", "size"])
        for row in sizes.group_by("role").aggregate([("size", "sum"), ("size", "count")]).to_pylist():
            found.characters[row["role"]] += row["size_sum"]
            found.roles[row["role"]] += row["size_count"]
    for batch in batches(dist, "points", ["themes"]):
        found.themes.update(_tally(pc.list_flatten(batch["themes"])))
    for batch in batches(dist, "rejects", ["raw_bytes", "error"]):
        found.raw_bytes += pc.sum(batch["raw_bytes"]).as_py() or 0
        found.rejects.update(_tally(batch["error"]))
    return found


def batches(dist: Path, table: str, columns: list[str] | None = None, size: int = _BATCH) -> Iterator[pa.RecordBatch]:
    """The rows of a table, file by file."""
    for path in files(dist, table):
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(size, columns=columns)


def files(dist: Path, table: str) -> list[Path]:
    """The Parquet files of a table. Raises FileNotFoundError where there is none."""
    found = sorted((dist / "data" / table).glob("train-*.parquet"))
    if not found:
        raise FileNotFoundError(f"{dist / 'data' / table}: no train-*.parquet there; build the dataset again")
    return found


def _count_articles(found: Counts, batch: pa.RecordBatch) -> None:
    found.raw_bytes += pc.sum(batch["raw_bytes"]).as_py() or 0
    for value, column in ((found.languages, "language"), (found.genres, "genre")):
        value.update(_tally(batch[column]))
    found.quality.update(_tally(pc.list_flatten(batch["quality"])))
    found.provinces.update(_tally(pc.utf8_slice_codeunits(batch["region_code"], 0, 2)))
    outlets = pc.coalesce(batch["source"], batch["publisher"])
    found.outlets.update(_tally(outlets))
    published = batch["published_at"]
    years = pa.table([pc.year(published), outlets], ["year", "outlet"]).group_by(["year", "outlet"])
    for row in years.aggregate([([], "count_all")]).to_pylist():
        if row["year"] is not None:
            found.years[row["year"], row["outlet"]] += row["count_all"]
    ends = pc.min_max(published).as_py()
    if ends["min"]:
        found.first = min(found.first or ends["min"], ends["min"])
        found.last = max(found.last or ends["max"], ends["max"])


def _tally(values: pa.Array) -> dict[Any, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(values).to_pylist()}


def ranked(found: Counter[Any]) -> list[tuple[Any, int]]:
    """The values that are named, the most frequent first, equals by name."""
    return sorted(((value, n) for value, n in found.items() if value is not None), key=lambda item: (-item[1], item[0]))
