"""P(wrong) of numbers: the chance that a residual is a lapse, beside a model of the errors that
right numbers make of themselves.

A family of fits, which differ in how thick the tails of right residuals are and in whether wrong
numbers lie anywhere or hide among right ones (``number_fits``), is weighed by its likelihood; how
much those differ that the data allow is what the count's interval is made of.  Slips of known kinds
(ten times too much, pounds for kilograms, a lost sign) are looked for by name.  The count is
promised only where a lapse explains the residuals better than tails of any thickness, by more than
its parameters gain by chance, and where the predictions explain the numbers well enough that wrong
ones stand out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Floats, Numbers
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields
from reliabel.ops.residuals import columns_of, left_over
from reliabel.ops.unit_slips import SLIPS
from reliabel.trust.answer import EXPLAINS
from reliabel.trust.number_column import GRADES, Column, of_column

CONDITION = "wrong numbers are off by more than right ones scatter"
METHOD = "lapse model"
LEAST = 50  # with fewer numbers there is no P(wrong)
LIKELY = 0.5  # P(wrong) from which a number looks wrong


@dataclass(frozen=True, eq=False)
class NumberPWrong:
    """P(wrong) of each item, the number to suggest with its interval, and the count.

    ``suggest`` has the shape of the numbers, ``low`` and ``high`` too.  ``kinds`` says of each item
    which known slip its number comes of, "" where none is likely.
    """

    p: Floats
    suggest: Floats
    low: Floats
    high: Floats
    count: Interval
    warnings: tuple[str, ...]
    info: dict[str, Any]
    kinds: list[str] | None = None

    __repr__ = by_fields


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
    (19, np.int64(18), np.int64(0))
    """
    y, left = columns_of(labels.y), left_over(labels, predicted)
    known = [int((~np.isnan(column)).sum()) for column in left.T]
    reason = _cannot(y, left, known)
    if reason:
        return _nothing(labels, reason)
    every = [
        of_column(y[:, c], left[:, c], columns_of(predicted.y)[:, c], neighbours, rng)
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


def _joined(labels: Numbers, every: list[Column], known: list[int]) -> NumberPWrong:
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
    kinds, slips = _kinds(p, every)
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
        "slips": slips,
        "tails": ["normal" if np.isinf(one.tail) else f"t ({one.tail:g})" for one in every],
    }
    suggest, low, high = (one.reshape(shape) for one in wide)
    return NumberPWrong(worst, suggest, low, high, count, warnings, info, kinds)


def _kinds(p: Floats, every: list[Column]) -> tuple[list[str] | None, dict[str, int]]:
    """The slip that the number of an item most suspect comes of, in words, and how many numbers
    that look wrong come of each; None where no slip is likely.
    """
    place = np.stack([one.kind for one in every], 1)
    if np.isnan(place).all():
        return None, {}
    first = np.nan_to_num(p, nan=-1.0).argmax(1)
    own = place[np.arange(len(place)), first]
    code = np.where(np.isnan(own), len(SLIPS), own).astype(np.int64)
    words = [*(slip.words for slip in SLIPS), ""]
    many = np.bincount(
        code[p.max(1, initial=0.0, where=~np.isnan(p)) >= LIKELY], minlength=len(words)
    )
    slips = {words[at]: int(many[at]) for at in range(len(SLIPS)) if many[at]}
    return np.array(words)[code].tolist(), slips


def _count(p: Floats, every: list[Column]) -> Interval:
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


def _open(every: list[Column], explained: float) -> str:
    if explained < EXPLAINS:
        return (
            f"no count of wrong numbers: predictions explain {100 * max(explained, 0):.0f} % of "
            f"their spread (less than {100 * EXPLAINS:.0f} %), so that wrong ones hardly stand out"
        )
    grades = min(one.grades for one in every)
    if grades <= GRADES:
        return (
            f"no count of wrong numbers: nine in ten of them are one of {grades} values, so that "
            "right ones lie far from what is expected too; labels of this kind are better audited "
            "as classes (with their order, if they have one)"
        )
    return (
        "no errors that can be told from the scatter of right numbers: have drawn items reviewed "
        "to know how many are wrong"
    )
