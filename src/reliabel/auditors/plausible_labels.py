"""Plausible labels: a label is suspect if models of what the true labels could have been keep
contradicting what it would have been there.

Clean labellings are drawn from how labels go wrong (a noise matrix), each trains a fast model, and
an item is ambiguous by the share of models that contradict their own labelling at it. The measure
``ambiguity`` counts the decisions that this puts in doubt.
Assumes that labels go wrong by their class alone, with a matrix that is given or estimated by the
confident joint. Weak where the matrix is far off, and where errors are confusions that a linear
model makes as well.
Cost: ``draws`` logistic regressions of 20 steps on (n, d, k), memory O(n k).
Paper: Nagaraj, Liu, Calmon, Ustun. Regretful decisions under label noise. ICLR 2025.
"""

from __future__ import annotations

from numpy.random import Generator

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Suspicion
from reliabel.ops.noise import checked, estimated
from reliabel.ops.plausible import clean_shares, fitted, plausible, true_chances

STATUS = "optional"
ALSO = ("regretful_decisions", "ambiguous_labels")
SMALL = {"draws": 20}


def audit(
    labels: Classes,
    *,
    features: Floats,
    probs: Floats,
    rng: Generator,
    noise_matrix: Floats | None = None,
    draws: int = 100,
) -> Suspicion:
    """Score = ambiguity: the share of plausible labellings whose model predicts another class.

    Suggestion = the most probable class. ``info`` holds "noise_matrix", "clean_shares" (k,) of the
    true classes, and "width", how far the share of changed labels in a class may be from its
    expectation, relative to it.
    noise_matrix: (k, k) [true, given]; estimated by the confident joint where not given.
    draws: how many labellings.
    Raises ValueError for draws below 1.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> true = np.repeat([0, 1], 30)
    >>> x = rng.normal(0, 0.3, (60, 2)) + 3 * np.eye(2)[true]
    >>> y = np.array(true)
    >>> y[::10] = 1 - y[::10]
    >>> p = np.where(np.eye(2)[true] == 1, 0.9, 0.1)
    >>> found = audit(Classes(y), features=x, probs=p, rng=rng, draws=20)
    >>> sorted(np.argsort(-found.score)[:6].tolist())
    [0, 10, 20, 30, 40, 50]
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    y, k = labels.y, labels.k
    matrix = estimated(y, probs) if noise_matrix is None else checked(noise_matrix, k)
    shares = clean_shares(y, matrix)
    found = plausible(
        y, true_chances(y, matrix, shares), fitted(features, y, rng), draws=draws, rng=rng
    )
    info = {
        "noise_matrix": matrix,
        "clean_shares": shares,
        "width": found.width,
        "draws": draws,
    }
    return Suspicion(found.ambiguity, suggest=Classes(probs.argmax(1), labels.names), info=info)
