"""Which model makes the out-of-fold probabilities: our logistic regression, boosting where it is
better, or a scikit-learn classifier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Ints, MultiLabel
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields
from reliabel.core.spelling import nearest
from reliabel.folders.fingerprint import fingerprint
from reliabel.prepare.preparation import Preparation

# a table of so many rows, and at most so many rows x classes: boosting may compete
BOOST = (1000, 500_000)
# and wins with a log loss on the first fold of at most this times that of logistic regression
BETTER = 0.97
CLASSIFIERS = (
    *("linear_model", "ensemble", "naive_bayes", "neighbors", "svm", "tree"),
    *("discriminant_analysis", "neural_network", "gaussian_process"),
)
REGRESSORS = ("kernel_ridge", "cross_decomposition")
Made = dict[str, Any]  # ``p``, the out-of-fold probabilities, and ``name``, the model they are of


@dataclass(frozen=True, eq=False)
class Model:
    """A model by its ``name`` and ``options``, and ``make``, which gives the probabilities of items
    by their features, targets and folds.
    """

    name: str
    options: Mapping[str, Any]
    make: Callable[[Any, Classes | MultiLabel, Ints], Made]

    __repr__ = by_fields

    @property
    def known(self) -> bool:
        """Whether name and options tell this model from any other; an object that shows itself by
        its address does not.
        """
        shown = (self.name, *map(str, self.options.values()))
        return not any(" at 0x" in text for text in shown)


def chosen(work: Preparation, model: Any, target: Classes | MultiLabel) -> Model:
    """The model that ``prepare`` was asked for.  Raises ValueError for names that are unknown and
    objects that cannot make probabilities.
    """
    if model is None or (isinstance(model, str) and model in ("auto", "logistic")):
        boost = model != "logistic" and _may_boost(work, target)
        return Model(
            "auto" if boost else "logistic",
            {},
            lambda x, y, fold: _logistic(work, x, y, fold, boost),
        )
    if isinstance(model, str):
        estimator, name = _by_name(model, work.seed), model
    else:
        estimator, name = _checked(model), type(model).__name__
    return Model(
        repr(estimator),
        _options(estimator),
        lambda x, y, fold: _estimated(estimator, x, y, fold, name),
    )


def _may_boost(work: Preparation, target: Classes | MultiLabel) -> bool:
    table = work.data.source.get("task") == "table" and isinstance(target, Classes)
    return table and BOOST[0] <= len(target) <= BOOST[1] // target.k


def _checked(model: Any) -> Any:
    scores = hasattr(model, "predict_proba") or hasattr(model, "decision_function")
    if not hasattr(model, "fit") or not scores:
        raise ValueError(
            "model must be a name or an estimator with fit and predict_proba, got "
            f"{type(model).__name__}"
        )
    return model


def _by_name(name: str, seed: int) -> Any:
    """A classifier of scikit-learn with its default options."""
    try:
        estimator = _classifier(name)()
    except TypeError as error:  # it is made of other estimators
        raise ValueError(
            f"{name} cannot be made by its name alone ({error}); give the estimator itself, from "
            "Python"
        ) from error
    if not hasattr(estimator, "predict_proba") and not hasattr(estimator, "decision_function"):
        raise ValueError(
            f"{name} gives neither probabilities nor scores for each class; choose another model, "
            "e.g. LogisticRegression or RandomForestClassifier"
        )
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=seed)
    return estimator


def regressor(model: Any, seed: int) -> tuple[Any, str, dict[str, Any], bool]:
    """The estimator of numbers that was asked for, its name and options, and whether these tell it
    from any other.  Raises ValueError for names that are unknown and objects that cannot predict.
    """
    from sklearn.base import RegressorMixin

    if isinstance(model, str):
        places = (*REGRESSORS, *CLASSIFIERS)
        others = ("auto", "ridge", "boosting")
        kind = _of_sklearn(model, RegressorMixin, places, others, "regressor")
        try:
            estimator = kind()
        except TypeError as error:  # it is made of other estimators
            raise ValueError(
                f"{model} cannot be made by its name alone ({error}); give the estimator itself, "
                "from Python"
            ) from error
        if "random_state" in estimator.get_params():
            estimator.set_params(random_state=seed)
    else:
        estimator = model
        if not hasattr(model, "fit") or not hasattr(model, "predict"):
            raise ValueError(
                "model must be a name or an estimator of numbers with fit and predict, got "
                f"{type(model).__name__}"
            )
    options = _options(estimator)
    shown = (repr(estimator), *map(str, options.values()))
    return estimator, type(estimator).__name__, options, not any(" at 0x" in one for one in shown)


def _classifier(name: str) -> Any:
    """The scikit-learn classifier of that name."""
    from sklearn.base import ClassifierMixin

    return _of_sklearn(name, ClassifierMixin, CLASSIFIERS, ("auto", "logistic"), "classifier")


def _of_sklearn(
    name: str, kind: type, places: tuple[str, ...], others: tuple[str, ...], what: str
) -> Any:
    """The estimator of scikit-learn of that name and kind; ``others`` are names of our own."""
    known: dict[str, Any] = {}
    for place in dict.fromkeys(places):
        known |= {
            key: one
            for key, one in vars(import_module(f"sklearn.{place}")).items()
            if isinstance(one, type) and issubclass(one, kind)
        }
        if name in known:
            return known[name]
    raise ValueError(
        f"unknown model {name!r}{nearest(name, [*known, *others])}; give {', '.join(others)} "
        f"or the class name of a scikit-learn {what}"
    )


def _options(estimator: Any) -> dict[str, Any]:
    """The options of an estimator and of those inside it, in full (its ``repr`` cuts long ones
    short); what has no fingerprint stands as its ``repr``.
    """
    given = estimator.get_params() if hasattr(estimator, "get_params") else {}
    return {
        name: value if _has_fingerprint(value) else repr(value) for name, value in given.items()
    }


def _has_fingerprint(value: Any) -> bool:
    try:
        fingerprint(value)
    except TypeError:
        return False
    return True


def _logistic(
    work: Preparation, features: Any, target: Classes | MultiLabel, fold: Ints, boost: bool
) -> Made:
    """Our streaming logistic regression; boosting takes its place where it has the lower log loss
    on the first fold.
    """
    from reliabel.ops import logistic
    from reliabel.ops.folds import out_of_fold

    y, k = target.y, target.k
    by = logistic.scale(features)
    strength, loss = logistic.choose(features, y, fold == 0, by=by, rng=work.rng("logistic"))
    if boost:
        rival = _boosting(work.seed)
        if _loss(rival, features, y, k, fold == 0) < BETTER * loss:
            name = "gradient boosting (HistGradientBoostingClassifier)"
            return _estimated(rival, features, target, fold, name)
    probs = out_of_fold(
        lambda x, train: logistic.fit(x, train, strength=strength, by=by),
        *(features, y, k, fold),
        by_sums=True,
    )
    return {"p": probs, "name": f"logistic regression (C {strength:g})"}


def _boosting(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=150,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        random_state=seed,
    )


def _loss(estimator: Any, features: Any, y: Ints, k: int, first: Any) -> float:
    """Log loss on the first fold of a model fitted to the others."""
    from reliabel.ops.folds import predicted

    held = np.flatnonzero(first & (y >= 0))
    probs = predicted(_fit(estimator)(features, np.where(first, -1, y)), features, held, k)
    return float(-np.log(np.maximum(probs[np.arange(len(held)), y[held]], 1e-12)).mean())


def _estimated(
    estimator: Any, features: Any, target: Classes | MultiLabel, fold: Ints, name: str
) -> Made:
    """Out-of-fold probabilities of an estimator, column by column for several labels an item."""
    from reliabel.ops.folds import out_of_fold

    y, k = target.y, target.k
    if y.ndim == 1:
        return {"p": out_of_fold(_fit(estimator), features, y, k, fold), "name": name}
    columns = [
        out_of_fold(_fit(estimator), features, y[:, c], 2, fold)[:, 1]
        for c in track("classes", range(k))
    ]
    return {"p": np.stack(columns, axis=1), "name": name}


def _fit(estimator: Any) -> Callable[[Any, Ints], Any]:
    """Fits a fresh copy to the labelled rows, features centred and divided by their common standard
    deviation.
    """
    from sklearn.base import clone
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    def fit(features: Any, y: Ints) -> Any:
        rows = np.flatnonzero(y >= 0)
        single = np.dtype(features.dtype).itemsize <= 4
        x = np.asarray(features[rows], dtype=np.float32 if single else np.float64)
        mean, spread = x.mean(0), float(np.sqrt(x.var(0).mean())) or 1.0
        scale = FunctionTransformer(lambda x: (np.asarray(x) - mean) / spread)
        return make_pipeline(scale, clone(estimator)).fit(x, y[rows])

    return fit
