"""Noise-ignorant linear probe: logistic regression on the labels as given, its strength and number
of steps chosen by cross-validation against them.

Assumes features on which a linear map separates the classes; weight decay and few steps then keep
it from learning wrong labels by heart.
Weak where wrong labels have a structure that is itself linear, such as one class called another.
Cost: four logistic regressions for each of up to eight strengths, memory O(block + d k + n k).
Paper: Zhu, Zhang, Gangrade, Scott. Label noise: ignorance is bliss. NeurIPS 2024.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.ops.copies import same_rows
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.logistic import Logistic, path, scale
from reliabel.ops.probe import probe

STATUS = "default"
ALSO = ("linear_probe", "ni_erm")


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    groups: Ints | None = None,
    folds: int = 3,
) -> Model:
    """The model of all labelled items at the strength and number of steps that agree best with the
    held-out given labels; ties go to the smaller strength, then to fewer steps.

    groups: (n,) items that are held out together; so are exact copies.
    folds: parts of the cross-validation.
    ``info["agreement"]`` is the share of given labels that models which did not see them predict,
    ``info["probs"]`` (n, k) their probabilities at the setting that was chosen.

    >>> x = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0)
    >>> y = np.repeat([0, 0, 1, 1], 15)
    >>> learn(Classes(y), features=x, rng=np.random.default_rng(0)).predict(x).p[::15].argmax(1)
    array([0, 0, 1, 1])
    """
    y, copies = labels.y, _copies(features)
    found = probe(features, y, labels.names, rng=rng, folds=folds, groups=groups, copies=copies)
    by = scale(features)

    def fit(x: Any, part: Ints) -> Logistic:
        return path(x, part, strength=found.strength, stops=(found.steps,), by=by)[-1]

    fold = fold_of(y, folds=folds, groups=groups, copies=copies, rng=rng)
    probs = out_of_fold(fit, features, y, labels.k, fold)
    return Model(found.head, info={**found.facts, "folds": folds, "probs": probs})


def _copies(features: Any) -> Ints | None:
    """(n,) the first exact copy of each item; None where rows are alike by chance."""
    copies = same_rows(features)
    return copies if len(np.unique(copies)) * 2 >= len(copies) else None
