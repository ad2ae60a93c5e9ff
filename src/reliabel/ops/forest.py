"""Approximate nearest neighbours by a forest of random splits.

Each tree splits the items into small leaves, and within a leaf all pairs are measured.  Trees are
added until the lower confidence bound of the recall, measured on sampled items against their exact
neighbours, reaches the target.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from numpy.random import Generator
from scipy.linalg import eigh

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import stop_if_cancelled, tell, track
from reliabel.ops.chunks import spans
from reliabel.ops.tiles import FAR, TILE, TakeRows, exact, gather, measured, merge

AFFORDABLE = 2e13  # rows x rows x features up to which all pairs are measured if a forest fails
LEAF = 1600  # items of a leaf, in which all pairs are measured
STRIP = 256  # items of a leaf that are measured against the rest at a time
TREES = 60  # at most
AXES = 64  # principal axes among which trees choose their splits
ASKED = 500  # sampled items whose exact neighbours measure the recall
DESCENT = 200_000  # rows from which pynndescent makes the first lists, if it is installed
# Largest features, in bytes, given to pynndescent: it copies them and takes about 2 KiB a row
# more (1.9 GiB at 300,000 x 384, where a forest takes 0.8).
DESCENT_BYTES = 2**29


def forest(
    take: TakeRows, zero: Bools, d: int, j: int, target: float, rng: Generator
) -> tuple[tuple[Ints, Floats], float, float, str]:
    """Grow trees until the recall surely reaches the target, or all pairs become cheaper.

    Returns (index, distance), the recall, its half-width and a description of the method.
    """
    n = len(zero)
    asked = np.sort(rng.choice(n, ASKED, replace=False))
    bar = _exact_bar(take, asked, n, j)
    index, close, laid = _first_lists(take, n, d, j, rng)
    main = _main_axes(take, n, d)
    pays = n * 2 // (3 * LEAF)  # so many trees cost as much as all pairs
    recall, half_width = _recall(close, asked, bar) if laid else (0.0, 1.0)
    trees = 0
    while recall - half_width < target and trees < TREES and not (trees >= 10 and recall < 0.5):
        tell("neighbours (trees)", trees, None)
        _grow(take, main, index, close, rng)
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


def _exact_bar(take: TakeRows, asked: Ints, n: int, j: int) -> Floats:
    """The similarity of the j-th nearest of the asked items."""
    index, close = np.full((len(asked), j), -1, dtype=np.int32), np.full((len(asked), j), FAR)
    own = take(asked)
    for start in track("neighbours (check)", range(0, n, TILE)):
        s = own @ take(slice(start, start + TILE)).T
        here = np.flatnonzero((asked >= start) & (asked < start + TILE))
        s[here, asked[here] - start] = FAR
        gather(index, close, s, start)
    return np.asarray(close.min(1))


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
    return np.concatenate([take(slice(*span)) @ axes for span in spans(n, d)])


def _grow(take: TakeRows, main: Floats, index: Ints, close: Floats, rng: Generator) -> None:
    """One tree: split at medians until parts are small, then measure all pairs within each part."""
    place = np.full(len(main) + 1, -1, dtype=np.int32)  # the last one is for empty places
    stack = [np.arange(len(main))]
    while stack:
        part = stack.pop()
        if len(part) > LEAF:
            half = len(part) // 2
            order = np.argpartition(main[part] @ _direction(main, part, rng), half)
            stack += [np.sort(part[order[:half]]), np.sort(part[order[half:]])]
        else:
            stop_if_cancelled()
            _meet(take, part, place, index, close)


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


def _meet(take: TakeRows, part: Ints, place: Ints, index: Ints, close: Floats) -> None:
    """All pairs within a part: each is measured once and offered to both lists, but where one
    stands in the other's list already.
    """
    own, here, near = take(part), index[part], close[part]
    m, bar = len(part), near.min(1)
    if bar[0] == FAR:  # the first tree: lists are empty, and nearly all pairs would be survivors
        s = own @ own.T
        np.fill_diagonal(s, FAR)
        gather(here, near, s, 0)
        index[part], close[part] = part[here], near
        return
    known = np.zeros((m, m), dtype=bool)
    np.fill_diagonal(known, True)
    place[part] = np.arange(m)
    row, column = np.nonzero(place[here] >= 0)
    known[row, place[here[row, column]]] = True
    place[part] = -1
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
    index[part], close[part] = here, near


def _first_lists(
    take: TakeRows, n: int, d: int, j: int, rng: Generator
) -> tuple[Ints, Floats, bool]:
    """Empty lists, or those of pynndescent where it is installed and there are many rows."""
    index, close = np.full((n, j), -1, dtype=np.int32), np.full((n, j), FAR)
    if n < DESCENT or 4 * n * d > DESCENT_BYTES or find_spec("pynndescent") is None:
        return index, close, False
    from pynndescent import NNDescent

    tell("neighbours (pynndescent)", 0, None)
    found, _ = NNDescent(
        take(slice(0, n)),
        metric="dot",
        n_neighbors=j + 1,
        low_memory=True,
        random_state=int(rng.integers(2**31)),
        n_jobs=1,
    ).neighbor_graph
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
