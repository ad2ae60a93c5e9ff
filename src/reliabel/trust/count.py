"""How many labels are wrong, with an interval: model-based before any review, design-based after
some verdicts.

Before a review the interval is the spread of the family of fits, widened by the uncertainty that
the surest items leave; it is withheld if wrong labels cannot be told from ambiguous ones.  After
verdicts on a weighted random draw the count is a difference estimate: the mean of P(wrong),
corrected by the verdicts.  It is valid even if the model is wrong, as long as the items were drawn
at random and not chosen.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.results import Interval
from reliabel.trust.p_wrong import PWrong

CONDITION = "wrong labels look like people's confusions and slips"
CONTRADICTION = "labels that contradict evidence which is sure are wrong"
MODEL, REVIEW = "lapse model", "difference estimate"
# Numbers in brackets are sections of the specification trust_pwrong.md, where they were measured on
# 320 draws of errors and on 150 reviews of each of 16 data sets.
SLACK = 0.2  # log-odds by which the range of the fits is widened whatever the evidence (3)
# The same for each unit of doubt about the surest items, whose disagreements set the rate: some of
# these are mistakes of the evidence.  Set with both halves of CIFAR-10N and the texts in view, so
# that no held-out set has judged it.
UNSURE = 2
# Log-odds by which the upper end is raised where the count rests on flat disagreement: held at the
# rate of the surest items it is too low where errors do grow with difficulty (docs/trust.md).
RISING = 0.3
EVENLY = 0.3  # share of the draws over all labels alike; the rest goes where P(wrong) is open (5.1)
LEAST_OPEN = 1e-6  # variance of a verdict on a label that is taken for sure (5.1)
# Share of what is open to the model that a review's variance supposes anywhere, also among labels
# that look right: a judgement.  With it intervals cover .93 or more (`reliabel bench run trust`,
# the lines "coverage after ... verdicts" of docs/trust.md).
HIDDEN = 0.2
# Share of the drawn labels without a verdict up to which a review counts: beyond it the interval
# says next to nothing, because it allows for each of them both ways.
SKIPPED = 0.25


def before_review(found: PWrong) -> Interval:
    """The number of wrong labels by the model alone; its interval is about half to double.

    Not identified: value NaN, low 0, high NaN.
    """
    n = int(np.isfinite(found.p).sum())
    if not found.identified:
        return Interval(np.nan, 0.0, np.nan, 0.95, MODEL, CONDITION, False)
    low, high = expit(reach(found))
    assumes = CONTRADICTION if found.flat else CONDITION
    return Interval(n * found.pi, float(n * low), float(n * high), 0.95, MODEL, assumes, True)


def reach(found: PWrong) -> tuple[float, float]:
    """The ends of the interval of the share, as log-odds: the range of the family of fits, widened
    by the uncertainty that the surest items leave.
    """
    odds = logit(np.clip(found.pis, 1e-12, 1 - 1e-12))
    size, pi = found.sure["cases"], found.pi
    # few disagreements among the surest items, or few errors in all, tell less (3)
    deviation = np.sqrt(0.5 / (found.sure["d"] + 1) + 1 / max(size * pi * (1 - pi), 1))
    slack = SLACK + UNSURE * (1 - found.sure["conf"]) + deviation
    more = RISING if found.flat else 0.0
    return float(odds.min() - slack), float(odds.max() + slack + more)


def draw(p: Floats, m: int | tuple[int, ...], rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Draw m items with replacement for a review, with their probabilities q (m,) at each draw.

    Items whose P(wrong) is uncertain are drawn more often.  m may be (reviews, m) for many reviews.
    Items without P(wrong) (unlabelled) are never drawn.  A repeated draw reuses the verdict.

    >>> item, q = draw(np.array([0.0, 0.5, np.nan]), 4, np.random.default_rng(0))
    >>> item.tolist(), q.round(2).tolist()
    ([1, 1, 0, 0], [0.85, 0.85, 0.15, 0.15])
    """
    q = chances(p)
    item = rng.choice(len(p), size=m, p=q)
    return item, q[item]


def chances(p: Floats) -> Floats:
    """(n,) the probability of each item at every draw.

    .3 of it uniform, .7 proportional to the standard deviation of the verdict; 0 where P(wrong) is
    NaN.
    """
    known = np.isfinite(p)
    if not known.any():
        raise ValueError(
            f"none of the {len(p)} labels has a P(wrong), so that no weighted sample can be drawn; "
            "draw items evenly and certify them instead"
        )
    g = np.where(
        known,
        np.sqrt(np.maximum(np.where(known, p, 0) * (1 - np.where(known, p, 0)), LEAST_OPEN)),
        0,
    )
    q = EVENLY * known / known.sum() + (1 - EVENLY) * g / g.sum()
    return np.asarray(q / q.sum())


