"""Writes `schema/`, `docs/tables.md` and the card. The prose is in templates/, the meaning of a column in models.py."""

from __future__ import annotations

import inspect
import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

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


def card(dist: Path) -> None:
    """Write `README.md`, the dataset card, into a built dataset; its figures are the Parquet files' and the manifest's.

    Raises FileNotFoundError where `data/` or `manifest.json` is missing.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    tables = []
    for name in models.TABLES:
        files = sorted((dist / "data" / name).glob("train-*.parquet"))
        if not files:
            raise FileNotFoundError(f"{dist / 'data' / name}: no train-*.parquet there; build the dataset again")
        rows = sum(pq.read_metadata(file).num_rows for file in files)
        tables.append(_table(name) | {"rows": rows, "bytes": sum(file.stat().st_size for file in files)})
    rows_of = {table["name"]: table["rows"] for table in tables}

    def values(table: str, column: str) -> Any:
        files = sorted((dist / "data" / table).glob("train-*.parquet"))
        return pq.read_table(files, columns=[column], partitioning=None).column(0)

    def tally(title: str, table: str, column: str) -> tuple[str, list[tuple[str, str, int]]]:
        found = {str(c["values"]): c["counts"] for c in values(table, column).value_counts().to_pylist()}
        meanings = models.VOCABULARIES[table][column]
        return title, [(value, meaning, found[value]) for value, meaning in meanings.items() if value in found]

    published = pc.min_max(values("articles", "published_at")).as_py()
    _write(
        dist / "README.md",
        "card.md.jinja",
        front_matter=_front_matter(rows_of["articles"]),
        manifest=manifest,
        tables=tables,
        rows_of=rows_of,
        raw_bytes=sum(page["bytes"] or 0 for page in manifest["inputs"]),
        published=[published["min"], published["max"]] if published["min"] else None,
        dated=rows_of["articles"] - values("articles", "published_at").null_count,
        tallies=[
            tally("genre of the article", "articles", "genre"),
            tally("role of the segment", "segments", "role"),
            tally("reason of the reject", "rejects", "error"),
        ],
    )


def _front_matter(articles: int) -> str:
    from datasets import DatasetInfo, Features
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCardData

    data = DatasetCardData(
        pretty_name="povdata: news pages on China's campaign against poverty",
        language=["zh"],
        license="other",
        license_name="annotations-cc-by-4.0-texts-of-their-publishers",
        license_link="https://creativecommons.org/licenses/by/4.0/",
        annotations_creators=["machine-generated"],
        language_creators=["found"],
        multilinguality=["monolingual"],
        source_datasets=["original"],
        size_categories=[_SIZES[min(max(len(str(articles)) - 3, 0), len(_SIZES) - 1)]],
        task_categories=["text-classification", "token-classification"],
        tags=["news", "china", "poverty-alleviation", "脱贫攻坚", "boilerplate-removal", "web-pages"],
    )
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
