"""Nearest neighbours by cosine similarity of centred rows: exact up to 20,000 rows, by cells of
like rows up to about 70,000, by shards or a forest of random splits above.

Cells (``ops/cells.py``) stand for a recall of at least .99, measured on sampled items; where they
would miss it, or measure nearly all pairs anyway, all pairs are measured.  ``search="exact"``
measures all pairs whatever the size.

Shards (``ops/shards.py``) are taken where a row would be compared with few others, else trees are
added until the recall, measured on sampled items against their exact neighbours, surely reaches the
target.  If pynndescent is installed it makes the first lists, from a million rows on and up to 512
MiB of features.  Features without structure (near-isotropic noise) defeat every index: then all
pairs are measured if that is affordable, and otherwise ``method`` says so.

Cost: exact O(n^2 d); cells a tenth to a fifth of that for embeddings; a tree
O(n (1600 d + 64 log n)), some 15 to 30 trees, more as n grows; memory O(n (d + j)) beside a float32
copy of features of up to 2 GiB (larger ones are read where they are).  All of it is work on blocks.

Exact copies are grouped first: the list of an item holds its own copies (distance 0, in at most
half of the places if other items can fill them), then one item of every other group.  Ties are
broken by row number, and the result does not depend on the tile size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.ops.cells import by_cells
from reliabel.ops.chunks import RowBlock, constant, cut, rows, spans, total
from reliabel.ops.copies import same_rows
from reliabel.ops.forest import LEAF, forest
from reliabel.ops.shards import by_shards
from reliabel.ops.tiles import TakeRows, exact

EXACT = 2e12  # rows x rows x features up to which all pairs are measured
FEW = 20_000  # rows up to which all pairs are measured without asking whether cells would do
CERTAIN = 0.99  # recall below which lists by cells are not taken
COPY = 2**31  # bytes; features larger than this as float32 are not copied


def nearest(
    features: Any,
    *,
    j: int,
    target: float = 0.95,
    seed: int = 0,
    centre: bool = True,
    search: str = "auto",
    like: int | None = None,
) -> Neighbours:
    """The j nearest other items of each of the (n, d) features; any real dtype, arrays and memory
    maps alike.

    Distance is 1 - cosine of the centred rows; a row that is zero then is at distance 1 from all
    but its copies.  With fewer than j others, or copies that crowd a tiny set, the last places are
    -1 at distance infinity.

    target: the recall that a forest is grown to.
    search: "auto", or "exact" to measure all pairs whatever it costs.
    like: search as among so many rows, which a sample of them is measured by.
    Raises ValueError for features of another shape or type, NaN and infinities.

    >>> x = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> nearest(x, j=2, centre=False).index.tolist()
    [[1, 3], [0, 3], [3, 1], [2, 1]]
    """
    features = constant(features)
    n = _checked(features, j)
    first = same_rows(features)
    kept = np.flatnonzero(first == np.arange(n))
    take, zero = unit_rows(features, kept, centre)
    others = min(j, len(kept) - 1)
    lists, recall, half_width, method = _lists(
        *(take, zero, features.shape[1], others, target, search, np.random.default_rng(seed)),
        like or n,
    )
    index, distance = _expand(*lists, first, kept, j) if len(kept) < n else _padded(*lists, j)
    return Neighbours(index, distance, recall, half_width, method)


def _lists(
    take: TakeRows,
    zero: Bools,
    d: int,
    j: int,
    target: float,
    search: str,
    rng: Generator,
    like: int,
) -> tuple[tuple[Ints, Floats], float, float, str]:
    """The lists of rows that are all different, their recall, its half-width, and the method."""
    n = max(len(zero), like)
    if search == "exact" or len(zero) < 4 * LEAF:
        return exact(take, zero, j), 1.0, 0.0, "exact"
    if n**2 * max(d, 128) > EXACT:
        found, recall, half_width, method = by_shards(take, zero, j, target, rng)
        if found is not None:
            return found, recall, half_width, method
        return forest(take, zero, d, j, target, rng)
    if n <= FEW:
        return exact(take, zero, j), 1.0, 0.0, "exact"
    lists, recall, half_width, method = by_cells(take, zero, j, CERTAIN, rng)
    if lists is not None:
        return lists, recall, half_width, method
    return exact(take, zero, j), 1.0, 0.0, f"exact ({method})"


def reach(features: Any, *, centre: bool = True) -> Callable[[int], Floats]:
    """A function from an item to its distance (n,) from all items.

    For groups of near copies that are larger than the neighbour lists.
    """
    n = len(features)
    take = unit_rows(features, np.arange(n), centre)[0]

    def far(item: int) -> Floats:
        own = take(slice(item, item + 1))[0]
        distance = np.concatenate(
            [1 - take(slice(*span)) @ own for span in spans(n, features.shape[1])]
        )
        distance[item] = 0
        return np.asarray(np.maximum(distance, 0))

    return far


def hubness(neighbours: Neighbours) -> float:
    """Skewness of how often each item is among the neighbours of others.

    0 if all are equal; above 3 a few hubs are in most lists.

    >>> hubness(Neighbours(np.array([[1], [0], [0], [0]]), np.zeros((4, 1)))) > 0.5
    True
    """
    times = np.bincount(
        neighbours.index[neighbours.index >= 0], minlength=len(neighbours.index)
    ).astype(float)
    off = times - times.mean()
    spread = float((off**2).mean())
    return float((off**3).mean() / spread**1.5) if spread > 0 else 0.0


def _checked(features: Any, j: int) -> int:
    if getattr(features, "ndim", 0) != 2 or features.dtype.kind not in "fiub":
        raise ValueError(
            "neighbours need features (n, d) of real numbers, got "
            f"{getattr(features, 'dtype', type(features).__name__)} of shape {np.shape(features)}"
        )
    if len(features) < 2:
        raise ValueError(f"neighbours need at least two items, got {len(features)}")
    if j < 1:
        raise ValueError(f"neighbours: j must be at least 1, got {j}")
    bad = rows(lambda block: ~np.isfinite(block.read()[0]).all(1), cut(features))
    if bad.any():
        raise ValueError(
            f"{int(bad.sum())} rows of the features hold NaN or infinity (the first is row "
            f"{int(bad.argmax())}); fill or drop them first"
        )
    return len(features)


def unit_rows(features: Any, kept: Ints, centre: bool) -> tuple[TakeRows, Bools]:
    """A function that reads the kept rows, centred and normalised, and which of them are zero.

    centre: whether the mean of all rows is taken off first.
    """
    n, d = features.shape
    mean = (
        total(lambda block: block.read()[0].sum(0, dtype=np.float64), cut(features)) / n
        if centre
        else np.zeros(d)
    )
    size = np.abs(
        total(lambda block: np.square(block.read()[0], dtype=np.float64).sum(0), cut(features)) / n
    )
    small = 1e-7 * float(
        np.sqrt(size.sum())
    )  # a centred row shorter than this is only rounding error
    whole = len(kept) == n

    def unit(at: Any) -> Floats:
        block = np.asarray(features[at if whole else kept[at]], dtype=np.float64) - mean
        length = np.sqrt(np.einsum("nd,nd->n", block, block))[:, None]
        return np.asarray(
            np.divide(block, length, out=np.zeros_like(block), where=length > small),
            dtype=np.float32,
        )

    def work(block: RowBlock) -> Floats:
        return unit(slice(block.start, block.stop))

    if 4 * len(kept) * d > COPY:
        return unit, rows(lambda block: np.asarray(~work(block).any(1)), cut(kept, k=d))
    copy = constant(rows(work, cut(kept, k=d)))
    return lambda at: copy[at], np.concatenate([~copy[a:b].any(1) for a, b in spans(len(kept), d)])


def _expand(index: Ints, distance: Floats, first: Ints, kept: Ints, j: int) -> tuple[Ints, Floats]:
    """Expand lists of one item a group to all items: own copies first, then the group's list."""
    n = len(first)
    place = np.searchsorted(kept, first)
    order = np.argsort(first, kind="stable")
    size = np.bincount(place)
    start = np.cumsum(size) - size
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n) - np.repeat(start, size)
    index, others = np.where(index < 0, -1, kept[index]), index.shape[1]
    room = np.minimum(size[place] - 1, max(j - others, (j + 1) // 2))  # places for own copies
    out, far = np.full((n, j), -1, dtype=np.int32), np.full((n, j), np.float32(np.inf))
    for count in np.unique(room):
        row = np.flatnonzero(room == count)
        rest = min(others, j - count)
        # the next ones in cyclic order, so that no copy is in the list of all others
        step = rank[row][:, None] + 1 + np.arange(count)
        out[row, :count] = np.sort(
            order[start[place[row]][:, None] + step % size[place[row]][:, None]], axis=1
        )
        far[row, :count] = 0
        out[row, count : count + rest], far[row, count : count + rest] = (
            index[place[row], :rest],
            distance[place[row], :rest],
        )
    return out, far


def _padded(index: Ints, distance: Floats, j: int) -> tuple[Ints, Floats]:
    missing = ((0, 0), (0, j - index.shape[1]))
    return np.pad(index, missing, constant_values=-1), np.pad(
        distance, missing, constant_values=np.inf
    )
