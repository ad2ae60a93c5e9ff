"""Soft logistic regression: scikit-learn's logistic regression on probabilistic labels, without
PyTorch.

Every item counts once for each class, with the class's probability as its weight, which is the
cross-entropy of the whole distribution.  Assumes features on which a linear map separates the
classes, and probabilities that mean what they say.  Weak where the probabilities are near one and
wrong: nothing tells a wrong label from a right one.
Cost: O(n d k) per step of L-BFGS, memory O(n k d) for k copies of the items.
Paper: Ratner, De Sa, Wu, Selsam, Re. Data programming. NIPS 2016, for models that are trained on
the expected loss under a label model.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.ops.heads import Heads

ALSO = ("sklearn_logistic",)
STATUS = "optional"
LEAST = 1e-4  # a class's weight on an item below which it is left out


def learn(
    labels: Classes | Soft, *, features: Floats, strength: float = 1.0, iterations: int = 200
) -> Model:
    """The model of all items that have a label.

    strength: how closely it follows the labels (scikit-learn's C).
    ``info["converged"]`` says whether L-BFGS came to rest.

    >>> x = np.array([[0.0], [1.0], [4.0], [5.0]])
    >>> p = Soft(np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8]]))
    >>> learn(p, features=x, strength=100.0).predict(x).p.argmax(1).tolist()
    [0, 0, 1, 1]
    """
    x: Any = np.asarray(features, dtype=float).reshape(len(features), -1)
    k, names = labels.k, labels.names
    row: Any
    y: Any
    weight: Any
    if isinstance(labels, Soft):
        row, y = np.nonzero(labels.p >= LEAST)
        weight = labels.p[row, y]
    else:
        row = np.flatnonzero(labels.y >= 0)
        y, weight = labels.y[row], np.ones(len(row))
    if not len(row):
        raise ValueError("there is nothing to learn from: no item has a label")
    known = np.unique(row)
    mean, spread = x[known].mean(0), max(float(x[known].std()), 1e-12)
    if len(present := np.unique(y)) < 2:  # one class: nothing to separate
        weights, bias, rest = np.zeros((x.shape[1], 1)), np.zeros(1), True
    else:
        model = LogisticRegression(C=strength, max_iter=iterations)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # told in info
            model.fit((x[row] - mean) / spread, y, sample_weight=weight)
        weights, bias = model.coef_.T, model.intercept_
        rest = bool(model.n_iter_.max() < iterations)
        if len(present) == 2:  # scikit-learn has one column for two classes
            weights, bias = np.hstack([0 * weights, weights]), np.append(0.0, bias)
    layer = np.zeros((x.shape[1], k)), np.full(k, -30.0)  # a class that no label names
    layer[0][:, present], layer[1][present] = weights, bias
    return Model(Heads(((layer,),), mean, spread, tuple(names)), info={"converged": rest})
