"""Faults of numbers as a whole: heaping, spikes where a scale was cut off, impossible numbers,
another unit than the others', and other numbers for equal items.

Heaping is told by the last digits (chi-squared test), of the numbers that are no spike; a cut-off
scale, or a number that stands for "missing", by a spike at an end, impossible numbers by a few
negative ones among positive ones, and by a few above 1 or 100 where the others fill the range up to
it; a mixture of units by numbers that are a known factor (10, 100, 1000, 2.54, .4536, ...) off
their prediction and lie together there. Dates written as numbers (20240131) are told as well.
How far numbers of items with the same features differ is a floor that no model of these goes below.
Assumes that numbers measure one thing. Weak where a quantity is round by nature (prices end in 9),
where predictions scatter as much as the factors, and for numbers above 100 % where few come near.
Cost: O(n log n), and O(n d) for equal items.
Paper: none; Roberts, Brewer. Measures and tests of heaping in discrete quantitative distributions.
Journal of Applied Statistics 28 (2001) 887-896, for heaping.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import binom, chisquare

from reliabel.core.labels import Floats, Ints, Numbers
from reliabel.core.results import Faults
from reliabel.core.short_repr import many
from reliabel.ops.copies import same_rows
from reliabel.ops.residuals import columns_of

STATUS = "default"
FINDS = "number fault"
LISTED, SHOWN = 1000, 5  # rows that a fault names, and those of a fault of all numbers
LEAST = 50  # numbers from which faults of all of them can be told
VARIED = 20  # different numbers from which a column measures something
EXCESS = 0.1  # share of heaped numbers above what chance makes
WRITTEN = 0.9  # share of the numbers that are written in the step that their digits are counted in
SPIKE = 5  # times as many numbers at an end as at any of the values next to it
HIGHEST = 1.5  # times as many as at the commonest value between the ends
SIGN = 0.02  # share of impossible numbers up to which they are taken for slips
BOUNDS = {1.0: "1 (a share)", 100.0: "100 (per cent)"}
INNER = 0.95  # part of a bound from which numbers lie near it, and
NEAR, TIMES = 0.01, 5  # the share of them and the times as many as above, from which it is a bound
SPREAD = (0.2, 0.8)  # parts of a bound that the 5 and 95 % quantiles must lie outside of
STANDS_FOR_MISSING = (0.0, -1.0, -9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 99999.0)
FACTORS = {  # what a slip multiplies by, and in words
    10.0: "ten times",
    100.0: "a hundred times",
    1000.0: "a thousand times",
    2.54: "2.54 times (inches and centimetres)",
    2.2046: "2.2046 times (pounds and kilograms)",
    3.2808: "3.2808 times (feet and metres)",
    1.6093: "1.6093 times (miles and kilometres)",
}
CERTAIN, LIKELY, MAYBE = 1.0, 0.8, 0.6  # scores
TOLD = 0.995  # share of the variance that a floor leaves, up to which it is told
FREE = 10  # degrees of freedom within groups of equal items from which a floor is told
Fault = tuple[Ints, str, float, str]  # rows, kind, score, why


def audit(
    labels: Numbers,
    *,
    predicted: Numbers | None = None,
    features: Floats | None = None,
    level: float = 0.001,
) -> Faults:
    """One fault a kind (and a factor); the rows concerned are listed up to a thousand, of heaping,
    which is a fault of all numbers, the first five.

    level: chance that heaping, or a factor, is reported where there is none.
    ``info["columns"]`` says of which column of several each fault is; ``info["noise_floor"]`` is
    the standard deviation of the numbers of equal items, NaN where too few are equal.
    Raises ValueError for a level that is not between 0 and 1.

    >>> ages = np.r_[np.arange(20, 70), np.full(40, 40), np.full(30, 50), np.full(20, 60), -3]
    >>> found = audit(Numbers(ages.astype(float)))
    >>> found.kind, found.items[0]
    (['impossible sign', 'heaping'], (140,))
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
    y = columns_of(labels.y)
    said = None if predicted is None else columns_of(predicted.y)
    first = None if features is None else same_rows(features)
    floors = []
    found: list[tuple[int, Fault]] = []
    for column in range(y.shape[1]):
        known = np.flatnonzero(~np.isnan(y[:, column]))
        values = y[known, column]
        spikes = list(_ends(values))
        own = [*_dates(values), *_signs(values), *_above(values), *spikes]
        own += _heaps(values, spikes, level)
        if said is not None:
            own += list(_units(values, said[known, column], level))
        floor = np.nan if first is None else _floor(values, first[known])
        floors.append(floor)
        if first is not None and floor > 0:
            own += _equal(values, first[known], floor)
        found += [(column, (known[rows], kind, score, why)) for rows, kind, score, why in own]
    several = y.shape[1] > 1
    return Faults(
        [tuple(fault[0][:LISTED].tolist()) for _, fault in found],
        [fault[1] for _, fault in found],
        np.array([fault[2] for _, fault in found]),
        [f"column {column}: {fault[3]}" if several else fault[3] for column, fault in found],
        info={"columns": [column for column, _ in found], "noise_floor": np.array(floors)},
    )


