"""Writes `croissant.json`, the dataset told to machines in Croissant 1.1 (http://mlcommons.org/croissant/1.1).

Columns come from models.py, files and hashes from the manifest, and what is said of the data as a whole from the card.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from povdata import manifest as manifests
from povdata import models
from povdata.manifest import FileEntry
from povdata.publish.describe import HEAD, citation

NAME = "croissant.json"

_TERMS = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject"),
    *("fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5"),
    *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator"),
    *("source", "subField", "transform"),
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}
"""The context of Croissant 1.1, whole: mlcroissant warns where a term is missing, used or not."""

_PARQUET = "application/x-parquet"
_DATA_TYPES = {
    "string": "sc:Text",
    "bool": "sc:Boolean",
    "int32": "cr:Int32",
    "int64": "cr:Int64",
    "double": "cr:Float64",
    "date32[day]": "sc:Date",
    "timestamp[s, tz=Asia/Shanghai]": "sc:DateTime",
}
"""Type of a column -> data type of Croissant."""

_STATEMENTS = {
    "rai:dataPreprocessingProtocol": "How the pages were cleaned",
    "rai:dataAnnotationProtocol": "How the facts were extracted",
    "rai:dataAnnotationAnalysis": "How good it is",
    "rai:personalSensitiveInformation": "Personal data",
    "rai:dataBiases": "Biases and limits",
    "rai:dataLimitations": "Biases and limits",
}
"""Property of Croissant's RAI vocabulary -> the section of the card that answers it."""


def write(dist: Path) -> None:
    """Write `croissant.json` into a built dataset that has its card.

    It holds no time of the build. Foreign keys stand in the descriptions of their columns: `references` would have
    mlcroissant join the tables, whole and in memory, before it gives the first row.

    Raises NoManifest where `manifest.json` cannot be used, FileNotFoundError where the card is missing.
    """
    manifest = manifests.read(dist)
    text = document(manifest, (dist / "README.md").read_text(encoding="utf-8"))
    (dist / NAME).write_text(text, encoding="utf-8", newline="\n")


def described(dist: Path) -> dict[str, str]:
    """Path -> SHA-256 of each Parquet file that the `croissant.json` of a dataset describes.

    Raises OSError where it cannot be read, ValueError where it is none.
    """
    try:
        parts = json.loads((dist / NAME).read_bytes())["distribution"]
        return {part["contentUrl"]: part["sha256"] for part in parts if part["@type"] == "cr:FileObject"}
    except (LookupError, TypeError) as error:
        raise ValueError(f"{dist / NAME} is no Croissant file of povdata") from error


def document(manifest: manifests.Manifest, card: str) -> str:
    """The text of `croissant.json` for the dataset with this manifest and this card."""
    sections, cited = _sections(card), citation()
    description, uses, *_ = sections[""]
    collection, *rights = sections["Provenance, rights and takedown"]
    files = [file for table in manifest.tables.values() for file in table.files]
    found = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": HEAD["pretty_name"],
        "description": description,
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "license": {
            "@type": "sc:CreativeWork",
            "name": HEAD["license_name"],
            "description": " ".join(rights),
        },
        "creator": [{"@type": "sc:Organization", "name": author["name"]} for author in cited["authors"]],
        "citeAs": _code(card, "bibtex"),
        "datePublished": str(cited["date-released"]),
        "version": manifest.povdata,
        "inLanguage": HEAD["language"],
        "keywords": HEAD["tags"],
        "rai:dataCollectionType": ["Web Scraping"],
        "rai:machineAnnotationTools": [f"povdata {manifest.povdata}"]
        + [f"{name} {version}" for name, version in sorted(manifest.libraries.items())],
        "rai:dataCollection": collection,
        "rai:dataUseCases": [uses],
        **{name: sections[heading] for name, heading in _STATEMENTS.items()},
        "distribution": [*map(_file_object, files), *map(_file_set, models.TABLES)],
        "recordSet": [_record_set(table) for table in models.TABLES],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _file_object(file: FileEntry) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.n_bytes} B",
        "encodingFormat": _PARQUET,
        "sha256": file.sha256,
    }


def _file_set(table: str) -> dict[str, Any]:
    """All files of a table. It names none of the FileObjects, which hold the hashes: mlcroissant reads nothing out of a
    set that is contained in files."""
    return {
        "@type": "cr:FileSet",
        "@id": f"{table}-files",
        "name": f"{table}-files",
        "description": f"Parquet files of the table {table}, in the order of its rows",
        "encodingFormat": _PARQUET,
        "includes": f"data/{table}/train-*.parquet",
    }


def _record_set(table: str) -> dict[str, Any]:
    model = models.model(table)
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": " ".join((model.__doc__ or "").split()),
        "key": [{"@id": f"{table}/{name}"} for name in model.primary_key],
        "field": [_field(table, column) for column in models.columns(table)],
    }


def _field(table: str, column: models.Column) -> dict[str, Any]:
    keys = [
        f"Foreign key{' (' + ', '.join(here) + ')' if len(here) > 1 else ''} to {there}."
        for here, there in models.model(table).foreign_keys.items()
        if column.name in here
    ]
    values = models.VOCABULARIES.get(table, {}).get(column.name, {})
    allowed = ["; ".join(f"{value}: {meaning}" for value, meaning in values.items()) + "."] if values else []
    field = _named(f"{table}/{column.name}", column, [*allowed, *keys])
    source = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": column.name}}
    if not column.fields:
        return field | {"source": source}
    parts = [
        _named(f"{table}/{column.name}/{part.name}", part) | {"source": source | {"transform": {"jsonPath": part.name}}}
        for part in column.fields
    ]
    return field | {"subField": parts}


def _named(place: str, column: models.Column, more: list[str] | None = None) -> dict[str, Any]:
    """A field without its source."""
    unit = f" ({column.unit})" if column.unit else ""
    null = ["May be null."] if column.nullable else []
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": place,
        "name": place,
        "description": " ".join([f"{column.meaning}{unit}.", *null, *(more or [])]),
    }
    item = re.sub(r"^list<(.*)>$", r"\1", column.type)
    if not column.fields:
        field["dataType"] = _DATA_TYPES[item]
    if item != column.type:
        field |= {"isArray": True, "arrayShape": "-1"}
    return field


def _code(card: str, language: str) -> str:
    """The first block of code of a card in a language."""
    return re.split(rf"^```{language}\n(.*?)\n```$", card, maxsplit=1, flags=re.DOTALL | re.MULTILINE)[1]


def _sections(card: str) -> dict[str, list[str]]:
    """The statements of each section of a card, by its heading, and ahead of the first one: paragraphs and items of
    lists, each in one line; no tables, pictures and examples."""
    body = re.sub(r"\A---\n.*?^---$|^```.*?^```$", "", card, flags=re.DOTALL | re.MULTILINE)
    heading, sections = "", {"": []}
    for block in re.split(r"\n\s*\n|\n(?=- |#)", body):
        text = " ".join(block.split()).replace("**", "")
        if found := re.match(r"(#+) (.*)", text):
            if len(found[1]) > 1:
                heading = found[2]
                sections[heading] = []
        elif text and not text.startswith(("|", "!", "<")):
            sections[heading].append(text.removeprefix("- "))
    return sections
