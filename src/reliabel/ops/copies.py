"""Exact copies: which rows or texts are the same as an earlier one.

Rows are told apart by a 128-bit hash of their bytes (blake2b, after -0.0 becomes 0.0), so a million rows take seconds and 16 bytes each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from reliabel.core.labels import Ints
from reliabel.ops.chunks import spans


def same_rows(features: Any) -> Ints:
    """(n,) the first row with the same content as each row; the row itself where there is none before it.

    >>> same_rows(np.array([[0.0, 1.0], [2.0, 3.0], [-0.0, 1.0]])).tolist()
    [0, 1, 0]
    """
    width = int(np.prod(features.shape[1:], dtype=np.int64))
    return _first(key for start, stop in spans(len(features), width) for key in _keys(np.asarray(features[start:stop])))


def same_texts(items: Sequence[Any]) -> Ints:
    """(n,) the first item whose text is the same, character for character.

    >>> same_texts(["yes", "no", "yes"]).tolist()
    [0, 1, 0]
    """
    return _first(blake2b(str(item).encode("utf-8", "surrogatepass"), digest_size=16).digest() for item in items)


def groups(first: Ints) -> list[Ints]:
    """The rows of each group of two or more copies, rising, ordered by their first row.

    >>> [group.tolist() for group in groups(np.array([0, 1, 0, 1, 4]))]
    [[0, 2], [1, 3]]
    """
    order = np.argsort(first, kind="stable")
    return [group for group in np.split(order, np.flatnonzero(np.diff(first[order])) + 1) if len(group) > 1]


def _keys(block: np.ndarray[Any, Any]) -> Iterable[bytes]:
    rows = block.reshape(len(block), -1)
    if rows.dtype.kind in "fc":
        rows = rows + rows.dtype.type(0)  # -0.0 + 0.0 = 0.0
    return (blake2b(row, digest_size=16).digest() for row in np.ascontiguousarray(rows))


def _first(keys: Iterable[bytes]) -> Ints:
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(key, row) for row, key in enumerate(keys)], dtype=np.int64)
