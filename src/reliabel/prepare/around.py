"""What stands around an item: its neighbours, and how a model came to learn it."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.evidence import Dynamics, Neighbours
from reliabel.core.labels import Classes
from reliabel.prepare.work import VERSION, Work, word


def places(n: int) -> int:
    """How many neighbours each of n items gets."""
    return min(200 if n <= 50_000 else 50, n - 1)


def make_neighbours(work: Work, features: Any) -> None:
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

    made = work.store.made("neighbours", {"features": work.hashes["features"], "j": j, "seed": work.seed, "version": VERSION["neighbours"]}, make)
    recall, half_width = (float(value) for value in made["facts"])
    method = bytes(made["method"]).decode()
    work.evidence["neighbours"] = Neighbours(made["index"], made["distance"], recall, half_width, method)
    work.info["neighbours"] = {"method": method, "k": j, "recall": recall, "half_width": half_width}


def make_dynamics(work: Work, features: Any) -> None:
    """Fill dynamics, recorded while a logistic regression learns; of classes only."""
    from reliabel.ops.logistic import dynamics

    labels = work.data.labels
    if not isinstance(labels, Classes) or len(np.unique(labels.y[labels.y >= 0])) < 2:
        return

    def make() -> dict[str, Any]:
        seen = dynamics(features, labels.y, labels.k, rng=work.rng("dynamics"))
        return {"margin": seen.margin, "p_given": seen.p_given, "correct": seen.correct}

    key = {"features": work.hashes["features"], "y": labels.y, "k": labels.k, "seed": work.seed, "version": VERSION["dynamics"]}
    work.evidence["dynamics"] = Dynamics(**work.store.made("dynamics", key, make))
