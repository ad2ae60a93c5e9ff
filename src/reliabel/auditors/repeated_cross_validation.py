"""Repeated cross-validation (ReCoV): a label is suspect if models keep predicting it badly, over
many cross-validations that gather such labels in one fold.

The models of the other folds then learn without them, and tell again how bad they are.
An item remembers how likely its label was (7 parts what it knew, 3
parts the last run); the folds of the next run are drawn so that items of good memory come together
and items of bad memory too, and most of the worst are not learnt from. This is the fast form; the
histogram of the paper counts how often an item's fold was the worst, over thousands of runs.
Assumes that a linear model of the features suits the data, and pays where data are few or many
labels are wrong: of numbers of which 40 % are wrong its selection leaves .14 to .34 of the error,
residuals of one cross-validation .25 to .43 (docs/bench.md, suite labels); at 2 to 15 % residuals
find more. Weak on rare classes, which may come together in one fold, on hard items, which it takes
for errors, and no better than one cross-validation with thousands of items and strong features.
Cost: ``runs`` times ``folds`` logistic regressions on (n, d, k), or ridge regressions of numbers;
memory O(n k).
Paper: Chen, Ramanathan, Xu, Martel. Detecting noisy labels with repeated cross-validations. MICCAI
2024.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Classes, Floats, Ints, Numbers
from reliabel.core.results import Suspicion
from reliabel.core.run import track
from reliabel.ops import logistic
from reliabel.ops.confident import own
from reliabel.ops.copies import same_rows
from reliabel.ops.folds import fold_of, out_of_fold

STATUS = "optional"
ALSO = ("recov", "fast_recov")
SMALL = {"runs": 4}
KEPT = 0.7  # of what an item remembers, the rest is what the last run says
BAD = 0.3  # memory from which down an item is flagged, and
LEFT_OUT = 0.8  # the chance that it is not learnt from in a run
HEAT = 0.1  # how much chance there is in the order that folds are cut from
RIDGE = 1e-3  # penalty, as a share of the mean square of a feature
NORMAL = 1.4826  # standard deviation of normal numbers by their median absolute deviation
# (whether an item is learnt from, its fold) -> the likelihood of each label, and predictions
Validate = Callable[[Bools, Ints], tuple[Floats, Floats]]


def audit(
    labels: Classes | Numbers,
    *,
    features: Floats,
    rng: Generator,
    runs: int = 10,
    folds: int = 5,
) -> Suspicion:
    """Score = 1 - memory of the likelihood of the label; flag = a memory of at most .3; suggestion
    = the mean prediction.

    The likelihood is the probability of a class, or exp(-r^2 / 2) of a number whose residual is r
    robust standard deviations. Equal rows are always in one fold.
    runs: how many cross-validations.
    folds: how many parts each has.
    ``info`` holds "worst" (n,), in how many runs an item was in the fold with the lowest mean.
    Raises ValueError for runs below 1 and folds below 2.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 40)
    >>> x = rng.normal(0, 0.3, (80, 2)) + 3 * np.eye(2)[y]
    >>> y[::20] = 1 - y[::20]
    >>> found = audit(Classes(y), features=x, rng=rng)
    >>> found.flag.nonzero()[0].tolist()
    [0, 20, 40, 60]
    """
    if runs < 1:
        raise ValueError(f"runs must be at least 1, got {runs}")
    known = labels.y >= 0 if isinstance(labels, Classes) else _any_number(labels.y)
    first = same_rows(features)
    strata = labels.y if isinstance(labels, Classes) else np.where(known, 0, -1)
    fold = fold_of(strata, folds=folds, copies=first, rng=rng)
    validate: Validate
    if isinstance(labels, Classes):
        validate = _classes(labels, features, fold, rng)
    else:
        validate = _numbers(labels.y, features)
    bundle = np.unique(first, return_inverse=True)[1]
    memory, mean, worst = _remembered(validate, known, fold, bundle, runs, rng)
    suggest = (
        Classes(mean.argmax(1), labels.names) if isinstance(labels, Classes) else Numbers(mean)
    )
    info = {"worst": worst, "runs": runs}
    return Suspicion(1 - memory, np.nan_to_num(memory, nan=1.0) <= BAD, suggest, info=info)


def _remembered(
    validate: Validate, known: Bools, fold: Ints, bundle: Ints, runs: int, rng: Generator
) -> tuple[Floats, Floats, Ints]:
    """Memory (n,), NaN where nothing is known; mean predictions; times in the worst fold (n,)."""
    folds, n = int(fold.max(initial=0)) + 1, len(known)
    memory, mean, worst = np.full(n, np.nan), np.zeros(0), np.zeros(n, dtype=np.int64)
    for run in track("runs", range(runs)):
        bad = np.nan_to_num(memory, nan=1.0) <= BAD
        likely, said = validate(known & ~(bad & (rng.random(n) < LEFT_OUT)), fold)
        memory = likely if run == 0 else KEPT * memory + (1 - KEPT) * likely
        mean = said / runs if run == 0 else mean + said / runs
        level = [_mean(likely[fold == f]) for f in range(folds)]
        worst += fold == int(np.argmin(level))
        fold = _by_memory(memory, bundle, folds, rng)
    return memory, mean, worst


def _by_memory(memory: Floats, bundle: Ints, folds: int, rng: Generator) -> Ints:
    """(n,) folds of about the same size, cut from an order drawn without replacement, items of good
    memory first; a bundle of equal rows stays together.
    """
    size = np.bincount(bundle)
    told = np.nan_to_num(memory, nan=0.5)
    level = np.bincount(bundle, told) / size
    order = np.argsort(-(level / HEAT + rng.gumbel(size=len(size))), kind="stable")
    before = np.cumsum(size[order]) - size[order]
    place = np.empty(len(size), dtype=np.int64)
    place[order] = np.minimum(before * folds // max(int(size.sum()), 1), folds - 1)
    return np.asarray(place[bundle])


def _classes(labels: Classes, features: Floats, fold: Ints, rng: Generator) -> Validate:
    by, strength = logistic.scale(features), logistic.STRENGTHS[1]
    if (labels.y >= 0).sum() >= 10:
        strength, _ = logistic.choose(features, labels.y, fold == 0, by=by, rng=rng)

    def validate(learnt: Bools, fold: Ints) -> tuple[Floats, Floats]:
        def fit(x: Floats, y: Ints) -> logistic.Logistic:
            return logistic.fit(x, y, strength=strength, by=by)

        p = out_of_fold(fit, features, np.where(learnt, labels.y, -1), labels.k, fold)
        likely = np.where(labels.y >= 0, own(labels.y, p), np.nan).astype(np.float64)
        return likely, p.astype(np.float64)

    return validate


def _numbers(y: Floats, features: Floats) -> Validate:
    def validate(learnt: Bools, fold: Ints) -> tuple[Floats, Floats]:
        target = y.reshape(len(y), -1)
        said = np.zeros(target.shape)
        for f in np.unique(fold):
            inside = fold == f
            for column in range(target.shape[1]):
                use = learnt & ~inside & ~np.isnan(target[:, column])
                said[inside, column] = _ridge(features, target[:, column], use)(features[inside])
        off = target - said
        spread = NORMAL * np.nanmedian(np.abs(off), axis=0) if len(y) and learnt.any() else 1.0
        square = (off / np.maximum(spread, 1e-9)) ** 2
        return np.exp(-_row_means(square) / 2), said.reshape(y.shape)

    return validate


def _ridge(x: Floats, y: Floats, use: Bools) -> Callable[[Floats], Floats]:
    """A linear model of the rows in use; their mean where there are too few."""
    if use.sum() < 2:
        level = float(y[use].mean()) if use.any() else 0.0
        return lambda asked: np.full(len(asked), level)
    centre, level = x[use].mean(0, dtype=np.float64), float(y[use].mean())
    inside = x[use] - centre
    gram = inside.T @ inside
    gram[np.diag_indices(len(gram))] += RIDGE * np.trace(gram) / len(gram) + 1e-12
    weight = np.linalg.solve(gram, inside.T @ (y[use] - level))
    return lambda asked: np.asarray(level + (asked - centre) @ weight)


def _any_number(y: Floats) -> Bools:
    return np.asarray(~np.isnan(y.reshape(len(y), -1)).all(1))


def _row_means(square: Floats) -> Floats:
    """The mean of the known numbers of each row, NaN where there is none."""
    there = ~np.isnan(square)
    total, count = np.where(there, square, 0).sum(1), there.sum(1)
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))


def _mean(likely: Floats) -> float:
    """The mean of what is known, infinite where nothing is."""
    known = likely[~np.isnan(likely)]
    return float(known.mean()) if len(known) else float("inf")
