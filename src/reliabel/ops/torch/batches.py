"""Which rows come together in a batch: functions (rows, size, rng) -> the batches of one epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Ints

Batches = Callable[[Ints, int, Generator], Iterator[Ints]]


def shuffled(rows: Ints, size: int, rng: Generator) -> Iterator[Ints]:
    """Every row once, in random order.  A last batch of less than half the size is left out, unless
    it is the only one.

    >>> [len(b) for b in shuffled(np.arange(10), 4, np.random.default_rng(0))]
    [4, 4, 2]
    """
    order = rng.permutation(rows)
    rest = len(order) % size
    stop = len(order) - rest if rest * 2 < size and len(order) > size else len(order)
    for start in range(0, stop, size):
        yield order[start : start + size]


def whole_bags(groups: Ints) -> Batches:
    """Whole groups together, as many as fit into a batch, one at least."""

    def batches(rows: Ints, size: int, rng: Generator) -> Iterator[Ints]:
        mine = rows[np.argsort(groups[rows], kind="stable")]
        bags = np.split(mine, np.flatnonzero(np.diff(groups[mine])) + 1)
        here: list[Ints] = []
        for bag in rng.permutation(len(bags)):
            if here and sum(map(len, here)) + len(bags[bag]) > size:
                yield np.concatenate(here)
                here = []
            here.append(bags[bag])
        yield np.concatenate(here)

    return batches


def both(part: Bools, share: float = 0.5) -> Batches:
    """A ``share`` of each batch is drawn, again and again, from the rows where ``part`` (n,) is
    True; the other rows come once.
    """

    def batches(rows: Ints, size: int, rng: Generator) -> Iterator[Ints]:
        first, rest = rows[part[rows]], rows[~part[rows]]
        if not len(first) or not len(rest):
            yield from shuffled(rows, size, rng)
            return
        many = max(1, round(size * share))
        for batch in shuffled(rest, max(1, size - many), rng):
            yield np.concatenate([rng.choice(first, many, replace=len(first) < many), batch])

    return batches


def balanced(y: Ints) -> Batches:
    """As many rows of each class in every batch; those of rare classes are drawn repeatedly."""

    def batches(rows: Ints, size: int, rng: Generator) -> Iterator[Ints]:
        classes = [rows[y[rows] == c] for c in np.unique(y[rows])]
        each = max(1, size // len(classes))
        for _ in range(max(1, round(len(rows) / size))):
            yield np.concatenate([rng.choice(mine, each) for mine in classes])

    return batches
