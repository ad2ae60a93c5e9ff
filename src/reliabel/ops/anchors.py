"""Noise transition matrices from the items that a model is surest of, and what they say about noise
that is none.

Source: Liu, Tao. Classification with noisy labels by importance reweighting. TPAMI 38 (2016).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import nnls

from reliabel.core.labels import Floats, Ints
from reliabel.ops.noise import checked, estimated, wrong_share

MUCH = 0.02  # a share of all labels that is worth a warning
FEW = 30  # items of a class, below which counts of their labels scatter much


def sure_rows(probs: Floats, y: Ints, size: Ints) -> list[Ints]:
    """For each class c the ``size[c]`` labelled items with the highest probability of it."""
    known = np.flatnonzero(y >= 0)
    return [
        known[np.argpartition(-probs[known, c], m - 1)[:m]] for c, m in enumerate(size.tolist())
    ]


def sure_labels(y: Ints, probs: Floats, share: float = 0.25) -> tuple[Floats, list[Ints]]:
    """(k, k) noise matrix [true, given]: row t is how the surest items of class t are labelled; and
    those items.

    share: how many, of the number labelled so; at least thirty, at most half of that number.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.3, 0.7]])
    >>> sure_labels(np.array([0, 1, 1, 0]), p, share=0.5)[0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    k = probs.shape[1]
    count = np.bincount(y[y >= 0], minlength=k)
    size = np.minimum(np.maximum(share * count, FEW), count / 2).astype(np.int64)
    rows = sure_rows(probs, y, np.maximum(size, 1))
    return np.array([np.bincount(y[mine], minlength=k) / len(mine) for mine in rows]), rows


def anchor_matrix(y: Ints, probs: Floats, share: float = 0.01) -> Floats:
    """(k, k) noise matrix [true, given]: row t is the mean of ``probs`` over the surest items
    of class t.

    share: how many, as a share of all; at most a tenth of those labelled so, at least one.

    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    >>> anchor_matrix(np.array([0, 0, 1, 1]), p).round(2).tolist()
    [[0.9, 0.1], [0.2, 0.8]]
    """
    count = np.bincount(y[y >= 0], minlength=probs.shape[1])
    size = np.maximum(np.minimum(share * count.sum(), count / 10).astype(np.int64), 1)
    rows = sure_rows(probs, y, size)
    matrix = np.array([probs[mine].mean(0, dtype=np.float64) for mine in rows])
    return np.asarray(matrix / matrix.sum(1, keepdims=True))


def balance_under(matrix: Floats, y: Ints) -> Floats:
    """(k,) shares of the true classes that explain the given labels ``y`` best under the matrix."""
    k = len(matrix)
    share = np.bincount(y[y >= 0], minlength=k) / max(int((y >= 0).sum()), 1)
    balance = nnls(np.vstack([matrix.T, np.ones(k)]), np.append(share, 1.0))[0]
    return np.asarray(balance / max(balance.sum(), 1e-12))


def with_balance(matrix: Floats, y: Ints) -> tuple[float, dict[str, Any]]:
    """The share of wrong labels under the matrix, and the parts that the measures of matrices
    share: "noise_matrix", "balance" and "joint".
    """
    balance = balance_under(matrix, y)
    joint = int((y >= 0).sum()) * balance[:, None] * matrix
    parts = {"noise_matrix": matrix, "balance": balance, "joint": joint}
    return float(1 - balance @ np.diag(matrix)), parts


def overlap(y: Ints, probs: Floats) -> dict[str, Any]:
    """How much of what the confident joint counts as wrong may be overlap of classes.

    Classes do not overlap at their surest items, so errors that show there too are noise.
    "overlap" is what the joint counts beyond how they are labelled, a share of all labels;
    "warning", where that is a third of the count or more, says so.
    """
    if not (y >= 0).any():
        return {"overlap": 0.0}
    counted = wrong_share(y, probs)
    sure = with_balance(sure_labels(y, probs)[0], y)[0]
    beyond = max(counted - sure, 0.0)
    if beyond < max(MUCH, counted / 3):
        return {"overlap": beyond}
    warning = (
        f"classes overlap: the confident joint counts {counted:.2f} of the labels as wrong, but "
        f"the surest items of each class show only {min(sure, counted):.2f}; up to {beyond:.2f} "
        "may be items between two classes and no noise"
    )
    return {"overlap": beyond, "warning": warning}


def learner_matrix(
    y: Ints, probs: Floats, noise_matrix: Floats | None
) -> tuple[Floats, dict[str, Any]]:
    """The noise matrix that a learner goes through, and what ``Model.info`` says of it: the one
    that was given, or the confident joint of ``probs``, with a "warning" where overlap of classes
    passes for noise.

    Raises ValueError if the given one is no (k, k) matrix whose rows sum to one.
    """
    if noise_matrix is not None:
        matrix = checked(noise_matrix, probs.shape[1])
        return matrix, {"noise_matrix": matrix, "noise_matrix_from": "given"}
    matrix = estimated(y, probs)
    said = {"noise_matrix": matrix, "noise_matrix_from": "confident joint of probs"}
    return matrix, said | overlap(y, probs)
