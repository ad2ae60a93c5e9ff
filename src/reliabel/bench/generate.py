"""Probabilities for the cost suite: uniform numbers to the fourth power, the true class plus up to
six, rows divided by their sum, 5 % of labels redrawn.

NumPy alone, so that the peers' scripts can read this file too.
"""

from __future__ import annotations

from pathlib import Path
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


def tagged(n: int, types: int = 4, seed: int = 0) -> tuple[Any, Any, Any]:
    """About n words in sentences of 5 to 40: where sentences start, the tag of each word (0
    outside, 1 + 2 c and 2 + 2 c where a span of class c begins and goes on) and float32
    probabilities of the tags; one word in ten begins a span of one to three, one
    span in twenty has another class.
    """
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(5, 41, n // 22))])
    m = int(offsets[-1])
    tags = np.zeros(m, dtype=np.int64)
    begins = np.flatnonzero((rng.random(m) < 0.1) & ~np.isin(np.arange(m), offsets[1:] - 1))
    begins = begins[np.diff(begins, append=m + 9) > 3]  # spans do not touch
    sort, size = rng.integers(0, types, len(begins)), rng.integers(1, 4, len(begins))
    room = offsets[np.searchsorted(offsets, begins, side="right")] - begins
    tags[begins] = 1 + 2 * sort
    for more in (1, 2):
        some = np.minimum(size, room) > more
        tags[begins[some] + more] = 2 + 2 * sort[some]
    probs = rng.random((m, 1 + 2 * types), dtype=np.float32) ** 8
    probs[np.arange(m), tags] += 1 + rng.random(m, dtype=np.float32) * 9
    probs /= probs.sum(1, keepdims=True)
    wrong = begins[rng.random(len(begins)) < 0.05]
    for more in range(3):
        inside = (tags[np.minimum(wrong + more, m - 1)] > 0) & (wrong + more < m)
        at = (wrong + more)[
            inside & ((more == 0) | (tags[np.minimum(wrong + more, m - 1)] % 2 == 0))
        ]
        tags[at] = (tags[at] + 1) % (2 * types) + 1
    return offsets, tags, probs


def boxes(n: int, m: int, k: int, seed: int = 0) -> dict[str, Any]:
    """``m`` given boxes in each of ``n`` pictures of 640 x 480, and twice as many detections: one
    near each given box, with its score, and one at a chance place with a low score; 5 % of the
    given boxes have another class.
    """
    rng = np.random.default_rng(seed)
    start = rng.random((n * m, 2)) * (540, 380)
    xyxy = np.concatenate([start, start + rng.uniform(20, 100, (n * m, 2))], 1)
    y = rng.integers(0, k, n * m)
    near = xyxy + rng.normal(0, 3, xyxy.shape)
    start = rng.random((n * m, 2)) * (540, 380)
    far = np.concatenate([start, start + rng.uniform(20, 100, (n * m, 2))], 1)
    seen = np.stack([near.reshape(n, m, 4), far.reshape(n, m, 4)], 2).reshape(-1, 4)
    named = np.stack([y, rng.integers(0, k, n * m)], 1).ravel()
    score = np.stack([rng.beta(12, 1, n * m), rng.beta(1, 4, n * m)], 1).ravel()
    wrong = rng.random(n * m) < 0.05
    y = np.where(wrong, (y + 1) % k, y)
    return {
        **{"xyxy": xyxy, "y": y, "offsets": np.arange(n + 1) * m},
        **{"p_xyxy": seen, "p_y": named, "p_score": score, "p_offsets": np.arange(n + 1) * 2 * m},
    }


def mask_files(folder: Path, n: int, h: int, w: int, k: int, seed: int = 0) -> tuple[Path, Path]:
    """Class maps (n, h, w) and float32 probabilities (n, k, h, w) in two files: blocks of 32 pixels
    of one class, their chances rough, and one block in twenty with another class given.
    """
    rng = np.random.default_rng(seed)
    folder = Path(folder)
    labels, probs = folder / "labels.npy", folder / "probs.npy"
    p = np.lib.format.open_memmap(probs, "w+", np.float32, (n, k, h, w))
    y = np.empty((n, h, w), np.uint8)
    down, right = np.arange(h) // 32, np.arange(w) // 32
    for i in range(n):
        coarse = rng.integers(0, k, (down[-1] + 1, right[-1] + 1))
        other = (coarse + rng.integers(1, k, coarse.shape)) % k
        given = np.where(rng.random(coarse.shape) < 0.05, other, coarse)
        y[i] = given[np.ix_(down, right)]
        one = rng.random((k, h, w), dtype=np.float32) ** 4
        truth = coarse[np.ix_(down, right)]
        np.put_along_axis(
            one,
            truth[None],
            np.take_along_axis(one, truth[None], 0) + rng.random((1, h, w), dtype=np.float32) * 6,
            0,
        )
        p[i] = one / one.sum(0)
    p.flush()
    np.save(labels, y)
    return labels, probs
