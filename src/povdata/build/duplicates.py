"""Near-duplicate articles: MinHash signatures of the bodies, and the groups that they form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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

Signature = npt.NDArray[np.uint32]


def signature(sentences: Iterable[dict[str, Any]]) -> Signature | None:
    """The MinHash signature (128 values) of the word triples of rows of `sentences`; null for fewer than one triple.

    Only words count, no punctuation, so that full-width and half-width marks make no difference.
    """
    from rensa import RMinHash

    words = [word for row in sentences for word in row["tokens"] if word.isalnum()]
    if len(words) < 3:
        return None
    minhash = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    minhash.update(["".join(triple) for triple in zip(words, words[1:], words[2:], strict=False)])
    return np.array(minhash.digest(), dtype=np.uint32)


def groups(ids: Sequence[str], signatures: npt.NDArray[np.uint32]) -> dict[str, str]:
    """Article id -> group, for each article that has a near-duplicate. A group is named by its smallest id.

    ids: n article ids; signatures: n × 128. Articles are in one group when a chain of near-duplicates joins them, so
    the order in which they come makes no difference. After Broder, "On the resemblance and containment of documents"
    (1997), with the banding of Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3.
    """
    parent = list(range(len(ids)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    width = PERMUTATIONS // BANDS
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for item, key in enumerate(np.ascontiguousarray(signatures[:, band * width : (band + 1) * width])):
            buckets[key.tobytes()].append(item)
        for bucket in buckets.values():
            for place, item in enumerate(bucket):
                if len({root(other) for other in bucket}) == 1:
                    break
                others = [other for other in bucket[place + 1 :] if root(other) != root(item)]
                if not others:
                    continue
                likeness = (signatures[others] == signatures[item]).mean(axis=1)
                for other, alike in zip(others, likeness, strict=True):
                    if alike >= THRESHOLD:
                        parent[root(other)] = root(item)
    members: dict[int, list[str]] = defaultdict(list)
    for item, article_id in enumerate(ids):
        members[root(item)].append(article_id)
    return {article_id: min(found) for found in members.values() if len(found) > 1 for article_id in found}
