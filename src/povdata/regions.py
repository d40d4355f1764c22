"""The gazetteer: divisions of China down to the county, with their time in force, and the poor counties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from typing import Any, NamedTuple

from povdata import lexicon

LEVELS = ("country", "province", "prefecture", "county")
"""From the widest to the narrowest."""


class Region(NamedTuple):
    """One administrative division under one code and name."""

    code: str | None
    """GB/T 2260 code; None for a division that the standard lacks (雄安新区)."""
    name: str
    """Official full name."""
    short_names: tuple[str, ...]
    level: str
    parent: str | None
    """Code of the division above; None for the country."""
    valid_from: str | None
    """First day or month in force (ISO); None: always, as far as the table goes back."""
    valid_to: str | None
    """First day or month no longer in force (ISO); None: still in force."""
    poverty_county: bool
    """Whether it was on the list of 832 national-level poor counties, under this or a former name."""
    exit_year: int | None
    """Assessment year with which it left that list."""
    successors: tuple[str, ...] = ()
    """Codes that took its place when it went out of force; several where it was split."""

    def in_force(self, day: str | None) -> bool:
        """Whether the division exists on that ISO day; always true for None."""
        return day is None or ((self.valid_from or "") <= day and (self.valid_to is None or day < self.valid_to))


_LONGEST = 20
"""No name in the table has more characters."""

COUNTRY = Region("100000", "中华人民共和国", ("中国",), "country", None, None, None, False, None)


def resolve(name: str, on: date | str | None = None, near: str | None = None) -> Region | None:
    """The division that a name stands for.

    `name` is a full name (任县), a short form (黔南州, 福泉) or a nest of both (四川省成都市): of a nest the narrowest
    division is returned. `on` is the day to which it refers, a date or an ISO string; None means any time, the latest
    in force preferred. A name that went out of force before that day gives the one division that took its place.
    `near` is the name or code of a division that holds the one meant or lies around it.

    The table goes back to 2013: names that ended earlier (毕节地区) are not resolved.

    Returns None for an unknown name, and for one that several divisions share and `near` does not decide. Where
    divisions of different levels share a name, the widest wins (吉林: the province; 喀什: the prefecture).
    Raises ValueError where `on` is a string that does not begin with an ISO date.
    """
    return _resolve(name, _iso(on), near)


def candidates(name: str, day: str | None) -> list[Region]:
    """Every division that bears this full or short name on an ISO day.

    Where none does, those that took the place of the latest bearers of the name before it; else those that bear it
    later. With no day, the divisions in force today; else the last that bore the name.
    """
    every = _by_name().get(name, ())
    if len(every) == 1 and (day is None or every[0].in_force(day)):
        return list(every)
    found = [region for region in every if (region.valid_to is None if day is None else region.in_force(day))]
    if found or not every:
        return found
    gone = [region for region in every if region.valid_to is not None and (day is None or region.valid_to <= day)]
    if day is None or not gone:
        return list(gone or every)
    heirs = [_heir(region, day) for region in gone]
    return list(dict.fromkeys(region for region in heirs if region is not None))


@lru_cache(maxsize=20_000)
def by_code(code: str, day: str | None = None) -> Region | None:
    """The division that bears a code on an ISO day, else the latest one that did; None where none ever did."""
    if code == COUNTRY.code:
        return COUNTRY
    every = _by_code().get(code, ())
    return next((region for region in every if region.in_force(day) and (day or not region.valid_to)), None) or (
        max(every, key=lambda region: region.valid_to or "9") if every else None
    )


@cache
def ancestors(code: str) -> tuple[str, ...]:
    """The codes of the divisions above one, the nearest first, without the country."""
    every = _by_code().get(code, ())
    parent = every[0].parent if every else None
    return () if parent in (None, COUNTRY.code) else (parent, *ancestors(parent))


def contains(code: str, region: Region) -> bool:
    """Whether the division with this code holds the region, or is it."""
    if code in (COUNTRY.code, region.code, region.parent):
        return True
    return region.parent is not None and code in ancestors(region.parent)


def widest(regions: Iterable[Region]) -> Region | None:
    """The one region of the widest level among these; None where several share that level."""
    found = list(regions)
    if len(found) > 1:
        found.sort(key=lambda region: LEVELS.index(region.level))
        if found[0].level == found[1].level:
            return None
    return found[0] if found else None


def names() -> Iterable[str]:
    """Every full and short name in the gazetteer, each once."""
    return _by_name().keys()


def bearers(name: str) -> tuple[Region, ...]:
    """Every division that bears, or bore, this full or short name."""
    return _by_name().get(name, ())


def rows() -> list[dict[str, Any]]:
    """The rows of the lookup table `regions`, by code and time: the country, then all with a GB/T 2260 code."""
    listed = sorted(
        (region for region in _regions() if region.code is not None), key=lambda r: (r.code, r.valid_from or "", r.name)
    )
    return [
        {
            "region_code": region.code,
            "name": region.name,
            "short_names": list(region.short_names),
            "level": region.level,
            "parent": region.parent,
            "valid_from": region.valid_from,
            "valid_to": region.valid_to,
            "poverty_county": region.poverty_county,
            "exit_year": region.exit_year,
        }
        for region in (COUNTRY, *listed)
    ]


@lru_cache(maxsize=20_000)
def _resolve(name: str, day: str | None, near: str | None) -> Region | None:
    """`resolve` on an ISO day; the same names return on page after page."""
    around = None
    if near is not None:
        place = by_code(near, day) if near.isdecimal() else _resolve(near, day, None)
        if place is None or place.code is None:
            return None
        around = place.code
    found = _lookup(name, day, around)
    if found is not None:
        return found
    for cut in range(min(len(name) - 2, _LONGEST), 1, -1):
        head = _lookup(name[:cut], day, around)
        if head is not None and head.code not in (None, around):
            return _resolve(name[cut:], day, head.code)
    return None


def _lookup(name: str, day: str | None, around: str | None) -> Region | None:
    return widest(region for region in candidates(name, day) if around is None or contains(around, region))


def _heir(region: Region, day: str) -> Region | None:
    """The one division in force on a day that took a former one's place, through any number of changes."""
    for _ in range(4):
        if region.in_force(day):
            return region
        if len(region.successors) != 1:
            return None
        heir = by_code(region.successors[0], max(day, region.valid_to or ""))
        if heir is None or heir == region:
            return None
        region = heir
    return None


