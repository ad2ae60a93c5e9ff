"""Evidence tables: a score of every candidate class of an item by each piece of evidence, made
without the given label of the item.

The row law: changing the label of item i never changes row i (with probabilities, folds and class
counts fixed).  Exact copies share one row, because otherwise a wrong label would support itself
through its copies.  Rows are made in blocks; with many classes only candidates are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import spans
from reliabel.trust.table_builders import (
    Discriminant,
    Model,
    Named,
    Near,
    Other,
    Steps,
    TableBuilder,
)

DENSE = 20  # up to so many classes every class is a candidate
LARGE = 50_000_000  # cells beyond which the tables are held in half precision


@dataclass(frozen=True, eq=False)
class Tables:
    """Evidence ``z`` (m tables, r rows, c columns), larger = supports the class; each table is
    divided by its standard deviation over all cells.

    Item i has row ``row[i]`` (exact copies share one).  ``candidates`` (r, c) are the classes of
    the columns, -1 = no class; None means that column c is class c.  ``floor`` (m,) is the value of
    a class that is no candidate.  ``order`` (k,) is the place of each class where they are ordered.
    """

    names: tuple[str, ...]
    z: Floats
    row: Ints
    k: int
    candidates: Ints | None
    floor: Floats
    order: Ints | None = None

    __repr__ = by_fields


def tables(
    labels: Classes,
    *,
    probs: Floats | None = None,
    neighbours: Neighbours | None = None,
    features: Floats | None = None,
    fold: Ints | None = None,
    copies: Ints | None = None,
    others: Mapping[str, Floats] | None = None,
    second: Mapping[str, Mapping[str, Any]] | None = None,
    class_order: Ints | None = None,
    rng: np.random.Generator | None = None,
) -> Tables:
    """One table a piece of evidence: model (``probs``), votes, reverse votes and distance
    (``neighbours``), discriminant (``features``), steps (``probs`` of classes with an order).

    fold: (n,) the fold whose model made each row of ``probs``; drawn at random if not given.
    copies: (n,) items with the same number are exact copies of each other; -1 = like no other.
    others: further tables by name, (n, k), larger = supports the class, made without the label of
    the item (another model's log-probabilities, log shares of other workers' votes, propagation on
    a graph).
    second: by name, other probs, neighbours and features of the same items, out of the same folds;
    their tables bear that name before their own.
    class_order: (k,) the place of each class, where they have an order.

    >>> y, p = Classes(np.array([0, 0, 1])), np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9]])
    >>> tables(y, probs=p).z[0].astype(float).round(2).tolist()
    [[-0.11, -2.32], [-1.62, -0.23], [-2.32, -0.11]]
    """
    if probs is None and not others:
        raise ValueError(
            "P(wrong) needs out-of-fold class probabilities, got none; pass probs, or features "
            "from which the audit makes them"
        )
    n, k = len(labels), labels.k
    every = {"": {"probs": probs, "neighbours": neighbours, "features": features}, **(second or {})}
    given = {f"{name} probs".strip(): of.get("probs") for name, of in every.items()}
    for name, array in {**given, **(others or {})}.items():
        if array is not None and array.shape != (n, k):
            raise ValueError(
                f"{name} must have one row per label and one column per class, {(n, k)}, got "
                f"{array.shape}"
            )
    rows = _distinct(labels, copies)
    rng = rng if rng is not None else np.random.default_rng(0)
    builders: list[TableBuilder] = []
    for name, of in every.items():
        made = _builders(of, k, rows, copies is not None, fold, rng)
        builders += [Named(name, one) for one in made] if name else made
    if class_order is not None and probs is not None:
        builders.append(Steps(probs[rows[0]], class_order))
    first, row, _ = rows
    for name, array in (others or {}).items():
        builders.append(Other(name, array, first))
    names = tuple(name for builder in builders for name in builder.names)
    if k <= DENSE:
        z, candidates, floor = _all_classes(builders, len(first), k)
    else:
        z, candidates, floor = _some_classes(builders, labels, row, len(first), k)
    return Tables(names, z, row, k, candidates, floor, class_order)


def _builders(
    of: Mapping[str, Any],
    k: int,
    rows: tuple[Ints, Ints, Ints],
    some_alike: bool,
    fold: Ints | None,
    rng: np.random.Generator,
) -> list[TableBuilder]:
    """The builders for one kind of evidence: its probs, neighbours and features."""
    (first, row, y), made = rows, list[TableBuilder]()
    probs, neighbours, features = of.get("probs"), of.get("neighbours"), of.get("features")
    if probs is not None:
        made.append(Model(probs[first] if some_alike else probs))
    if neighbours is not None:
        index, distance = (
            _between_rows(neighbours, first, row)
            if some_alike
            else (neighbours.index, neighbours.distance)
        )
        made.append(Near(y, k, index, distance))
    if features is not None:
        part = fold[first] if fold is not None else rng.permutation(len(first)) % 5
        made.append(Discriminant(y, k, features, first, part, rng))
    return made


def _distinct(labels: Classes, copies: Ints | None) -> tuple[Ints, Ints, Ints]:
    """The first item of each row, the row of each item, and the label of each row.

    The label of a row is the majority of its copies, -1 if they are tied.
    """
    n = len(labels)
    if copies is None:
        return np.arange(n), np.arange(n), labels.y
    if copies.shape != (n,):
        raise ValueError(f"copies must be one number per label, {n}, got {copies.shape}")
    copies = np.where(copies < 0, -1 - np.arange(n), copies)  # -1 = like no other
    first, row = np.unique(copies, return_index=True, return_inverse=True)[1:]
    order = np.argsort(first)  # rows in the order of their first items
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    first, row = first[order], place[row.ravel()]
    known = labels.y >= 0
    pair, count = np.unique(row[known] * max(labels.k, 1) + labels.y[known], return_counts=True)
    owner, given = pair // max(labels.k, 1), pair % max(labels.k, 1)
    best = np.zeros(len(first), dtype=count.dtype)
    np.maximum.at(best, owner, count)
    top = count == best[owner]
    y = np.full(len(first), -1, dtype=np.int64)
    y[owner[top]] = given[top]
    y[np.bincount(owner[top], minlength=len(first)) > 1] = -1
    return first, row, y


def _between_rows(neighbours: Neighbours, first: Ints, row: Ints) -> tuple[Ints, Floats]:
    """The neighbour lists among rows: own copies and repeated rows are removed, empty slots are -1
    and come last.
    """
    shape = (len(first), neighbours.index.shape[1])
    index, distance = (
        np.empty(shape, dtype=np.int32 if len(first) < 2**31 else np.int64),
        np.empty(shape, dtype=np.float32),
    )
    for start, stop in spans(len(first), 8 * shape[1]):
        near, far = neighbours.index[first[start:stop]], neighbours.distance[first[start:stop]]
        near = np.where(near >= 0, row[near], -1)
        near[near == np.arange(start, stop)[:, None]] = -1
        order = np.argsort(near, axis=1, kind="stable")
        ranked = np.take_along_axis(near, order, 1)
        again = np.zeros_like(ranked, dtype=bool)
        again[:, 1:] = ranked[:, 1:] == ranked[:, :-1]
        repeated = np.zeros_like(again)
        np.put_along_axis(repeated, order, again, 1)
        near[repeated] = -1
        front = np.argsort(near < 0, axis=1, kind="stable")
        near, far = np.take_along_axis(near, front, 1), np.take_along_axis(far, front, 1)
        index[start:stop], distance[start:stop] = near, np.where(near < 0, np.inf, far)
    return index, distance


def _blocks(builders: list[TableBuilder], r: int, k: int) -> list[tuple[int, int]]:
    """Start and stop of each block of rows; sized so that all builders together hold little."""
    return spans(
        r,
        max(
            sum(len(builder.names) for builder in builders) * k,
            *(builder.width for builder in builders),
            0,
        ),
    )


def _all_classes(builders: list[TableBuilder], r: int, k: int) -> tuple[Floats, None, Floats]:
    m = sum(len(builder.names) for builder in builders)
    z = np.empty((m, r, k), dtype=np.float32 if m * r * k <= LARGE else np.float16)
    scale = _Scale(m)
    for start, stop in _blocks(builders, r, k):
        for place, table in enumerate(
            table for builder in builders for table in builder.rows(start, stop)
        ):
            z[place, start:stop] = table
            scale.add(place, table)
    _divide(z, scale.deviation())
    return z, None, np.zeros(m)


def _some_classes(
    builders: list[TableBuilder], labels: Classes, row: Ints, r: int, k: int
) -> tuple[Floats, Ints, Floats]:
    m = sum(len(builder.names) for builder in builders)
    order = np.argsort(row, kind="stable")
    owner, given = row[order], labels.y[order]
    owner, given = owner[given >= 0], given[given >= 0]
    picked = []  # two passes: the width of the widest row is known only after the first
    blocks = _blocks(builders, r, k)
    for start, stop in blocks:
        chosen = np.zeros((stop - start, k), dtype=bool)
        for builder in builders:
            builder.candidates(start, stop, chosen)
        low, high = np.searchsorted(owner, (start, stop))
        chosen[owner[low:high] - start, given[low:high]] = True
        picked.append(
            (chosen.sum(1), np.nonzero(chosen)[1].astype(np.int16 if k < 2**15 else np.int32))
        )
    width = max(int(size.max(initial=1)) for size, _ in picked)
    candidates = (
        np.full((r, width), -1, dtype=np.int16)
        if k < 2**15
        else np.full((r, width), -1, dtype=np.int32)
    )
    z = np.zeros((m, r, width), dtype=np.float32 if m * r * width <= LARGE else np.float16)
    scale, outside, left = _Scale(m), np.zeros(m), 0
    for (start, stop), (size, label) in zip(blocks, picked, strict=True):
        item = np.repeat(np.arange(stop - start), size)
        slot = np.arange(len(label)) - np.repeat(np.cumsum(size) - size, size)
        candidates[start + item, slot] = label
        left += (stop - start) * k - len(label)
        for place, table in enumerate(
            table for builder in builders for table in builder.rows(start, stop)
        ):
            value = table[item, label]
            z[place, start + item, slot] = value
            outside[place] += float(table.sum(dtype=float)) - float(value.sum(dtype=float))
            scale.add(place, value)
    deviation = scale.deviation()
    _divide(z, deviation)
    return z, candidates, outside / max(left, 1) / deviation


class _Scale:
    """Standard deviation over all cells of each table, accumulated over blocks."""

    def __init__(self, m: int) -> None:
        self.count, self.sum, self.square = np.zeros(m), np.zeros(m), np.zeros(m)

    def add(self, place: int, table: Floats) -> None:
        self.count[place] += table.size
        self.sum[place] += table.sum(dtype=float)
        self.square[place] += np.square(table, dtype=float).sum()

    def deviation(self) -> Floats:
        count = np.maximum(self.count, 1)
        deviation = np.sqrt(np.maximum(self.square / count - (self.sum / count) ** 2, 0))
        return np.where(deviation > 1e-9, deviation, 1.0)


def _divide(z: Floats, deviation: Floats) -> None:
    for place, by in enumerate(deviation):
        for start, stop in spans(z.shape[1], z.shape[2]):
            z[place, start:stop] = z[place, start:stop] / by
