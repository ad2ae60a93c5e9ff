"""P(wrong) of numbers: the chance that a residual is a lapse, beside a model of the errors that
right numbers make of themselves.

A family of fits, which differ in how thick the tails of right residuals are and in whether wrong
numbers lie anywhere or hide among right ones (``number_fits``), is weighed by its likelihood; how
much those differ that the data allow is what the count's interval is made of.  The count is
promised only where a lapse explains the residuals better than tails of any thickness, by more than
its parameters gain by chance, and where the predictions explain the numbers well enough that wrong
ones stand out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t as student

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Ints, Numbers
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields
from reliabel.ops.residuals import columns_of, left_over, local_scales
from reliabel.trust.answer import EXPLAINS
from reliabel.trust.number_fits import TAILS, TAILS_ALONE, Fit, alone, hidden, mixed
from reliabel.trust.p_wrong import shift

CONDITION = "wrong numbers are off by more than right ones scatter"
METHOD = "lapse model"
LEAST = 50  # with fewer numbers there is no P(wrong)
FIT = 20_000  # rows that are fitted at most; all rows are scored
# Log-likelihood below the best fit up to which the data allow another (a judgement), and by how
# much less a fit weighs for each unit.
ALLOWED, WEIGHED = 8.0, 0.25
# Log-odds by which the interval is widened on both sides, and more for each unit that predictions
# leave unexplained: set on one half of the planted worlds (bench labels, "counts of numbers").
SLACK, UNEXPLAINED = 0.2, 0.8
PARAMETERS = 3  # that a lapse has: how many, how many of them are like others', how far off
LEVEL = 0.9  # of the interval of a suggestion


@dataclass(frozen=True, eq=False)
class NumberPWrong:
    """P(wrong) of each item, the number to suggest with its interval, and the count.

    ``suggest`` has the shape of the numbers, ``low`` and ``high`` too.
    """

    p: Floats
    suggest: Floats
    low: Floats
    high: Floats
    count: Interval
    warnings: tuple[str, ...]
    info: dict[str, Any]

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class _Column:
    """What is made of one number an item."""

    p: Floats
    suggest: Floats
    low: Floats
    high: Floats
    share: tuple[float, float, float]  # of wrong numbers, with its ends
    identified: bool
    gain: float
    explained: float
    tail: float


def p_wrong_numbers(
    labels: Numbers,
    *,
    predicted: Numbers,
    neighbours: Neighbours | None = None,
    rng: np.random.Generator,
) -> NumberPWrong:
    """P(wrong) of every number by its residual; of several numbers an item the largest.

    predicted: out-of-fold predictions.  neighbours: tell where right numbers scatter more.

    >>> rng = np.random.default_rng(0)
    >>> true = rng.uniform(0, 100, 400)
    >>> y = true + rng.normal(0, 1, 400)
    >>> y[:20] = y[:20][::-1]
    >>> found = p_wrong_numbers(Numbers(y), predicted=Numbers(true), rng=rng)
    >>> round(found.count.value), (found.p[:20] > 0.5).sum(), (found.p[20:] > 0.5).sum()
    (20, np.int64(18), np.int64(0))
    """
    y, left = columns_of(labels.y), left_over(labels, predicted)
    known = [int((~np.isnan(column)).sum()) for column in left.T]
    reason = _cannot(y, left, known)
    if reason:
        return _nothing(labels, reason)
    every = [
        _of_column(y[:, c], left[:, c], columns_of(predicted.y)[:, c], neighbours, rng)
        for c in range(y.shape[1])
        if known[c] >= LEAST
    ]
    return _joined(labels, every, known)


def _cannot(y: Floats, left: Floats, known: list[int]) -> str:
    if max(known, default=0) < LEAST:
        return (
            f"only {max(known, default=0)} numbers have a prediction: at least {LEAST} are needed "
            "to say how likely one is wrong"
        )
    if all(np.nanmax(column) == np.nanmin(column) for column in y.T if (column == column).any()):
        return "all numbers are the same"
    if not np.nanmax(np.abs(left)) > 0:
        return "every prediction equals its number, as if the model had seen them"
    return ""


def _nothing(labels: Numbers, reason: str) -> NumberPWrong:
    none = np.full(labels.y.shape, np.nan)
    count = Interval(np.nan, 0.0, np.nan, 0.95, METHOD, CONDITION, False)
    warning = (f"no P(wrong): {reason}",)
    return NumberPWrong(np.full(len(labels), np.nan), none, none, none, count, warning, {})


def _of_column(
    y: Floats, left: Floats, said: Floats, near: Neighbours | None, rng: np.random.Generator
) -> _Column:
    rows = np.flatnonzero(~np.isnan(left))
    y, rest, said = y[rows], left[rows], said[rows]
    some = np.arange(len(rows))
    if len(rows) > FIT:
        some = np.sort(rng.choice(len(rows), FIT, replace=False))
    log_density = _density_of_numbers(y)
    index = None if near is None else near.nearest(20).index
    scales = local_scales(left, said_of(left, said, rows), index)
    scale, nulls = _best_scale(rest, [one[rows] for one in scales], log_density, some)
    u, other = rest / scale, log_density + np.log(scale)
    fits = [mixed(u[some], other[some], tail) for tail in TAILS]
    steps = np.log(scale[some]).sum()
    gain = float(max(fit.value for fit in fits) - steps - nulls)
    fits += [hidden(u[some], tail) for tail in TAILS]
    values = np.array([fit.value for fit in fits]) - steps
    weight = np.exp((values - values.max()) * WEIGHED) * (values >= values.max() - ALLOWED)
    weight /= weight.sum()
    odds = logit(np.clip([fit.pi for fit in fits], 1e-9, 1 - 1e-9))
    pi = float(expit(weight @ odds))
    wrong = sum(w * fit.wrong(u, other) for w, fit in zip(weight, fits, strict=True) if w > 0)
    explained = 1 - float(np.median(np.abs(rest)) / max(_deviation(y), 1e-300))
    size = max(len(rows) * pi * (1 - pi), 1.0)
    slack = SLACK + UNEXPLAINED * (1 - max(explained, 0.0)) + 1.96 / np.sqrt(size)
    allowed = odds[weight > 0]
    ends = float(expit(allowed.min() - slack)), float(expit(allowed.max() + slack))
    bar = PARAMETERS * np.log(len(some)) / 2 + np.log(len(TAILS) * len(scales))
    best = fits[int(values.argmax())]
    middle, low, high = _suggested(best, scale, said)

    def placed(part: Floats) -> Floats:
        out = np.full(len(left), np.nan)
        out[rows] = part
        return out

    told = bool(gain >= bar and explained >= EXPLAINS)
    return _Column(
        p=placed(shift(np.asarray(wrong), pi)),
        suggest=placed(middle),
        low=placed(low),
        high=placed(high),
        share=(pi, *ends),
        identified=told,
        gain=gain,
        explained=explained,
        tail=best.tail,
    )


def said_of(left: Floats, said: Floats, rows: Ints) -> Floats:
    """(n,) predictions in their rows, NaN where nothing is known."""
    out = np.full(len(left), np.nan)
    out[rows] = said
    return out


def _best_scale(
    rest: Floats, scales: list[Floats], log_density: Floats, some: Ints
) -> tuple[Floats, float]:
    """The scales under which a lapse explains the residuals best, and the log-likelihood of the
    best explanation without one, under any.
    """
    values, nulls = [], []
    for scale in scales:
        u, steps = rest[some] / scale[some], np.log(scale[some])
        values.append(mixed(u, log_density[some] + steps, 3.0).value - steps.sum())
        nulls.append(max(alone(u, tail) for tail in TAILS_ALONE) - steps.sum())
    return scales[int(np.argmax(values))], max(nulls)


def _density_of_numbers(y: Floats) -> Floats:
    """(n,) log density of the number of another item at each number, by how far its nearest lie."""
    n = len(y)
    ordered, many = np.sort(y), max(int(n**0.6), 10)
    at = np.searchsorted(ordered, y)
    low = np.clip(at - many // 2, 0, n - 1)
    high = np.clip(low + many, 0, n - 1)
    low = np.clip(high - many, 0, n - 1)
    least = 1e-9 * (ordered[-1] - ordered[0]) + 1e-300
    width = np.maximum(ordered[high] - ordered[low], least)
    return np.asarray(np.log((high - low) / n / width))


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
    rounded = [np.round(one / step) * step for one in (middle, low, high)]
    return rounded[0], rounded[1], rounded[2]


def _joined(labels: Numbers, every: list[_Column], known: list[int]) -> NumberPWrong:
    shape = labels.y.shape
    p = np.stack([one.p for one in every], 1)
    worst = np.where(np.isnan(p).all(1), np.nan, np.nan_to_num(p, nan=-1.0).max(1))
    told = [one for one in every if one.identified]
    n, count = int(np.isfinite(worst).sum()), _count(worst, every)
    wide = [np.full((len(labels), len(known)), np.nan) for _ in range(3)]
    able = [c for c, many in enumerate(known) if many >= LEAST]
    for c, one in zip(able, every, strict=True):
        for out, part in zip(wide, (one.suggest, one.low, one.high), strict=True):
            out[:, c] = part
    explained = float(np.mean([one.explained for one in every]))
    warnings: tuple[str, ...] = () if told else (_open(every, explained),)
    if n < 1000:
        warnings += (
            f"weak evidence: {n:,} numbers (fewer than 1,000); the ranking holds, P(wrong) may be "
            "off",
        )
    info = {
        "identified": count.identified,
        "labels": n,
        "explained": explained,
        "floor_gain": float(max(one.gain for one in every)),
        "share": float(np.nanmean(worst)) if n else np.nan,
        "tails": ["normal" if np.isinf(one.tail) else f"t ({one.tail:g})" for one in every],
    }
    suggest, low, high = (one.reshape(shape) for one in wide)
    return NumberPWrong(worst, suggest, low, high, count, warnings, info)


def _count(p: Floats, every: list[_Column]) -> Interval:
    """The number of items with a wrong number: of several columns at least those of one, at most
    those of all together.
    """
    n = int(np.isfinite(p).sum())
    if not every or not all(one.identified for one in every):
        return Interval(np.nan, 0.0, np.nan, 0.95, METHOD, CONDITION, False)
    low = max(one.share[1] for one in every)
    high = min(sum(one.share[2] for one in every), 1.0)
    value = every[0].share[0] if len(every) == 1 else float(np.nansum(p)) / n
    return Interval(n * value, n * min(low, value), n * max(high, value), 0.95, METHOD, CONDITION)


def _open(every: list[_Column], explained: float) -> str:
    if explained < EXPLAINS:
        return (
            f"no count of wrong numbers: predictions explain {100 * max(explained, 0):.0f} % of "
            f"their spread (less than {100 * EXPLAINS:.0f} %), so that wrong ones hardly stand out"
        )
    return (
        "no errors that can be told from the scatter of right numbers: have drawn items reviewed "
        "to know how many are wrong"
    )
