"""Writes `schema/`, `docs/tables.md` and the card. The prose is in templates/, the meaning of a column in models.py."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from povdata import models

_TEMPLATES = Environment(
    loader=PackageLoader("povdata.publish"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["cell"] = lambda value: " ".join(str(value).split()).replace("|", r"\|")

HEAD = {
    "pretty_name": "povdata: news pages on China's campaign against poverty",
    "language": ["zh"],
    "license": "other",
    "license_name": "labels-apache-2.0-texts-of-their-publishers",
    "annotations_creators": ["machine-generated"],
    "language_creators": ["found"],
    "multilinguality": ["monolingual"],
    "source_datasets": ["original"],
    "task_categories": ["text-classification", "token-classification"],
    "tags": ["news", "china", "poverty-alleviation", "脱贫攻坚", "boilerplate-removal", "web-pages"],
}
"""What the card's front matter says of every build, in the Hub's words."""
_SIZES = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B"]
"""The Hub's size categories."""


def schemas(folder: Path) -> None:
    """Write `<table>.schema.json`, a JSON Schema (draft 2020-12) of a row, for each table; remove any other."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.schema.json"):
        if old.name.removesuffix(".schema.json") not in models.TABLES:
            old.unlink()
    for table in models.TABLES:
        text = json.dumps(models.json_schema(table), ensure_ascii=False, indent=2)
        (folder / f"{table}.schema.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def dictionary(path: Path) -> None:
    """Write the data dictionary: every table with its keys, its columns and the values that they may take."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tables = [_table(name) for name in models.TABLES]
    _write(path, "tables.md.jinja", version=models.SCHEMA_VERSION, tables=tables)


def card(dist: Path) -> bool:
    """Write `README.md`, the dataset card, and its pictures in `plots/` into a built dataset; gives whether pictures
    could be drawn, for which matplotlib is needed.

    Its figures are those of the Parquet files and the manifest. Holds a batch of one file at a time. Raises NoManifest
    where `manifest.json` cannot be used, FileNotFoundError where `data/` is missing.
    """
    from povdata import manifest as manifests
    from povdata.publish import plots
    from povdata.publish.counts import count, ranked

    manifest = manifests.read(dist)
    tables = []
    for name in models.TABLES:
        entry = manifest.tables[name]
        size = sum(file.n_bytes for file in entry.files)
        table = _table(name)
        shown = zip(table["columns"], _examples(dist, name), strict=True)
        columns = [column | {"example": example} for column, example in shown]
        tables.append(table | {"columns": columns, "rows": entry.rows, "bytes": size})
    counts = count(dist)
    themes = {row["code"]: row for row in _lookup(dist, "themes")}
    pictures = plots.draw(counts, {code: row["name_en"] for code, row in themes.items()}, dist / plots.FOLDER)
    provinces = {row["region_code"]: row["name"] for row in _lookup(dist, "regions") if row["valid_to"] is None}
    of_year: Counter[int] = Counter()
    for (year, _), n in counts.years.items():
        of_year[year] += n
    _write(
        dist / "README.md",
        "card.md.jinja",
        front_matter=_front_matter(manifest.tables["articles"].rows),
        title=HEAD["pretty_name"],
        manifest=manifest,
        tables=tables,
        flat=[table["name"] for table in tables if not any("<" in column["type"] for column in table["columns"])],
        rows_of={table["name"]: table["rows"] for table in tables},
        counts=counts,
        of_year=sorted(of_year.items()),
        outlets=list(zip([*plots.KEYS, *([plots.OTHERS] * _MORE_OUTLETS)], ranked(counts.outlets), strict=False)),
        other_outlets=ranked(counts.outlets)[len(plots.KEYS) + _MORE_OUTLETS :],
        others=plots.OTHERS,
        unnamed=plots.UNNAMED,
        provinces=[
            ("the country as a whole" if code == "10" else provinces.get(f"{code}0000", code), n)
            for code, n in ranked(counts.provinces)
        ],
        themes=[(code, themes.get(code), n) for code, n in ranked(counts.themes)],
        pictures=pictures,
        roles=_explained(models.ROLES, counts.roles),
        genres=_explained(models.GENRES, counts.genres),
        quality=_explained(models.QUALITY, counts.quality),
        rejects=_explained(models.VOCABULARIES["rejects"]["error"], counts.rejects),
        scores=_data_file("scores.json"),
        layers=_LAYERS,
        blind=_data_file("blind.json"),
        bibtex=_bibtex(),
        changes=_newest_data_changes(),
    )
    return plots.available()


