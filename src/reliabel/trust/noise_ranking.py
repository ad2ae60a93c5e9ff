"""Which model is best as the share of wrong labels in the test rises: by the given labels, and by
the corrected ones.

Items with a right label are one set, items whose wrong label people corrected the other.  A test
with a share ``nu`` of the second kind scores a model (1 - nu) a + nu c, which is linear, so that
nothing need be drawn: by the given labels models that learnt the errors gain, by the corrected ones
they lose.  Two models change places at one share, if at all.
After Northcutt, Athalye, Mueller. Pervasive label errors in test sets destabilize machine learning
benchmarks. NeurIPS 2021 (datasets and benchmarks).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from reliabel.core.evaluation import Crossing, NoiseRanking
from reliabel.core.labels import Floats, Ints
from reliabel.trust.evaluation import UNKNOWN, Looks

DRAWS = 1000
FEW = 10  # corrected labels below which nothing is said


def ranking(
    given: Ints, predicted: Sequence[Ints], p: Floats, looks: Looks, now: float, rng: Generator
) -> NoiseRanking | None:
    """The ranking study of several models; None with fewer than ten corrected labels.

    Labels that nobody looked at count as right with weight 1 - P(wrong); those that people dropped
    or could not judge are left out, as in the paper.  now: the share of wrong labels.
    """
    item, place = np.unique(looks.item, return_index=True)
    truth = looks.truth[place]
    wrong = (truth != given[item]) & (truth != UNKNOWN)
    if int(wrong.sum()) < FEW:
        return None
    weight = 1 - np.asarray(p, dtype=float)
    weight[item] = truth == given[item]
    total = weight.sum()
    names = np.stack(list(predicted))
    right = (weight * (names == given)).sum(1) / total if total > 0 else np.zeros(len(names))
    by_given = (names[:, item[wrong]] == given[item[wrong]]).astype(float)
    by_truth = (names[:, item[wrong]] == truth[wrong]).astype(float)
    crossings = _crossings(right, by_truth, rng)
    return NoiseRanking(
        np.asarray(right), by_given.mean(1), by_truth.mean(1), now, int(wrong.sum()), crossings
    )


def crosses(right: Floats | float, corrected: Floats | float) -> Floats:
    """The share of wrong labels at which two models change places, from by how much the first leads
    on right labels and on corrected ones; NaN where they never do.

    >>> crosses(0.1, -0.3).round(3).item(), bool(np.isnan(crosses(0.1, 0.2)))
    (0.25, True)
    """
    lead, other = np.asarray(right, dtype=float), np.asarray(corrected, dtype=float)
    apart = lead - other
    at = np.divide(lead, apart, out=np.full(np.shape(apart), np.nan), where=np.abs(apart) > 1e-12)
    return np.where((at > 0) & (at < 1), at, np.nan)


def _crossings(right: Floats, by_truth: Floats, rng: Generator) -> tuple[Crossing, ...]:
    """Every pair that changes places, that of the smallest share first."""
    n = by_truth.shape[1]
    times = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS)
    again, found = times @ by_truth.T / n, []
    mean = by_truth.mean(1)
    for one in range(len(right)):
        for two in range(len(right)):
            lead = right[one] - right[two]
            at = float(crosses(lead, mean[one] - mean[two]))
            if lead <= 0 or at != at:
                continue
            drawn = crosses(np.full(DRAWS, lead), again[:, one] - again[:, two])
            drawn = np.where(np.isnan(drawn), np.inf, drawn)  # it does not cross below 1
            low, high = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")
            found.append(Crossing(one, two, at, float(low), float(min(high, 1.0))))
    return tuple(sorted(found, key=lambda cross: cross.at))
