"""First-learned epoch: how long a model had to train before it predicted the given label.

Assumes that correct labels are learnt early, since others confirm them, and wrong ones late, when
the model memorises.  Hard and rare items are learnt late as well.  Weak with few epochs, and if the
model fits everything at once.  The dynamics come from a model that was trained on the audited
labels.  Experimental: over the 20 epochs of a linear head it ranks wrong labels well below the
margin over all epochs (mean average precision .50 against .69 on people's labels).
Cost: O(epochs n).
Paper: Yuan, Feng, Liu. Late stopping: avoiding confidently learning from mislabeled examples. ICCV
2023; Arpit et al. A closer look at memorization in deep networks. ICML 2017.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes
from reliabel.core.results import Suspicion
from reliabel.ops.learnt import first_epochs, first_learnt

STATUS = "experimental"
ALSO = ("learning_time", "first_time_k_epoch_learning")


def audit(labels: Classes, *, dynamics: Dynamics, row: int = 1, epochs: int = 0) -> Suspicion:
    """Score = the epoch, from 1, at which the given label was predicted for the first time; one
    more than there are epochs where it never was.

    row: so many epochs in a row must predict it; the last of them counts.
    epochs: only the first so many are used, 0 = all.
    ``kind`` is "never learnt" where no epoch did it, else "learnt".
    Raises ValueError for a row below one.

    >>> correct = np.array([[0, 1, 0], [1, 0, 0], [1, 1, 0]]) > 0
    >>> seen = Dynamics(correct - 0.5, correct * 1.0, correct)
    >>> audit(Classes(np.array([0, 1, 1])), dynamics=seen).score.tolist()
    [2.0, 1.0, 4.0]
    >>> audit(Classes(np.array([0, 1, 1])), dynamics=seen, row=2).score.tolist()
    [3.0, 4.0, 4.0]
    """
    if row < 1:
        raise ValueError(f"row must be one epoch or more, got {row!r}")
    correct = first_epochs(dynamics, len(labels), epochs).correct
    known, epoch = labels.y >= 0, first_learnt(correct, row)
    never = epoch > len(correct)
    words = np.select([~known, never], ["", "never learnt"], "learnt")
    return Suspicion(
        np.where(known, epoch.astype(float), np.nan),
        kind=tuple(words.tolist()),
        info={"epochs": len(correct), "never_learnt": int((never & known).sum())},
    )
