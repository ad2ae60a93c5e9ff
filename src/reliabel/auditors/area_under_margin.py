"""Area under the margin: mean margin of the given label over the best other class during training.

Assumes that a model learns what correct labels have in common before it memorises the wrong ones.
Weak if wrong labels follow a rule, and if training went on long after every label was fitted. The
dynamics come from a model that was trained on the audited labels.
Cost: O(epochs n). Paper: Pleiss, Zhang, Elenberg, Weinberger. NeurIPS 2020.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes
from reliabel.core.results import Suspicion

STATUS = "optional"
ALSO = ("aum",)


def audit(labels: Classes, *, dynamics: Dynamics, epochs: int = 0) -> Suspicion:
    """Score = minus the mean margin of the given label.

    There is no flag, because the threshold of the paper needs a model trained with an extra class.

    epochs: only the first so many are used, 0 = all.

    >>> margin = np.array([[1.0, -2.0], [3.0, -1.0]])
    >>> seen = Dynamics(margin, np.exp(margin) / (1 + np.exp(margin)), margin > 0)
    >>> audit(Classes(np.array([0, 1])), dynamics=seen).score.tolist()
    [-2.0, 1.5]
    """
    if dynamics.margin.shape[1] != len(labels):
        raise ValueError(
            f"dynamics are of {dynamics.margin.shape[1]} items, there are {len(labels)} labels; "
            "they must be in the same order, one column each"
        )
    if epochs < 0 or not len(dynamics.margin):
        raise ValueError(
            f"epochs must be 0 (all) or more and something recorded, got {epochs} of "
            f"{len(dynamics.margin)} recorded"
        )
    area = np.asarray(dynamics.margin[: epochs or None], dtype=np.float64).mean(0)
    return Suspicion(
        np.where(labels.y >= 0, -area, np.nan),
        info={"epochs": len(dynamics.margin[: epochs or None])},
    )
