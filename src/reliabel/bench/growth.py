"""How cost grows: an auditor or a builder of evidence at n and at 10 n rows, against what its
docstring says.  Each size in a process of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from reliabel.bench.child import measured_anonymous
from reliabel.bench.generate import probabilities
from reliabel.core.catalogue import find
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes

# what -> (n, what its docstring says that 10 n costs)
CASES = {
    "confident_learning": (100_000, 10),
    "self_confidence": (100_000, 10),
    "neighbour_vote": (30_000, 10),
    "knn_outliers": (30_000, 10),
    "near_duplicates": (30_000, 10),
    "broken_items": (30_000, 10),
    "neighbours exact": (3_000, 100),
    "neighbours forest": (10_000, 20),
}
WIDTH, PLACES, CLASSES = 64, 50, 10


def main(what: str, n: int) -> dict[str, float]:
    """CPU seconds and extra memory of ``what`` on n rows; a first call on a few rows pays for what
    is loaded once.
    """
    small, call = _made(what, 200), _made(what, n)
    small()
    return measured_anonymous(call, 0)


def _made(what: str, n: int) -> Callable[[], Any]:
    rng = np.random.default_rng(0)
    if what.startswith("neighbours"):
        return _neighbours(what, _rows(n, rng))
    auditor = find("audit", what).load()
    if what in ("confident_learning", "self_confidence"):
        y, probs = probabilities(n, 100)
        return lambda: auditor(Classes(y), probs=probs)
    labels = Classes(rng.integers(0, CLASSES, n))
    if what == "broken_items":
        words = rng.integers(0, 10**6, (n, 12))
        texts = [" ".join(map(str, row)) for row in words.tolist()]
        return lambda: auditor(labels, items=texts)
    near = _around(n, rng)
    return lambda: auditor(labels, neighbours=near)


def _rows(n: int, rng: np.random.Generator) -> Any:
    """(n, 64) rows of 12 intrinsic dimensions."""
    return (
        np.tanh(rng.normal(size=(n, 12)) @ rng.normal(size=(12, WIDTH)) / 3)
        + 0.02 * rng.normal(size=(n, WIDTH))
    ).astype(np.float32)


def _around(n: int, rng: np.random.Generator) -> Neighbours:
    """Lists of 50; one item in fifty has a near copy beside it."""
    index = ((np.arange(n)[:, None] + rng.integers(1, n, (n, PLACES), dtype=np.int32)) % n).astype(
        np.int32
    )
    distance = np.sort(rng.random((n, PLACES), dtype=np.float32), axis=1) + np.float32(0.1)
    twin = rng.choice(n // 2, n // 100, replace=False) * 2
    index[twin, 0], index[twin + 1, 0] = twin + 1, twin
    distance[twin, 0] = distance[twin + 1, 0] = 0.001
    return Neighbours(index, distance)


def _neighbours(what: str, x: Any) -> Callable[[], Any]:
    from reliabel.ops import forest, neighbours

    if what == "neighbours forest":  # from the first row on, and by our own trees alone
        neighbours.EXACT, forest.DESCENT = 0.0, 10**9
    return lambda: neighbours.nearest(x, j=20)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
