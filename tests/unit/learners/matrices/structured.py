"""Structured flips on planted clouds, and what learners of matrices gain over cross-entropy."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from tests.unit.learners.planted import K, accuracy, clouds

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.ops.folds import fold_of, out_of_fold
from reliabel.ops.logistic import fit
from reliabel.ops.noise import drawn

PAIR = 0.65 * np.eye(K) + 0.35 * np.roll(np.eye(K), 1, axis=1)
CONFUSED = np.array(
    [[0.6, 0.4, 0.0, 0.0], [0.4, 0.6, 0.0, 0.0], [0.0, 0.0, 0.6, 0.4], [0.05, 0.05, 0.3, 0.6]]
)
LAST = Training(keep="last", hold_out=0.0, decay=0.001)


def world(matrix: Any, seed: int, n: int = 800) -> tuple[Any, Any, Any, Any, Any]:
    """Labels through the matrix, features, out-of-fold probabilities, and fresh items."""
    x, truth, fresh, true = clouds(n, seed=seed)
    y = drawn(truth, matrix, np.random.default_rng(seed))
    fold = fold_of(y, rng=np.random.default_rng(seed))
    probs = out_of_fold(lambda a, b: fit(a, b), x, y, K, fold)
    return Classes(y), x, probs, fresh, true


def gains(learn: Any, matrix: Any, training: Training = LAST, seeds: int = 3, **words: Any) -> Any:
    """(seeds,) accuracy on fresh items beyond that of cross-entropy with the same options.

    words: evidence and options; ``probs=True`` gives the out-of-fold probabilities.
    """
    found = []
    for seed in range(seeds):
        labels, x, probs, fresh, true = world(matrix, seed)
        mine = {**words, "probs": probs} if words.get("probs") is not None else words
        rng = np.random.default_rng(seed)
        one = learn(labels, features=x, training=training, rng=rng, **mine)
        found.append(accuracy(one, fresh, true) - _plain(matrix.tobytes(), seed, training))
    return np.array(found)


@cache
def _plain(matrix: bytes, seed: int, training: Training) -> float:
    """The accuracy of cross-entropy on fresh items."""
    labels, x, _, fresh, true = world(np.frombuffer(matrix).reshape(K, K), seed)
    rng = np.random.default_rng(seed)
    plain = cross_entropy.learn(labels, features=x, training=training, rng=rng)
    return accuracy(plain, fresh, true)
