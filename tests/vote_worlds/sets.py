"""Votes on label sets: sets of one or two classes.  A method for candidate sets is right where the
likeliest class is one of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.world_record import NAMES, K, World

from reliabel.core.labels import MultiLabel, Soft, SoftMultiLabel, Votes

KIND = "Votes[MultiLabel]"
ALLOWED = {"unanimous": 0.0, "worse": (1.0, 0.02), "copied": (1.0, 0.15)}
NOT_FOR: dict[str, str] = {}


def easy(seed: int = 0, n: int = 120, w: int = 12, each: int = 5) -> World:
    """Workers who are right about a class in 75 to 97 % of cases; the last item has no vote, and
    some classes were not shown.
    """
    rng = np.random.default_rng(seed)
    return _world(np.linspace(0.75, 0.97, w), n, n - 1, each, rng, shown=0.9)


def uneven(seed: int = 0, n: int = 200, w: int = 12, each: int = 6) -> World:
    """A third of the workers are right in 97 % of cases and the others in 65 %."""
    skill = np.where(np.arange(w) % 3 == 0, 0.97, 0.65)
    return _world(skill, n, n, each, np.random.default_rng(seed), shown=1.0)


def _world(
    skill: np.ndarray, n: int, voted: int, each: int, rng: np.random.Generator, shown: float
) -> World:
    rank = rng.random((n, K)).argsort(1)
    truth = (rank < np.where(rng.random(n) < 0.3, 2, 1)[:, None]).astype(np.int64)
    item = np.repeat(np.arange(voted), each)
    worker = np.concatenate([rng.permutation(len(skill))[:each] for _ in range(voted)])
    slip = rng.random((len(item), K)) > skill[worker][:, None]
    y = np.where(slip, 1 - truth[item], truth[item])
    y[(rng.random(y.shape) > shown) & (y == 0)] = -1
    labels = Votes(item, worker, MultiLabel(y, NAMES), n, len(skill))
    gold = np.where((np.arange(n) % 5 == 4)[:, None], truth, -1)
    given = {"skill": skill, "gold": gold, "rng": rng}
    return World(labels, MultiLabel(truth, NAMES), slip.any(1), given)


def error(labels: Any, world: World) -> float:
    """Share of items with a wrong set, or with a likeliest class that is not in the set."""
    voted = np.bincount(world.labels.item, minlength=world.labels.n) > 0
    truth = world.truth.y
    if isinstance(labels, Soft):
        right = truth[np.arange(len(truth)), labels.p.argmax(1)] == 1
    else:
        right = ((labels.p > 0.5) == truth).all(1)
    return float((~right)[voted].mean())


def plain(world: World) -> float:
    """The wrong sets of a majority for each class of those who were shown it."""
    votes = world.labels
    yes, seen = np.zeros((2, votes.n, votes.labels.k))
    np.add.at(yes, votes.item, votes.labels.y == 1)
    np.add.at(seen, votes.item, votes.labels.y >= 0)
    return error(SoftMultiLabel(yes / np.maximum(seen, 1), votes.labels.names), world)
