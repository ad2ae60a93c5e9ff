"""Approximate nearest neighbours by a forest of random splits.

Each tree splits the items into small leaves, and within a leaf all pairs are measured.  Trees are
added until the lower confidence bound of the recall, measured on sampled items against their exact
neighbours, reaches the target.  To grow a tree is one block of work, and so is each of its leaves,
which takes the lists of its items and gives them back better.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.linalg import eigh

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import Rated, apart, current, stop_if_cancelled, tell
from reliabel.ops.cells import lists_of
from reliabel.ops.chunks import constant, cut, rows, spans
from reliabel.ops.tiles import FAR, TakeRows, exact, gather, measured, merge

AFFORDABLE = 2e13  # rows x rows x features up to which all pairs are measured if a forest fails
LEAF = 1600  # items of a leaf, in which all pairs are measured
STRIP = 256  # items of a leaf that are measured against the rest at a time
TREES = 60  # at most
GROVE = 4  # trees that are grown at a time
SPLITTING = 100  # operations that one number of the main axes takes in a split: it is fetched
AXES = 64  # principal axes among which trees choose their splits
ASKED = 500  # sampled items whose exact neighbours measure the recall
# Rows from which pynndescent makes the first lists, if it is installed: it works on one core, where
# trees take all there are.
DESCENT = 1_000_000
# Largest features, in bytes, given to pynndescent: it copies them and takes about 2 KiB a row
# more (1.9 GiB at 300,000 x 384, where a forest takes 0.8).
DESCENT_BYTES = 2**29
Leaf = tuple[Ints, Ints, Floats]  # the items of a leaf, and their lists


def forest(
    take: TakeRows, zero: Bools, d: int, j: int, target: float, rng: Generator
) -> tuple[tuple[Ints, Floats], float, float, str]:
    """Grow trees until the recall surely reaches the target, or all pairs become cheaper.

    Returns (index, distance), the recall, its half-width and a description of the method.
    """
    n = len(zero)
    asked = np.sort(rng.choice(n, ASKED, replace=False))
    bar = lists_of(take, asked, np.zeros(ASKED, dtype=np.float32), n, j)[1]
    index, close, laid = _first_lists(take, n, d, j, rng)
    main = _main_axes(take, n, d)
    pays = n * 2 // (3 * LEAF)  # so many trees cost as much as all pairs
    recall, half_width = _recall(close, asked, bar) if laid else (0.0, 1.0)
    trees, grown = 0, _trees(main, rng)
    while recall - half_width < target and trees < TREES and not (trees >= 10 and recall < 0.5):
        tell("neighbours (trees)", trees, None)
        _met(take, next(grown), index, close, d)
        trees += 1
        recall, half_width = _recall(close, asked, bar)
        # if each tree finds the same share of the missing neighbours
        wanted = trees * np.log(1 - target) / np.log(max(1 - recall, 1e-9))
        if trees >= 4 and not laid and wanted > pays and n * n * d <= AFFORDABLE:
            return (
                exact(take, zero, j),
                1.0,
                0.0,
                f"exact (a forest found {recall:.2f} after {trees} trees: features without much "
                "structure)",
            )
    method = (
        f"{'pynndescent, then ' * laid}forest, {trees} tree{'s' * (trees != 1)}"
        if trees
        else "pynndescent"
    )
    short = "" if recall >= target else ": features without much structure, lists miss neighbours"
    return measured(take, zero, index, j), recall, half_width, method + short


def _recall(close: Floats, asked: Ints, bar: Floats) -> tuple[float, float]:
    """Share of the asked items' neighbours found (as near as the j-th counts as found), and the 95
    % half-width over items.
    """
    share = (close[asked] >= bar[:, None] - 1e-6).mean(1)
    return float(share.mean()), float(1.96 * share.std() / np.sqrt(len(share)))


def _main_axes(take: TakeRows, n: int, d: int) -> Floats:
    """(n, axes) the rows seen along their main axes: cheap to gather, and splits along them part
    far from near.
    """
    if d <= AXES:
        return take(slice(0, n))
    sample = take(np.arange(0, n, max(1, n // 10_000)))
    axes = eigh(sample.T @ sample, subset_by_index=[d - AXES, d - 1])[1].astype(np.float32)
    every = cut(np.arange(n), k=d)
    work = Rated(
        lambda block: take(slice(block.start, block.stop)) @ axes, 2.0 * every[0].stop * axes.size
    )
    return rows(work, every)


def _trees(main: Floats, rng: Generator) -> Iterator[list[Ints]]:
    """The leaves of one tree after another, GROVE of which are grown at a time."""
    main = constant(main)
    operations = SPLITTING * main.size * np.log2(2 + len(main) / LEAF)
    while True:
        grove: list[list[Ints]] = []
        work = Rated(lambda seed: _grown(main, np.random.default_rng(seed), LEAF), operations)
        current().executor(work, rng.integers(2**62, size=GROVE).tolist(), grove.append)
        yield from grove


def _grown(main: Floats, rng: Generator, leaf: int) -> list[Ints]:
    """The leaves of one tree: parts are split at medians until they are small."""
    leaves: list[Ints] = []
    stack: list[Ints] = [np.arange(len(main), dtype=np.int32)]
    while stack:
        stop_if_cancelled()
        part = stack.pop()
        if len(part) <= leaf:
            leaves.append(part)
            continue
        half = len(part) // 2
        order = np.argpartition(main[part] @ _direction(main, part, rng), half)
        stack += [np.sort(part[order[:half]]), np.sort(part[order[half:]])]
    return leaves


def _met(take: TakeRows, leaves: list[Ints], index: Ints, close: Floats, d: int) -> None:
    """Measure all pairs within each leaf and better the lists of its items."""

    def work(leaf: Leaf) -> Leaf:
        part, here, near = leaf
        return part, *_meet(take, part, here, near)

    def keep(leaf: Leaf) -> None:
        part, index[part], close[part] = leaf[0], *leaf[1:]

    operations = 1.0 * max(map(len, leaves)) ** 2 * d
    current().executor(Rated(work, operations), _Leaves(leaves, index, close), keep)


class _Leaves(Sequence[Leaf]):
    """The items of each leaf with their lists, fetched when the leaf is worked on."""

    def __init__(self, leaves: list[Ints], index: Ints, close: Floats) -> None:
        self.leaves, self.lists = leaves, (index, close)

    def __len__(self) -> int:
        return len(self.leaves)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        part = self.leaves[at]
        index, close = self.lists
        return part, index[part], close[part]


def _direction(main: Floats, part: Ints, rng: Generator) -> Floats:
    """From one side's middle to the other's, where the sides are those nearer to either of two
    random members.
    """
    sample = main[rng.choice(part, min(len(part), 128), replace=False)]
    across = sample[0] - sample[1]
    if not across.any():
        return rng.normal(size=len(across)).astype(np.float32)
    side = sample @ across > (sample[0] + sample[1]) @ across / 2
    return (
        np.asarray(sample[side].mean(0) - sample[~side].mean(0))
        if 0 < side.sum() < len(side)
        else across
    )


def _meet(take: TakeRows, part: Ints, here: Ints, near: Floats) -> tuple[Ints, Floats]:
    """The lists of a part after all its pairs were measured: each once and offered to both lists,
    but where one stands in the other's list already.
    """
    stop_if_cancelled()
    own, here, near = take(part), here.copy(), near.copy()
    m, bar = len(part), near.min(1)
    if bar[0] == FAR:  # the first tree: lists are empty, and nearly all pairs would be survivors
        s = own @ own.T
        np.fill_diagonal(s, FAR)
        gather(here, near, s, 0)
        return np.where(here >= 0, part[here], np.int32(-1)), near
    known = np.zeros((m, m), dtype=bool)
    np.fill_diagonal(known, True)
    place = np.minimum(np.searchsorted(part, here), m - 1)  # a part is in order
    row, column = np.nonzero(part[place] == here)
    known[row, place[row, column]] = True
    pairs, values = [], []
    for start in range(0, m, STRIP):
        stop = min(start + STRIP, m)
        s = own[start:stop] @ own[start:].T
        better = s > bar[start:stop, None]
        better &= ~known[start:stop, start:]
        row, column = np.divmod(np.flatnonzero(better), m - start)
        pairs.append((row + start) * m + column + start)
        values.append(s[row, column])
        better = s[:, stop - start :] > bar[stop:]
        better &= ~known[stop:, start:stop].T
        column, row = np.divmod(np.flatnonzero(better), max(m - stop, 1))
        pairs.append((row + stop) * m + column + start)
        values.append(s[column, row + stop - start])
    pair, value = np.concatenate(pairs), np.concatenate(values)
    order = np.argsort(pair)
    row, column = np.divmod(pair[order], m)
    merge(here, near, row, part[column], value[order])
    return here, near


def _first_lists(
    take: TakeRows, n: int, d: int, j: int, rng: Generator
) -> tuple[Ints, Floats, bool]:
    """Empty lists, or those of pynndescent where it is installed and there are many rows."""
    index, close = np.full((n, j), -1, dtype=np.int32), np.full((n, j), FAR)
    if n < DESCENT or 4 * n * d > DESCENT_BYTES or find_spec("pynndescent") is None:
        return index, close, False
    from pynndescent import NNDescent

    tell("neighbours (pynndescent)", 0, None)
    seed = int(rng.integers(2**31))

    def descend() -> Ints:
        lists, _ = NNDescent(
            take(slice(0, n)),
            metric="dot",
            n_neighbors=j + 1,
            low_memory=True,
            random_state=seed,
            n_jobs=1,
        ).neighbor_graph
        return np.asarray(lists)

    found = apart(descend, 1e6 * n)
    for start, stop in spans(n, d * j):
        other = np.asarray(found[start:stop])
        s = np.einsum(
            "nd,njd->nj", take(slice(start, stop)), take(other.ravel()).reshape(*other.shape, d)
        )
        s[(other == np.arange(start, stop)[:, None]) | (other < 0)] = FAR
        best = np.argsort(-s, axis=1, kind="stable")[:, :j]
        index[start:stop], close[start:stop] = (
            np.take_along_axis(other, best, 1),
            np.take_along_axis(s, best, 1),
        )
    index[close == FAR] = -1
    return index, close, True
