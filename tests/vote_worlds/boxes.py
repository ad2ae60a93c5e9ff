"""Votes on boxes."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.world_record import World

from reliabel.core.labels import Grouped, Votes
from reliabel.core.objects import Boxes
from reliabel.ops.match import greedy, overlaps

KIND = "Votes[Grouped[Boxes]]"
ALLOWED = {"unanimous": 0.0, "worse": (1.0, 0.02), "copied": (1.0, 0.1)}
NOT_FOR: dict[str, str] = {}
KINDS = ("car", "dog", "tree")
CELL, GRID = 40, 3  # objects lie in cells, so that none covers another


def easy(seed: int = 0, n: int = 60, w: int = 8, each: int = 5, bad: Any = None) -> World:
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


def uneven(seed: int = 0) -> World:
    """Four good workers and eight bad ones."""
    return easy(seed, 60, 12, 6, np.where(np.arange(12) % 3 == 0, 0.0, 1.0))


def error(labels: Any, world: World) -> float:
    """1 - F1 of boxes that overlap a true box of their class by half or more."""
    return box_error(of_voted(labels, world.labels), of_voted(world.truth, world.labels))


def plain(world: World) -> float:
    """The same for a cell of a rough grid in which more than half of a picture's workers have the
    middle of a box of one class: the mean of these boxes.
    """
    votes = world.labels
    units, vote = votes.labels.units, votes.labels.item
    item, k = votes.item[vote], len(KINDS)
    cell = np.clip((units.xyxy[:, :2] + units.xyxy[:, 2:]) / 2 // CELL, 0, GRID - 1).astype(int)
    key = ((item * GRID + cell[:, 0]) * GRID + cell[:, 1]) * k + units.y
    found, at, drawn = np.unique(key, return_inverse=True, return_counts=True)
    sides = np.stack([np.bincount(at, side) for side in units.xyxy.T], 1) / drawn[:, None]
    owner = found // (GRID * GRID * k)
    kept = drawn > np.bincount(votes.item, minlength=votes.n)[owner] / 2
    offsets = np.searchsorted(owner[kept], np.arange(votes.n + 1))
    return error(Grouped(Boxes(sides[kept], found[kept] % k, KINDS), offsets), world)


def box_error(found: Grouped[Boxes], truth: Grouped[Boxes], least: float = 0.5) -> float:
    """1 - F1 of boxes that overlap a true box of their class by half or more."""
    pairs = overlaps(found.units.xyxy, found.offsets, truth.units.xyxy, truth.offsets, least)
    pairs = pairs.take(found.units.y[pairs.mine] == truth.units.y[pairs.other])
    hits = len(greedy(pairs.mine, pairs.other, pairs.iou))
    return 1 - 2 * hits / max(len(found.units) + len(truth.units), 1)


def of_voted(labels: Any, votes: Votes[Any]) -> Any:
    """The pictures with votes."""
    return labels.take(np.flatnonzero(np.bincount(votes.item, minlength=votes.n) > 0))
