"""Builders of evidence tables: each turns one piece of evidence into scores (items, classes), block
by block.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy import linalg, sparse

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.ops.chunks import spans

TOP = 20  # most probable classes of the model that become candidates
NEAR = 15  # neighbours whose labels become candidates, and the size of the small vote
WHOLE = 10  # the widest neighbourhood of the reverse vote is one item in so many
WIDE = 1024  # features beyond this width go through a random projection before the discriminant
# Smaller distances count as this one, so that near copies do not dominate the scale of a table.
CLOSEST = 0.02


class TableBuilder(Protocol):
    """Builds the dense rows start:stop of one or several tables.

    ``candidates`` marks in ``chosen`` (b, k) the classes that this evidence supports.
    """

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def width(self) -> int: ...  # numbers held at a time for one row

    def rows(self, start: int, stop: int) -> list[Floats]: ...

    def candidates(self, start: int, stop: int, chosen: Bools) -> None: ...


class Model:
    """The logarithm of out-of-fold probabilities."""

    names = ("model",)

    def __init__(self, probs: Floats) -> None:
        self.probs, self.width = probs, probs.shape[1]

    def rows(self, start: int, stop: int) -> list[Floats]:
        return [np.log(np.maximum(self.probs[start:stop], 1e-5)).astype(np.float32)]

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        top = np.argpartition(-self.probs[start:stop], TOP, axis=1)[:, :TOP]
        np.put_along_axis(chosen, top, True, 1)


class Steps:
    """How far each class lies from the place where the model expects the item, squared: with the
    biases of the classes an ordinal model, whose far classes are less likely than those of one that
    knows no order.
    """

    names = ("steps",)

    def __init__(self, probs: Floats, place: Ints) -> None:
        self.probs, self.place, self.width = probs, place, probs.shape[1]

    def rows(self, start: int, stop: int) -> list[Floats]:
        expected = np.asarray(self.probs[start:stop], dtype=np.float64) @ self.place
        return [-np.square(self.place - expected[:, None]).astype(np.float32)]

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        """Adds none: the model has named those that it expects."""


class Other:
    """A table that was made by the caller."""

    def __init__(self, name: str, table: Floats, first: Ints) -> None:
        self.names, self.width, self.table, self.first = (name,), table.shape[1], table, first

    def rows(self, start: int, stop: int) -> list[Floats]:
        z = np.asarray(self.table[self.first[start:stop]], dtype=np.float32)
        if not np.isfinite(z).all():
            raise ValueError(
                f"table {self.names[0]} holds {int((~np.isfinite(z)).sum())} values that are not "
                "finite; clip it first"
            )
        return [z]

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        table = np.asarray(self.table[self.first[start:stop]])
        np.put_along_axis(chosen, np.argpartition(-table, 5, axis=1)[:, :5], True, 1)


class Named:
    """The tables of a builder under the name of the evidence that they are made of."""

    def __init__(self, name: str, builder: TableBuilder) -> None:
        self.names = tuple(f"{name} {one}" for one in builder.names)
        self.width, self.rows, self.candidates = builder.width, builder.rows, builder.candidates


class Near:
    """Tables from nearest neighbours.

    Votes of the 15 and of the 50 nearest; votes of the items that have this one among their 15
    nearest, and among all neighbours kept (reverse neighbours); distance to the nearest of each
    class.
    """

    names = ("vote15", "vote50", "reverse", "reverse_wide", "near")

    def __init__(self, y: Ints, k: int, index: Ints, distance: Floats) -> None:
        self.y, self.k, self.index, self.distance = y, k, index, distance
        self.width = 4 * index.shape[1] + len(self.names) * k
        count = np.bincount(y[y >= 0], minlength=k)
        self.prior = (count + 1) / (count.sum() + k)  # (k,)
        # In small sets nearly all items list each other, and the one that is missing would reveal
        # the item's own label.
        wide = max(NEAR, len(y) // WHOLE)
        self.fans = [_fans(y, index[:, :NEAR]), _fans(y, index[:, :wide])]

    def rows(self, start: int, stop: int) -> list[Floats]:
        index, distance = (
            self.index[start:stop],
            np.asarray(self.distance[start:stop], dtype=np.float32),
        )
        label = np.where(index >= 0, self.y[index], -1)
        similar = np.where(label >= 0, np.maximum(1 - distance, 0) + 0.001, 0)
        votes = [self._vote(label[:, :size], similar[:, :size]) for size in (NEAR, 50)]
        return [
            *votes,
            *(self._reverse(*fans, start, stop) for fans in self.fans),
            self._near(label, distance, index >= 0),
        ]

    def _vote(self, label: Ints, similar: Floats) -> Floats:
        b, k = len(label), self.k
        cell = np.arange(b)[:, None] * k + np.maximum(label, 0)
        weight = np.bincount(cell.ravel(), similar.ravel(), minlength=b * k).reshape(b, k)
        size = (label >= 0).sum(1, keepdims=True)  # (b, 1) how many of the nearest are labelled
        share = weight / np.maximum(weight.sum(1, keepdims=True), 1e-12)
        return np.asarray(np.log((size * share + self.prior) / (size + 1)))

    def _reverse(self, begin: Ints, labels: Ints, start: int, stop: int) -> Floats:
        """The log of the share of each class among reverse neighbours, relative to all labels."""
        b, k = stop - start, self.k
        label, item = (
            labels[begin[start] : begin[stop]],
            np.repeat(np.arange(b), np.diff(begin[start : stop + 1])),
        )
        held = np.bincount((item * k + label)[label >= 0], minlength=b * k).reshape(b, k)
        return np.asarray(
            np.log((held + 2 * self.prior) / (held.sum(1, keepdims=True) + 2) / self.prior)
        )

    def _near(self, label: Ints, distance: Floats, there: Bools) -> Floats:
        b, k = label.shape[0], self.k
        apart = np.sqrt(np.maximum(2 * np.where(there, distance, 0), 0))
        last = np.where(there, apart, 0).max(1, initial=CLOSEST)
        nearest = np.repeat(1.05 * last[:, None], k + 1, axis=1)  # column k takes the unlabelled
        item = np.arange(b)
        for j in range(
            label.shape[1] - 1, -1, -1
        ):  # from far to near, so that the nearest is written last
            nearest[item, label[:, j]] = apart[:, j]
        return np.asarray(-np.log(np.maximum(nearest[:, :k], CLOSEST)))

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        near = self.index[start:stop, :NEAR]
        label = np.where(near >= 0, self.y[near], -1)
        item, slot = np.nonzero(label >= 0)
        chosen[item, label[item, slot]] = True


def _fans(y: Ints, index: Ints) -> tuple[Ints, Ints]:
    """The labels of the reverse neighbours of each item: offsets (n + 1,) and labels."""
    n, size = index.shape
    label = np.repeat(y.astype(np.int16 if y.max(initial=0) < 2**15 else np.int32), size)
    if (index >= 0).all():
        begin, column = np.arange(n + 1) * size, index.ravel()
    else:
        there = index >= 0
        begin, column, label = np.r_[0, np.cumsum(there.sum(1))], index[there], label[there.ravel()]
    # or SciPy makes wider copies of all
    begin = begin.astype(column.dtype) if begin[-1] <= np.iinfo(column.dtype).max else begin
    listed = sparse.csr_array(
        (label, column, begin), shape=(n, n)
    ).tocsc()  # explicit zeros are kept: they are class 0
    return listed.indptr, listed.data


class Discriminant:
    """Out-of-fold linear discriminant without class prior; covariance .8 S + .2 tr(S)/d I."""

    names = ("lda",)

    def __init__(
        self, y: Ints, k: int, features: Floats, first: Ints, part: Ints, rng: np.random.Generator
    ) -> None:
        self.features, self.first, self.k, self.width = features, first, k, features.shape[1] + k
        self.project = (
            rng.normal(size=(features.shape[1], WIDE // 2)) / np.sqrt(WIDE // 2)
            if features.shape[1] > WIDE
            else None
        )
        folds, self.part = np.unique(part, return_inverse=True)
        self.centre = np.zeros(1)
        self.centre = self._x(0, min(len(first), 4096)).mean(
            0
        )  # any common shift works: it keeps the sums small
        d = len(self.centre)
        count = np.zeros((len(folds), k))
        sums = np.zeros((len(folds), k, d))
        squares = np.zeros((len(folds), d, d))
        for start, stop in spans(len(first), d):
            x, label, where = self._x(start, stop), y[start:stop], self.part[start:stop]
            for f in range(len(folds)):
                take = (where == f) & (label >= 0)
                member = sparse.csr_array(
                    (np.ones(take.sum(), dtype=x.dtype), (label[take], np.arange(take.sum()))),
                    shape=(k, int(take.sum())),
                )
                count[f] += np.bincount(label[take], minlength=k)
                sums[f] += member @ x[take]
                squares[f] += x[take].T @ x[take]
        self.weight, self.bias = zip(
            *(_discriminant(count, sums, squares, f) for f in range(len(folds))), strict=True
        )

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

    def candidates(self, start: int, stop: int, chosen: Bools) -> None:
        """Adds none: classes that it ranks high are ranked high by the model as well."""


def _discriminant(count: Floats, sums: Floats, squares: Floats, f: int) -> tuple[Floats, Floats]:
    """Weights (d, k) and biases (k,) fitted on all folds but f; -1e30 for classes not seen
    there.
    """
    held = count.sum(0) - count[f]
    total = sums.sum(0) - sums[f]
    mean = total / np.maximum(held, 1)[:, None]
    d = mean.shape[1]
    within = (squares.sum(0) - squares[f] - (mean * held[:, None]).T @ mean) / max(held.sum(), 1)
    spread, whole = (
        np.trace(within) / d,
        np.trace(squares.sum(0) - squares[f]) / max(held.sum(), 1) / d,
    )
    within = 0.8 * within + (0.2 * max(spread, 0) + 1e-4 * whole + 1e-9) * np.eye(
        d
    )  # the last two: where classes are single points
    weight = linalg.solve(within, mean.T, assume_a="pos")
    bias = -0.5 * (mean.T * weight).sum(0)
    return weight.astype(np.float32), np.where(held > 0, bias, -1e30)
