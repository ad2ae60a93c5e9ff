"""Data map: how sure a model was of the given label while it trained, and how much that changed.

Items with low confidence and low variability are hard to learn, and among them are the wrong
labels; those with high variability are ambiguous, the others easy.  Assumes that a model learns
what correct labels have in common before it memorises the wrong ones.  Weak if training went on
long after every label was fitted, and if errors follow a rule.  The dynamics come from a model that
was trained on the audited labels.
Cost: O(epochs n).
Paper: Swayamdipta, Schwartz, Lourie, Wang, Hajishirzi, Smith, Choi. Dataset cartography: mapping
and diagnosing datasets with training dynamics. EMNLP 2020.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.results import Suspicion
from reliabel.ops.learnt import first_epochs, map_of

STATUS = "optional"
ALSO = ("cartography", "dataset_cartography", "data_maps")


def audit(
    labels: Classes, *, dynamics: Dynamics, ambiguous: float = 0.33, epochs: int = 0
) -> Suspicion:
    """Score = 1 - confidence, the mean probability of the given label over the epochs.

    ``kind`` is "ambiguous" for the items with the largest variability (standard deviation of that
    probability), and of the others "easy" where confidence is at least one half, else "hard".
    ``info`` holds the numbers of each kind, and a value an item: "confidence", "variability", and
    "correctness", the share of epochs that predicted the given label.

    ambiguous: the share of items that is called so; a third in the paper.
    epochs: only the first so many are used, 0 = all.
    Raises ValueError for a share that is not from 0 to 1.

    >>> p = np.array([[0.9, 0.1, 0.1], [0.9, 0.1, 0.9]])
    >>> found = audit(Classes(np.array([0, 1, 1])), dynamics=Dynamics(p - 0.5, p, p > 0.5))
    >>> found.score.round(3).tolist(), found.kind
    ([0.1, 0.9, 0.5], ('easy', 'hard', 'ambiguous'))
    """
    if not 0 <= ambiguous <= 1:
        raise ValueError(f"ambiguous is a share of the items from 0 to 1, got {ambiguous!r}")
    seen = first_epochs(dynamics, len(labels), epochs)
    known = labels.y >= 0
    confidence, variability = map_of(seen.p_given)
    restless = _largest(
        np.where(known, np.nan_to_num(variability), -np.inf), ambiguous * known.sum()
    )
    words = np.select([~known, restless, confidence >= 0.5], ["", "ambiguous", "easy"], "hard")
    kinds = words.tolist()
    return Suspicion(
        np.where(known, 1 - confidence, np.nan),
        kind=tuple(kinds),
        info={
            "epochs": len(seen.margin),
            **{kind: kinds.count(kind) for kind in ("easy", "ambiguous", "hard")},
            "confidence": np.where(known, confidence, np.nan),
            "variability": np.where(known, variability, np.nan),
            "correctness": np.where(known, seen.correct.mean(0), np.nan),
        },
    )


def _largest(value: Floats, many: float) -> Bools:
    """The ``many`` largest values, with those equal to the last; none where nothing varies."""
    count = round(many)
    if not count:
        return np.zeros(len(value), dtype=bool)
    least = float(np.sort(value)[-count])
    return np.asarray((value >= least) & (value > 0))
