"""Simple mislabel detector: the mean loss of the given label over the first epochs of training.

The loss of one epoch is noisy, and that of the last one small for labels that were memorised: the
mean over a few early epochs is neither.  Assumes that correct labels are learnt before wrong ones
are memorised, best with a model that starts from pretrained features.  Weak if wrong labels follow
a rule, and on hard items.  The dynamics come from a model that was trained on the audited labels;
those of a learner with several networks are already the mean of these.
Cost: O(epochs n).
Paper: Srikanth, Irvin, Hill, Godoy, Sabane, Ng. An empirical study of automated mislabel detection
in real world vision datasets. arXiv 2312.02200, 2023; the components are chosen here, since only
its abstract was at hand.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes
from reliabel.core.results import Suspicion
from reliabel.ops.learnt import first_epochs

STATUS = "optional"
ALSO = ("semd", "early_loss")
LEAST = 1e-30  # probabilities below count as this one, so that the loss is finite


def audit(labels: Classes, *, dynamics: Dynamics, epochs: int = 5) -> Suspicion:
    """Score = mean cross-entropy of the given label over the first ``epochs``.

    epochs: of the training that are used, 0 = all.

    >>> p = np.array([[0.5, 0.25], [1.0, 0.25]])
    >>> found = audit(Classes(np.array([0, 1])), dynamics=Dynamics(p - 0.4, p, p > 0.4))
    >>> found.score.round(3).tolist()
    [0.347, 1.386]
    """
    seen = first_epochs(dynamics, len(labels), epochs)
    p = np.maximum(np.asarray(seen.p_given, dtype=np.float64), LEAST)
    loss = -np.log(p).mean(0)
    return Suspicion(np.where(labels.y >= 0, loss, np.nan), info={"epochs": len(seen.margin)})
