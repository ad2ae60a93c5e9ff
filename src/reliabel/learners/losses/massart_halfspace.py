"""Halfspaces under Massart noise: the weights that miss fewest given labels, found by counting
errors smoothly instead of by a convex loss.

With bounded noise that differs from item to item every convex loss can be led astray: it pays for
wrong labels far from the boundary.  A sigmoid of the distance counts each label once, and grows
steeper in three stages.  Assumes that a linear boundary is right, noise below one half everywhere
and features near Gaussian; ``measures/halfspace_test`` says whether they are.  Weak where classes
are no halfspaces, and beside logistic regression where noise is even.
Cost: three times ``steps`` steps on 1,000 rows, O(d k) a row and O(d^2 k) a step; memory O(d^2).
Paper: Diakonikolas, Kontonis, Tzamos, Zarifis. Learning halfspaces with Massart noise under
structured distributions. COLT 2020.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.ops.halfspace import Halfspaces, descend
from reliabel.ops.heads import Heads

ALSO = ("massart",)
SMALL = {"steps": 100}
ROWS = 20_000  # that the steepness of the probabilities is fitted on, at most


def learn(
    labels: Classes, *, features: Floats, rng: Generator, width: float = 0.1, steps: int = 600
) -> Model:
    """One halfspace for each pair of classes; the class with the highest score is predicted.

    width: of the last sigmoid, in standard deviations of the features across the boundary; those
        before it are ten and three times as wide.
    steps: for each width.
    Probabilities follow the given labels: their steepness is the likeliest one.  ``info`` holds
    "missed", the share of given labels that the halfspaces miss.
    Raises ValueError where no item has a label, and for features that are no vectors.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(400, 2))
    >>> y = (x[:, 0] > 0).astype(int)
    >>> y[(x[:, 1] > 1) & (x[:, 0] > 0)] = 0  # wrong on one side only
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[9, 9], [-9, 9]])).p.argmax(1).tolist()
    [1, 0]
    """
    if features.ndim != 2:
        raise ValueError(
            f"halfspaces take one vector per item, got features of shape {features.shape}; use "
            "features of shape (n, d)"
        )
    widths = (10 * width, 3 * width, width)
    found = descend(features, labels.y, labels.k, rng=rng, widths=widths, steps=steps)
    factor = _steepness(features, labels, found, rng)
    layer = factor * found.weights, factor * found.bias
    predict = Heads(((layer,),), np.zeros(features.shape[1]), 1.0, labels.names)
    return Model(predict, info={"missed": found.error, "width": found.width})


def _steepness(features: Floats, labels: Classes, found: Halfspaces, rng: Generator) -> float:
    """The factor of the scores under which the given labels are likeliest."""
    rows = np.flatnonzero(labels.y >= 0)
    rows = np.sort(rng.choice(rows, ROWS, replace=False)) if len(rows) > ROWS else rows
    scores = np.asarray(features[rows], dtype=np.float64) @ found.weights + found.bias
    mine = scores[np.arange(len(rows)), labels.y[rows]]

    def loss(log_factor: float) -> float:
        factor = np.exp(log_factor)
        return float((logsumexp(factor * scores, axis=1) - factor * mine).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 5.0), method="bounded").x))
