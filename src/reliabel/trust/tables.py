"""Evidence tables: what each piece of evidence says of every candidate label of an item, without having seen the given one.

The row law: changing the label of item i never changes row i (probabilities, folds and class counts held).  Exact copies are represented
once, by one row, or a wrong label would vouch for its own copies.  Rows are made in blocks; with many classes only candidates are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.ops.chunks import spans

DENSE = 20  # up to so many classes every class is a candidate; beyond, so many of the likeliest by the model are
NEAR = 15  # neighbours whose labels become candidates, and those of the small vote
WIDE = 1024  # features beyond this width go through a random projection before the discriminant
CLOSEST = 0.02  # distances below this count as this, so that near copies do not swallow the scale of a table
LARGE = 50_000_000  # cells beyond which the tables are held in half precision
Source = dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Tables:
    """Evidence ``z`` (m, r, c), larger = speaks for the class, each table divided by its standard deviation over all cells.

    Item i has row ``row[i]`` (exact copies share one).  ``candidates`` (r, c) are the classes of the columns, -1 = no class; None means that
    column c is class c.  ``floor`` (m,) is what a class that is no candidate gets.
    """

    names: tuple[str, ...]
    z: Floats
    row: Ints
    k: int
    candidates: Ints | None
    floor: Floats


def tables(
    labels: Classes,
    *,
    probs: Floats | None = None,
    neighbours: Neighbours | None = None,
    features: Floats | None = None,
    fold: Ints | None = None,
    copies: Ints | None = None,
    others: Mapping[str, Floats] | None = None,
    rng: np.random.Generator | None = None,
) -> Tables:
    """One table a piece of evidence: model (``probs``), votes, reverse votes and distance (``neighbours``), discriminant (``features``).

    fold: (n,) the fold whose model made each row of ``probs``; drawn at random if not given.
    copies: (n,) items with the same number are exact copies of each other; -1 = like no other.
    others: further tables by name, (n, k), larger = speaks for the class, made without the label of the item (another model's
    log-probabilities, log shares of other workers' votes, propagation on a graph).

    >>> y, p = Classes(np.array([0, 0, 1])), np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9]])
    >>> tables(y, probs=p).z[0].astype(float).round(2).tolist()
    [[-0.11, -2.32], [-1.62, -0.23], [-2.32, -0.11]]
    """
    if probs is None and not others:
        raise ValueError("P(wrong) needs out-of-fold class probabilities, got none; pass probs, or features from which the audit makes them")
    n, k = len(labels), labels.k
    for name, array in {"probs": probs, **(others or {})}.items():
        if array is not None and array.shape != (n, k):
            raise ValueError(f"{name} must have one row per label and one column per class, {(n, k)}, got {array.shape}")
    first, row, y = _distinct(labels, copies)
    makers: list[_Maker] = [_Model(probs[first] if copies is not None else probs)] if probs is not None else []
    if neighbours is not None:
        index, distance = _between_rows(neighbours, first, row) if copies is not None else (neighbours.index, neighbours.distance)
        makers.append(_Near(y, k, index, distance))
    if features is not None:
        rng = rng if rng is not None else np.random.default_rng(0)
        part = fold[first] if fold is not None else rng.permutation(len(first)) % 5
        makers.append(_Discriminant(y, k, features, first, part, rng))
    for name, array in (others or {}).items():
        makers.append(_Other(name, array, first))
    names = tuple(name for maker in makers for name in maker.names)
    if k <= DENSE:
        z, candidates, floor = _all_classes(makers, len(first), k)
    else:
        z, candidates, floor = _some_classes(makers, labels, row, len(first), k)
    return Tables(names, z, row, k, candidates, floor)


def _distinct(labels: Classes, copies: Ints | None) -> tuple[Ints, Ints, Ints]:
    """The first item of each row, the row of each item, and the label with which the row votes (-1 where its copies disagree evenly)."""
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
    owner, said = pair // max(labels.k, 1), pair % max(labels.k, 1)
    best = np.zeros(len(first), dtype=count.dtype)
    np.maximum.at(best, owner, count)
    top = count == best[owner]
    y = np.full(len(first), -1, dtype=np.int64)
    y[owner[top]] = said[top]
    y[np.bincount(owner[top], minlength=len(first)) > 1] = -1
    return first, row, y


def _between_rows(neighbours: Neighbours, first: Ints, row: Ints) -> tuple[Ints, Floats]:
    """The neighbour graph among rows: own copies and repeated rows left out, the rest moved to the front, empty slots -1."""
    index, distance = neighbours.index[first].astype(np.int64), neighbours.distance[first].astype(np.float32)
    for start, stop in spans(len(first), 8 * index.shape[1]):
        near, far = index[start:stop], distance[start:stop]
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


class _Maker:
    """Makes the dense rows start:stop of one or several tables; ``candidates`` adds classes that matter to a row."""

    names: tuple[str, ...] = ()

    def rows(self, start: int, stop: int) -> list[Floats]:
        raise NotImplementedError

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        """Mark in ``chosen`` (b, k) the classes that this evidence points at."""


class _Model(_Maker):
    """The logarithm of out-of-fold probabilities."""

    names = ("model",)

    def __init__(self, probs: Floats) -> None:
        self.probs = probs

    def rows(self, start: int, stop: int) -> list[Floats]:
        return [np.log(np.maximum(self.probs[start:stop], 1e-5)).astype(np.float32)]

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        top = np.argpartition(-self.probs[start:stop], DENSE, axis=1)[:, :DENSE]
        np.put_along_axis(chosen, top, True, 1)


class _Other(_Maker):
    """A table made elsewhere."""

    def __init__(self, name: str, table: Floats, first: Ints) -> None:
        self.names, self.table, self.first = (name,), table, first

    def rows(self, start: int, stop: int) -> list[Floats]:
        z = np.asarray(self.table[self.first[start:stop]], dtype=np.float32)
        if not np.isfinite(z).all():
            raise ValueError(f"table {self.names[0]} holds {int((~np.isfinite(z)).sum())} values that are not finite; clip it first")
        return [z]

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        table = np.asarray(self.table[self.first[start:stop]])
        np.put_along_axis(chosen, np.argpartition(-table, 5, axis=1)[:, :5], True, 1)


class _Near(_Maker):
    """Votes of the 15 and 50 nearest, votes of those that have the item among their 15 nearest, distance to the nearest item of each class."""

    names = ("vote15", "vote50", "reverse", "near")

    def __init__(self, y: Ints, k: int, index: Ints, distance: Floats) -> None:
        self.y, self.k, self.index, self.distance = y, k, index, distance
        count = np.bincount(y[y >= 0], minlength=k)
        self.prior = (count + 1) / (count.sum() + k)  # (k,)
        near = index[:, :NEAR]
        voter = np.repeat(y, near.shape[1])
        there = (near.ravel() >= 0) & (voter >= 0)
        cell = (near.ravel()[there], voter[there])
        self.reverse = sparse.csr_array((np.ones(len(cell[0]), dtype=np.float32), cell), shape=(len(y), k))

    def rows(self, start: int, stop: int) -> list[Floats]:
        index, distance = self.index[start:stop], np.asarray(self.distance[start:stop], dtype=np.float32)
        label = np.where(index >= 0, self.y[index], -1)
        similar = np.where(label >= 0, np.maximum(1 - distance, 0) + 0.001, 0)
        votes = [self._vote(label[:, :size], similar[:, :size]) for size in (NEAR, 50)]
        held = self.reverse[start:stop].toarray()
        share = (held + 2 * self.prior) / (held.sum(1, keepdims=True) + 2)
        return [*votes, np.log(share / self.prior), self._near(label, distance, index >= 0)]

    def _vote(self, label: Ints, similar: Floats) -> Floats:
        b, k = len(label), self.k
        cell = np.arange(b)[:, None] * k + np.maximum(label, 0)
        weight = np.bincount(cell.ravel(), similar.ravel(), minlength=b * k).reshape(b, k)
        size = (label >= 0).sum(1, keepdims=True)  # (b, 1) how many of the nearest are labelled
        share = weight / np.maximum(weight.sum(1, keepdims=True), 1e-12)
        return np.asarray(np.log((size * share + self.prior) / (size + 1)))

    def _near(self, label: Ints, distance: Floats, there: Bools) -> Floats:
        b, k = label.shape[0], self.k
        apart = np.sqrt(np.maximum(2 * np.where(there, distance, 0), 0))
        last = np.where(there, apart, 0).max(1, initial=CLOSEST)
        nearest = np.repeat(1.05 * last[:, None], k + 1, axis=1)  # column k takes what is unlabelled
        item = np.arange(b)
        for j in range(label.shape[1] - 1, -1, -1):  # from far to near, so that the nearest is written last
            nearest[item, label[:, j]] = apart[:, j]
        return np.asarray(-np.log(np.maximum(nearest[:, :k], CLOSEST)))

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        near = self.index[start:stop, :NEAR]
        label = np.where(near >= 0, self.y[near], -1)
        item, slot = np.nonzero(label >= 0)
        chosen[item, label[item, slot]] = True


class _Discriminant(_Maker):
    """Out-of-fold linear discriminant without class prior; covariance .8 S + .2 tr(S)/d I."""

    names = ("lda",)

    def __init__(self, y: Ints, k: int, features: Floats, first: Ints, part: Ints, rng: np.random.Generator) -> None:
        self.features, self.first, self.k = features, first, k
        self.project = rng.normal(size=(features.shape[1], WIDE // 2)) / np.sqrt(WIDE // 2) if features.shape[1] > WIDE else None
        folds, self.part = np.unique(part, return_inverse=True)
        self.centre = np.zeros(1)
        self.centre = self._x(0, min(len(first), 4096)).mean(0)  # any common shift will do: it keeps the sums small
        d = len(self.centre)
        count = np.zeros((len(folds), k))
        sums = np.zeros((len(folds), k, d))
        squares = np.zeros((len(folds), d, d))
        for start, stop in spans(len(first), d):
            x, label, where = self._x(start, stop), y[start:stop], self.part[start:stop]
            for f in range(len(folds)):
                take = (where == f) & (label >= 0)
                member = sparse.csr_array((np.ones(take.sum(), dtype=x.dtype), (label[take], np.arange(take.sum()))), shape=(k, int(take.sum())))
                count[f] += np.bincount(label[take], minlength=k)
                sums[f] += member @ x[take]
                squares[f] += x[take].T @ x[take]
        self.weight, self.bias = zip(*(_discriminant(count, sums, squares, f) for f in range(len(folds))), strict=True)

    def _x(self, start: int, stop: int) -> Floats:
        x = np.asarray(self.features[self.first[start:stop]], dtype=np.float32)
        if self.project is not None:
            x = x @ self.project.astype(np.float32)
        return np.asarray(x - self.centre, dtype=np.float32)

    def rows(self, start: int, stop: int) -> list[Floats]:
        x, where = self._x(start, stop), self.part[start:stop]
        like = np.empty((stop - start, self.k))
        for f in range(len(self.weight)):
            take = where == f
            like[take] = x[take] @ self.weight[f] + self.bias[f]
        return [0.2 * np.maximum(like - like.max(1, keepdims=True), -30)]


def _discriminant(count: Floats, sums: Floats, squares: Floats, f: int) -> tuple[Floats, Floats]:
    """Weights (d, k) and biases (k,) fitted on all folds but f; -1e30 for classes not seen there."""
    held = count.sum(0) - count[f]
    total = sums.sum(0) - sums[f]
    mean = total / np.maximum(held, 1)[:, None]
    d = mean.shape[1]
    within = (squares.sum(0) - squares[f] - (mean * held[:, None]).T @ mean) / max(held.sum(), 1)
    spread = np.trace(within) / d
    within = 0.8 * within + (0.2 * spread + 1e-9) * np.eye(d)
    weight = linalg.solve(within, mean.T, assume_a="pos")
    bias = -0.5 * (mean.T * weight).sum(0)
    return weight.astype(np.float32), np.where(held > 0, bias, -1e30)


def _all_classes(makers: list[_Maker], r: int, k: int) -> tuple[Floats, None, Floats]:
    m = sum(len(maker.names) for maker in makers)
    z = np.empty((m, r, k), dtype=np.float32 if m * r * k <= LARGE else np.float16)
    scale = _Scale(m)
    for start, stop in spans(r, m * k):
        for place, table in enumerate(table for maker in makers for table in maker.rows(start, stop)):
            z[place, start:stop] = table
            scale.add(place, table)
    _divide(z, scale.deviation())
    return z, None, np.zeros(m)


def _some_classes(makers: list[_Maker], labels: Classes, row: Ints, r: int, k: int) -> tuple[Floats, Ints, Floats]:
    m = sum(len(maker.names) for maker in makers)
    order = np.argsort(row, kind="stable")
    owner, said = row[order], labels.y[order]
    owner, said = owner[said >= 0], said[said >= 0]
    picked = []  # two passes: the width of the widest row is known only after the first
    for start, stop in spans(r, k):
        chosen = np.zeros((stop - start, k), dtype=bool)
        for maker in makers:
            maker.candidates(start, stop, chosen)
        low, high = np.searchsorted(owner, (start, stop))
        chosen[owner[low:high] - start, said[low:high]] = True
        picked.append((chosen.sum(1), np.nonzero(chosen)[1].astype(np.int16 if k < 2**15 else np.int32)))
    width = max(int(size.max(initial=1)) for size, _ in picked)
    candidates = np.full((r, width), -1, dtype=np.int16) if k < 2**15 else np.full((r, width), -1, dtype=np.int32)
    z = np.zeros((m, r, width), dtype=np.float32 if m * r * width <= LARGE else np.float16)
    scale, outside, left = _Scale(m), np.zeros(m), 0
    for (start, stop), (size, label) in zip(spans(r, k), picked, strict=True):
        item = np.repeat(np.arange(stop - start), size)
        slot = np.arange(len(label)) - np.repeat(np.cumsum(size) - size, size)
        candidates[start + item, slot] = label
        left += (stop - start) * k - len(label)
        for place, table in enumerate(table for maker in makers for table in maker.rows(start, stop)):
            value = table[item, label]
            z[place, start + item, slot] = value
            outside[place] += float(table.sum(dtype=float)) - float(value.sum(dtype=float))
            scale.add(place, value)
    deviation = scale.deviation()
    _divide(z, deviation)
    return z, candidates, outside / max(left, 1) / deviation


class _Scale:
    """Standard deviation over all cells of each table, added up block by block."""

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
