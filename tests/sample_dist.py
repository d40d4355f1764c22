"""A small built dataset, for tests that do not need the whole line: two invented pages and a refused input."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from povdata import __version__, models
from povdata.page import SHANGHAI

PAGES = {
    "a.txt": [
        ("title", "青石县召开春耕动员会\n"),
        ("metadata", "来源:青石融媒\n"),
        ("body", "会议部署了春耕备耕工作。种子已经送到村里。"),
    ],
    "b.txt": [
        ("title", "白桦镇修通环村路\n"),
        ("body", "环村路全长6公里。\n"),
        ("body", "路通以后,山货半天就能进城。\n"),
        ("footer", "版权所有\n"),
    ],
}


def rows() -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, valid by its model; a table that is not named here has none."""
    out: dict[str, list[dict[str, Any]]] = {"articles": [], "segments": [], "sentences": [], "rejects": []}
    for raw_path, parts in PAGES.items():
        page_text = "".join(text for _, text in parts)
        raw = page_text.encode()
        sha256 = hashlib.sha256(raw).hexdigest()
        article_id, start, sentence_seq = sha256[:16], 0, 0
        for seq, (role, text) in enumerate(parts):
            span = {"start": start, "end": start + len(text), "text": text}
            out["segments"].append(
                {"article_id": article_id, "seq": seq, **span, "role": role, "rule": f"sample.{role}"}
            )
            if role == "body":
                words = text.strip()
                sentence = {"start": start, "end": start + len(words), "text": words, "tokens": list(words)}
                key = {"article_id": article_id, "seq": sentence_seq, "segment_seq": seq}
                out["sentences"].append({**key, **sentence})
                sentence_seq += 1
            start += len(text)
        paragraphs = [text.strip() for role, text in parts if role == "body"]
        first = raw_path == "a.txt"
        out["articles"].append(
            dict.fromkeys(models.Article.model_fields)
            | {
                "article_id": article_id,
                "raw_path": raw_path,
                "raw_sha256": sha256,
                "raw_bytes": len(raw),
                "encoding": "utf-8",
                "media_type": "text/plain",
                "parser": "generic",
                "language": "zh-Hans",
                "title": parts[0][1].strip(),
                "source": "青石融媒" if first else None,
                "deck": [],
                "authors": [],
                "credits": [{"role": "责任编辑", "name": "甲乙"}] if first else [],
                "published_at": datetime(2020, 3, 5, 9, 30, tzinfo=SHANGHAI) if first else None,
                "published_precision": "minute" if first else None,
                "published_basis": "stated" if first else None,
                "keywords": [],
                "dateline": {"agency": "本报", "place": None, "date": None} if first else None,
                "genre": "report",
                "body": "\n".join(paragraphs),
                "n_paragraphs": len(paragraphs),
                "n_sentences": sentence_seq,
                "n_chars": len("\n".join(paragraphs)),
                "keyphrases": [{"phrase": "春耕", "weight": 0.5}] if first else [],
                "quality": ["short_body"] if first else ["no_date", "short_body"],
            }
        )
    out["rejects"].append(
        {
            "raw_path": "c.txt",
            "raw_sha256": hashlib.sha256(b"").hexdigest(),
            "raw_bytes": 0,
            "stage": "read",
            "error": "empty",
            "message": "c.txt holds no text; fetch the page again",
        }
    )
    return out


def write(dist: Path, shards: int = 1) -> Path:
    """Write `data/` and `manifest.json` as `povdata build` lays them out, each table cut into that many files."""
    tables, sample = {}, rows()
    for name in models.TABLES:
        table = pa.Table.from_pylist(sample.get(name, []), schema=models.arrow_schema(name))
        folder = dist / "data" / name
        folder.mkdir(parents=True)
        files = []
        for shard in range(shards):
            path = folder / f"train-{shard:05d}-of-{shards:05d}.parquet"
            low, high = (table.num_rows * k // shards for k in (shard, shard + 1))
            with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
                if high > low:  # datasets cannot read a row group of no rows
                    writer.write_table(table.slice(low, high - low))
            data = path.read_bytes()
            files.append(
                {
                    "path": path.relative_to(dist).as_posix(),
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "bytes": len(data),
                    "rows": high - low,
                }
            )
        tables[name] = {"rows": table.num_rows, "files": files}
    manifest = {
        "povdata": __version__,
        "schema": models.SCHEMA_VERSION,
        "built_at": "2020-01-01T00:00:00+00:00",
        "libraries": {"pyarrow": pa.__version__},
        "inputs": [
            {"raw_path": a["raw_path"], "sha256": a["raw_sha256"], "bytes": a["raw_bytes"]}
            for a in sample["articles"] + sample["rejects"]
        ],
        "tables": tables,
        "rejects": {"empty": 1},
        "masked": {"segments": 12, "spans": 5, "characters": 345},
    }
    (dist / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return dist
