"""How well predictions agree with the labels that were given: the one number that picks epochs and
options without clean labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, MultiLabel, Soft, SoftMultiLabel

TIE = 1e-4  # weight of the mean log probability, which only breaks ties
FLOOR = 1e-7


def agreement(labels: Any, probs: Floats) -> float:
    """How well ``probs`` (n, k) agree with the given labels; higher is better, NaN where there are
    none.

    Classes: accuracy, ties broken by the log probability of the given label.  Soft: mean log
    probability.  MultiLabel: mean average precision, unknown entries counted as no.
    Raises TypeError for other kinds: the method has to say how its answers are compared.

    >>> probs = np.array([[0.9, 0.1], [0.6, 0.4], [0.5, 0.5]])
    >>> round(agreement(Classes(np.array([0, 1, -1])), probs), 6)
    0.499949
    """
    if isinstance(labels, Classes):
        return _accuracy(labels, probs)
    if isinstance(labels, Soft):
        return float((labels.p * _log(probs)).sum(1).mean()) if len(probs) else float("nan")
    if isinstance(labels, MultiLabel):
        return mean_average_precision(labels.y == 1, probs)
    if isinstance(labels, SoftMultiLabel):
        given = labels.p
        return float((given * _log(probs) + (1 - given) * _log(1 - probs)).mean())
    raise TypeError(
        f"no agreement is defined for {type(labels).__name__}: write Recipe.agreement for it"
    )


def mean_average_precision(positive: Bools, probs: Floats) -> float:
    """Mean of the average precision of each column of ``positive`` (n, k) that has a True.

    >>> mean_average_precision(np.array([[True], [False], [True]]), np.array([[0.9], [0.8], [0.1]]))
    0.8333333333333333
    """
    found = []
    for c in range(probs.shape[1]):
        hit = positive[:, c][np.argsort(-probs[:, c], kind="stable")]
        if hit.any():
            found.append(float((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit].mean()))
    return float(np.mean(found)) if found else float("nan")


def _accuracy(labels: Classes, probs: Floats) -> float:
    known = np.flatnonzero(labels.y >= 0)
    if not len(known):
        return float("nan")
    y = labels.y[known]
    right = (probs[known].argmax(1) == y).mean()
    return float(right + TIE * _log(probs[known, y]).mean())


def _log(probs: Floats) -> Floats:
    return np.asarray(np.log(np.clip(probs, FLOOR, 1)))
