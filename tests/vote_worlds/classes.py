"""Votes on classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.world_record import NAMES, K, World

from reliabel.core.labels import Classes, Soft, Votes

KIND = "Votes[Classes]"
ALLOWED = {"unanimous": 0.0, "worse": (1.0, 0.02), "copied": (1.0, 0.15)}
NOT_FOR: dict[str, str] = {}


def easy(seed: int = 0, n: int = 120, w: int = 12, each: int = 5) -> World:
    """Workers who are right in 60 to 95 % of cases; the last item has no vote."""
    from tests.worlds import evidence

    rng = np.random.default_rng(seed)
    true = rng.integers(0, K, n)
    skill = np.linspace(0.6, 0.95, w)
    item = np.repeat(np.arange(n - 1), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n - 1)])
    slip = rng.random(len(item)) > skill[worker]
    said = (true[item] + slip * rng.integers(1, K, len(item))) % K
    labels = Votes(item, worker, Classes(said, NAMES), n, w)
    return World(labels, Classes(true, NAMES), slip, {**evidence(true, true, rng), "skill": skill})


def uneven(seed: int = 0, n: int = 200, w: int = 12, each: int = 6) -> World:
    """A third of the workers are right in 95 % of cases and the others in 45 %."""
    from tests.worlds import evidence

    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    skill = np.where(np.arange(w) % 3 == 0, 0.95, 0.45)
    true = rng.integers(0, K, n)
    slip = rng.random(len(item)) > skill[worker]
    voted = (true[item] + slip * rng.integers(1, K, len(item))) % K
    labels = Votes(item, worker, Classes(voted, NAMES), n, w)
    return World(labels, Classes(true, NAMES), slip, {**evidence(true, true, rng), "skill": skill})


def error(labels: Any, world: World) -> float:
    """Share of items with the wrong class."""
    voted = np.bincount(world.labels.item, minlength=world.labels.n) > 0
    return float((labels.p.argmax(1) != world.truth.y)[voted].mean())


def plain(world: World) -> float:
    """The same for a majority of votes."""
    votes = world.labels
    cell = votes.item * votes.labels.k + votes.labels.y
    table = np.bincount(cell, minlength=votes.n * votes.labels.k).reshape(votes.n, -1) + 1e-9
    return error(Soft(table / table.sum(1, keepdims=True), votes.labels.names), world)
