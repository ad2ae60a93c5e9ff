"""The table of labelling functions: what each says, how often, alone or beside others, in conflict
or not, how often it is right where the truth is known and by the consensus, which it fires with;
and the pairs of functions that contradict each other most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import wilson
from reliabel.ops.firing import Firing, firing

PAIRS, ITEMS = 10, 3  # pairs of functions in conflict, and items shown of each


class Clash(NamedTuple):
    """Two functions that contradict each other: their answers, on how many items, the chance that
    each is right there by the consensus, and the items where that is least clear.
    """

    first: int
    says: int
    second: int
    against: int
    together: int
    right: tuple[float, float]
    items: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class FunctionTable:
    """One row a labelling function (w,); shares are NaN where there is nothing to share."""

    votes: Ints
    says: Ints  # (w, k) votes for each class
    coverage: Floats  # share of all items
    overlap: Floats  # share of all items on which another function fires as well
    conflict: Floats  # share of all items on which another function says otherwise
    gold_votes: Ints  # votes on items whose truth is known
    right: Floats  # share of them that is right
    low: Floats  # its 95 % interval
    high: Floats
    estimated: Floats  # share of the votes that is right by the consensus
    firing: Firing | None  # None where there are too many functions
    records: Sequence[Mapping[str, Any]] = ()  # errors, slow items and unknown answers of each
    clashes: Sequence[Clash] = ()

    __repr__ = by_fields


def function_table(
    votes: Votes[Classes],
    posterior: Floats,
    *,
    gold: Ints | None = None,
    records: Sequence[Mapping[str, Any]] = (),
) -> FunctionTable:
    """The table, in time proportional to the votes (and pairs of votes on the same item for what
    fires together).

    posterior: (n, k) the chance of each class.
    gold: (n,) the true class where it is known, -1 elsewhere.
    records: what became of each function, as ``votes_from_functions`` has it.

    >>> v = Votes([0, 0, 1, 2], [0, 1, 0, 1], Classes([1, 0, 1, 1]), n=4, w=2)
    >>> found = function_table(v, np.array([[0, 1], [0, 1], [0, 1], [0.5, 0.5]]))
    >>> [x.tolist() for x in (found.coverage, found.overlap, found.conflict, found.estimated)]
    [[0.5, 0.5], [0.25, 0.25], [0.25, 0.25], [1.0, 0.5]]
    """
    n, w, k = max(votes.n, 1), votes.w, votes.labels.k
    item, worker, y = votes.item, votes.worker, votes.labels.y
    cell = np.bincount(item * k + y, minlength=votes.n * k)
    cast = np.bincount(item, minlength=votes.n)
    alike = cell[item * k + y]
    mine = np.bincount(worker, minlength=w)

    def per(value: Any) -> Floats:
        return np.bincount(worker, value, w).astype(float)

    known = np.zeros(len(votes), dtype=bool) if gold is None else np.asarray(gold)[item] >= 0
    hit = np.zeros(len(votes)) if gold is None else np.asarray(gold)[item] == y
    checked = per(known)
    right = per(known & (hit > 0))
    low, high = wilson(right, checked)
    none = checked == 0
    pairs = firing(votes, posterior)
    return FunctionTable(
        mine,
        np.bincount(worker * k + y, minlength=w * k).reshape(w, k),
        mine / n,
        per(cast[item] > 1) / n,
        per(cast[item] > alike) / n,
        checked.astype(np.int64),
        np.where(none, np.nan, right / np.maximum(checked, 1)),
        np.where(none, np.nan, low),
        np.where(none, np.nan, high),
        np.divide(per(posterior[item, y]), mine, out=np.full(w, np.nan), where=mine > 0),
        pairs,
        records,
        [] if pairs is None else clashes(votes, posterior, pairs.against),
    )


def clashes(votes: Votes[Classes], posterior: Floats, against: Ints) -> list[Clash]:
    """What is to be seen of each pair of answers that contradict each other.

    against: (pairs, 2) answers, function * k + class.
    """
    k, found = votes.labels.k, []
    cell = votes.worker * k + votes.labels.y
    for one, other in against[:PAIRS].tolist():
        both = np.intersect1d(votes.item[cell == one], votes.item[cell == other])
        a, b = one % k, other % k
        p = posterior[both]
        unclear = both[np.argsort(p.max(1), kind="stable")][:ITEMS]
        right = float(p[:, a].mean()), float(p[:, b].mean())
        found.append(Clash(one // k, a, other // k, b, len(both), right, tuple(unclear.tolist())))
    return found
