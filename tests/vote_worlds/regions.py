"""Votes on regions of pixels: class maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.vote_worlds.boxes import of_voted
from tests.world_record import World

from reliabel.core.labels import Votes
from reliabel.reading.masks import class_map_of, regions_of_arrays

KIND = "Votes[Grouped[Regions]]"
ALLOWED = {"unanimous": 0.0, "worse": (1.0, 0.02), "copied": (1.0, 0.15)}
NOT_FOR: dict[str, str] = {}
KINDS = ("car", "dog", "tree")
SIDE = 32  # of the pictures


def easy(seed: int = 0, n: int = 44, w: int = 9, each: int = 6, bad: Any = None) -> World:
    """Class maps of two objects a picture by workers who draw them too large or too small, moved,
    or not at all; the last picture has no vote.
    """
    rng = np.random.default_rng([seed, 4])
    bad = np.linspace(0.7, 0, w) if bad is None else np.asarray(bad, float)
    down, across = np.mgrid[:SIDE, :SIDE]
    voted = np.repeat(np.arange(n - 1), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n - 1)])
    middle = rng.uniform(8, SIDE - 8, (n, 2, 2))
    radius, y = rng.uniform(3, 7, (n, 2)), rng.integers(0, len(KINDS), (n, 2))

    def painted(items: Any, move: Any, grow: Any, there: Any, codes: Any) -> Any:
        grid = np.full((len(items), SIDE, SIDE), -1)
        for which in (0, 1):
            at = middle[items, which] + move[:, which]
            far = np.hypot(down - at[:, :1, None], across - at[:, 1:, None])
            inside = far < (radius[items, which] + grow[:, which])[:, None, None]
            inside &= there[:, which, None, None]
            grid = np.where(inside, codes[:, which, None, None], grid)
        return grid

    still = np.zeros((n, 2, 2))
    true = painted(np.arange(n), still, still[..., 0], np.ones((n, 2), bool), y)
    q = bad[worker]
    v = len(voted)
    given = painted(
        voted,
        rng.normal(0, 1, (v, 2, 2)) * (0.3 + 1.5 * q[:, None, None]),
        rng.normal(0, 1, (v, 2)) * (0.3 + 1.5 * q[:, None]),
        rng.random((v, 2)) > 0.03 + 0.3 * q[:, None],
        np.where(
            rng.random((v, 2)) < 0.02 + 0.25 * q[:, None],
            rng.integers(0, len(KINDS), (v, 2)),
            y[voted],
        ),
    )
    labels = Votes(voted, worker, regions_of_arrays(given, KINDS)[0], n, w)
    truth = regions_of_arrays(true, KINDS)[0]
    return World(labels, truth, np.zeros(v, bool), {"skill": -bad, "rng": rng})


def gold_of(world: World) -> Any:
    """An expert's masks of every fifth picture."""
    maps = [class_map_of(world.truth, i) for i in range(len(world.truth))]
    bare = np.full(SIDE * SIDE, -1)
    known = [bare if m is None or i % 5 < 4 else m for i, m in enumerate(maps)]
    return regions_of_arrays(np.reshape(known, (-1, SIDE, SIDE)), KINDS)[0]


def uneven(seed: int = 0) -> World:
    """Three good workers and six bad ones."""
    return easy(seed, 40, 9, 5, np.where(np.arange(9) % 3 == 0, 0.0, 1.0))


def error(labels: Any, world: World) -> float:
    """1 - intersection over union of the classes of pixels."""
    return map_error(of_voted(labels, world.labels), of_voted(world.truth, world.labels))


def plain(world: World) -> float:
    """The same for the class, or none, that most of a picture's workers give to a pixel."""
    votes = world.labels
    count = np.zeros((votes.n, len(KINDS) + 1, SIDE * SIDE), int)
    for vote, item in enumerate(votes.item.tolist()):
        grid = class_map_of(votes.labels, vote)
        said = np.full(SIDE * SIDE, -1) if grid is None else grid
        count[item, said, np.arange(SIDE * SIDE)] += 1
    best = np.where(count[:, -1] >= count[:, :-1].max(1), -1, count[:, :-1].argmax(1))
    return error(regions_of_arrays(best.reshape(-1, SIDE, SIDE), KINDS)[0], world)


def map_error(found: Any, truth: Any) -> float:
    """1 - intersection over union of the classes of pixels, over all pictures together."""
    both = any_ = 0
    for item in range(len(truth)):
        mine, right = class_map_of(found, item), class_map_of(truth, item)
        if mine is None or right is None:
            other = mine if right is None else right
            any_ += 0 if other is None else int((other >= 0).sum())
            continue
        both += int(((mine == right) & (right >= 0)).sum())
        any_ += int(((mine >= 0) | (right >= 0)).sum())
    return 1 - both / max(any_, 1)
