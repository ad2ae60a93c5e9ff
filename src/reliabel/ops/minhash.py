"""Pairs of texts that share most of their shingles, found without comparing all: min-wise hashes
in bands (128 hashes, 16 bands of 8: pairs that share .8 are found with a chance of .95).

Paper: Broder. On the resemblance and containment of documents. SEQUENCES 1997; multiply-shift
hashing: Dietzfelbinger et al. A reliable randomized algorithm for the closest-pair problem. 1997.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Ints
from reliabel.core.run import track

SIZE = 5  # characters of a shingle
BANDS, EACH = 16, 8
CROWD = 100  # members of a bucket of which all pairs are made; of others the first with each
Words = NDArray[np.uint64]


def alike(texts: Sequence[str]) -> tuple[Ints, int]:
    """Pairs (pairs, 2), i < j, of texts that may share most of their shingles, and the number of
    buckets so full that only the pairs with their first text were made.

    >>> alike(["I have lost my card", "I have lost my cards", "top up by bank"])[0].tolist()
    [[0, 1]]
    """
    rng = np.random.default_rng(0)
    odd, add = (rng.integers(2**63, size=BANDS * EACH, dtype=np.uint64) for _ in range(2))
    odd = odd * np.uint64(2) + np.uint64(1)
    keys = np.empty((len(texts), BANDS), dtype=np.uint64)
    for row, text in enumerate(track("shingles", texts, len(texts))):
        keys[row] = _bands(_codes(text), odd, add)
    pairs: list[Ints] = [np.empty((0, 2), dtype=np.int64)]
    crowded = 0
    for band in range(BANDS):
        order = np.argsort(keys[:, band], kind="stable")
        ends = np.flatnonzero(np.diff(keys[order, band])) + 1
        for bucket in (part for part in np.split(order, ends) if len(part) > 1):
            crowded += len(bucket) > CROWD
            pairs.append(_pairs(bucket))
    return np.unique(np.concatenate(pairs), axis=0), crowded


def _codes(text: str) -> Words:
    """A number for each shingle of a text."""
    signs = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    size = min(SIZE, len(signs))
    if not size:
        return np.zeros(1, dtype=np.uint64)
    code = np.zeros(len(signs) - size + 1, dtype=np.uint64)
    for at in range(size):
        code = code * np.uint64(0x9E3779B97F4A7C15) + signs[at : at + len(code)]
    return code ^ (code >> np.uint64(29))


def _bands(codes: Words, odd: Words, add: Words) -> Words:
    smallest = ((codes[:, None] * odd + add) >> np.uint64(32)).min(0).reshape(BANDS, EACH)
    key = np.zeros(BANDS, dtype=np.uint64)
    for part in smallest.T:
        key = (key ^ part) * np.uint64(0x100000001B3)
        key ^= key >> np.uint64(31)
    return key


def _pairs(bucket: Ints) -> Ints:
    if len(bucket) > CROWD:
        return np.stack([np.full(len(bucket) - 1, bucket[0]), bucket[1:]], axis=1)
    left, right = np.triu_indices(len(bucket), 1)
    return np.stack([bucket[left], bucket[right]], axis=1)
