"""Expert against crowd: how often the crowd's plurality, and each worker, says what the expert
says.

Assumes the expert is right, and that the judged items look like the others; weak with few judged
items.  Cost: O(v), memory O(v).
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
    """Share of judged items where the plurality is the expert's class, with Wilson's interval; tied
    classes share the credit.  Parts tell of each worker.

    >>> item, worker = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1])
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 0])), n=2, w=3)
    >>> m = measure(v, gold=np.array([0, 1]))
    >>> m.value, m.parts["right"].tolist()
    (0.75, [1.0, 0.5, 0.0])
    """
    judged = np.bincount(votes.item, minlength=votes.n).astype(bool) & (gold >= 0)
    credit, vote = _credit(votes, gold, judged), judged[votes.item]
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
        return Measure(
            np.nan,
            np.nan,
            np.nan,
            parts,
            {"why": "no item has both an expert's label and a vote", "items": 0},
        )
    ends = wilson(credit.sum(), np.array(len(credit)))
    return Measure(
        float(credit.mean()),
        float(ends[0]),
        float(ends[1]),
        parts,
        {"items": len(credit), "level": 0.95, "method": "Wilson"},
    )


def _credit(votes: Votes[Classes], gold: Ints, judged: Any) -> Floats:
    item = np.flatnonzero(judged)
    table = class_counts(votes)[item]
    top = np.asarray(table.max(axis=1).todense()).reshape(-1)
    tied = np.bincount(
        np.repeat(np.arange(len(item)), np.diff(table.indptr)),
        table.data == np.repeat(top, np.diff(table.indptr)),
        len(item),
    )
    said = np.asarray(table[np.arange(len(item)), gold[item]]).reshape(-1)
    return np.asarray((said == top) / np.maximum(tied, 1))
