"""The evidence ``predicted`` of numbers: what models predict that did not train on the item.

Each model is fitted to the rows of the other folds, at last with numbers drawn in: those that lie
far from a prediction by the other half of these rows (for boosting, of the median, which wrong
numbers hardly move) are drawn towards it, those very far off all the way, so that wrong ones do not
bend the model they are measured by.  No row is predicted by anything that its number went into.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints, Numbers
from reliabel.core.run import Rated, current, tell
from reliabel.folders.evidence_keys import Predictions
from reliabel.prepare.models import regressor
from reliabel.prepare.preparation import Preparation
from reliabel.prepare.probabilities import folds_of, with_warnings

BOOST = 200  # known numbers from which boosting may compete with the linear model
FITTED = 50_000  # rows that a boosted model is fitted to at most; all rows are predicted
FIRST = 12_500  # and so many that it is fitted to at most to draw numbers in
RACE = 20_000  # known numbers from which one fold tells which model errs less
# Robust standard deviations beyond which a number is drawn in for the last fit, from which it
# counts less, and from which it counts as what is said (Hampel 1974).
NEAR, BEGIN, GONE = 2.0, 4.0, 8.0
# Trees of the boosted model and of the first guess, and their number times the rate of learning.
TREES, GUESS, LEARNT = 150, 100, 7.5
LINES = 3  # linear fits that draw numbers in
BINS = 5  # parts of the numbers by size that each fold has its share of
LEAST = 10  # known numbers from which a model is fitted
RANGES = 3.0  # lengths between the 10 % and 90 % quantiles beyond these, where numbers are cut off
Model = Any  # has ``predict``
# features and numbers of rows, where some are missing, and chance -> a model
Fit = Callable[[Any, Floats, np.random.Generator], Model]


def make_predictions(
    work: Preparation, features: Any, copies: Ints | None, model: Any
) -> Ints | None:
    """Fill predicted; gives the fold of each item (n,), None where nothing can be predicted."""
    labels = work.data.labels
    if not isinstance(labels, Numbers):
        return None
    y = np.asarray(labels.y, dtype=np.float64)
    columns = y.reshape(len(y), -1)
    why = _cannot(columns)
    if why:
        work.warnings.append(f"no predictions were made: {why}")
        return None
    fold = folds_of(work, _strata(columns[:, 0]), copies, "predictions")
    if fold is None:
        return None
    name, options, makers, known = _models(work, model)

    def make() -> dict[str, Any]:
        return with_warnings(name, lambda: _made(features, columns, fold, makers, work.seed))

    key = Predictions(work.hashes["features"], columns, fold, name, options, work.seed)
    made = work.store.made(key, make) if known else make()
    work.warnings += made["warnings"]
    work.evidence["predicted"] = Numbers(made["predicted"].reshape(y.shape))
    work.info["model"] = {
        "name": made["name"],
        "error": made["error"],
        "explained": made["explained"],
        "folds": int(fold.max()) + 1,
    }
    return fold


def _cannot(columns: Floats) -> str:
    """Why nothing can be learnt of these numbers, empty where something can."""
    known = ~np.isnan(columns)
    if known.any(1).sum() < LEAST:
        return f"{int(known.any(1).sum())} numbers are known, at least {LEAST} are needed"
    flat = [float(c[k][0]) for c, k in zip(columns.T, known.T, strict=True) if k.any() and same(c)]
    if len(flat) == columns.shape[1]:
        return f"all numbers are {flat[0]:g}"
    return ""


def same(column: Floats) -> bool:
    """Whether all known numbers of a column are equal."""
    known = column[~np.isnan(column)]
    return bool(len(known) and (known == known[0]).all())


def _strata(y: Floats) -> Ints:
    """(n,) which part by size a number belongs to, -1 where it is missing."""
    known = ~np.isnan(y)
    edges = np.quantile(y[known], np.linspace(0, 1, BINS + 1)[1:-1]) if known.any() else np.zeros(0)
    return np.where(known, np.searchsorted(edges, np.nan_to_num(y)), -1)


def _models(work: Preparation, model: Any) -> tuple[str, dict[str, Any], dict[str, Fit], bool]:
    """Name and options of what was asked for, the models that compete, and whether name and options
    tell it from any other.
    """
    every: dict[str, Fit] = {"ridge regression": _line, _BOOSTING: _boosted(work.seed)}
    few = len(work.data.labels) < BOOST
    if model is None or (isinstance(model, str) and model == "auto"):
        return "auto", {}, {"ridge regression": _line} if few else every, True
    if isinstance(model, str) and model in ("ridge", "boosting"):
        name = "ridge regression" if model == "ridge" else _BOOSTING
        return model, {}, {name: every[name]}, True
    estimator, name, options, known = regressor(model, work.seed)
    return repr(estimator), options, {name: _plain(estimator)}, known


_BOOSTING = "gradient boosting (HistGradientBoostingRegressor)"


def _made(
    features: Any, columns: Floats, fold: Ints, makers: dict[str, Fit], seed: int
) -> dict[str, Any]:
    """The predictions of the model with the lower held-out error, column by column."""
    predicted = np.full(columns.shape, np.nan)
    names, errors, explained = [], [], []
    for place in range(columns.shape[1]):
        y = columns[:, place]
        if not (~np.isnan(y)).any():
            continue
        best, predicted[:, place] = _best(features, y, fold, makers, seed)
        names.append(best)
        errors.append(_error(y, predicted[:, place]))
        spread = _error(y, np.full(len(y), float(np.nanmedian(y))))
        explained.append(1 - errors[-1] / spread if spread > 0 else float("nan"))
    return {
        "predicted": predicted,
        "name": ", ".join(dict.fromkeys(names)),
        "error": float(np.mean(errors)),
        "explained": float(np.mean(explained)),
    }


def _best(
    features: Any, y: Floats, fold: Ints, makers: dict[str, Fit], seed: int
) -> tuple[str, Floats]:
    """Name and predictions of the model that errs least; of many numbers the first fold decides."""
    folds = np.unique(fold).tolist()
    some = folds[:1] if (~np.isnan(y)).sum() >= RACE and len(makers) > 1 else folds
    tried = {name: _by_fold(fit, features, y, fold, seed, some) for name, fit in makers.items()}
    best = min(tried, key=lambda name: _error(y, tried[name]))
    if some == folds:
        return best, tried[best]
    rest = _by_fold(makers[best], features, y, fold, seed, folds[1:])
    return best, np.where(fold == folds[0], tried[best], rest)


def _error(y: Floats, predicted: Floats) -> float:
    """The mean absolute error on the known numbers."""
    return float(np.nanmean(np.abs(y - predicted)))


def _line(x: Any, y: Floats, rng: np.random.Generator) -> Model:
    """Ridge regression with the penalty that predicts the other half best."""
    from reliabel.ops.ridge import PENALTIES, fit, out_of_fold

    y, half = _without_ends(y), rng.permutation(len(y)) % 2
    drawn = y
    for _ in range(LINES):
        said = out_of_fold(x, drawn, half, PENALTIES)
        best = int(np.argmin([_error(y, said[:, place]) for place in range(len(PENALTIES))]))
        drawn = _drawn_in(y, said[:, best])
    return fit(x, drawn, PENALTIES[best])


def _boosted(seed: int) -> Fit:
    def model(loss: str, trees: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingRegressor

        return HistGradientBoostingRegressor(
            loss=loss,
            learning_rate=LEARNT / trees,
            max_iter=trees,
            max_leaf_nodes=15,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=seed,
        )

    def fit(x: Any, y: Floats, rng: np.random.Generator) -> Model:
        if len(y) > FITTED:
            some = np.sort(rng.choice(len(y), FITTED, replace=False))
            x, y = x[some], y[some]
        y, half = _without_ends(y), rng.permutation(len(y)) % 2
        said = np.empty(len(y))
        for part in (0, 1):
            mine, other = half == part, np.flatnonzero(half != part)
            if len(other) > FIRST:
                other = np.sort(rng.choice(other, FIRST, replace=False))
            said[mine] = model("absolute_error", GUESS).fit(x[other], y[other]).predict(x[mine])
        return model("squared_error", TREES).fit(x, _drawn_in(y, said))

    return fit


def _without_ends(y: Floats) -> Floats:
    """The numbers, those far beyond nearly all others cut off."""
    low, high = np.quantile(y, [0.1, 0.9])
    return np.asarray(np.clip(y, low - RANGES * (high - low), high + RANGES * (high - low)))


def _drawn_in(y: Floats, said: Floats) -> Floats:
    """The numbers, drawn towards what is said: to ``NEAR`` robust standard deviations if they lie
    farther off, and all the way from ``GONE``, where they are most likely wrong (Hampel's three
    parts).  The scale is that of the numbers of which about as much is said.
    """
    from reliabel.ops.residuals import scale_along

    left = y - said
    scale = scale_along(left - np.median(left), said)
    if not (scale > 0).all():
        return y
    off = np.abs(left) / scale
    kept = np.clip(NEAR * (GONE - off) / (GONE - BEGIN), 0, np.minimum(off, NEAR))
    return said + np.sign(left) * kept * scale


def _plain(estimator: Any) -> Fit:
    """A fresh copy of an estimator, fitted once to the numbers as they are."""

    def fit(x: Any, y: Floats, rng: np.random.Generator) -> Model:
        from sklearn.base import clone

        return clone(estimator).fit(x, y)

    return fit


def _by_fold(fit: Fit, features: Any, y: Floats, fold: Ints, seed: int, folds: list[int]) -> Floats:
    """(n,) predictions of the items of some folds by models that are each fitted to all others, NaN
    elsewhere.
    """
    from reliabel.ops.chunks import constant, spans

    features, y, fold = constant(features), constant(y), constant(fold)
    known: Bools = ~np.isnan(y)
    out = np.full(len(y), np.nan)
    done = [0]

    def work(f: int) -> tuple[int, Floats]:
        train, inside = np.flatnonzero(known & (fold != f)), np.flatnonzero(fold == f)
        if len(train) < 2:
            return f, np.full(len(inside), float(y[train].mean()) if len(train) else 0.0)
        model = fit(np.asarray(features[train]), y[train], np.random.default_rng([seed, f]))
        parts = [model.predict(np.asarray(features[inside[a:b]])) for a, b in spans(len(inside))]
        return f, np.concatenate(parts) if parts else np.zeros(0)

    def keep(found: tuple[int, Floats]) -> None:
        said = np.asarray(found[1], dtype=np.float64).reshape(-1)
        if not np.isfinite(said).all():
            raise ValueError(
                f"the model predicted {int((~np.isfinite(said)).sum())} values that are no "
                "numbers; use another model or scale the features"
            )
        out[fold == found[0]] = said
        done[0] += 1
        tell("predictions", done[0], len(folds))

    tell("predictions", 0, len(folds))
    current().executor(Rated(work, 3000.0 * len(y) * features.shape[1]), folds, keep)
    return out
