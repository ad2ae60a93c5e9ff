"""Probabilities out of fold: the folds, the model and its choice, and exact copies kept
together.
"""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from reliabel.core.catalogue import nearest
from reliabel.core.labels import Classes, Ints, Labels, MultiLabel, Votes
from reliabel.core.run import track
from reliabel.prepare.preparation import VERSION, Preparation, digests_of, word

BOOST = (
    1000,
    500_000,
)  # a table of so many rows, and at most so many rows x classes: boosting may compete
# and wins with a log loss on the first fold of at most this times that of logistic regression
BETTER = 0.97
FOLDS = 5
CLASSIFIERS = (
    "linear_model",
    "ensemble",
    "naive_bayes",
    "neighbors",
    "svm",
    "tree",
    "discriminant_analysis",
    "neural_network",
    "gaussian_process",
)
QUIET = (
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    ResourceWarning,
)  # for programmers, not for people with data


def copies_of(work: Preparation, features: Any) -> Ints | None:
    """(n,) the first exact copy of each item: the same text, the same bytes of a picture, the same
    row of features.
    """
    from reliabel.ops.copies import same_rows, same_texts

    items, task = work.evidence.get("items"), work.data.source.get("task")
    if items is not None and not isinstance(items, Mapping):
        return same_texts(
            [one.hex() for one in digests_of(work, items)] if task == "image" else items
        )
    copies = same_rows(features)
    if len(np.unique(copies)) * 2 < len(
        copies
    ):  # a few coarse columns: rows alike by chance, not copies
        work.warnings.append(
            "over half of the rows equal another row; they were taken for different items that look alike, not for copies"
        )
        return None
    return copies


def make_probabilities(
    work: Preparation, features: Any, copies: Ints | None, model: Any
) -> Ints | None:
    """Fill probs out of fold; gives the folds."""
    from reliabel.ops.folds import fold_of

    labels = work.data.labels
    y = _targets(labels)
    if y is None:
        return None
    k = int(
        labels.k
        if isinstance(labels, MultiLabel)
        else labels.labels.k
        if isinstance(labels, Votes)
        else labels.k  # type: ignore[attr-defined]
    )
    known = np.unique(y[y >= 0])
    if len(known) < 2:
        work.warnings.append(
            f"no probabilities were made: {'no item is labelled' if not len(known) else 'all labels are the same'}"
        )
        return None
    groups = work.evidence.get("groups")
    codes = (
        None
        if groups is None
        else np.unique(np.asarray(groups).astype(str), return_inverse=True)[1]
    )
    fold = fold_of(_strata(y), folds=FOLDS, groups=codes, copies=copies, rng=work.rng("folds"))
    if fold.max() < 1:
        work.warnings.append(
            "no probabilities were made: all items belong to one group, so none can be judged by a model that did not see it"
        )
        return None
    rare = sum(0 < int((y == c).sum()) < FOLDS for c in range(k)) if y.ndim == 1 else 0
    if rare:
        work.warnings.append(
            f"{rare} {'class has' if rare == 1 else 'classes have'} fewer than {FOLDS} items, so that some models never saw {'it' if rare == 1 else 'them'}"
        )
    name, make = _maker(work, features, y, k, fold, model)
    key = {
        "features": work.hashes["features"],
        "y": y,
        "k": k,
        "fold": fold,
        "model": name,
        "seed": work.seed,
        "version": VERSION["probs"],
    }
    with python_warnings.catch_warnings(record=True) as heard:
        python_warnings.simplefilter("always")
        made = work.store.made("probs", key, make) if " at 0x" not in name else make()
    work.warnings += sorted(
        {
            f"{name}: {str(one.message).splitlines()[0]}"
            for one in heard
            if not issubclass(one.category, QUIET)
        }
    )
    probs = made["p"]
    work.evidence["probs"] = probs
    share = (
        probs.argmax(1)[y >= 0] == y[y >= 0] if y.ndim == 1 else ((probs > 0.5) == (y == 1))[y >= 0]
    )
    work.info["model"] = {
        "name": bytes(made["name"]).decode(),
        "accuracy": float(share.mean()),
        "folds": int(fold.max()) + 1,
    }
    return fold


def _targets(labels: Labels) -> Ints | None:
    """What a model is fitted to: classes, yes/no cells, or the class most voters gave."""
    if isinstance(labels, Classes | MultiLabel):
        return labels.y
    if isinstance(labels, Votes) and isinstance(labels.labels, Classes):
        count = np.zeros((labels.n, labels.labels.k))
        np.add.at(count, (labels.item, labels.labels.y), 1)
        return np.where(count.any(1), count.argmax(1), -1)
    return None


def _strata(y: Ints) -> Ints:
    """Classes as they are; items of many labels go by their rarest label."""
    if y.ndim == 1:
        return y
    order = np.argsort((y == 1).sum(0), kind="stable")
    yes = y[:, order] == 1
    return np.where(yes.any(1), order[yes.argmax(1)], -1)


