"""Votes that compare two things: an item is a pair of things, a row of the consensus is a thing."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.world_record import World

from reliabel.core.labels import Numbers, Votes
from reliabel.core.orders import LEFT, RIGHT, Comparisons

KIND = "Votes[Comparisons]"
ALLOWED = {"unanimous": 0.02, "worse": (1.1, 0.01), "copied": (1.5, 0.05)}
_THINGS = "items are pairs of things, and rows of the consensus are things"
NOT_FOR = {
    "law_names_of_classes_are_irrelevant": "comparisons have no classes",
    "law_numbers_of_classes_are_irrelevant": "comparisons have no classes",
    "law_order_of_items_is_irrelevant": _THINGS,
    "law_items_without_votes_share_one_row": _THINGS,
}


def easy(seed: int = 0, n: int = 16, w: int = 12, each: int = 10) -> World:
    """Workers who look at 95 to 40 % of the comparisons and guess the others."""
    return _compared(seed, n, np.linspace(0.4, 0.95, w), each)


def uneven(seed: int = 0) -> World:
    """A third of the workers look at nearly all comparisons, the others at a few."""
    return _compared(seed, 16, np.where(np.arange(12) % 3 == 0, 0.98, 0.1), 8)


def _compared(seed: int, n: int, looks: Any, each: int) -> World:
    rng = np.random.default_rng(seed)
    strength = 1.5 * rng.standard_normal(n)
    first, second = np.triu_indices(n, 1)
    item = np.repeat(np.arange(len(first)), each)
    worker = rng.integers(0, len(looks), len(item))
    turned = rng.random(len(item)) < 0.5
    left = np.where(turned, second[item], first[item])
    right = np.where(turned, first[item], second[item])
    p = 1 / (1 + np.exp(strength[right] - strength[left]))
    p = looks[worker] * p + (1 - looks[worker]) / 2
    y = np.where(rng.random(len(item)) < p, LEFT, RIGHT)
    votes = Votes(item, worker, Comparisons(left, right, y, n), len(first), len(looks))
    evidence = {"skill": looks, "rng": rng}
    return World(votes, Numbers(strength), np.zeros(len(item), dtype=bool), evidence)


def agreed(world: World) -> World:
    """All say which thing is stronger."""
    votes, strength = world.labels, world.truth.y
    left, right = votes.labels.left, votes.labels.right
    y = np.where(strength[left] > strength[right], LEFT, RIGHT)
    told = Comparisons(left, right, y, votes.labels.n)
    return world.with_labels(Votes(votes.item, votes.worker, told, votes.n, votes.w))


def error(labels: Any, world: World) -> float:
    """The share of pairs of things that are ordered wrong."""
    first, second = np.triu_indices(len(world.truth), 1)
    said = np.sign(labels.y[first] - labels.y[second])
    true = np.sign(world.truth.y[first] - world.truth.y[second])
    return float((said != true).mean())


def plain(world: World) -> float:
    """The same for the share of its comparisons that a thing wins."""
    told = world.labels.labels
    won = np.where(told.y == LEFT, told.left, told.right)
    games = np.bincount(told.left, minlength=told.n) + np.bincount(told.right, minlength=told.n)
    return error(Numbers(np.bincount(won, minlength=told.n) / np.maximum(games, 1)), world)
