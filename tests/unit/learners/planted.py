"""Planted worlds of learners: classes that lie apart in many dimensions, and labels that are partly
wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reliabel.core.labels import Classes
from reliabel.core.training import Training, split_options

K, D = 4, 64


def clouds(
    n: int = 800, *, seed: int = 0, apart: float = 0.45, k: int = K, d: int = D
) -> tuple[Any, Any, Any, Any]:
    """Features and true classes to learn from, and others to test on, of one world."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(k, d)) * apart
    truth, fresh = rng.integers(0, k, n), rng.integers(0, k, 2000)
    x = (centres[truth] + rng.normal(size=(n, d))).astype(np.float32)
    return x, truth, (centres[fresh] + rng.normal(size=(2000, d))).astype(np.float32), fresh


def flipped(truth: Any, rate: float, *, seed: int = 1, pair: bool = False, k: int = K) -> Any:
    """The labels with a share of ``rate`` wrong: any other class, or always the next one."""
    rng = np.random.default_rng(seed)
    shift = 1 if pair else rng.integers(1, k, len(truth))
    return np.where(rng.random(len(truth)) < rate, (truth + shift) % k, truth)


def accuracy(model: Any, x: Any, truth: Any) -> float:
    """Share of the items whose most probable class is the true one."""
    return float((model.predict(x).p.argmax(1) == truth).mean())


def gain(
    learn: Callable[..., Any],
    seed: int,
    *,
    rate: float = 0.4,
    pair: bool = False,
    lr: float = 0.1,
    **options: Any,
) -> float:
    """By how much a learner is more accurate than cross-entropy at the last epoch of the same
    training on labels that are partly wrong; ``options`` may be fields of ``Training``.
    """
    from reliabel.learners import cross_entropy

    x, truth, fresh, true = clouds(seed=seed)
    labels = Classes(flipped(truth, rate, seed=seed, pair=pair))
    last = Training(lr=lr, keep="last", hold_out=0.0, decay=0.001)
    own, training = split_options(options, last)
    words = {"features": x, "training": training}
    mine = learn(labels, rng=np.random.default_rng(seed), **words, **own)
    plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
    return accuracy(mine, fresh, true) - accuracy(plain, fresh, true)


def overconfidence(learn: Callable[..., Any], seed: int, **options: Any) -> tuple[float, float]:
    """The calibration errors of cross-entropy and of a learner, for a network that has learnt 400
    items by heart whose labels are right.
    """
    from reliabel.learners import cross_entropy

    x, truth, fresh, true = clouds(400, seed=seed, apart=0.25)
    training = Training(hidden=64, epochs=30, lr=0.01, decay=0.0, keep="last", hold_out=0.0)
    words = {"features": x, "training": training}
    plain = cross_entropy.learn(Classes(truth), rng=np.random.default_rng(seed), **words)
    mine = learn(Classes(truth), rng=np.random.default_rng(seed), **words, **options)
    return calibration_error(plain, fresh, true), calibration_error(mine, fresh, true)


def calibration_error(model: Any, x: Any, truth: Any, bins: int = 15) -> float:
    """How far the largest probability is from the share of right answers, by bins of it."""
    p = model.predict(x).p
    place = np.minimum((p.max(1) * bins).astype(int), bins - 1)
    gap = p.max(1) - (p.argmax(1) == truth)
    return float(np.abs(np.bincount(place, gap)).sum() / len(truth))
