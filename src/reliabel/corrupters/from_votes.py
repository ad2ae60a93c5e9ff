"""Errors of real people: each label is one of the votes that people gave the item, drawn uniformly,
optionally thinned to a wanted rate.

No model of noise: confusions, slips and hard items are as they were. Weak if few items have votes,
or if the truth was made from these votes (then errors of the majority count as truth).
Cost: O(v log v + n).
Paper: Wei et al. Learning with noisy labels revisited: a study using real-world human annotations.
ICLR 2022.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Votes
from reliabel.core.results import Corrupted
from reliabel.ops.noise import realised


def corrupt(
    labels: Classes, *, votes: Votes[Classes], rng: Generator, rate: float | None = None
) -> Corrupted:
    """Draw one vote an item; an item without votes, or with unknown truth, keeps its label.

    rate: keep wrong labels on this share of the labelled items only, chosen uniformly among the
        wrong ones, and restore the true label of the rest.

    >>> item, worker = np.array([0, 0, 1, 2]), np.array([0, 1, 0, 0])
    >>> votes = Votes(item, worker, Classes(np.array([1, 1, 1, 0])), n=4, w=2)
    >>> made = corrupt(Classes(np.array([0, 1, 1, 0])), votes=votes, rng=np.random.default_rng(0))
    >>> made.labels.y.tolist(), made.wrong.tolist()
    ([1, 1, 0, 0], [True, False, True, False])
    """
    n = len(labels)
    if votes.n != n or votes.labels.k > labels.k:
        raise ValueError(
            f"votes must be on the {n} items and {labels.k} classes of the labels, got {votes.n} "
            f"items and {votes.labels.k} classes"
        )
    order = np.lexsort((rng.random(len(votes)), votes.item))
    first = np.r_[True, np.diff(votes.item[order]) != 0][: len(order)]
    y = np.array(labels.y, dtype=np.int64)
    y[votes.item[order][first]] = votes.labels.y[order][first]
    y[labels.y < 0] = -1
    wrong = np.flatnonzero(y != labels.y)
    drawn = len(wrong)
    if rate is not None:
        wanted = round(rate * int((labels.y >= 0).sum()))
        if not rate >= 0 or wanted > len(wrong):
            raise ValueError(
                "rate must be a share between 0 and what the votes get wrong, "
                f"{len(wrong) / max(int((labels.y >= 0).sum()), 1):.3g}, got {rate!r}"
            )
        right = rng.permutation(wrong)[wanted:]
        y[right] = labels.y[right]
    info = {"drawn": drawn, "asked": rate, **realised(labels.y, y, labels.k)}
    return Corrupted(Classes(y, labels.names), np.arange(n), y != labels.y, info)
