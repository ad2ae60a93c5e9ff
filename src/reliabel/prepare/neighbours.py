"""The evidence ``neighbours``: the nearest items of each item."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.folders.evidence_keys import NearestItems
from reliabel.prepare.preparation import Preparation

SEARCHES = ("auto", "exact")  # how neighbours may be found


def places(n: int) -> int:
    """How many neighbours each of n items gets."""
    return min(200 if n <= 20_000 else 50, n - 1)


def make_neighbours(work: Preparation, features: Any, search: str) -> None:
    """Fill neighbours, nearest first by the cosine distance of centred features.

    search: "auto" or "exact".
    """
    from reliabel.ops.neighbours import nearest as find

    j = places(len(features))

    def make() -> dict[str, Any]:
        found = find(features, j=j, seed=work.seed, search=search)
        return {
            "index": found.index.astype(np.int32 if len(features) < 2**31 else np.int64),
            "distance": found.distance.astype(np.float32),
            "recall": found.recall,
            "half_width": found.half_width,
            "method": found.method,
        }

    key = NearestItems(work.hashes["features"], j, work.seed, search)
    made = work.store.made(key, make)
    work.evidence["neighbours"] = Neighbours(**made)
    facts = {name: made[name] for name in ("recall", "half_width")}
    work.info["neighbours"] = {"method": made["method"], "k": j, **facts}