def counted(judged: Bools) -> int:
    """How many of the drawn labels, from the first drawn, a review counts: up to the last one with
    a verdict up to which at most a quarter has none.

    judged (labels,): whether there is a verdict, in the order in which labels were first drawn. The
    verdicts themselves are not looked at.

    >>> counted(np.array([True, True, True, False, True, False, False, False, True]))
    5
    """
    skipped = np.cumsum(~judged)
    ends = np.flatnonzero(judged & (skipped <= SKIPPED * np.arange(1, len(judged) + 1)))
    return int(ends[-1]) + 1 if len(ends) else 0


def after_review(p: Floats, item: Ints, q: Floats, bad: Floats, *, level: float = 0.95) -> Interval:
    """The number of wrong labels from verdicts on a weighted draw, evaluated once.

    ``p`` (n,) as the model has it now and ``q`` (m,) as it was when ``item`` (m,) was drawn;
    ``bad`` (m,) 1 wrong, 0 right, NaN no verdict.  The value leaves draws without a verdict out;
    the interval reaches from all of them right to all of them wrong, so that it holds whatever
    people skipped.  Only drawn items may come in here: items that were chosen (the most suspect
    first) say nothing about the rest.

    >>> p, q = np.array([0.1, 0.2, 0.9, 0.4]), np.array([0.3, 0.4, 0.3])
    >>> found = after_review(p, np.array([2, 3, 2]), q, np.array([1.0, 0.0, 1.0]))
    >>> round(found.value, 2), found.method
    (1.49, 'difference estimate')
    """
    item, q, bad = np.asarray(item), np.asarray(q, dtype=float), np.asarray(bad, dtype=float)
    if not len(item) == len(q) == len(bad):
        raise ValueError(
            f"each drawn item needs its chance and its verdict, got {len(item)} items, {len(q)} "
            f"chances, {len(bad)} verdicts"
        )
    known, answered = np.isfinite(p), ~np.isnan(bad)
    m = int(answered.sum())
    if m < 2:
        raise ValueError(
            f"a count needs at least two verdicts on drawn items, got {m}; review the sample first"
        )
    if (~known[item]).any() or (q <= 0).any():
        raise ValueError(
            f"{int((~known[item]).sum())} drawn items have no P(wrong) and {int((q <= 0).sum())} "
            "no chance; the sample is from another audit"
        )
    value, low, high = estimate(p, item[answered], q[answered], bad[answered], level=level)
    if m < len(bad):
        low = min(low, estimate(p, item, q, np.where(answered, bad, 0), level=level)[1])
        high = max(high, estimate(p, item, q, np.where(answered, bad, 1), level=level)[2])
    n = int(known.sum())
    return Interval(
        float(value) * n,
        float(low) * n,
        float(high) * n,
        level,
        REVIEW,
        f"the {m:,} drawn labels were judged rightly, at one look",
        True,
    )


def estimate(
    p: Floats, item: Ints, q: Floats, bad: Floats, *, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """The share of wrong labels and the ends of its interval, for one review (m,) or for many
    (reviews, m) at once.

    No end goes beyond what was seen: the drawn labels that are wrong are wrong, those that are
    right are right.
    """
    n = int(np.isfinite(p).sum())
    value, variance = difference(p, item, q, bad)
    half = norm.ppf(0.5 + level / 2) * np.sqrt(variance)
    order = np.argsort(item, axis=-1)
    item, bad = np.take_along_axis(item, order, -1), np.take_along_axis(bad, order, -1)
    new = np.ones(item.shape, dtype=bool)
    new[..., 1:] = item[..., 1:] != item[..., :-1]  # a label that was drawn twice was seen once
    least, most = (new * bad).sum(-1) / n, 1 - (new * (1 - bad)).sum(-1) / n
    value, low, high = (
        np.clip(share, least, most) for share in (value, value - half, value + half)
    )
    return value, low, high


def difference(p: Floats, item: Ints, q: Floats, bad: Floats) -> tuple[Floats, Floats]:
    """The share of wrong labels and its variance: mean P(wrong) plus the mean of (bad - p) / (n q)
    over the draws (the last axis).

    The variance is never below what the model itself expects, so that a small sample which saw no
    error is not taken for certainty; a fifth
    more of it lies anywhere, also among labels that the model is sure of: a wrong one there is
    drawn rarely and weighs much, so that most samples see none and look more certain than they are.
    """
    known = np.isfinite(p)
    n, m = int(known.sum()), item.shape[-1]
    v = (bad - p[item]) / (n * q)
    value = p[known].mean() + v.mean(-1)
    open_ = p[known] * (1 - p[known])
    expected = float(((open_ + HIDDEN * open_.mean()) / (n * chances(p)[known])).mean())
    return value, np.maximum(v.var(-1, ddof=1), expected) / m


def disagree(before: Interval, after: Interval) -> str:
    """A sentence if the review contradicts the model ("" if not).

    Then the noise is systematic, and only the count of the review is valid.
    """
    if not before.identified or (before.low <= after.high and after.low <= before.high):
        return ""
    return (
        f"systematic noise: the review counts {after.low:,.0f}-{after.high:,.0f} wrong labels, the "
        f"model {before.low:,.0f}-{before.high:,.0f}; "
        "trust the review alone"
    )
