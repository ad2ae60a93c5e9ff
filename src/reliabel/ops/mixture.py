"""Two groups of scores on a line, such as the losses of right and of wrong labels, and which items
stay in training whatever their group.

Groups are found by expectation maximisation on counts in bins, so that n scores cost one pass and
the steps cost the same for any n.  NaN stands for a score that is not known: it is in no group, and
its chance is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logsumexp, softmax

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields

BINS = 256
STEPS = 200  # ten, as is often published, are far from the maximum
GAIN = 1e-6  # mean log-likelihood that a step must gain for another one
LEAST = 5e-4  # variance of a normal group, of scores scaled to [0, 1]
EDGE = 1e-4  # beta groups take scores from EDGE to 1 - EDGE
TIGHTEST = 1e4  # sum of the two parameters of a beta group, at most


@dataclass(frozen=True, eq=False)
class NormalGroups:
    """Two normal groups of the scores (score - ``low``) / ``width``: ``mean``, ``variance`` and
    ``share`` (2,), the lower group first.  ``width`` is 0 where all scores are the same, which
    leaves the groups unknown.
    """

    low: float
    width: float
    mean: Floats
    variance: Floats
    share: Floats

    __repr__ = by_fields

    def lower(self, score: Floats) -> Floats:
        """(n,) the chance of the lower group, 0.5 where the groups are unknown.

        It never rises with the score: beyond its middle a group with the wider spread would win
        again on the far side of the other one.
        """
        unit = _scaled(score, self.low, self.width)
        if not self.width:
            return unit
        log = _normal_logs(np.clip(unit, *self.mean), self.mean, self.variance, self.share)
        return np.asarray(expit(log[0] - log[1]))


@dataclass(frozen=True, eq=False)
class BetaGroups:
    """Two beta groups of the scores (score - ``low``) / ``width`` cut to [0, 1]: ``a``, ``b`` and
    ``share`` (2,), the group with the lower mean first.  ``width`` is 0 where all scores are the
    same.
    """

    low: float
    width: float
    a: Floats
    b: Floats
    share: Floats

    __repr__ = by_fields

    def higher(self, score: Floats) -> Floats:
        """(n,) the chance of the higher group, 0.5 where the groups are unknown.

        Looked up on a grid and never falling as the score rises: beyond its largest value on the
        grid it stays there, and before its smallest one too.
        """
        unit = _scaled(score, self.low, self.width)
        if not self.width:
            return unit
        grid = np.linspace(EDGE, 1 - EDGE, BINS)
        log = _beta_logs(grid, self.a, self.b, self.share)
        chance = expit(log[1] - log[0])
        top = int(chance.argmax())
        chance[top:] = chance[top]
        chance[: chance.argmin()] = chance.min()
        return np.asarray(np.interp(unit, grid, chance))  # NaN stays NaN


def normal_groups(score: Floats) -> NormalGroups:
    """Two normal groups of ``score`` (n,) scaled from its least to its largest value.

    >>> score = np.repeat([0.0, 1.0, 8.0, 9.0, 10.0], [2, 3, 1, 2, 1])
    >>> normal_groups(score).share.round(2).tolist()
    [0.56, 0.44]
    """
    known = _known(score)
    low, width = _range(known)
    if not width:
        return NormalGroups(low, 0.0, np.zeros(2), np.full(2, LEAST), np.full(2, 0.5))
    centre, weight = _binned(_scaled(known, low, width))
    belongs = _cut(centre, weight)
    before = -np.inf
    for _ in range(STEPS):
        mean, variance, share = _moments(centre, weight, belongs)
        variance = np.maximum(variance, LEAST)
        log = _normal_logs(centre, mean, variance, share)
        belongs, now = _expected(log, weight)
        if now - before < GAIN:
            break
        before = now
    order = mean.argsort(kind="stable")
    return NormalGroups(low, width, mean[order], variance[order], share[order])


def beta_groups(score: Floats, *, trim: float = 0.05) -> BetaGroups:
    """Two beta groups of ``score`` (n,), of which the share ``trim`` is left out at each end; the
    rest is scaled to [0, 1].

    Parameters follow from each group's mean and variance.  Source: Arazo, Ortego, Albert, O'Connor,
    McGuinness. Unsupervised label noise modeling and loss correction. ICML 2019.

    >>> low_and_high = np.r_[np.linspace(0, 0.4, 60), np.linspace(0.6, 1, 40)]
    >>> beta_groups(low_and_high).higher(np.array([0.1, 0.9])).round(2).tolist()
    [0.03, 1.0]
    """
    known = _without_ends(score, trim)
    low, width = _range(known)
    if not width:
        return BetaGroups(low, 0.0, np.ones(2), np.ones(2), np.full(2, 0.5))
    centre, weight = _binned(_scaled(known, low, width))
    belongs, before = np.array([1 - centre, centre]), -np.inf
    for _ in range(STEPS):
        mean, variance, share = _moments(centre, weight, belongs)
        a, b = _beta_numbers(mean, variance)
        belongs, now = _expected(_beta_logs(centre, a, b, share), weight)
        if now - before < GAIN:
            break
        before = now
    order = mean.argsort(kind="stable")
    return BetaGroups(low, width, a[order], b[order], share[order])


def beta_gain(score: Floats, groups: BetaGroups, *, trim: float = 0.05) -> float:
    """By how much two beta groups of ``score`` (n,) lower the Bayesian information criterion (BIC)
    of one: above 0 where two describe the scores better, minus infinity where all are the same.

    Both are fitted to the maximum of their likelihood, the two from ``groups`` on.

    >>> one, two = np.linspace(0, 1, 500), np.r_[np.linspace(0, 0.4, 300), np.linspace(0.6, 1, 200)]
    >>> beta_gain(one, beta_groups(one)) < 0 < beta_gain(two, beta_groups(two))
    True
    """
    known = _without_ends(score, trim)
    if not groups.width:
        return -float("inf")
    centre, weight = _binned(_scaled(known, groups.low, groups.width))
    one = _likeliest(centre, weight, _one_beta(centre, weight))
    two = _likeliest(centre, weight, groups)
    return 2 * len(known) * (two - one) - 3 * float(np.log(len(known)))  # five numbers, not two


def lower(score: Floats) -> Floats:
    """(n,) the chance that a score belongs to the lower of two normal groups, 0.5 where all scores
    are the same.

    >>> lower(np.array([0.0, 0.1, 0.05, 5.0, 5.1, np.nan])).round(2).tolist()
    [1.0, 1.0, 1.0, 0.0, 0.0, nan]
    """
    return normal_groups(score).lower(score)


def kept(chance: Floats, y: Ints, *, least: int = 5) -> Bools:
    """(n,) whether an item stays: its ``chance`` of a right label is above one half, or it is among
    the likeliest min(``least``, half, rounded up) items given its class ``y``, so that no class is
    lost.  Items without a label (-1) do not stay; a chance that is not known counts as the least.

    >>> kept(np.array([0.9, 0.6, 0.2, 0.4, 0.3, 0.9]), np.array([0, 0, 0, 1, 1, -1])).tolist()
    [True, True, False, True, False, False]
    """
    known = np.where(np.isnan(chance), -np.inf, chance)
    keep = known > 0.5
    for c in np.unique(y[y >= 0]):
        mine = np.flatnonzero(y == c)
        wanted = min(least, (len(mine) + 1) // 2)
        keep[mine[np.argsort(-known[mine], kind="stable")[:wanted]]] = True
    return np.asarray(keep & (y >= 0))


def _known(score: Floats) -> Floats:
    return np.asarray(score, dtype=np.float64)[~np.isnan(score)]


def _without_ends(score: Floats, trim: float) -> Floats:
    """The known scores but for the share ``trim`` at each end; all where nothing would be left."""
    known = _known(score)
    ends = np.quantile(known, [trim, 1 - trim]) if len(known) else np.zeros(2)
    return known[(known >= ends[0]) & (known <= ends[1])] if np.ptp(ends) > 0 else known


def _one_beta(centre: Floats, weight: Floats) -> BetaGroups:
    """The beta distribution with the mean and the variance of the scores."""
    a, b = _beta_numbers(*_moments(centre, weight, np.ones((1, len(centre))))[:2])
    return BetaGroups(0.0, 1.0, a, b, np.ones(1))


def _likeliest(centre: Floats, weight: Floats, start: BetaGroups) -> float:
    """The mean log-likelihood of the likeliest beta groups that are found from ``start``."""
    m = len(start.a)

    def loss(at: Floats) -> float:
        a, b, share = np.exp(at[:m]), np.exp(at[m : 2 * m]), softmax(at[2 * m :])
        return -float(weight @ logsumexp(_beta_logs(centre, a, b, share), axis=0))

    first = np.log(np.maximum(np.r_[start.a, start.b, start.share], EDGE))
    bounds = [(np.log(EDGE), np.log(TIGHTEST))] * (2 * m) + [(-10.0, 10.0)] * m
    found = minimize(loss, first, method="L-BFGS-B", bounds=bounds)
    return -min(float(found.fun), loss(first))


def _range(known: Floats) -> tuple[float, float]:
    """The least score and the distance to the largest, 0 where rounding alone parts them."""
    if not len(known):
        return 0.0, 0.0
    low, width = float(known.min()), float(np.ptp(known))
    return low, width if width > 1e-9 * max(1.0, abs(low)) else 0.0


def _scaled(score: Floats, low: float, width: float) -> Floats:
    """Scores from 0 to 1, or 0.5 each where there is no width; NaN stays."""
    score = np.asarray(score, dtype=np.float64)
    if not width:
        return np.where(np.isnan(score), np.nan, 0.5)
    return np.asarray(np.clip((score - low) / width, 0.0, 1.0))


def _binned(unit: Floats) -> tuple[Floats, Floats]:
    """The middles of the bins (bins,) and the share of the scores in each."""
    count, edge = np.histogram(unit, BINS, (0.0, 1.0))
    return (edge[:-1] + edge[1:]) / 2, count / len(unit)


def _cut(centre: Floats, weight: Floats) -> Floats:
    """(2, bins) the cut in two with the least variance inside the parts, where the steps start."""
    below, mass = weight.cumsum()[:-1], (weight * centre).cumsum()[:-1]
    apart = ((weight @ centre) * below - mass) ** 2 / np.maximum(below * (1 - below), 1e-12)
    left = (np.arange(len(centre)) <= apart.argmax()).astype(np.float64)
    return np.array([left, 1 - left])


def _moments(centre: Floats, weight: Floats, belongs: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, variance and share (2,) of the groups."""
    part = belongs * weight
    share: Floats = np.maximum(part.sum(1), 1e-12)
    mean: Floats = part @ centre / share
    variance: Floats = (part * (centre - mean[:, None]) ** 2).sum(1) / share
    return mean, variance, share