def _maker(
    work: Preparation, features: Any, y: Ints, k: int, fold: Ints, model: Any
) -> tuple[str, Callable[[], dict[str, Any]]]:
    """The name of the model and the function that makes its out-of-fold probabilities."""
    if model is None or (isinstance(model, str) and model in ("auto", "logistic")):
        boost = (
            model != "logistic"
            and work.data.source.get("task") == "table"
            and y.ndim == 1
            and BOOST[0] <= len(y) <= BOOST[1] // k
        )
        return ("auto" if boost else "logistic"), lambda: _logistic(
            work, features, y, k, fold, boost
        )
    if not isinstance(model, str):
        if not hasattr(model, "fit") or not (
            hasattr(model, "predict_proba") or hasattr(model, "decision_function")
        ):
            raise ValueError(
                f"model must be a name or an estimator with fit and predict_proba, got {type(model).__name__}"
            )
        return repr(model), lambda: _estimated(model, features, y, k, fold, type(model).__name__)
    try:
        estimator = _classifier(model)()
    except TypeError as error:  # it is made of other estimators
        raise ValueError(
            f"{model} cannot be made by its name alone ({error}); give the estimator itself, from Python"
        ) from error
    if not hasattr(estimator, "predict_proba") and not hasattr(estimator, "decision_function"):
        raise ValueError(
            f"{model} gives neither probabilities nor scores for each class; choose another model, e.g. LogisticRegression or RandomForestClassifier"
        )
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=work.seed)
    return repr(estimator), lambda: _estimated(estimator, features, y, k, fold, model)


def _classifier(name: str) -> Any:
    """The scikit-learn classifier of that name."""
    from importlib import import_module

    from sklearn.base import ClassifierMixin

    known: dict[str, Any] = {}
    for place in CLASSIFIERS:
        known |= {
            word: one
            for word, one in vars(import_module(f"sklearn.{place}")).items()
            if isinstance(one, type) and issubclass(one, ClassifierMixin)
        }
        if name in known:
            return known[name]
    raise ValueError(
        f"unknown model {name!r}{nearest(name, [*known, 'auto', 'logistic'])}; give auto, logistic or the class name of a scikit-learn classifier"
    )


def _logistic(
    work: Preparation, features: Any, y: Ints, k: int, fold: Ints, boost: bool
) -> dict[str, Any]:
    """Our streaming logistic regression; boosting takes its place where it has the lower log loss
    on the first fold.
    """
    from reliabel.ops import logistic
    from reliabel.ops.folds import out_of_fold, predicted

    by, first = logistic.scale(features), fold == 0
    strength, loss = logistic.choose(features, y, first, by=by, rng=work.rng("logistic"))
    if boost:
        from sklearn.ensemble import HistGradientBoostingClassifier

        rival = HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=150,
            max_leaf_nodes=15,
            l2_regularization=1.0,
            random_state=work.seed,
        )
        held = np.flatnonzero(first & (y >= 0))
        probs = predicted(_fit(rival)(features, np.where(first, -1, y)), features, held, k)
        if (
            float(-np.log(np.maximum(probs[np.arange(len(held)), y[held]], 1e-12)).mean())
            < BETTER * loss
        ):
            return _estimated(
                rival, features, y, k, fold, "gradient boosting (HistGradientBoostingClassifier)"
            )
    probs = out_of_fold(
        lambda x, train: logistic.fit(x, train, strength=strength, by=by), features, y, k, fold
    )
    return {"p": probs, "name": word(f"logistic regression (C {strength:g})")}


def _estimated(
    estimator: Any, features: Any, y: Ints, k: int, fold: Ints, name: str
) -> dict[str, Any]:
    from reliabel.ops.folds import out_of_fold

    if y.ndim == 1:
        return {"p": out_of_fold(_fit(estimator), features, y, k, fold), "name": word(name)}
    columns = [
        out_of_fold(_fit(estimator), features, y[:, c], 2, fold)[:, 1]
        for c in track("classes", range(k))
    ]
    return {"p": np.stack(columns, axis=1), "name": word(name)}


def _fit(estimator: Any) -> Callable[[Any, Ints], Any]:
    """Fits a fresh copy to the labelled rows, features centred and divided by their common standard
    deviation.
    """
    from sklearn.base import clone
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    def fit(features: Any, y: Ints) -> Any:
        rows = np.flatnonzero(y >= 0)
        x = np.asarray(
            features[rows],
            dtype=np.float32 if np.dtype(features.dtype).itemsize <= 4 else np.float64,
        )
        mean, spread = x.mean(0), float(np.sqrt(x.var(0).mean())) or 1.0
        return make_pipeline(
            FunctionTransformer(lambda x: (np.asarray(x) - mean) / spread), clone(estimator)
        ).fit(x, y[rows])

    return fit
