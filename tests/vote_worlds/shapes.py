"""Easy worlds of votes on boxes and on class maps, and how far an answer is from the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.worlds import World

from reliabel.core.labels import Grouped, Votes
from reliabel.core.objects import Boxes
from reliabel.ops.match import greedy, overlaps
from reliabel.reading.masks import class_map_of, regions_of_arrays

KINDS = ("car", "dog", "tree")
SIDE = 32  # of the pictures of class maps
CELL, GRID = 40, 3  # objects of the box world lie in cells, so that none covers another


def box_votes(seed: int = 0, n: int = 60, w: int = 8, each: int = 5, bad: Any = None) -> World:
    """Boxes by workers from good to bad, who miss objects, name others, move corners, and draw what
    is not there; the last picture has no vote.  bad: (w,) 0 for good, 1 for bad.
    """
    rng = np.random.default_rng([seed, 3])
    bad = np.linspace(1, 0, w) if bad is None else np.asarray(bad, float)
    count = rng.integers(1, 5, n)
    cell = np.concatenate([rng.permutation(GRID * GRID)[:many] for many in count])
    corner = np.stack([cell % GRID, cell // GRID], 1) * CELL + rng.uniform(2, 8, (len(cell), 2))
    boxes = np.hstack([corner, corner + rng.uniform(18, 30, (len(cell), 2))])
    y = rng.integers(0, len(KINDS), len(cell))
    truth = Grouped(Boxes(boxes, y, KINDS), np.append(0, np.cumsum(count)))
    voted = np.repeat(np.arange(n - 1), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n - 1)])
    given = truth.take(voted)  # what each vote is of
    q = bad[worker][given.item]
    named = np.where(
        rng.random(len(q)) < 0.02 + 0.3 * q, rng.integers(0, len(KINDS), len(q)), given.units.y
    )
    moved = given.units.xyxy + rng.normal(0, 0.5, (len(q), 4)) * (1 + 4 * q[:, None])
    seen = rng.random(len(q)) > 0.03 + 0.35 * q
    more = rng.poisson(0.05 + 0.4 * bad[worker])
    of = np.repeat(np.arange(len(voted)), more)
    at = rng.uniform(0, 90, (len(of), 2))
    xyxy = np.vstack([moved[seen], np.hstack([at, at + rng.uniform(8, 20, (len(of), 2))])])
    codes = np.concatenate([named[seen], rng.integers(0, len(KINDS), len(of))])
    vote = np.concatenate([given.item[seen], of])
    order = np.argsort(vote, kind="stable")
    offsets = np.searchsorted(vote[order], np.arange(len(voted) + 1))
    drawn = Grouped(Boxes(xyxy[order], codes[order], KINDS), offsets)
    labels = Votes(voted, worker, drawn, n, w)
    return World(labels, truth, np.zeros(len(voted), bool), {"skill": -bad, "rng": rng})


def map_votes(seed: int = 0, n: int = 30, w: int = 6, each: int = 5, bad: Any = None) -> World:
    """Class maps of two objects a picture by workers who draw them too large or too small, moved,
    or not at all; the last picture has no vote.
    """
    rng = np.random.default_rng([seed, 4])
    bad = np.linspace(1, 0, w) if bad is None else np.asarray(bad, float)
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


def box_error(found: Grouped[Boxes], truth: Grouped[Boxes], least: float = 0.5) -> float:
    """1 - F1 of boxes that overlap a true box of their class by half or more."""
    pairs = overlaps(found.units.xyxy, found.offsets, truth.units.xyxy, truth.offsets, least)
    pairs = pairs.take(found.units.y[pairs.mine] == truth.units.y[pairs.other])
    hits = len(greedy(pairs.mine, pairs.other, pairs.iou))
    return 1 - 2 * hits / max(len(found.units) + len(truth.units), 1)


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


def of_voted(labels: Any, votes: Votes[Any]) -> Any:
    """The pictures with votes."""
    return labels.take(np.flatnonzero(np.bincount(votes.item, minlength=votes.n) > 0))