_SHOWN = 40
"""Code points of a text that an example shows."""
_MORE_OUTLETS = 10
"""Outlets that the card names besides those which its picture tells apart."""
_LAYERS = {
    "kind": "whether an input is an article or a reject",
    "body chars": "characters in segments with role `body`",
    "content chars": f"characters in segments of the article itself ({', '.join(models.CONTENT_ROLES)})",
    "about chars": "characters in segments about the article (metadata, credit, contact)",
    "body exact": "pages whose body has no character too many and none too few",
    "people": "names, each once a page",
    "people titles": "a name with one of its titles",
    "places": "words with `region_code`, each once a page",
    "dates": "words with first and last day, each once a page",
    "figures": "`value`, `value_max`, `unit` and `comparator`, each once a page",
    "points": "marker and first words of an item",
    "statements": "speaker, verb and first words of what is said",
    "event date": "first day of the main event of a page",
    "event chairs": "names in `events.chairs`",
    "event speakers": "names in `events.speakers`",
    "event attendees": "names in `events.attendees`",
} | {f"article.{name}": f"the column `{name}` of `articles`" for name in models.Article.model_fields}
"""What each layer of `benchmarks/gold.py` compares; white space and the width of punctuation never count."""


def _explained(meanings: dict[str, str], found: Counter[str]) -> list[tuple[str, str, int]]:
    return [(value, meaning, found[value]) for value, meaning in meanings.items() if value in found]


def _lookup(dist: Path, table: str) -> list[dict[str, Any]]:
    from povdata.publish.counts import batches

    return [row for batch in batches(dist, table) for row in batch.to_pylist()]


def _examples(dist: Path, table: str) -> Iterator[str | None]:
    """What one row holds in each column of a table, a struct's columns after it; null where there is no row.

    The row is that of the first ones which leaves the fewest columns empty.
    """
    from povdata.publish.counts import batches

    batch = next(iter(batches(dist, table, size=50)), None)
    rows = batch.to_pylist() if batch is not None else []
    best = max(rows, key=lambda row: sum(value not in (None, []) for value in row.values()), default=None)
    yield from _shown(models.columns(table), best)


def _shown(columns: Iterable[models.Column], row: dict[str, Any] | None) -> Iterator[str | None]:
    for column in columns:
        value = row[column.name] if row else None
        if not column.fields or not value:
            yield None if row is None else _printed(value)
        else:
            yield None
        if not column.fields:
            continue
        first = value[0] if isinstance(value, list) and value else value
        yield from _shown(column.fields, first or None)


def _printed(value: Any) -> str:
    if isinstance(value, list):
        more = ", …" if len(value) > 3 else ""
        return f"[{', '.join(map(_printed, value[:3]))}{more}]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = f"{value:.4g}" if isinstance(value, float) and not value.is_integer() else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _code(text: str) -> str:
    """A text as a code span in a cell of a Markdown table, whatever stands in it."""
    text = "".join(c if c.isprintable() else " " for c in text).replace("|", r"\|")
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) or not text.strip() else ""
    return f"{fence}{pad}{text}{pad}{fence}"


_TEMPLATES.filters["code"] = _code
_TEMPLATES.filters["plain"] = lambda text: re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", " ".join(str(text).split()))
"""Words of a page as they stand, none of which are Markdown."""


def _data_file(name: str) -> Any:
    return json.loads(files("povdata.publish").joinpath(name).read_text(encoding="utf-8"))


def _project_file(name: str) -> str:
    """The text of a file that lies in the checkout's root, and inside an installed package."""
    package = Path(__file__).resolve().parent.parent
    installed = package / name
    return (installed if installed.is_file() else package.parent.parent / name).read_text(encoding="utf-8")