def _dates(y: Floats) -> Iterator[Fault]:
    """Whole numbers that are all days of a calendar, written 20240131."""
    if len(y) < LEAST or (y != np.round(y)).any() or y.min() < 18000101 or y.max() > 21001231:
        return
    day, month = y % 100, y // 100 % 100
    if ((day >= 1) & (day <= 31) & (month >= 1) & (month <= 12)).all():
        why = (
            f"all {many(len(y), 'number')} look like dates, such as {y[0]:.0f}: from the end of a "
            "month to the next the numbers jump; write them as days since a first one"
        )
        yield np.arange(min(len(y), SHOWN)), "dates", CERTAIN, why


def _signs(y: Floats) -> Iterator[Fault]:
    below = np.flatnonzero(y < 0)
    if len(y) >= LEAST and 0 < len(below) <= SIGN * len(y) and (y > 0).sum() >= 0.9 * len(y):
        why = f"{many(len(below), 'number')} below 0, such as {y[below[0]]:g}, all others are not"
        yield below, "impossible sign", LIKELY, why


def _above(y: Floats) -> Iterator[Fault]:
    """A few numbers above 1 or 100 where the others fill the range from 0 up to it."""
    for bound, words in BOUNDS.items():
        above = np.flatnonzero(y > bound)
        if len(y) < LEAST or not 0 < len(above) <= SIGN * len(y) or y.min() < 0:
            continue
        low, high = np.quantile(y, [0.05, 0.95]) / bound
        near = int(((y > INNER * bound) & (y <= bound)).sum())
        if low > SPREAD[0] or high < SPREAD[1] or near < max(TIMES * len(above), NEAR * len(y)):
            continue
        why = (
            f"{many(len(above), 'number')} above {words}, such as {y[above[0]]:g}, all others fill "
            "the range from 0 up to it"
        )
        yield above, "above the bound", LIKELY, why
        return


def _ends(y: Floats) -> Iterator[Fault]:
    """Spikes at the least and the greatest number."""
    values, count = np.unique(y, return_counts=True)
    if len(y) < LEAST or len(values) < VARIED:
        return
    for place, inner, end in ((0, slice(1, 11), "least"), (-1, slice(-11, -1), "greatest")):
        usual = max(int(count[inner].max()), 1)
        common = int(count[1:-1].max())  # a number that is round is a spike anywhere
        if count[place] >= max(SPIKE * usual, HIGHEST * common, 10):
            rows = np.flatnonzero(y == values[place])
            score = LIKELY if len(rows) < 0.5 * len(y) else MAYBE
            missing = float(values[place]) in STANDS_FOR_MISSING
            may = f", or {values[place]:g} may stand for a missing number" if missing else ""
            yield (
                rows,
                "cut off",
                score,
                f"{many(len(rows), 'number')} at the {end} value {values[place]:g}, at most "
                f"{usual} at any next to it: the scale may have been cut off there{may}",
            )


