"""A second look at the items, with other eyes than the audit: how likely each class is to somebody
who errs as people do.

Half the chance comes from a naive Bayes model that did not train on the item and sees one random
half of the columns, half from the classes of the item's neighbours in a random projection of the
other half.  Planted errors chosen by it are hard in a way that no audit has seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy import sparse

from reliabel.core.labels import Floats, Ints
from reliabel.ops.chunks import cut, rows

NEAR = 30  # neighbours that have a say
REFERENCES = 10_000  # items they are taken from at most, so that the cost grows with n alone
TEMPERATURES = np.geomspace(0.003, 1, 24)


def second_look(
    y: Ints, features: Floats, *, k: int, rng: Generator, folds: int = 5
) -> tuple[Floats, dict[str, Any]]:
    """(n, k) chance of each class for each item, rows sum to one, and what was used.  ``y`` holds
    the true classes, -1 where unknown.
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
    """(n, k) out-of-fold chances of Gaussian naive Bayes, with variances drawn to the pooled one,
    flattened until they are honest.
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
    """(n, k) share of each class among the nearest references, self left out, a hundredth added to
    each class.
    """
    if len(references) < 2:
        return np.full((len(y), k), 1 / k)
    base, said = x[references], y[references]
    length = (base**2).sum(1)
    j = min(NEAR, len(references) - 1)
    self_at = np.full(len(y), -1)
    self_at[references] = np.arange(len(references))

    def shares(block: Any) -> Floats:
        part, own = block.read()
        far = length - 2 * part @ base.T
        at = np.flatnonzero(own >= 0)
        far[at, own[at]] = np.inf
        near = said[np.argpartition(far, j - 1, axis=1)[:, :j]]
        votes = np.bincount(
            (np.arange(len(part))[:, None] * k + near).ravel(), minlength=len(part) * k
        ).reshape(len(part), k)
        return np.asarray((votes / j + 0.01) / (1 + 0.01 * k))

    return rows(shares, cut(x, self_at, k=len(references)))