def citation() -> dict[str, Any]:
    """What CITATION.cff says."""
    return yaml.safe_load(_project_file("CITATION.cff"))


def _bibtex() -> str:
    """CITATION.cff as BibTeX."""
    facts = citation()
    fields = {
        "title": f"{{{facts['title']}}}",
        "author": " and ".join(f"{{{author['name']}}}" for author in facts["authors"]),
        "version": facts["version"],
    }
    if released := facts.get("date-released"):
        fields["year"] = str(released)[:4]
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join(["@misc{povdata,", *lines, "}"])


def _newest_data_changes() -> tuple[str, str] | None:
    """Heading and text of the newest part of CHANGELOG.md about data."""
    changes = re.search(
        r"^## (?P<version>[^\n]+)\n(?:(?!## ).*\n)*?### Data\n+(?P<text>(?:(?!##).*\n)+)",
        _project_file("CHANGELOG.md"),
        re.M,
    )
    return (changes["version"], changes["text"].strip()) if changes else None


def _front_matter(articles: int) -> str:
    from datasets import DatasetInfo, Features
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCardData

    data = DatasetCardData(**HEAD, size_categories=[_SIZES[min(max(len(str(articles)) - 3, 0), len(_SIZES) - 1)]])
    # No splits are recorded: with their row counts on the card, load_dataset(..., filters=...) fails its own check.
    DatasetInfosDict(
        {
            name: DatasetInfo(config_name=name, features=Features.from_arrow_schema(models.arrow_schema(name)))
            for name in models.TABLES
        }
    ).to_dataset_card_data(data)
    MetadataConfigs(
        {
            name: {"data_files": [{"split": "train", "path": f"data/{name}/train-*.parquet"}]}
            | ({"default": True} if name == "articles" else {})
            for name in models.TABLES
        }
    ).to_dataset_card_data(data)
    return data.to_yaml(line_break="\n")


@cache
def _table(name: str) -> dict[str, Any]:
    model = models.model(name)
    spec = models.json_schema(name)
    vocabularies = models.VOCABULARIES.get(name, {})
    return {
        "name": name,
        "meaning": inspect.cleandoc(model.__doc__ or ""),
        "primary_key": model.primary_key,
        "foreign_keys": model.foreign_keys,
        "columns": list(_columns(models.columns(name), spec, spec.get("$defs", {}), vocabularies)),
        "vocabularies": vocabularies,
    }


def _columns(
    columns: Iterable[models.Column],
    spec: dict[str, Any],
    defs: dict[str, Any],
    coded: Collection[str],
    prefix: str = "",
) -> Iterator[dict[str, Any]]:
    """Each column, and after it those of its struct, named by their path: `dateline.place`, `credits[].name`."""
    for column in columns:
        parts = list(_parts(spec["properties"][column.name]))
        name = prefix + column.name
        yield column._asdict() | {"name": name, "allowed": "; ".join(_allowed(name in coded, parts))}
        if column.fields:
            struct = next(defs[part["$ref"].rsplit("/", 1)[1]] for part in parts if "$ref" in part)
            items = "[]" if column.type.startswith("list") else ""
            yield from _columns(column.fields, struct, defs, coded, f"{name}{items}.")


def _parts(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A JSON Schema, and the schemas of its alternatives and of its items."""
    yield spec
    for part in [*spec.get("anyOf", []), *([spec["items"]] if "items" in spec else [])]:
        yield from _parts(part)


def _allowed(coded: bool, parts: list[dict[str, Any]]) -> Iterator[str]:
    for part in parts:
        if "enum" in part:
            yield "see below" if coded else ", ".join(f"`{value}`" for value in part["enum"])
        if part.get("pattern", models.VISIBLE) != models.VISIBLE:
            yield f"`{part['pattern']}`"
        if "minimum" in part:
            yield f"≥ {part['minimum']}"
        if "maximum" in part:
            yield f"≤ {part['maximum']}"
        if "maxItems" in part:
            yield f"at most {part['maxItems']} items"


def _write(path: Path, template: str, **values: Any) -> None:
    path.write_text(_TEMPLATES.get_template(template).render(**values), encoding="utf-8", newline="\n")
