"""Same-different ratio: a label is suspect if the nearest item with another label is nearer than
the nearest one with the same label.

The label indicator of SelfClean.  Assumes features in which near items share a class.  Weak where
classes overlap: two items decide, so a vote of many neighbours ranks better on noisy features, and
one wrong label beside another hides it.  Flags by the fraction cut, which is made for one error in
a hundred labels; where more are wrong it flags a few of them.  The other two indicators of
SelfClean are ``near_duplicates`` and ``dendrogram_outliers``.
Cost: O(n neighbours); lists that hold one kind of label only are completed by exact search if
``features`` are given, O(d) for each pair.  Memory O(n) and one block.
Paper: Groger, Lionetti, Gottfrois et al. Intrinsic self-supervision for data quality audits.
NeurIPS 2024 datasets and benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import cut, rows
from reliabel.ops.fraction_cut import fraction_cut
from reliabel.ops.nearest_in_group import nearest_in_group

ALSO = ("selfclean", "selfclean_label")
CLOSE = 0.02  # smaller distances count as this one in the table: near copies must not set its scale
MOST = 500_000_000  # pairs up to which lists without another label are completed


def audit(
    labels: Classes,
    *,
    neighbours: Neighbours,
    features: Floats | None = None,
    contamination: float = 0.01,
    significance: float = 0.05,
) -> Suspicion:
    """Score = s^2 / (s^2 + d^2) for the distances s and d to the nearest item with the same and
    with a different label; flag by the fraction cut.

    A copy with another label scores 1.  An item alone in its class takes the distance of the
    farthest item for s.  Suggestion = the label of the nearest item with another one, where that is
    nearer.
    contamination, significance: of the fraction cut: the share of wrong labels, to be guessed too
        high rather than too low, and how rarely chance may bring a score beyond the bound.
    info: "bound" of the score, "completed" and "bounded", how many lists were completed by exact
        search and how many have the distance of their last neighbour instead.

    >>> around = Neighbours(np.array([[1, 2], [0, 2], [1, 0]]), np.array([[0.1, 0.2]] * 3))
    >>> found = audit(Classes(np.array([0, 0, 1])), neighbours=around)
    >>> found.score.round(2).tolist(), found.suggest.y.tolist()
    ([0.2, 0.2, 0.8], [0, 0, 0])
    """
    found = _completed(labels.y, _in_lists(labels.y, neighbours), features)
    known = labels.y >= 0
    several = len(np.unique(labels.y[known])) > 1
    score = np.where(known, _ratio(found) if several else 0.0, np.nan)
    bound, flag = fraction_cut(score, contamination=contamination, significance=significance)
    suggest = np.where(known & (score > 0.5) & (found.label >= 0), found.label, labels.y)
    info = {
        "bound": bound,
        "completed": found.completed,
        "bounded": int((known & (np.isinf(found.other) | np.isinf(found.same))).sum()),
        "recall": neighbours.recall,
    }
    return Suspicion(score, flag, Classes(suggest, labels.names), info=info)


def table(labels: Classes, *, neighbours: Neighbours) -> Floats:
    """(n, k) for each class the log of the distance to the nearest item of another class, less that
    to the nearest of the class; one that a list does not hold lies a twentieth beyond its end.
    """
    y, k = labels.y, labels.k
    far = np.where(np.isfinite(neighbours.distance), neighbours.distance, 0).max(1, initial=0)
    near = np.repeat(1.05 * far[:, None].astype(float), k, axis=1)
    at = np.arange(len(y))
    for place in range(neighbours.index.shape[1] - 1, -1, -1):  # nearer ones overwrite
        label = np.where(neighbours.index[:, place] >= 0, y[neighbours.index[:, place]], -1)
        some = label >= 0
        near[at[some], label[some]] = neighbours.distance[some, place]
    near = np.log(np.maximum(near, CLOSE))
    if k < 2:
        return np.zeros_like(near)
    first, second = np.sort(near, axis=1)[:, :1], np.sort(near, axis=1)[:, 1:2]
    own = np.arange(k) == near.argmin(1)[:, None]
    return np.asarray(np.where(own, second, first) - near)


@dataclass(frozen=True, eq=False)
class _Distances:
    """(n,) distances to the nearest item with the same and with another label (infinite where none
    is known), the label of that other one, the distance of the last neighbour of the list, and
    whether one with the same label lies beyond that.
    """

    same: Floats
    other: Floats
    label: Ints
    last: Floats
    beyond: Bools
    completed: int = 0

    __repr__ = by_fields


def _ratio(found: _Distances) -> Floats:
    farthest = np.where(found.beyond, found.last, found.last.max(initial=0.0))
    same = np.where(np.isinf(found.same), farthest, found.same).astype(float)
    other = np.where(np.isinf(found.other), found.last, found.other).astype(float)
    total = same**2 + other**2
    # two copies with different labels: 0 / 0 is the surest conflict there is
    conflict = np.where(np.isinf(found.other), 0.0, 1.0)
    return np.asarray(np.divide(same**2, total, out=conflict, where=total > 0))


def _in_lists(y: Ints, neighbours: Neighbours) -> _Distances:
    blocks = cut(y, neighbours.index, neighbours.distance)
    same, other, label, last = rows(lambda block: _nearest(y, *block.read()), blocks)
    beyond = np.isinf(same) & (np.bincount(y[y >= 0], minlength=1)[np.maximum(y, 0)] > 1)
    return _Distances(same, other, label, last, beyond)


def _nearest(
    y: Ints, own: Ints, index: Ints, distance: Floats
) -> tuple[Floats, Floats, Ints, Floats]:
    label = np.where(index >= 0, y[index], -1)
    same = np.where((label == own[:, None]) & (label >= 0), distance, np.inf).min(1, initial=np.inf)
    far = np.where((label != own[:, None]) & (label >= 0), distance, np.inf)
    other = far.min(1, initial=np.inf)
    near = np.full(len(own), -1)
    if far.shape[1]:
        near = np.where(np.isfinite(other), label[np.arange(len(own)), far.argmin(1)], -1)
    last = np.where(np.isfinite(distance), distance, 0.0).max(1, initial=0.0)
    return same, other, near, last


def _completed(y: Ints, found: _Distances, features: Floats | None) -> _Distances:
    """The distances with those that the lists do not hold, by exact search."""
    if features is None:
        return found
    same, other, label, done = found.same.copy(), found.other.copy(), found.label.copy(), 0
    row = np.flatnonzero((y >= 0) & np.isinf(same))
    if len(row):
        _, near, farthest = nearest_in_group(features, row, y, own=True)
        same[row] = np.where(np.isfinite(near), near, farthest)
        done += len(row)
    row = np.flatnonzero((y >= 0) & np.isinf(other))
    if len(row) * len(y) <= MOST and (y[y >= 0] != y[y >= 0][:1]).any():
        index, other[row], _ = nearest_in_group(features, row, y, own=False)
        label[row] = y[index]
        done += len(row)
    return _Distances(same, other, label, found.last, found.beyond, done)