def _heaps(y: Floats, spikes: list[Fault], level: float) -> Iterator[Fault]:
    """Too many last digits 0 and 5 at the precision in which numbers are written, of the numbers
    that are in no spike at an end.
    """
    rest = np.ones(len(y), dtype=bool)
    for rows, *_ in spikes:
        rest[rows] = False
    place, y = np.flatnonzero(rest), y[rest]
    step = _precision(y)
    if step is None or len(y) < LEAST:
        return
    whole = np.round(y / step).astype(np.int64)
    if len(np.unique(whole)) < VARIED or whole.max() - whole.min() < 2 * VARIED:
        return
    digit = np.abs(whole) % 10
    count = np.bincount(digit, minlength=10)
    round_ones = int(count[0] + count[5])
    excess = round_ones / len(y) - 0.2
    if excess < EXCESS or chisquare(count).pvalue >= level:
        return
    coarse = whole[digit == 0] // 10  # rounded numbers end in 0 or 5 there as well; where some are
    rounded = np.isin(coarse % 10, (0, 5)).mean() >= 0.2 + EXCESS  # written with a digit less, no
    finer = step < 1 and count[5] < (0.1 + EXCESS / 4) * len(y) and not rounded
    halves = round_ones >= WRITTEN * len(y)  # all are measured in steps of five
    if finer or halves:
        return
    yield (
        place[np.isin(digit, (0, 5))][:SHOWN],
        "heaping",
        MAYBE,
        f"{100 * round_ones / len(y):.0f} % of the numbers end in 0 or 5 (20 % by chance, counted "
        f"in steps of {step:g}): many were rounded",
    )


def _precision(y: Floats) -> float | None:
    """The step of ten in which all but a few numbers are written; None where there is none."""
    if not len(y):
        return None
    for power in range(3, -7, -1):
        step = 10.0**power
        if np.abs(y).max() / step > 2**52:
            return None
        off = np.abs(y / step - np.round(y / step))
        if (off < 1e-6).mean() >= WRITTEN:
            return step
    return None


def _floor(y: Floats, first: Ints) -> float:
    """The standard deviation of numbers within groups of equal items, NaN where few are equal."""
    _, group, count = np.unique(first, return_inverse=True, return_counts=True)
    free = len(y) - len(count)
    if free < FREE:
        return float("nan")
    mean = np.bincount(group, y) / count
    return float(np.sqrt(((y - mean[group]) ** 2).sum() / free))


def _equal(y: Floats, first: Ints, floor: float) -> list[Fault]:
    """The items that are equal to others and bear other numbers, those that differ most first."""
    _, group, count = np.unique(first, return_inverse=True, return_counts=True)
    low, high = np.full(len(count), np.inf), np.full(len(count), -np.inf)
    np.minimum.at(low, group, y)
    np.maximum.at(high, group, y)
    apart = (high - low)[group]
    rows = np.flatnonzero(apart > 0)
    share = max(1 - floor**2 / max(float(y.var()), 1e-300), 0.0)
    if not len(rows) or share > TOLD:  # a rounding error, or too little to be told
        return []
    rows = rows[np.lexsort((first[rows], -apart[rows]))]
    why = (
        f"{many(len(rows), 'item')} equal to others in all features with other numbers: within "
        f"{many(int((high > low).sum()), 'such group')} they differ by {floor:.3g} (standard "
        f"deviation), so that no model of these features explains more than {100 * share:.0f} % of "
        "the variance of the numbers as they stand"
    )
    return [(rows, "noise floor", MAYBE, why)]


def _units(y: Floats, said: Floats, level: float) -> Iterator[Fault]:
    """Numbers that are a known factor off their prediction, more of them there than beside it."""
    able = np.flatnonzero((y > 0) & (said > 0))
    if len(able) < LEAST:
        return
    ratio = np.log(y[able] / said[able])
    ratio = ratio - np.median(ratio)
    spread = 1.4826 * float(np.median(np.abs(ratio)))
    taken = np.zeros(len(able), dtype=bool)
    for factor, words in FACTORS.items():
        for side, told in ((1, words), (-1, f"one part in {factor:g} of")):
            middle, wide = side * np.log(factor), max(2.5 * spread, 0.02)
            if np.abs(middle) < 4 * spread + wide:  # right numbers scatter as far
                continue
            there = np.abs(ratio - middle) < wide
            beside = (np.abs(ratio - middle) < 3 * wide) & ~there
            seen, of = int(there.sum()), int(there.sum() + beside.sum())
            if seen < 3 or binom.sf(seen - 1, of, 1 / 3) >= level:
                continue
            rows = np.flatnonzero(there & ~taken)
            taken |= there
            if len(rows) < 3:
                continue
            yield (
                able[rows],
                "other unit",
                LIKELY,
                f"{many(len(rows), 'number')} about {told} what the model of the others expects",
            )
