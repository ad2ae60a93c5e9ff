"""Class-dependent noise: each label is drawn from the row of its true class in a noise transition
matrix.

Assumes that errors depend on the class alone, so all items of a class are equally hard. Weak as a
model of people, who err on hard items.
Cost: O(n k). Paper: Natarajan, Dhillon, Ravikumar, Tewari. Learning with noisy labels. NeurIPS
2013.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Corrupted
from reliabel.ops.noise import checked, drawn, expected_rate, how_many, realised, scaled

STATUS = "default"
ALSO = ("class_dependent", "asymmetric")


def corrupt(
    labels: Classes, *, noise_matrix: Floats, rng: Generator, rate: float | None = None
) -> Corrupted:
    """Draw every label from ``noise_matrix[true]``.

    rate: scales all error probabilities by one factor so that this share of labels is expected to
        be wrong; None takes the matrix as it is.

    >>> pair = np.array([[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]])
    >>> labels, rng = Classes(np.array([0, 0, 0, 1, 2, -1])), np.random.default_rng(0)
    >>> made = corrupt(labels, noise_matrix=pair, rng=rng)
    >>> made.labels.y.tolist(), made.info["expected"]
    ([1, 0, 0, 1, 2, -1], 0.3)
    """
    matrix = checked(noise_matrix, labels.k)
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    if rate is not None and how_many(labels.y, labels.k, rate):
        matrix = scaled(matrix, count, rate)
    y = drawn(labels.y, np.eye(labels.k) if rate == 0 else matrix, rng)
    wrong = y != labels.y
    return Corrupted(
        Classes(y, labels.names),
        np.arange(len(y)),
        wrong,
        {
            "asked": rate,
            "expected": expected_rate(matrix, count),
            "matrix": matrix,
            **realised(labels.y, y, labels.k),
        },
    )