def _beta_numbers(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The two parameters of beta distributions with these means and variances."""
    sums = np.clip(mean * (1 - mean) / np.maximum(variance, 1e-12) - 1, EDGE, TIGHTEST)
    return mean * sums, (1 - mean) * sums


def _expected(log: Floats, weight: Floats) -> tuple[Floats, float]:
    """(2, bins) the chance of each group, and the mean log-likelihood."""
    top = np.logaddexp(*log)
    return np.exp(log - top), float(weight @ top)


def _normal_logs(x: Floats, mean: Floats, variance: Floats, share: Floats) -> Floats:
    """(2, len(x)) log of share times density."""
    away = (x - mean[:, None]) ** 2 / variance[:, None]
    return np.asarray(
        -0.5 * (away + np.log(2 * np.pi * variance)[:, None]) + np.log(share)[:, None]
    )


def _beta_logs(x: Floats, a: Floats, b: Floats, share: Floats) -> Floats:
    """(2, len(x)) log of share times density."""
    x = np.clip(x, EDGE, 1 - EDGE)
    scale = gammaln(a + b) - gammaln(a) - gammaln(b) + np.log(share)
    return np.asarray(
        (a - 1)[:, None] * np.log(x) + (b - 1)[:, None] * np.log1p(-x) + scale[:, None]
    )
