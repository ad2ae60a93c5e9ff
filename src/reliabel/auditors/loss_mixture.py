"""Loss mixture: the losses of right and of wrong labels are two groups on a line, and a label is
suspect by its chance of being in the upper one.

Two beta distributions are fitted to the out-of-fold cross-entropy losses, to convergence (the ten
steps often published stop far from the maximum).  Where the Bayesian information criterion (BIC)
prefers one group, nothing is flagged and ``info`` says so; it is a weak test, because of many
items it also splits one group that is skewed.
The order is that of the loss; what the mixture adds is where to cut, and a chance.  Assumes
out-of-fold probabilities and losses in two groups. Weak where hard items lose as much as wrong
labels do, and where few labels are wrong: then ``trim`` takes most of them out of the fit, and it
flags several times as many as there are.
Cost: O(n), memory O(n).
Paper: Arazo, Ortego, Albert, O'Connor, McGuinness. Unsupervised label noise modeling and loss
correction. ICML 2019.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Suspicion
from reliabel.ops.confident import losses
from reliabel.ops.mixture import beta_gain, beta_groups

STATUS = "optional"
ALSO = ("bmm", "beta_mixture")
ORDER = 1e-3  # share of the score that keeps the order of losses with the same chance


def audit(labels: Classes, *, probs: Floats, trim: float = 0.05) -> Suspicion:
    """Score = the chance of the group of high losses, the larger loss first where it is the same;
    half of one minus the probability of the given label where there are not two groups.

    Flag = the chance is above one half; suggestion = the most probable class.
    trim: share of the losses at each end that the fit leaves out.
    ``info`` holds "bimodal", "gain" (by how much two groups lower the BIC), "share" of the upper
    group, and "a" and "b" (2,) of the beta distributions of losses between "low" and "high".
    Raises ValueError for a ``trim`` that is not from 0 to below one half.

    >>> p = np.r_[np.linspace(0.7, 0.99, 60), np.linspace(0.01, 0.05, 20)]
    >>> found = audit(Classes(np.zeros(80, int), ("a", "b")), probs=np.stack([p, 1 - p], 1))
    >>> found.flag.nonzero()[0].tolist() == list(range(60, 80)), found.info["bimodal"]
    (True, True)
    """
    if not 0 <= trim < 0.5:
        raise ValueError(f"trim must be a share from 0 to below 0.5, got {trim!r}")
    loss, best = losses(labels.y, probs)
    groups = beta_groups(loss, trim=trim)
    gain = beta_gain(loss, groups, trim=trim)
    less = 1 - np.exp(-loss)
    chance = groups.higher(loss)
    two = gain > 0
    score = (1 - ORDER) * chance + ORDER * less if two else less / 2
    info = {
        "bimodal": two,
        "gain": gain,
        "share": float(groups.share[1]) if two else float("nan"),
        "a": groups.a,
        "b": groups.b,
        "low": groups.low,
        "high": groups.low + groups.width,
    }
    if not two:
        info["note"] = "the losses are one group by BIC, so that no label is flagged"
    flag = (chance > 0.5) & two
    return Suspicion(score, flag, Classes(best, labels.names), info=info)
