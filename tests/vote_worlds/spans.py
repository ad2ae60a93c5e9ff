"""Votes on spans of words."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.world_record import NAMES, World

from reliabel.core.labels import Grouped, Spans, Votes

KIND = "Votes[Grouped[Spans]]"
ALLOWED = {"unanimous": 0.0, "worse": (1.0, 0.02), "copied": (1.0, 0.15)}
NOT_FOR: dict[str, str] = {}
WORDS, K = 12, len(NAMES)  # words of a sentence, which lie in four parts of three


def easy(seed: int = 0, n: int = 80, w: int = 8, each: int = 5, bad: Any = None) -> World:
    """Spans by workers from good to bad, who miss some, give others another class or a word more,
    and mark what is none; the last sentence has no vote.  bad: (w,) 0 for good, 1 for bad.
    """
    rng = np.random.default_rng([seed, 5])
    bad = np.linspace(1, 0, w) if bad is None else np.asarray(bad, float)
    there = rng.random((n, 4)) < 0.55
    start = np.arange(4) * 3 + rng.integers(0, 2, (n, 4))
    size = rng.integers(1, 3, (n, 4))
    y = rng.integers(0, K, (n, 4))
    item = np.repeat(np.arange(n - 1), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n - 1)])
    q = bad[worker][:, None]
    shape = (len(item), 4)
    seen = np.where(
        there[item], rng.random(shape) > 0.03 + 0.35 * q, rng.random(shape) < 0.01 + 0.1 * q
    )
    said = (y[item] + (rng.random(shape) < 0.02 + 0.25 * q) * rng.integers(1, K, shape)) % K
    more = (rng.random(shape) < 0.02 + 0.3 * q) & (start[item] + size[item] < np.arange(4) * 3 + 3)
    labels = Votes(item, worker, _spans(seen, start[item], size[item] + more, said), n, w)
    truth = _spans(there, start, size, y)
    return World(labels, truth, np.zeros(len(item), bool), {"skill": -bad, "rng": rng})


def _spans(seen: Any, start: Any, size: Any, y: Any) -> Grouped[Spans]:
    """The spans of a table of sentences and their parts."""
    row, part = np.nonzero(seen)
    first = start[row, part]
    units = Spans(first, first + size[row, part], y[row, part], NAMES)
    return Grouped(units, np.searchsorted(row, np.arange(len(seen) + 1)))


def uneven(seed: int = 0) -> World:
    """Four good workers and eight bad ones."""
    return easy(seed, 80, 12, 6, np.where(np.arange(12) % 3 == 0, 0.0, 1.0))


def error(labels: Any, world: World) -> float:
    """1 - F1 of spans with the true words and class."""
    voted = np.bincount(world.labels.item, minlength=world.labels.n) > 0
    mine, true = (_held(one.take(np.flatnonzero(voted))) for one in (labels, world.truth))
    return 1 - 2 * len(mine & true) / max(len(mine) + len(true), 1)


def plain(world: World) -> float:
    """The same for spans with just these words and this class by more than half of the workers."""
    votes = world.labels
    u, vote = votes.labels.units, votes.labels.item
    rows = np.stack([votes.item[vote], u.start, u.end, u.y], 1)
    held, count = np.unique(rows, axis=0, return_counts=True)
    asked = np.bincount(votes.item, minlength=votes.n)
    held = held[count > asked[held[:, 0]] / 2]
    units = Spans(held[:, 1], held[:, 2], held[:, 3], NAMES)
    return error(Grouped(units, np.searchsorted(held[:, 0], np.arange(votes.n + 1))), world)


def _held(labels: Grouped[Spans]) -> set[tuple[int, ...]]:
    u = labels.units
    return set(map(tuple, np.stack([labels.item, u.start, u.end, u.y], 1).tolist()))
