"""P(wrong), the share of wrong numbers and suggestions in one column of numbers: a family of fits
(``number_fits``) weighed by their likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t as student

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.ops.residuals import local_scales
from reliabel.trust.answer import EXPLAINS
from reliabel.trust.number_fits import (
    TAILS,
    TAILS_ALONE,
    Fit,
    Scaled,
    alone,
    hidden,
    mixed,
    slipped,
)
from reliabel.trust.number_slips import able, price, scaled, slips_among, to_step, undone
from reliabel.trust.p_wrong import shift

FIT = 20_000  # rows that are fitted at most; all rows are scored
# Log-likelihood below the best fit up to which the data allow another (a judgement), and by how
# much less a fit weighs for each unit.
ALLOWED, WEIGHED = 8.0, 0.25
# Log-odds by which the interval is widened on both sides, and more for each unit that predictions
# leave unexplained: set on one half of the planted worlds (bench labels, "counts of numbers").
SLACK, UNEXPLAINED = 0.2, 0.8
HIDDEN = 0.3  # more where wrong numbers hide, of which nobody knows how widely they scatter
PARAMETERS = 3  # that a lapse has: how many, how many of them are like others', how far off
FEW = 1000  # numbers; fewer tell too little of how right ones scatter to lower the bar
LEVEL = 0.9  # of the interval of a suggestion
DOUBT = 0.1  # chance that any number is wrong where nothing tells it
UNTOLD = 0.05  # share of wrong numbers that P(wrong) assumes at most where none can be told
GRADES = 10  # so many values that nine in ten numbers have are grades, no quantity


@dataclass(frozen=True, eq=False)
class Column:
    """What is made of one number an item."""

    p: Floats
    suggest: Floats
    low: Floats
    high: Floats
    kind: Floats  # the place of the slip in SLIPS, NaN where none is likely
    share: tuple[float, float, float]  # of wrong numbers, with its ends
    identified: bool
    gain: float
    explained: float
    grades: int  # how many values nine in ten numbers have
    tail: float

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class _Family:
    """Fits with their weights; the log-odds of wrong numbers that each finds."""

    fits: list[Fit]
    weight: Floats
    odds: Floats
    best: Fit

    def chances(self, at: Scaled) -> tuple[Floats, Floats]:
        """(n,) the chance that a number is wrong, and (m, n) that it comes of each slip."""
        slips = len(at.stretch)
        wrong, of = np.zeros(len(at.u)), np.zeros((slips, len(at.u)))
        for fit, weight in zip(self.fits, self.weight, strict=True):
            if weight > 0:
                right, *kinds = fit.chances(at)
                wrong += weight * (1 - right)
                for place in range(slips):
                    of[place] += weight * kinds[place - slips]
        return wrong, of


def of_column(
    y: Floats, left: Floats, said: Floats, near: Neighbours | None, rng: np.random.Generator
) -> Column:
    """What is made of one number an item: ``y``, what is ``left`` of it, and what is ``said``."""
    rows = np.flatnonzero(~np.isnan(left))
    index = None if near is None else near.nearest(20).index
    every = local_scales(left, np.where(np.isnan(left), np.nan, said), index)
    scales = [one[rows] for one in every]
    y, rest, said = y[rows], left[rows], said[rows]
    some = np.arange(len(rows))
    if len(rows) > FIT:
        some = np.sort(rng.choice(len(rows), FIT, replace=False))
    log_density = _density_of_wrong(y)
    scale, nulls = _best_scale(rest, scales, log_density, some)
    part = scaled(y[some], said[some], scale[some], log_density[some])
    slips = slips_among(part, able(said, scale))
    bar = PARAMETERS * np.log(max(len(some), FEW)) / 2 + np.log(len(TAILS) * len(scales))
    family, gain = _family(part.slips(slips), nulls + np.log(scale[some]).sum(), bar)
    wrong, of = family.chances(scaled(y, said, scale, log_density, slips))

    pi = float(expit(family.weight @ family.odds))
    explained = 1 - float(np.median(np.abs(rest)) / max(_deviation(y), 1e-300))
    grades = _grades(y)
    told = bool(gain >= bar and explained >= EXPLAINS and grades > GRADES)
    doubt = 1.0 if gain >= bar else max(float(expit(WEIGHED * (gain - bar))), DOUBT)
    p = shift(wrong, pi if told else min(pi * doubt, UNTOLD))
    middle, low, high = _suggested(family.best, scale, said)
    kind = np.full(len(rows), np.nan)
    for slip, chance in zip(slips, of, strict=True):
        own = np.flatnonzero(chance > wrong / 2)
        kind[own], middle[own] = slip, undone(y[own], slip)
        low[own], high[own] = np.minimum(low[own], middle[own]), np.maximum(high[own], middle[own])

    def placed(part: Floats) -> Floats:
        out = np.full(len(left), np.nan)
        out[rows] = part
        return out

    return Column(
        p=placed(p),
        suggest=placed(middle),
        low=placed(low),
        high=placed(high),
        kind=placed(kind),
        share=(pi, *_ends(family, pi, len(rows), explained)),
        identified=told,
        gain=gain,
        explained=explained,
        grades=grades,
        tail=family.best.tail,
    )


def _family(at: Scaled, nulls: float, bar: float) -> tuple[_Family, float]:
    """All fits with their weights, and by how much wrong numbers explain the residuals better than
    ``nulls``, the log-likelihood without any.
    """
    fits = [mixed(at, tail) for tail in TAILS]
    gain = max(fit.value for fit in fits) - nulls
    fits += [hidden(at, tail) for tail in TAILS]
    values = np.array([fit.value for fit in fits])
    if len(at.stretch):  # that nothing but slips is wrong takes fewer parameters
        gain -= len(at.stretch) * price(len(at.u))
        fits += [slipped(at, tail) for tail in TAILS_ALONE]
        values = np.r_[values - bar, [fit.value for fit in fits[len(values) :]]]
    weight = np.exp((values - values.max()) * WEIGHED) * (values >= values.max() - ALLOWED)
    odds = logit(np.clip([fit.pi for fit in fits], 1e-9, 1 - 1e-9))
    best = fits[int(values.argmax())]
    return _Family(fits, weight / weight.sum(), odds, best), float(gain)


def _ends(family: _Family, pi: float, n: int, explained: float) -> tuple[float, float]:
    """The ends of the share of wrong numbers that the data allow."""
    size = max(n * pi * (1 - pi), 1.0)
    hides = float(sum(w for fit, w in zip(family.fits, family.weight, strict=True) if fit.hides))
    slack = SLACK + UNEXPLAINED * (1 - max(explained, 0.0)) + HIDDEN * hides + 1.96 / np.sqrt(size)
    allowed = family.odds[family.weight > 0]
    return float(expit(allowed.min() - slack)), float(expit(allowed.max() + slack))


def _grades(y: Floats) -> int:
    """How many values nine in ten numbers have."""
    count = np.sort(np.unique(y, return_counts=True)[1])[::-1]
    return int(np.searchsorted(count.cumsum(), 0.9 * len(y))) + 1


def _best_scale(
    rest: Floats, scales: list[Floats], log_density: Floats, some: Ints
) -> tuple[Floats, float]:
    """The scales under which a lapse explains the residuals best, and the log-likelihood of the
    best explanation without one, under any.
    """
    values, nulls = [], []
    for scale in scales:
        u, steps = rest[some] / scale[some], np.log(scale[some])
        values.append(mixed(Scaled.of(u, log_density[some] + steps), 3.0).value - steps.sum())
        nulls.append(max(alone(u, tail) for tail in TAILS_ALONE) - steps.sum())
    return scales[int(np.argmax(values))], max(nulls)


def _density_of_wrong(y: Floats) -> Floats:
    """(n,) log density at each number of a wrong one: the number of another item (by how far the
    nearest lie) or one that is drawn evenly, half and half.
    """
    n = len(y)
    ordered, many = np.sort(y), max(int(n**0.6), 10)
    at = np.searchsorted(ordered, y)
    low = np.clip(at - many // 2, 0, n - 1)
    high = np.clip(low + many, 0, n - 1)
    low = np.clip(high - many, 0, n - 1)
    least = 1e-9 * (ordered[-1] - ordered[0]) + 1e-300
    width = np.maximum(ordered[high] - ordered[low], least)
    near = (high - low) / n / width
    first, last = np.quantile(ordered, (0.01, 0.99))
    wide = max(last - first, least)
    even = ((y >= first - wide / 2) & (y <= last + wide / 2)) / (2 * wide)
    return np.asarray(np.log((near + even) / 2))


def _deviation(y: Floats) -> float:
    """The median distance from the median; where most numbers are equal, the mean one."""
    off = np.abs(y - np.median(y))
    middle = float(np.median(off))
    return middle if middle > 0 else float(off.mean())


def _suggested(fit: Fit, scale: Floats, said: Floats) -> tuple[Floats, Floats, Floats]:
    """The number to suggest and the ends of its interval, rounded to what the interval can tell."""
    reach = float(student.ppf(0.5 + LEVEL / 2, fit.tail if np.isfinite(fit.tail) else 1e6))
    middle = said + fit.middle * scale
    low, high = middle - reach * fit.low * scale, middle + reach * fit.high * scale
    step = 10.0 ** np.floor(np.log10(np.maximum(high - low, 1e-300) / 20))
    rounded = [to_step(one, step) for one in (middle, low, high)]
    return rounded[0], rounded[1], rounded[2]
