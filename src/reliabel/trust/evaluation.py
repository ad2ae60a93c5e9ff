"""How many predictions of a model are right where the labels are partly wrong: an estimate from
reviewed labels, helped by P(wrong), and its interval.

The number of right predictions is a sum over items, known where a person looked.  For the others
P(wrong) offers a guess: a prediction that agrees with a label is right with probability 1 - P, one
that disagrees with a share of P.  Every item drawn by chance tells how far the guesses are off, so
that the estimate holds whatever P(wrong) is worth; it only gets narrower where P is good (sections
9 and 11 of the specification of the certificate; Angelopoulos et al. 2023, Zrnic and Candes 2024).

Two models are compared on the items where their predictions differ, and nowhere else: all other
items say nothing of which one is better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from reliabel.core.evaluation import Share
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.trust.betting import Bets, estimates, interval_of, weights

UNKNOWN, OTHER = -1, -2  # truths: nobody can tell (unsure, dropped), and a class that no model has
MENDED = 0.7  # share of wrong labels on which a disagreeing model is right, before any is seen
WEIGHT = 2.0  # wrong labels that this stands for
LEVEL = 0.95
PLANNED = "reviews planned before the first draw"
ANY_TIME = "valid at any time (betting)"
WEIGHTED = "weighted draw"
NO_DRAW = "nobody reviewed labels drawn by chance"


@dataclass(frozen=True, eq=False)
class Looks:
    """The reviewed items of a test set in the order in which they count.

    item (e,): each at most once, but for weighted draws, which may repeat one.
    truth (e,): the true class; UNKNOWN where people could not tell, OTHER for a new class.
    drawn (e,): whether it was drawn by chance, else it was chosen.
    unseen (e,): for a draw how many items it was drawn from, itself among them.
    chance (n,): of weighted draws with replacement the chance of every item; None for even draws.
    planned: whether the numbers of reviews were fixed before the first draw.
    """

    item: Ints
    truth: Ints
    drawn: Bools
    unseen: Ints
    chance: Floats | None = None
    planned: bool = False

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.item)


def nothing_seen() -> Looks:
    """No review at all."""
    none = np.empty(0, dtype=np.int64)
    return Looks(none, none, np.empty(0, dtype=bool), none)


def guesses(given: Ints, predicted: Ints, p: Floats, looks: Looks) -> Floats:
    """(n,) the chance that each prediction is right as P(wrong) has it: 1 - P where it agrees with
    the label, else a share of P that the reviewed wrong labels tell.

    >>> given, p = np.array([0, 0, 1]), np.array([0.1, 0.9, 0.2])
    >>> guesses(given, np.array([0, 1, 0]), p, nothing_seen()).round(2).tolist()
    [0.9, 0.63, 0.14]
    """
    agree = predicted == given
    seen = looks.item[(looks.truth != given[looks.item]) & (looks.truth != UNKNOWN)]
    truth = looks.truth[(looks.truth != given[looks.item]) & (looks.truth != UNKNOWN)]
    apart = ~agree[seen]
    right = (predicted[seen] == truth)[apart]
    share = (WEIGHT * MENDED + right.sum()) / (WEIGHT + len(right))
    return np.asarray(np.where(agree, 1 - p, share * p))


def right_share(
    given: Ints, predicted: Ints, p: Floats, looks: Looks, *, level: float = LEVEL
) -> Share:
    """The share of predictions (n,) that are truly right, with its interval.

    given (n,): the labels, all known.  p (n,): P(wrong).  Raises ValueError for arrays of other
    lengths.
    """
    _check(given, predicted, p)
    fit = guesses(given, predicted, p, _seen_before(looks))
    y = np.where(looks.truth == UNKNOWN, np.nan, predicted[looks.item] == looks.truth)
    return _share(fit, y.astype(float), looks, (0.0, 1.0), level)


def difference(
    given: Ints,
    first: Ints,
    second: Ints,
    p: Floats,
    looks: Looks,
    *,
    own: Looks | None = None,
    level: float = LEVEL,
) -> Share:
    """By how much the share of right predictions of the first model exceeds that of the second,
    from the items on which they differ.

    own: the reviews of those items, numbered among them, where some were drawn among them alone;
        else the draws from all items that fell among them.
    """
    _check(given, first, p)
    _check(given, second, p)
    differ = np.flatnonzero(first != second)
    if not len(differ):
        return Share(0.0, 0.0, 0.0, 0.0, "the two models predict the same on every item")
    own = within(looks, differ, len(given)) if own is None else own
    one, two, labels, doubt = first[differ], second[differ], given[differ], p[differ]
    before = _seen_before(own)
    fit = guesses(labels, one, doubt, before) - guesses(labels, two, doubt, before)
    gain = (one[own.item] == own.truth).astype(float) - (two[own.item] == own.truth)
    y = np.where(own.truth == UNKNOWN, np.nan, gain)
    found = _share(fit, y, own, (-1.0, 1.0), level)
    part = len(differ) / len(given)
    return replace(
        found,
        value=part * found.value,
        low=part * found.low,
        high=part * found.high,
        error=part * found.error,
    )


def beats(found: Share) -> float:
    """The chance that a difference is above 0, as a normal estimate has it; NaN without one.

    >>> round(beats(Share(0.02, -0.02, 0.06, 0.02, "")), 2)
    0.84
    """
    if not found.error > 0:
        return float("nan") if found.error != found.error else float(np.sign(found.value) / 2 + 0.5)
    return float(norm.cdf(found.value / found.error))


def within(looks: Looks, part: Ints, n: int) -> Looks:
    """The reviews of a part of the items, which are numbered by their place in it.

    A draw from all unseen items that falls into the part is an even draw from its unseen items.
    ``unseen`` of the part is counted from the reviews themselves.
    """
    place = np.full(n, -1, dtype=np.int64)
    place[part] = np.arange(len(part))
    keep = place[looks.item] >= 0
    chance = None if looks.chance is None else looks.chance[part] / looks.chance[part].sum()
    left = len(part) - np.arange(int(keep.sum()))
    return replace(
        looks,
        item=place[looks.item[keep]],
        truth=looks.truth[keep],
        drawn=looks.drawn[keep],
        unseen=np.where(looks.drawn[keep], left, 0),
        chance=chance,
    )


def _check(given: Ints, predicted: Ints, p: Floats) -> None:
    if not len(given) == len(predicted) == len(p):
        raise ValueError(
            f"labels, predictions and P(wrong) need one entry an item, got {len(given)}, "
            f"{len(predicted)} and {len(p)}"
        )


def _seen_before(looks: Looks) -> Looks:
    """The reviews that guesses may be fitted to: none where a bet must be placed before each."""
    return looks if looks.planned or looks.chance is not None else nothing_seen()


def _share(fit: Floats, y: Floats, looks: Looks, span: tuple[float, float], level: float) -> Share:
    """The mean of y over all items; y (e,) of the reviewed ones lies in ``span``, NaN where it is
    not known: the value takes the guess for it, the interval allows for both ends.
    """
    n, drawn = len(fit), int(looks.drawn.sum())
    first = np.unique(looks.item, return_index=True)[1]
    counts = {"draws": drawn, "chosen": len(looks) - drawn}
    filled = np.where(np.isnan(y), fit[looks.item], y)
    if len(first) == n and not np.isnan(y).any():
        mean = float(y[first].mean()) if n else float("nan")
        return Share(mean, mean, mean, 0.0, "every item was reviewed", **counts)
    if drawn < 2:
        seen = np.zeros(n, dtype=bool)
        seen[looks.item] = True
        value = float((filled[first].sum() + fit[~seen].sum()) / n) if n else float("nan")
        nan = float("nan")
        return Share(value, nan, nan, nan, NO_DRAW, **counts)
    estimate = _weighted if looks.chance is not None else _even
    value, error, *_ = estimate(fit, filled, looks, span, level)
    ends = [estimate(fit, np.where(np.isnan(y), end, y), looks, span, level)[2:] for end in span]
    low, high = min(one[0] for one in ends), max(one[1] for one in ends)
    kind = WEIGHTED if looks.chance is not None else PLANNED if looks.planned else ANY_TIME
    return Share(float(np.clip(value, low, high)), low, high, error, kind, **counts)


def _even(
    fit: Floats, y: Floats, looks: Looks, span: tuple[float, float], level: float
) -> tuple[float, float, float, float]:
    """Value, standard error and ends from even draws among the unseen, between chosen reviews."""
    n = len(fit)
    bets = bets_of(fit, y, looks, span)
    k = float(weights(bets.y, bets.fit, bets.spread)[-1])
    x, u = estimates(bets, k), bets.unseen.astype(float)
    weight = (1 / u**2) / (1 / u**2).sum()
    value = float((weight * x).sum())
    draws = len(bets)
    fitted = draws / max(draws - 2, 1)  # the mean and the weight of the guesses are
    error = float(np.sqrt(fitted * (weight**2 * ((x - value) ** 2 + u**2 / draws)).sum()))
    known = float(y.sum())
    least, most = (known + (n - len(looks)) * end for end in span)
    if looks.planned:
        half = float(student.ppf(0.5 + level / 2, max(draws - 2, 1))) * error
        low, high = value - half, value + half
    else:
        low, high = interval_of(bets, least, most, 1 - level)
    value, low, high = (float(np.clip(one, least, most)) / n for one in (value, low, high))
    return value, error / n, low, high


def bets_of(fit: Floats, y: Floats, looks: Looks, span: tuple[float, float]) -> Bets:
    """The draws with what was known before each."""
    known = np.cumsum(y) - y
    own = fit[looks.item]
    left = fit.sum() - (np.cumsum(own) - own)
    at = looks.drawn
    fits = (float(fit.min()), float(fit.max()))
    return Bets(
        y[at], own[at], known[at], left[at], looks.unseen[at], *span, fits, float(fit.var())
    )


def _weighted(
    fit: Floats, y: Floats, looks: Looks, span: tuple[float, float], level: float
) -> tuple[float, float, float, float]:
    """The same from draws with replacement, each with a chance of its own (active inference)."""
    assert looks.chance is not None
    n, at = len(fit), looks.drawn
    chance, own, seen = looks.chance[looks.item[at]], fit[looks.item[at]], y[at]
    k = float(weights(seen, own, float(fit.var()))[-1])
    x = k * fit.sum() + (seen - k * own) / chance
    draws = len(x)
    reached = looks.chance > 0
    floor = float((1 / looks.chance[reached]).sum()) / draws
    value = float(x.mean())
    fitted = draws / max(draws - 2, 1)
    error = float(np.sqrt(fitted * (x.var() + floor) / draws))
    half = float(student.ppf(0.5 + level / 2, max(draws - 2, 1))) * error
    first = np.unique(looks.item, return_index=True)[1]
    known = float(y[first].sum())
    least, most = (known + (n - len(first)) * end for end in span)
    ends = (float(np.clip(one, least, most)) / n for one in (value - half, value + half))
    low, high = ends
    return float(np.clip(value, least, most)) / n, error / n, low, high
