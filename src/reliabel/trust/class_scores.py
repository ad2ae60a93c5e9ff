"""Balanced accuracy and macro F1 where the labels are partly wrong, by bootstrap over the draws.

Both are made of two numbers a class: how many items truly are of it, and how many of those the
model predicts right.  As in ``trust.evaluation`` P(wrong) offers a guess of each, and the items
drawn by chance correct it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from reliabel.core.evaluation import Share
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.trust.betting import weights
from reliabel.trust.evaluation import (
    LEVEL,
    MENDED,
    NO_DRAW,
    PLANNED,
    UNKNOWN,
    WEIGHTED,
    Looks,
)

DRAWS = 1000
OPEN_ENDED = "no interval: it needs a number of reviews that was planned before the first draw"
FEW = 30  # draws below which a bootstrap says little
TOO_FEW = f"no interval: fewer than {FEW} labels were drawn"


@dataclass(frozen=True, eq=False)
class _Sums:
    """Estimated numbers of items of each class (k,): ``true`` ones, and ``right`` those that are
    predicted as it; ``predicted`` is known.
    """

    true: Floats
    right: Floats
    predicted: Ints


def class_scores(
    given: Ints, predicted: Ints, p: Floats, looks: Looks, k: int, rng: Generator
) -> dict[str, Share]:
    """Balanced accuracy and macro F1 of predictions (n,) of ``k`` classes, each with its 95 %
    interval where the number of draws was planned.
    """
    n = len(given)
    share = np.bincount(given, minlength=k) / max(n, 1)
    model = _Guess(given, predicted, p, share)
    drawn = looks.drawn & (looks.truth != UNKNOWN)
    few = int(drawn.sum())
    if few < FEW:  # known items, and no evidence on the rest
        drawn = np.zeros_like(drawn)
    kappa = _trust(model, predicted, looks, drawn)
    every = np.bincount(predicted, minlength=k)
    base, parts, factor = _estimated(model, predicted, looks, drawn, kappa, k)
    scale = _scale(looks, drawn, n)
    whole = base + scale @ parts if len(scale) else base
    value = _scores(_Sums(whole[:k], whole[k:], every))
    why = _no_interval(looks, few)
    counts = {"draws": int(looks.drawn.sum()), "chosen": int((~looks.drawn).sum())}
    nan = float("nan")
    if why:
        return {name: Share(one, nan, nan, nan, why, **counts) for name, one in value.items()}
    again: dict[str, list[float]] = {name: [] for name in value}
    draws = len(scale)
    for _ in range(DRAWS):
        times = np.bincount(rng.integers(draws, size=draws), minlength=draws)
        moved = base + (scale * times) @ parts
        for name, one in _scores(_Sums(moved[:k], moved[k:], every)).items():
            again[name].append(one)
    kind = WEIGHTED if looks.chance is not None else PLANNED
    floor = _least_error(np.maximum(whole[:k], whole[k:]), draws)
    return {
        name: _with_ends(value[name], np.array(found), factor, floor, kind, counts)
        for name, found in again.items()
    }


class _Guess:
    """How likely each class is the true one of an item, as P(wrong) has it: the given one with 1 -
    P, the predicted one with a share of P, others by their share of the labels.
    """

    def __init__(self, given: Ints, predicted: Ints, p: Floats, share: Floats) -> None:
        self.given, self.predicted, self.p, self.share = given, predicted, p, share
        agree = given == predicted
        self.own = np.where(agree, 0.0, MENDED * p)  # of the predicted class where it is not given
        taken = share[given] + np.where(agree, 0.0, share[predicted])
        rest = p - self.own
        self.spread = np.divide(rest, 1 - taken, out=np.zeros(len(p)), where=taken < 1 - 1e-12)
        self.right = np.where(agree, 1 - p, self.own)

    def rows(self, item: Ints) -> Floats:
        """(items, k) of these items."""
        found = self.spread[item, None] * self.share
        at = np.arange(len(item))
        found[at, self.predicted[item]] = self.own[item]
        found[at, self.given[item]] = 1 - self.p[item]
        return np.asarray(found)

    def total(self, k: int) -> Floats:
        """(k,) the sum over all items."""
        whole = self.share * self.spread.sum()
        apart = self.given != self.predicted
        whole = whole - self.share * np.bincount(self.given, self.spread, k)
        whole = whole + np.bincount(self.given, 1 - self.p, k)
        seen = self.predicted[apart]
        whole = whole - self.share * np.bincount(seen, self.spread[apart], k)
        return np.asarray(whole + np.bincount(seen, self.own[apart], k))


def _trust(model: _Guess, predicted: Ints, looks: Looks, drawn: Bools) -> float:
    item = looks.item[drawn]
    right = (predicted[item] == looks.truth[drawn]).astype(float)
    spread = float(model.right.var()) if len(model.right) else 0.0
    return float(weights(right, model.right[item], spread)[-1])


def _estimated(
    model: _Guess, predicted: Ints, looks: Looks, drawn: Bools, kappa: float, k: int
) -> tuple[Floats, Floats, float]:
    """The part of (true, right) sums (2k,) that no draw moves, what each draw (D, 2k) adds by its
    weight, and how much of the variance is left where much of the population was drawn.
    """
    n = len(model.given)
    chosen = np.empty(0, dtype=np.int64)
    known = np.zeros(2 * k)
    if looks.chance is None:
        sure = ~drawn & (looks.truth != UNKNOWN)
        chosen = looks.item[sure]
        known = _seen(looks.truth[sure], predicted[chosen], k).sum(0)
    guess = np.r_[model.total(k), np.bincount(predicted, model.right, k)]
    guess = guess - _guessed(model, predicted, chosen, k).sum(0)
    item = looks.item[drawn]
    parts = _seen(looks.truth[drawn], predicted[item], k)
    parts = parts - kappa * _guessed(model, predicted, item, k)
    rest = n - len(chosen)
    left = 1.0 if looks.chance is not None else 1 - len(item) / max(rest, 1)
    return known + kappa * guess, parts, float(np.sqrt(max(left, 0.0)))


def _seen(truth: Ints, predicted: Ints, k: int) -> Floats:
    """(items, 2k) 1 at the true class, and again in the second half where it is predicted."""
    found = np.zeros((len(truth), 2 * k))
    at = np.flatnonzero(truth >= 0)
    found[at, truth[at]] = 1.0
    hit = at[truth[at] == predicted[at]]
    found[hit, k + truth[hit]] = 1.0
    return found


def _guessed(model: _Guess, predicted: Ints, item: Ints, k: int) -> Floats:
    found = np.zeros((len(item), 2 * k))
    found[:, :k] = model.rows(item)
    found[np.arange(len(item)), k + predicted[item]] = model.right[item]
    return found


def _scale(looks: Looks, drawn: Bools, n: int) -> Floats:
    """(D,) how many items each draw stands for."""
    draws = int(drawn.sum())
    if looks.chance is not None:
        return 1 / looks.chance[looks.item[drawn]] / max(draws, 1)
    sure = int((~drawn & (looks.truth != UNKNOWN)).sum())
    return np.full(draws, (n - sure) / max(draws, 1))


def _scores(sums: _Sums) -> dict[str, float]:
    right = np.maximum(sums.right, 0.0)
    true = np.maximum(sums.true, right)
    there = true > 1e-9
    recall = np.divide(right, true, out=np.zeros(len(true)), where=there)
    both = true + sums.predicted
    f1 = np.divide(2 * right, both, out=np.zeros(len(true)), where=both > 1e-9)
    f1 = np.minimum(f1, 1.0)
    used = both > 1e-9
    return {
        "balanced accuracy": float(recall[there].mean()) if there.any() else float("nan"),
        "macro F1": float(f1[used].mean()) if used.any() else float("nan"),
    }


def _no_interval(looks: Looks, draws: int) -> str:
    if not draws:
        return NO_DRAW
    if looks.chance is None and not looks.planned:
        return OPEN_ENDED
    return TOO_FEW if draws < FEW else ""


def _least_error(true: Floats, draws: int) -> float:
    """What a mean over classes is off by at least: one draw of each class, as 1 / D is added to the
    variance of an accuracy.  Few draws of a rare class are easily all alike.
    """
    there = true > 1e-9
    each = np.maximum(true[there] / true[there].sum() * draws, 1.0)
    return float(np.sqrt((1 / each**2).sum()) / max(len(each), 1))


def _with_ends(
    value: float, again: Floats, factor: float, floor: float, kind: str, counts: dict[str, int]
) -> Share:
    """The bootstrap's quantiles with the least error, drawn in where most of the population was
    looked at.
    """
    spread = float(again.std(ddof=1))
    wider = np.sqrt(1 + (floor / spread) ** 2) if spread > 0 else 1.0
    apart = factor * wider * (again - again.mean())
    low, high = np.quantile(apart, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    error = float(apart.std(ddof=1))
    ends = (float(np.clip(value + end, 0, 1)) for end in (low, high))
    low, high = ends
    return Share(value, low, high, error, f"bootstrap, {kind}", **counts)
