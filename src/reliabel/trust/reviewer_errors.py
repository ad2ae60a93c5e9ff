"""What reviewers miss: how many labels are wrong in truth where reviewers would flag so many.

After specification trust_certificate.md, section 8.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, xlog1py, xlogy
from scipy.stats import binom

PRIOR = (0.5, 5.0)  # of the share missed; the bound holds whatever it is
ENOUGH = 30  # second looks from which a figure is given
# Parts of alpha: for the labels that reviewers would flag, for the share they miss, and for how
# many of the wrong ones that share leaves.
OF_COUNT, OF_SHARE, OF_CHANCE = 0.7, 0.2, 0.1
HALVINGS = 60


def most_missed(trials: int, missed: int, alpha: float = 0.01) -> float:
    """The largest share of wrong labels that a reviewer may miss, at every number of second looks
    together with probability 1 - alpha.

    trials, missed: the confirmed errors that a second person flagged without seeing the first
    verdict, and those of them that the first had kept.

    >>> round(most_missed(30, 0), 5), round(most_missed(60, 3), 4), most_missed(0, 0)
    (0.17027, 0.2029, 1.0)
    """
    if not 0 <= missed <= trials:
        raise ValueError(
            f"of {trials} second looks {missed} cannot have been missed; give 0 to {trials}"
        )
    a, b = PRIOR
    won = betaln(a + missed, b + trials - missed) - betaln(a, b)

    def stands(share: float) -> bool:
        told = xlogy(missed, share) + xlog1py(trials - missed, -share)
        return bool(won - told < np.log(1 / alpha))

    if stands(1.0):
        return 1.0
    low, high = missed / trials, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if stands(middle) else (low, middle)
    return low


def most_wrong(flagged: int, share: float, alpha: float = 0.005, *, n: int) -> int:
    """The largest number of wrong labels, at most ``n``, of which reviewers who miss ``share`` of
    them would flag ``flagged`` or fewer with more than probability alpha.

    >>> most_wrong(150, 0.05, n=10_000), most_wrong(150, 0.1, n=10_000)
    (166, 179)
    """
    low, high = flagged, n
    if binom.cdf(flagged, n, 1 - share) > alpha:
        return n
    while high - low > 1:
        middle = (low + high) // 2
        if binom.cdf(flagged, middle, 1 - share) > alpha:
            low = middle
        else:
            high = middle
    return low
