"""The reviewed tables of words, labels and names that the rules look for, one CSV file a table."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `lexicon/<name>.csv`, each a dict of column name to text; an empty cell is `""`.

    Raises FileNotFoundError where there is no such table.
    """
    with files(__name__).joinpath(f"{name}.csv").open(encoding="utf-8", newline="") as table:
        return tuple(csv.DictReader(table))
