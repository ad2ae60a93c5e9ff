"""Planted worlds of learners: classes that lie apart in many dimensions, and labels that are partly
wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

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
