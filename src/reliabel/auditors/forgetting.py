"""Forgetting: how often a model, while it trained, predicted the given label and then did not any
more; labels that it never predicted come first.

Assumes that what other items confirm is learnt once and kept, while a wrong label is pulled both
ways.  Hard and rare items are forgotten too.  Weak with few epochs, and in a model that fits every
label at once or moves little between epochs: then most labels are never forgotten, and the score
tells only what was never learnt.  Experimental for that reason: wrong labels are forgotten more
often, as the paper says, but the loss of the last epoch ranks them better, far better after a
training that memorises.  The dynamics come from a model that was trained on the audited labels.
Cost: O(epochs n).
Paper: Toneva, Sordoni, Tachet des Combes, Trischler, Bengio, Gordon. An empirical study of example
forgetting during deep neural network learning. ICLR 2019.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes
from reliabel.core.results import Suspicion
from reliabel.ops.learnt import first_epochs, times_forgotten

STATUS = "experimental"
ALSO = ("forgetting_events", "example_forgetting")


def audit(labels: Classes, *, dynamics: Dynamics, epochs: int = 0) -> Suspicion:
    """Score = number of forgetting events, of a label that was never learnt the number of epochs.

    A forgetting event is an epoch with another prediction after an epoch that predicted the given
    label.  ``kind`` is "never learnt", "forgotten" or "unforgettable" (learnt, and never lost).

    epochs: only the first so many are used, 0 = all.

    >>> correct = np.array([[0, 1, 0], [1, 1, 0], [0, 1, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0]]) > 0
    >>> seen = Dynamics(correct - 0.5, correct * 1.0, correct)
    >>> found = audit(Classes(np.array([0, 1, 1])), dynamics=seen)
    >>> found.score.tolist(), found.kind
    ([2.0, 0.0, 6.0], ('forgotten', 'unforgettable', 'never learnt'))
    """
    correct = first_epochs(dynamics, len(labels), epochs).correct
    known, never = labels.y >= 0, ~correct.any(0)
    events = times_forgotten(correct)
    score = np.where(never, len(correct), events).astype(float)
    told = ["", "never learnt", "forgotten"]
    words = np.select([~known, never, events > 0], told, "unforgettable")
    return Suspicion(
        np.where(known, score, np.nan),
        kind=tuple(words.tolist()),
        info={
            "epochs": len(correct),
            "never_learnt": int((never & known).sum()),
            "forgotten": int(((events > 0) & known).sum()),
            "unforgettable": int((~never & (events == 0) & known).sum()),
        },
    )
