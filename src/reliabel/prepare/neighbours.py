"""The evidence ``neighbours``: the nearest items of each item."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.prepare.preparation import VERSION, Preparation, word


def places(n: int) -> int:
    """How many neighbours each of n items gets."""
    return min(200 if n <= 50_000 else 50, n - 1)


def make_neighbours(work: Preparation, features: Any) -> None:
    """Fill neighbours, nearest first by the cosine of centred features."""
    from reliabel.ops.neighbours import nearest as find

    j = places(len(features))

    def make() -> dict[str, Any]:
        found = find(features, j=j, seed=work.seed)
        return {
            "index": found.index.astype(np.int32 if len(features) < 2**31 else np.int64),
            "distance": found.distance.astype(np.float32),
            "facts": np.array([found.recall, found.half_width]),
            "method": word(found.method),
        }

    made = work.store.made(
        "neighbours",
        {
            "features": work.hashes["features"],
            "j": j,
            "seed": work.seed,
            "version": VERSION["neighbours"],
        },
        make,
    )
    recall, half_width = (float(value) for value in made["facts"])
    method = bytes(made["method"]).decode()
    work.evidence["neighbours"] = Neighbours(
        made["index"], made["distance"], recall, half_width, method
    )
    work.info["neighbours"] = {"method": method, "k": j, "recall": recall, "half_width": half_width}
