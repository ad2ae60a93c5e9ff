"""Votes that rank things."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.world_record import World

from reliabel.core.labels import Votes
from reliabel.core.orders import Rankings
from reliabel.ops.mallows import sampled

KIND = "Votes[Rankings]"
ALLOWED = {"unanimous": 0.0, "worse": (1.1, 0.01), "copied": (1.5, 0.05)}
_NO_CLASSES = "rankings have no classes"
NOT_FOR = {
    "law_names_of_classes_are_irrelevant": _NO_CLASSES,
    "law_numbers_of_classes_are_irrelevant": "of equally good orders the one with lower numbers "
    "first is taken",
}
THINGS = 5


def easy(seed: int = 0, n: int = 60, w: int = 12, each: int = 5) -> World:
    """Workers whose rankings scatter more or less around the true one; the last item has no
    vote.
    """
    return _ranked(seed, n, np.linspace(0.2, 2.0, w), each)


def uneven(seed: int = 0) -> World:
    """A third of the workers are close to the true order, the others nearly guess."""
    return _ranked(seed, 80, np.where(np.arange(12) % 3 == 0, 2.5, 0.1), 6)


def _ranked(seed: int, n: int, theta: Any, each: int) -> World:
    rng = np.random.default_rng(seed)
    truth = np.stack([rng.permutation(THINGS) for _ in range(n)])
    item = np.repeat(np.arange(n - 1), each)
    worker = np.concatenate([rng.permutation(len(theta))[:each] for _ in range(n - 1)])
    pairs = zip(item.tolist(), worker.tolist(), strict=True)
    told = np.stack([sampled(truth[i], theta[j], rng) for i, j in pairs])
    votes = Votes(item, worker, _whole(told), n, len(theta))
    wrong = (told != truth[item]).any(1)
    return World(votes, _whole(truth), wrong, {"skill": theta, "rng": rng})


def _whole(order: Any) -> Rankings:
    return Rankings(order.ravel(), np.arange(len(order) + 1) * THINGS, THINGS)


def error(labels: Any, world: World) -> float:
    """The share of pairs of things that are turned round, over items with votes."""
    truth = world.truth.order.reshape(-1, THINGS)
    shares = [
        _turned(labels.order[labels.offsets[i] : labels.offsets[i + 1]], truth[i])
        for i in np.unique(world.labels.item).tolist()
    ]
    return float(np.mean(shares))


def plain(world: World) -> float:
    """The same for things in the order of their mean place."""
    votes = world.labels
    cell = votes.item[votes.labels.ranking] * THINGS + votes.labels.order
    place = np.bincount(cell, votes.labels.place, votes.n * THINGS).reshape(votes.n, THINGS)
    return error(_whole(place.argsort(1, kind="stable")), world)


def _turned(said: Any, truth: Any) -> float:
    place = np.argsort(truth)[said]
    first, second = np.triu_indices(len(said), 1)
    return float((place[first] > place[second]).mean()) if len(first) else 0.0
