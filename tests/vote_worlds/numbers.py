"""Votes on numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.world_record import D, World

from reliabel.core.labels import Numbers, Votes

KIND = "Votes[Numbers]"
ALLOWED = {"unanimous": 0.05, "worse": (1.1, 0.0), "copied": (1.5, 0.0)}
_NO_CLASSES = "numbers have no classes"
NOT_FOR = {
    "law_names_of_classes_are_irrelevant": _NO_CLASSES,
    "law_numbers_of_classes_are_irrelevant": _NO_CLASSES,
    "law_whole_numbers_of_any_width": "numbers are floats, not codes",
}


def easy(seed: int = 0, n: int = 120, w: int = 12, each: int = 5) -> World:
    """Workers with a bias and a spread of their own; the last item has no vote."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 3, n)
    item = np.repeat(np.arange(n - 1), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n - 1)])
    spread = np.linspace(0.2, 1.5, w)
    off = rng.normal(0, 0.3, w)[worker] + rng.normal(size=len(item)) * spread[worker]
    labels = Votes(item, worker, Numbers(true[item] + off), n, w)
    given = {
        "features": rng.normal(size=(n, D)),
        "gold": np.where(np.arange(n) % 5 == 4, true, np.nan),
        "skill": -spread,
        "rng": rng,
    }
    return World(labels, Numbers(true), np.zeros(len(item), dtype=bool), given)


def uneven(seed: int = 0, n: int = 200, w: int = 12, each: int = 6) -> World:
    """A third of the workers are off by .2 and the others by 3."""
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    exact = rng.normal(0, 3, n)
    spread = np.where(np.arange(w) % 3 == 0, 0.2, 3.0)
    off = rng.normal(size=w)[worker] + rng.normal(size=len(item)) * spread[worker]
    given = {"features": rng.normal(size=(n, D)), "skill": -spread, "rng": rng}
    numbers = Votes(item, worker, Numbers(exact[item] + off), n, w)
    return World(numbers, Numbers(exact), np.zeros(len(item), dtype=bool), given)


def error(labels: Any, world: World) -> float:
    """Mean distance to the true number."""
    voted = np.bincount(world.labels.item, minlength=world.labels.n) > 0
    return float(np.abs(labels.y - world.truth.y)[voted].mean())


def plain(world: World) -> float:
    """The same for the mean of the votes."""
    votes = world.labels
    count = np.maximum(np.bincount(votes.item, minlength=votes.n), 1)
    return error(Numbers(np.bincount(votes.item, votes.labels.y, votes.n) / count), world)
