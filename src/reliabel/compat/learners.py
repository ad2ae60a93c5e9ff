"""Every learner of plain classes as a scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Floats, Soft
from reliabel.verbs.learn import learn


class LabelNoiseClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that expects some of the labels it is fitted to to be wrong.

    ``fit`` calls ``rl.learn`` with ``X`` as features; it sits in a Pipeline, in a grid search
    (``options`` may be searched as a whole), in ``cross_val_score`` and in
    ``CalibratedClassifierCV``.  A fitted one can be pickled, where no ``module`` of your own is in
    the options that cannot be.

    Parameters
    ----------
    by : str, default="auto"
        The learner; "auto" compares the linear probe with the methods of a shortlist by held-out
        given labels. Without PyTorch the linear probe and the other learners that need no
        gradients are there.
    options : mapping or None, default=None
        Options of the learner, and fields of ``rl.Training`` such as epochs, lr, hidden or balance.
    tune : bool, default=False
        Whether learning rate, decay and epochs are chosen by held-out given labels; "auto" always
        chooses them.
    seed : int or RandomState, default=0
        The source of chance.

    Attributes
    ----------
    model_ : Model
        What ``rl.learn`` returned; ``model_.info`` says how it was trained and chosen, and
        ``rl.save(clf.model_, "folder")`` keeps it.
    by_ : str
        The learner that was taken.
    agreement_ : float
        Agreement with held-out given labels; NaN where none were held out.
    label_quality_ : ndarray of shape (n,)
        The probability of each given label after training, where the learner relabels.
    corrected_labels_ : ndarray of shape (n,)
        The labels as the learner has them after training, where it relabels.
    noise_matrix_ : ndarray of shape (k, k)
        The chance of a given label (column) under a true one (row), where the learner has one.
    classes_ : ndarray of shape (k,)
        The classes.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray
        Names of the features, where ``X`` had such.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> given = np.where(np.arange(len(y)) % 5 == 0, (y + 1) % 3, y)
    >>> bool(LabelNoiseClassifier(by="linear_probe").fit(x, given).score(x, y) > 0.9)
    True
    """

    def __init__(
        self, by: str = "auto", *, options: Any = None, tune: bool = False, seed: Any = 0
    ) -> None:
        self.by = by
        self.options = options
        self.tune = tune
        self.seed = seed

    def fit(self, X: Any, y: Any) -> LabelNoiseClassifier:
        """Train on ``X`` (n, d) and the given labels ``y`` (n,).

        Raises ValueError for a single class, and for options that the learner does not have.
        """
        X, y = _checked(self, X, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"LabelNoiseClassifier cannot be fitted to one class, got "
                f"{self.classes_.tolist()[0]!r} only"
            )
        if not isinstance(self.options, Mapping | None):
            raise ValueError(
                f"options is a mapping from names to values, got {type(self.options).__name__}"
            )
        labels = Classes(codes.astype(np.int64), _names(self.classes_))
        words = dict(self.options or {})
        if self.tune:
            words["tune"] = True
        model = learn(labels, features=X, by=self.by, seed=_seed(self.seed), **words)
        # without the features, which would be pickled with the classifier
        self.model_ = replace(model, info={**model.info, "data": Dataset(labels)})
        self.by_: str = self.model_.info["by"]
        self.agreement_ = float(self.model_.info.get("agreement", np.nan))
        self._tell(codes)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(n, k) the probability of each class, in the order of ``classes_``."""
        check_is_fitted(self, "model_")
        found: Any = self.model_.predict(_checked(self, X))
        p = np.asarray(found.p, dtype=np.float64)
        return np.asarray(p / p.sum(1, keepdims=True))

    def predict(self, X: Any) -> Any:
        """(n,) the most probable class."""
        p = self.predict_proba(X)  # first, since it says so where nothing was fitted
        return self.classes_[p.argmax(1)]

    def _tell(self, codes: Any) -> None:
        """What the learner says of the labels, as attributes; those of an earlier fit go."""
        for name in ("label_quality_", "corrected_labels_", "noise_matrix_"):
            if hasattr(self, name):
                delattr(self, name)
        matrix, relabelled = self.model_.info.get("noise_matrix"), self.model_.labels
        if matrix is not None:
            self.noise_matrix_ = np.asarray(matrix)
        if isinstance(relabelled, Soft):
            self.label_quality_ = relabelled.p[np.arange(len(codes)), codes]
            self.corrected_labels_ = self.classes_[relabelled.p.argmax(1)]
        elif isinstance(relabelled, Classes):
            kept = np.where(relabelled.y < 0, codes, relabelled.y)
            self.label_quality_ = (relabelled.y == codes).astype(float)
            self.corrected_labels_ = self.classes_[kept]


def _names(classes: Any) -> tuple[str, ...]:
    names = tuple(map(str, classes.tolist()))
    if len(set(names)) == len(names):
        return names
    return tuple(f"{place}: {name}" for place, name in enumerate(names))


def _seed(given: Any) -> int:
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        return int(given)
    return int(check_random_state(given).randint(2**31 - 1))


def _checked(estimator: Any, X: Any, *y: Any) -> Any:
    """X as finite floats, of the width of the training; with y both."""
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:  # before scikit-learn 1.6
        return _checked_before(estimator, X, *y)
    words: dict[str, Any] = {"dtype": [np.float64, np.float32]}
    if not y:
        return validate_data(estimator, X, reset=False, **words)
    X, labels = validate_data(estimator, X, y[0], ensure_min_samples=2, **words)
    return X, labels


def _checked_before(estimator: Any, X: Any, *y: Any) -> Any:
    words: dict[str, Any] = {"dtype": [np.float64, np.float32]}
    if not y:
        return estimator._validate_data(X, reset=False, **words)
    X, labels = estimator._validate_data(X, y[0], ensure_min_samples=2, **words)
    return X, column_or_1d(labels, warn=True)
