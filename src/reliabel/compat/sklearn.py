"""A scikit-learn estimator that audits the labels it is fitted to, and fits its classifier to those
that are probably right.
"""

from __future__ import annotations

from collections.abc import Hashable
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedGroupKFold, check_cv, cross_val_predict
from sklearn.utils import _safe_indexing, check_random_state, column_or_1d, indexable
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Interval
from reliabel.verbs.audit import audit

CLEAN = ("drop", "weight", "relabel", "keep")


def _has(method: str) -> Any:
    def check(self: LabelAuditor) -> bool:
        inner = getattr(self, "estimator_", None)
        return hasattr(self._inner() if inner is None else inner, method)

    return check


class LabelAuditor(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]
    """Audit the labels of a training set, then fit a classifier to the cleaned labels.

    ``fit`` makes out-of-fold probabilities with ``estimator`` (or takes yours), asks ``rl.audit``
    how likely each label is wrong, and fits ``estimator`` to what is left. ``predict``,
    ``predict_proba`` and ``score`` are those of the fitted classifier, so that it stands at the end
    of a Pipeline and in a grid search.

    Parameters
    ----------
    estimator : classifier with ``predict_proba``, default=None
        What makes the probabilities and is fitted in the end; None takes logistic regression. A
        Pipeline that starts from raw texts is welcome: what ``fit`` is given goes to it as it is.
    cv : int or splitter, default=5
        Folds of the probabilities; fewer where a class has fewer labels.
    clean : {"drop", "weight", "relabel", "keep"}, default="drop"
        What becomes of labels with a P(wrong) of ``threshold`` or more: left out, or given the
        suggested label; "weight" weighs every label by 1 - P(wrong); "keep" fits to all as given.
    threshold : float, default=0.5
        The P(wrong) from which a label is cleaned.
    features : bool, default=True
        Whether a numeric, dense ``X`` is looked at as well (neighbours, duplicates, outliers).
    random_state : int, RandomState or None, default=None
        The source of chance of the audit; None takes 0, so that a fit can be repeated.

    Attributes
    ----------
    p_wrong_ : ndarray of shape (n,)
        Chance that each label is wrong; NaN where the data allow none (``audit_.warnings`` says
        why).
    suggest_ : ndarray of shape (n,)
        The likeliest other label where one is suggested, else the label as given.
    count_ : Interval or None
        The number of wrong labels with its interval, None (or ``identified=False``) where the data
        cannot tell.
    audit_ : Audit
        The whole audit; ``rl.report(auditor.audit_, "report.html")`` shows it.
    probs_ : ndarray of shape (n, k)
        The out-of-sample probabilities that were used.
    kept_ : ndarray of shape (n,)
        Whether each item was used for the final fit.
    classes_ : ndarray of shape (k,)
        The classes.
    estimator_ : classifier
        The classifier, fitted to the cleaned labels; missing where ``X`` was None.
    n_features_in_ : int
        Number of features, where ``estimator_`` tells it.
    feature_names_in_ : ndarray
        Names of the features, where ``X`` had such.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> x, y = load_digits(return_X_y=True)
    >>> given = np.where(np.arange(len(y)) % 40 == 0, (y + 1) % 10, y)
    >>> auditor = LabelAuditor().fit(x / 16, given)
    >>> worst = np.argsort(-auditor.p_wrong_)[:30]
    >>> int((given != y)[worst].sum()) >= 28
    True
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        cv: Any = 5,
        clean: str = "drop",
        threshold: float = 0.5,
        features: bool = True,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.cv = cv
        self.clean = clean
        self.threshold = threshold
        self.features = features
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, probs: Any = None, groups: Any = None) -> LabelAuditor:
        """Audit the labels ``y`` (n,) of ``X``, and fit the classifier to the cleaned ones.

        probs: out-of-sample probabilities (n, k), columns in the order of ``np.unique(y)``, as
            ``cross_val_predict(..., method="predict_proba")`` gives; then ``X`` may be None.
        groups: (n,) what belongs together and is kept in one fold.
        Raises ValueError for other values of the parameters, and where ``X`` and ``probs`` are both
        None.
        """
        self._check(X, probs)
        y = column_or_1d(y, warn=True)
        X, y, groups = indexable(X, y, groups)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(codes) < 2:
            raise ValueError(f"n_samples={len(codes)}: at least two items are needed")
        self.probs_ = (
            self._held_out(X, codes, groups) if probs is None else np.asarray(probs, dtype=float)
        )
        self._audit(X, codes, groups)
        if X is not None:
            self._refit(X, y, codes)
        return self

    @available_if(_has("predict"))  # type: ignore[untyped-decorator]
    def predict(self, X: Any) -> Any:
        """The class of each item, by the classifier fitted to the cleaned labels."""
        return self._fitted().predict(X)

    @available_if(_has("predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """(n, k) the probability of each class."""
        return self._fitted().predict_proba(X)

    @available_if(_has("predict_log_proba"))  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Any:
        """(n, k) the logarithm of the probability of each class."""
        return self._fitted().predict_log_proba(X)

    @available_if(_has("decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> Any:
        """The classifier's decision function."""
        return self._fitted().decision_function(X)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import get_tags  # scikit-learn asks for tags from version 1.6 on

        tags = super().__sklearn_tags__()
        inner = get_tags(self._inner())
        tags.input_tags.sparse = inner.input_tags.sparse
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        tags.input_tags.string = inner.input_tags.string
        tags.classifier_tags = inner.classifier_tags or tags.classifier_tags
        return tags

    def _inner(self) -> Any:
        return LogisticRegression(max_iter=1000) if self.estimator is None else self.estimator

    def _fitted(self) -> Any:
        check_is_fitted(self, "audit_")
        if not hasattr(self, "estimator_"):
            raise ValueError(
                "this LabelAuditor was fitted without X, so that it has no classifier; give X to "
                "fit to predict"
            )
        return self.estimator_

    def _check(self, X: Any, probs: Any) -> None:
        if self.clean not in CLEAN:
            raise ValueError(f"clean must be one of {', '.join(CLEAN)}, got {self.clean!r}")
        if not 0 < self.threshold <= 1:
            raise ValueError(
                f"threshold is a probability above 0 and up to 1, got {self.threshold!r}"
            )
        if X is None and probs is None:
            raise ValueError("give X to make out-of-fold probabilities from, or give probs=")
        inner = self._inner()
        if probs is None and not (is_classifier(inner) and hasattr(inner, "predict_proba")):
            raise ValueError(
                f"estimator must be a classifier with predict_proba, got {type(inner).__name__}; "
                "give such a one (CalibratedClassifierCV makes one of any classifier), or give "
                "probs="
            )
        if (
            self.clean == "weight"
            and X is not None
            and not has_fit_parameter(inner, "sample_weight")
        ):
            raise ValueError(
                f"clean='weight' needs an estimator whose fit takes sample_weight, which "
                f"{type(inner).__name__} does not; use clean='drop'"
            )

    def _held_out(self, X: Any, codes: Ints, groups: Any) -> Floats:
        """(n, k) probabilities of classifiers that did not train on the item."""
        smallest = int(np.bincount(codes).min())
        cv = self.cv
        if isinstance(cv, Integral):
            folds = max(2, min(int(cv), len(codes)))
            if groups is not None:
                cv = StratifiedGroupKFold(folds)
            elif smallest < 2:  # nothing to stratify by
                cv = KFold(folds, shuffle=True, random_state=0)
            else:
                cv = min(folds, smallest)
        cv = check_cv(cv, codes, classifier=True)
        found: Floats = cross_val_predict(
            clone(self._inner()), X, codes, cv=cv, groups=groups, method="predict_proba"
        )
        return found

    def _audit(self, X: Any, codes: Ints, groups: Any) -> None:
        labels = Classes(codes, tuple(map(str, self.classes_.tolist())))
        seed = 0
        if self.random_state is not None:
            seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        evidence: dict[str, Any] = {"probs": self.probs_}
        if self.features and _is_numeric(X):
            evidence["features"] = np.asarray(X)
        if groups is not None:
            evidence["groups"] = groups
        self.audit_ = audit(labels, seed=seed, **evidence)
        n, suggest = len(codes), self.audit_.suggest
        p = self.audit_.p_wrong
        self.p_wrong_: Floats = np.full(n, np.nan) if p is None else np.asarray(p, dtype=float)
        self.count_: Interval | None = self.audit_.count
        given = codes if not isinstance(suggest, np.ndarray) else suggest
        other = np.where(given < 0, codes, given)
        self.suggest_ = self.classes_[other]

    def _refit(self, X: Any, y: Any, codes: Ints) -> None:
        suspect = np.nan_to_num(self.p_wrong_) >= self.threshold
        target, words = y, {}
        kept = np.ones(len(codes), dtype=bool)
        if self.clean == "drop":
            kept = ~suspect
            for code in np.setdiff1d(codes, codes[kept]):  # no class goes altogether
                kept |= codes == code
        elif self.clean == "relabel":
            target = np.where(suspect, self.suggest_, y)
            if len(np.unique(target)) < 2:
                target = y
        elif self.clean == "weight":
            words["sample_weight"] = 1 - np.nan_to_num(self.p_wrong_)
        rows = np.flatnonzero(kept)
        whole = bool(kept.all())
        self.kept_ = kept
        self.estimator_ = clone(self._inner()).fit(
            X if whole else _safe_indexing(X, rows), target if whole else target[rows], **words
        )
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))


def _is_numeric(X: Any) -> bool:
    """Whether X is a dense table of numbers, which the auditors can look at."""
    if X is None or hasattr(X, "tocsr"):
        return False
    dtypes: set[Hashable] = {getattr(one, "kind", "O") for one in _dtypes(X)}
    return bool(dtypes) and dtypes <= set("iufb") and np.ndim(X) == 2


def _dtypes(X: Any) -> list[Any]:
    if hasattr(X, "dtypes"):
        return list(X.dtypes)
    dtype = getattr(X, "dtype", None)
    return [np.asarray(X).dtype if dtype is None else dtype]
