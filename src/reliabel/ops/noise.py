"""Noise transition matrices [true, given], and drawing noisy labels from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, Ints
from reliabel.ops.confident import joint


def checked(matrix: Floats, k: int) -> Floats:
    """The noise transition matrix as float64 with rows that sum to one.

    Raises ValueError if it is not a (k, k) matrix of probabilities.
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.shape != (k, k):
        raise ValueError(
            f"noise_matrix must have one row and one column a class, ({k}, {k}), got shape "
            f"{matrix.shape}"
        )
    total = matrix.sum(1)
    if not (np.isfinite(total).all() and (matrix >= 0).all() and (np.abs(total - 1) < 1e-3).all()):
        row = int(
            np.argmax(~(np.isfinite(total) & (matrix >= 0).all(1) & (np.abs(total - 1) < 1e-3)))
        )
        raise ValueError(
            f"row {row} of noise_matrix must be chances that sum to one, got "
            f"{matrix[row].round(4).tolist()}; rows are true classes, columns given ones"
        )
    return np.asarray(matrix / total[:, None])


def expected_rate(matrix: Floats, count: Ints) -> float:
    """The expected share of wrong labels when ``count`` (k,) items have each true class."""
    return float((count * (1 - np.diag(matrix))).sum() / max(count.sum(), 1))


def scaled(matrix: Floats, count: Ints, rate: float) -> Floats:
    """Scale all error probabilities by one factor to an expected share ``rate`` of wrong labels.

    >>> scaled(np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([50, 50]), 0.1).round(3).tolist()
    [[0.95, 0.05], [0.15, 0.85]]
    """
    now = expected_rate(matrix, count)
    if now == 0 and rate > 0:
        raise ValueError(
            "noise_matrix makes no errors in these labels, so it cannot be scaled to a rate of "
            f"{rate:g}; give one with chances off the diagonal"
        )
    factor = rate / now if rate > 0 else 0.0
    error = matrix * ~np.eye(len(matrix), dtype=bool) * factor
    if (error.sum(1) > 1 + 1e-9).any():
        row = int(error.sum(1).argmax())
        most = now / (1 - matrix[row, row])
        raise ValueError(
            f"a rate of {rate:g} would need class {row} to be wrong more often than always; the "
            f"most this noise_matrix can give is {most:.3g}"
        )
    return np.asarray(error + np.diag(np.clip(1 - error.sum(1), 0, None)))


def drawn(y: Ints, matrix: Floats, rng: Generator) -> Ints:
    """(n,) a given label for each true one, drawn from its row of the matrix; -1 stays -1."""
    given = np.array(y, dtype=np.int64)
    for true, row in enumerate(matrix):
        mine = np.flatnonzero(y == true)
        given[mine] = rng.choice(len(matrix), size=len(mine), p=row)
    return given


def picked(p: Floats, rng: Generator) -> Ints:
    """(n,) one class drawn for each row of weights ``p`` (n, k); rows need not sum to one.

    Raises ValueError for a row of zeros.
    """
    climb = np.cumsum(p, axis=1, dtype=np.float64)
    if len(p) and not (climb[:, -1] > 0).all():
        raise ValueError(f"row {int((~(climb[:, -1] > 0)).argmax())} has no chance for any class")
    at = rng.random(len(p)) * climb[:, -1]
    return np.asarray(np.minimum((climb <= at[:, None]).sum(1), p.shape[1] - 1), dtype=np.int64)


def another(y: Ints, k: int, rng: Generator) -> Ints:
    """(n,) a class other than y, all others equally likely."""
    return (
        np.asarray((y + rng.integers(1, k, size=len(y))) % k, dtype=np.int64)
        if len(y)
        else np.empty(0, dtype=np.int64)
    )


def how_many(y: Ints, k: int, rate: float) -> int:
    """The number of labels to make wrong: ``rate`` of the labelled ones, rounded.

    Raises ValueError for a rate outside 0..1, or if there is no other class.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be a share between 0 and 1, got {rate!r}")
    m = round(rate * int((y >= 0).sum()))
    if m and k < 2:
        raise ValueError(
            f"cannot make {m} labels wrong: there is only one class; give class names with at "
            "least two"
        )
    return m


def realised(true: Ints, given: Ints, k: int) -> dict[str, Any]:
    """What was planted, for ``Corrupted.info``: "wrong", the number of labels ``given`` (n,) that
    differ from ``true`` (n,), "realised_rate", their share of the labelled, and "realised_matrix"
    (k, k), the share of each given label (column) among the items of a true class (row).

    >>> found = realised(np.array([0, 0, 1, -1]), np.array([0, 1, 1, -1]), 2)
    >>> found["wrong"], round(found["realised_rate"], 2), found["realised_matrix"].tolist()
    (1, 0.33, [[0.5, 0.5], [0.0, 1.0]])
    """
    known = (true >= 0) & (given >= 0)
    cell = np.asarray(true[known], dtype=np.int64) * k + given[known]
    counts = np.bincount(cell, minlength=k * k).reshape(k, k).astype(float)
    wrong = int(counts.sum() - np.trace(counts))
    return {
        "wrong": wrong,
        "realised_rate": wrong / max(int(known.sum()), 1),
        "realised_matrix": noise_matrix_of(counts),
    }


def noise_matrix_of(joint: Floats) -> Floats:
    """The noise transition matrix of counts [true, given].

    The row of a true class without counts is the identity.

    >>> noise_matrix_of(np.array([[8.0, 2.0], [0.0, 0.0]])).tolist()
    [[0.8, 0.2], [0.0, 1.0]]
    """
    total = joint.sum(1, keepdims=True)
    return np.where(total > 0, joint / np.where(total > 0, total, 1), np.eye(len(joint)))


def wrong_share(y: Ints, probs: Floats) -> float:
    """The share of the labels ``y`` (n,) that the confident joint counts as wrong.

    probs: (n, k) out-of-fold probabilities.  Rows labelled -1 are left out; without any label the
    share is 0.  Class overlap counts as noise too, so the share is too high where the model is
    weak.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.95, 0.05]])
    >>> round(wrong_share(np.array([0, 0, 0, 1, 1, 1]), p), 3)
    0.167
    """
    counts = joint(y, probs)
    return float(1 - np.trace(counts) / max(counts.sum(), 1)) if counts.sum() else 0.0


def estimated(y: Ints, probs: Floats, pseudo: float = 1.0) -> Floats:
    """The confident joint as a noise transition matrix (k, k) [true, given].

    probs: (n, k) out-of-fold probabilities.
    pseudo: counts added to each row, spread evenly over the given classes; they keep every chance
        above 0, and a class that is never confident gets the even row.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.95, 0.05]])
    >>> estimated(np.array([0, 0, 0, 1, 1, 1]), p).round(2).tolist()
    [[0.7, 0.3], [0.17, 0.83]]
    """
    return noise_matrix_of(joint(y, probs) + pseudo / probs.shape[1])