def _iso(on: date | str | None) -> str | None:
    if on is None:
        return None
    if isinstance(on, str):
        return date.fromisoformat(on[:10]).isoformat()
    return f"{on.year:04d}-{on.month:02d}-{on.day:02d}"


@cache
def _regions() -> tuple[Region, ...]:
    exits = {
        (row[f"code_{when}"], row[f"name_{when}"]): int(row["removal_year"])
        for row in lexicon.rows("poverty_counties")
        for when in ("start", "at_removal", "2021")
    }
    return tuple(
        Region(
            code=row["code"] if row["in_gb2260"] == "1" else None,
            name=row["name"],
            short_names=tuple(filter(None, row["short_names"].split("|"))),
            level=row["level"],
            parent=row["parent"] or COUNTRY.code,
            valid_from=row["valid_from"] or None,
            valid_to=row["valid_to"] or None,
            poverty_county=(row["code"], row["name"]) in exits,
            exit_year=exits.get((row["code"], row["name"])),
            successors=tuple(filter(None, row["successor"].split("|"))),
        )
        for row in lexicon.rows("divisions")
    )


@cache
def _by_name() -> dict[str, tuple[Region, ...]]:
    index: dict[str, list[Region]] = {}
    for region in _regions():
        for name in (region.name, *region.short_names):
            index.setdefault(name, []).append(region)
    return {name: tuple(regions) for name, regions in index.items()}


@cache
def _by_code() -> dict[str, tuple[Region, ...]]:
    index: dict[str, list[Region]] = {}
    for region in _regions():
        if region.code is not None:
            index.setdefault(region.code, []).append(region)
    return {code: tuple(regions) for code, regions in index.items()}
