"""Probabilities for the cost suite: uniform numbers to the fourth power, the true class plus up to
six, rows divided by their sum, 5 % of labels redrawn.

NumPy alone, so that the peers' scripts can read this file too.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def probabilities(n: int, k: int, seed: int = 0) -> tuple[Any, Any]:
    """Labels (n,) and float32 probabilities (n, k), made in blocks so that the peak is the result
    itself.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    probs = np.empty((n, k), np.float32)
    step = max(1, 2**21 // k)
    for start in range(0, n, step):
        block = rng.random((min(step, n - start), k), dtype=np.float32) ** 4
        block[np.arange(len(block)), truth[start : start + step]] += (
            rng.random(len(block), dtype=np.float32) * 6
        )
        probs[start : start + step] = block / block.sum(1, keepdims=True)
    redrawn = rng.random(n) < 0.05
    truth[redrawn] = rng.integers(0, k, int(redrawn.sum()))
    return truth, probs


def cells(n: int, k: int, seed: int = 0) -> tuple[Any, Any]:
    """Answers (n, k) of 1 and 0 and float32 chances of a yes, a twelfth of them yes; 1 % of the
    answers are flipped.
    """
    rng = np.random.default_rng(seed)
    y, probs = np.empty((n, k), np.int64), np.empty((n, k), np.float32)
    step = max(1, 2**21 // k)
    for start in range(0, n, step):
        size = (min(step, n - start), k)
        block = rng.random(size, dtype=np.float32) ** 12
        yes = rng.random(size, dtype=np.float32) < block
        probs[start : start + step] = block
        y[start : start + step] = yes ^ (rng.random(size, dtype=np.float32) < 0.01)
    return y, probs
