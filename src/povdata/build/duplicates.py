"""Near-duplicate articles: MinHash signatures of the bodies, and the groups that they form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PERMUTATIONS = 128
BANDS = 32
"""Bodies are compared when one band of their signatures agrees: 4 of the 128 values. At a likeness of 0.7 that misses
one pair in 5,000 (1 - (1 - 0.7^4)^32)."""
THRESHOLD = 0.7
"""Estimated Jaccard likeness of the word triples from which two bodies are the same story."""
SEED = 2013
NEIGHBOURS = (range(1, 2), range(2, 4), range(4, 8), range(8, 16), range(16, 32))
"""An article is compared with the 31 next ones, by id, that share a band with it, in rounds of these distances. More
share one only where texts come from one mould; those of them that are alike meet in other bands, too, or by a chain."""
PAIRS = 1 << 15
"""Pairs whose signatures are in memory at a time: 32 MiB."""

SIGNATURES = "signatures.npy"
"""Name of the file of a shard's signatures."""

_RECORD = np.dtype([("id", np.uint64), ("signature", np.uint32, (PERMUTATIONS,))])
"""An article's id, which is 16 hex digits, and its signature."""

Signature = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]


def signature(sentences: Iterable[dict[str, Any]]) -> Signature | None:
    """The MinHash signature (128 values) of the word triples of rows of `sentences`; null for fewer than one triple.

    Only words count, no punctuation, so that full-width and half-width marks make no difference.
    """
    from rensa import RMinHash

    words = list(filter(str.isalnum, chain.from_iterable([row["tokens"] for row in sentences])))
    if len(words) < 3:
        return None
    minhash = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    minhash.update(map("".join, zip(words, words[1:], words[2:], strict=False)))
    return np.array(minhash.digest(), dtype=np.uint32)


def write_signatures(found: Sequence[tuple[str, Signature]], path: Path) -> None:
    """Write the article ids and signatures of a shard, for `groups` to read."""
    records = np.empty(len(found), dtype=_RECORD)
    for place, (article_id, signed) in enumerate(found):
        records[place] = int(article_id, 16), signed
    data = BytesIO()  # numpy's own writing tells of a full disk in words of its own
    np.save(data, records)
    path.write_bytes(data.getbuffer())


def groups(files: Sequence[Path]) -> Iterator[dict[str, str]]:
    """For each file of `write_signatures`: article id -> group, for each article that has a near-duplicate in any file.

    A group is named by its smallest id. Articles are in one group when a chain of near-duplicates joins them; the order
    of articles and files makes no difference. Holds some 60 bytes an article: the signatures stay in the files, which
    must last as long as the iterator. After Broder, "On the resemblance and containment of documents" (1997), with the
    banding of Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3.
    """
    starts = np.cumsum([0, *(len(_records(path)) for path in files)])
    ids = _joined(_records(path)["id"].copy() for path in files)
    place = np.argsort(ids)  # from here on an article is its number in the order of ids
    ids = ids[place]
    parent = np.arange(len(ids))
    for band in range(BANDS):
        keys = _joined(_keys(path, band) for path in files)[place]
        items = np.argsort(keys, kind="stable")
        keys = keys[items]
        for distances in NEIGHBOURS:
            keys, items = _unsettled(keys, items, parent)
            for pairs in _candidates(keys, items, parent, distances):
                one, other = _signatures(files, starts, place[pairs])
                alike = (one == other).mean(axis=1) >= THRESHOLD
                _join(pairs[:, alike], parent)
    roots = _roots(np.arange(len(ids)), parent)
    is_grouped = np.bincount(roots, minlength=len(ids))[roots] > 1
    for path in files:
        items = np.searchsorted(ids, _records(path)["id"])
        items = items[is_grouped[items]]
        pairs = zip(ids[items].tolist(), ids[roots[items]].tolist(), strict=True)
        yield {f"{article_id:016x}": f"{group:016x}" for article_id, group in pairs}


def _records(path: Path) -> npt.NDArray[Any]:
    with path.open("rb") as file:
        data = mmap(file.fileno(), 0, access=ACCESS_READ)
    # np.load takes ten times as long over the header, which is shorter than a record
    return np.frombuffer(data, _RECORD, offset=len(data) % _RECORD.itemsize)


def _joined(numbers: Iterable[Keys]) -> Keys:
    return np.concatenate([np.empty(0, np.uint64), *numbers])


def _keys(path: Path, band: int) -> Keys:
    """A hash of one band of each signature in a file; articles with the same one are candidates."""
    width = PERMUTATIONS // BANDS
    values = _records(path)["signature"][:, band * width : (band + 1) * width].astype(np.uint64)
    keys = np.zeros(len(values), np.uint64)
    for column in values.T:
        keys = (keys ^ column) * np.uint64(0x9E3779B97F4A7C15)
    return keys


def _signatures(files: Sequence[Path], starts: Places, places: Places) -> npt.NDArray[np.uint32]:
    """The signatures at some places in the files, which begin at `starts`."""
    wanted = places.ravel()
    found = np.empty((len(wanted), PERMUTATIONS), np.uint32)
    number = np.searchsorted(starts, wanted, side="right") - 1
    by_file = np.argsort(number, kind="stable")
    for part in np.split(by_file, np.flatnonzero(np.diff(number[by_file])) + 1):
        if len(part):
            file = number[part[0]]
            found[part] = _records(files[file])["signature"][wanted[part] - starts[file]]
    return found.reshape(*places.shape, PERMUTATIONS)


def _unsettled(keys: Keys, items: Places, parent: Places) -> tuple[Keys, Places]:
    """Of items in the order of their keys those whose bucket, which is all with the same key, is not one group yet."""
    roots = _roots(items, parent)
    bucket = np.cumsum(np.diff(keys, prepend=keys[:1]) != 0)
    is_mixed = np.zeros(len(items), bool)
    is_mixed[bucket[1:][(bucket[1:] == bucket[:-1]) & (roots[1:] != roots[:-1])]] = True
    kept = is_mixed[bucket]
    return keys[kept], items[kept]


def _candidates(keys: Keys, items: Places, parent: Places, distances: Sequence[int]) -> Iterator[Places]:
    """Pairs (2 × n, n at most PAIRS) of items that share a bucket, at these distances in it, and are in two groups."""
    step = PAIRS // len(distances)
    for at in range(0, len(items), step):
        found = []
        for distance in distances:
            others = keys[at + distance : at + distance + step]
            place = at + np.flatnonzero(keys[at : at + len(others)] == others)
            found.append(items[[place, place + distance]])
        pairs = np.concatenate(found, axis=1)
        one, other = _roots(pairs, parent)
        yield pairs[:, one != other]


def _roots(items: Places, parent: Places) -> Places:
    """The smallest item in the group of each; shortens the way there."""
    while True:
        above = parent[parent[items]]
        if np.array_equal(above, parent[items]):
            return above
        parent[items] = above


def _join(pairs: Places, parent: Places) -> None:
    """Make one group of the groups of each pair."""
    while pairs.size:
        roots = _roots(pairs, parent)
        np.minimum.at(parent, roots.max(axis=0), roots.min(axis=0))
        one, other = _roots(pairs, parent)
        pairs = pairs[:, one != other]
