"""Expert agreement: how often the plurality of votes, and each worker, agrees with an expert.

Assumes the expert is right, and that the items with an expert's label are like the others; weak
with few such items.
Cost: O(v), memory O(v).
Paper: Estes et al. Frontiers in Artificial Intelligence 4 (2022) (field boundaries of Africa);
Wilson. JASA 22 (1927) 209-212.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import class_counts, wilson


def measure(votes: Votes[Classes], *, gold: Ints) -> Measure:
    """The share of gold items where the plurality of votes is the expert's class; tied classes
    share the credit.  The interval is Wilson's.

    gold: (n,) the expert's class, -1 for items without one.
    ``parts`` holds for each worker "votes" on gold items, the share "right" with "low" and "high",
    and "confusion" (expert, voted) and "share_right" over all votes.

    >>> item, worker = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 0])), n=2, w=3)
    >>> m = measure(v, gold=np.array([0, 1]))
    >>> m.value, m.parts["right"].tolist()
    (0.75, [1.0, 0.5, 0.0])
    """
    checked = np.bincount(votes.item, minlength=votes.n).astype(bool) & (gold >= 0)
    credit, vote = _credit(votes, gold, checked), checked[votes.item]
    worker, right = votes.worker[vote], votes.labels.y[vote] == gold[votes.item[vote]]
    n, hits = np.bincount(worker, minlength=votes.w), np.bincount(worker, right, votes.w)
    low, high = wilson(hits, n)
    k = votes.labels.k
    confusion = np.bincount(
        gold[votes.item[vote]] * k + votes.labels.y[vote], minlength=k * k
    ).reshape(k, k)
    parts: dict[str, Any] = {
        "votes": n,
        "right": np.divide(hits, n, out=np.full(votes.w, np.nan), where=n > 0),
        "low": low,
        "high": high,
    }
    parts |= {"confusion": confusion, "share_right": float(right.mean()) if len(right) else np.nan}
    if not len(credit):
        info = {"why": "no item has both an expert's label and a vote", "items": 0}
        return Measure(np.nan, np.nan, np.nan, parts, info)
    ends = wilson(credit.sum(), np.array(len(credit)))
    info = {"items": len(credit), "level": 0.95, "method": "Wilson"}
    return Measure(float(credit.mean()), float(ends[0]), float(ends[1]), parts, info)


def _credit(votes: Votes[Classes], gold: Ints, checked: Any) -> Floats:
    """For each checked item 1 / t if its gold class is one of the t with most votes, else 0."""
    item = np.flatnonzero(checked)
    table = class_counts(votes)[item]
    top = np.asarray(table.max(axis=1).todense()).reshape(-1)
    tied = np.bincount(
        np.repeat(np.arange(len(item)), np.diff(table.indptr)),
        table.data == np.repeat(top, np.diff(table.indptr)),
        len(item),
    )
    for_gold = np.asarray(table[np.arange(len(item)), gold[item]]).reshape(-1)
    return np.asarray((for_gold == top) / np.maximum(tied, 1))
