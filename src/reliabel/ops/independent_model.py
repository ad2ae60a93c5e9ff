"""Class probabilities by a model that is independent of the models of an audit.

They are the mean of an out-of-fold naive Bayes model on a random half of the columns and of the
class shares among the nearest neighbours in a random projection of the other half.  Errors that a
corrupter plants by these probabilities are hard for an audit without being defined by its models.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy import sparse

from reliabel.core.labels import Floats, Ints
from reliabel.ops.chunks import cut, rows

NEAR = 30  # neighbours whose classes are counted
REFERENCES = 10_000  # candidate neighbours at most, so that the cost is linear in n
TEMPERATURES = np.geomspace(0.003, 1, 24)


def independent_probabilities(
    y: Ints, features: Floats, *, k: int, rng: Generator, folds: int = 5
) -> tuple[Floats, dict[str, Any]]:
    """(n, k) class probabilities of each item, and what was used to make them.

    y: (n,) the true classes, -1 where unknown.
    """
    n, d = features.shape
    columns = rng.permutation(d)
    ours, theirs = columns[: (d + 1) // 2], columns[(d + 1) // 2 :] if d > 1 else columns
    fold = rng.permutation(n) % folds
    bayes, temperature = naive_bayes(
        y, np.asarray(features[:, np.sort(ours)], dtype=np.float64), fold, k=k, folds=folds
    )
    axes = rng.standard_normal((len(theirs), min(32, len(theirs))))
    seen = np.asarray(features[:, np.sort(theirs)] @ axes, dtype=np.float32)
    known = np.flatnonzero(y >= 0)
    references = (
        known if len(known) <= REFERENCES else np.sort(rng.choice(known, REFERENCES, replace=False))
    )
    near = neighbour_shares(y, seen, references, k=k)
    p = (bayes + near) / 2
    right = float((p.argmax(1) == y)[known].mean()) if len(known) else float("nan")
    return p, {
        "model": "naive Bayes and nearest neighbours",
        "temperature": temperature,
        "accuracy": right,
        "columns": len(ours),
    }


def naive_bayes(y: Ints, x: Floats, fold: Ints, *, k: int, folds: int) -> tuple[Floats, float]:
    """(n, k) out-of-fold probabilities of Gaussian naive Bayes, and the temperature used.

    Variances are shrunk towards the pooled variance; probabilities are calibrated by temperature.
    """
    known = np.flatnonzero(y >= 0)
    if not len(known):
        return np.full((len(y), k), 1 / k), 1.0
    x = x - x[known].mean(0)
    cell = sparse.csr_matrix(
        (np.ones(len(known)), (fold[known] * k + y[known], known)), shape=(folds * k, len(y))
    )
    count = np.asarray(cell.sum(1)).reshape(folds, k)
    sums, squares = (np.asarray(cell @ part).reshape(folds, k, -1) for part in (x, x * x))
    log = np.empty((len(y), k))
    for out in range(folds):
        mine = fold == out
        log[mine] = _log_joint(
            x[mine], *(part.sum(0) - part[out] for part in (count, sums, squares))
        )
    temperature = min(TEMPERATURES, key=lambda t: _surprise(_softmax(log[known] * t), y[known]))
    return _softmax(log * temperature), float(temperature)


def _log_joint(x: Floats, count: Floats, sums: Floats, squares: Floats) -> Floats:
    size = count[:, None]
    mean = sums / np.maximum(size, 1)
    inside = np.maximum(squares - size * mean**2, 0)
    pooled = inside.sum(0) / max(count.sum(), 1) + 1e-9
    variance = (inside + 10 * pooled) / (size + 10)
    fit = (
        x**2 @ (1 / variance).T
        - 2 * x @ (mean / variance).T
        + (mean**2 / variance + np.log(variance)).sum(1)
    )
    return np.asarray(np.log((count + 1) / (count + 1).sum()) - fit / 2)


def _softmax(log: Floats) -> Floats:
    p = np.exp(log - log.max(1, keepdims=True))
    return np.asarray(p / p.sum(1, keepdims=True))


def _surprise(p: Floats, y: Ints) -> float:
    return float(-np.log(p[np.arange(len(y)), y] + 1e-12).mean())


def neighbour_shares(y: Ints, x: Floats, references: Ints, *, k: int) -> Floats:
    """(n, k) share of each class among the nearest references, without the item itself.

    A hundredth is added to each class.
    """
    if len(references) < 2:
        return np.full((len(y), k), 1 / k)
    base, classes = x[references], y[references]
    length = (base**2).sum(1)
    j = min(NEAR, len(references) - 1)
    self_at = np.full(len(y), -1)
    self_at[references] = np.arange(len(references))

    def shares(block: Any) -> Floats:
        part, own = block.read()
        far = length - 2 * part @ base.T
        at = np.flatnonzero(own >= 0)
        far[at, own[at]] = np.inf
        near = classes[np.argpartition(far, j - 1, axis=1)[:, :j]]
        votes = np.bincount(
            (np.arange(len(part))[:, None] * k + near).ravel(), minlength=len(part) * k
        ).reshape(len(part), k)
        return np.asarray((votes / j + 0.01) / (1 + 0.01 * k))

    return rows(shares, cut(x, self_at, k=len(references)))
