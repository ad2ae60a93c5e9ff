"""Patch features: random patches of the pictures serve as filters, thresholded everywhere and
averaged over quadrants; no pretrained weights are needed.

Assumes that small textures and colours tell the classes apart. Weak if the class is a shape larger
than a few pixels of a 32 x 32 picture, or fine print.
Cost: O(n side^2 filters) time, 2 CPU minutes for 20,000 pictures; memory O(sample x filters)
whatever n.
Paper: Coates, Ng, Lee. An analysis of single-layer networks in unsupervised feature learning,
AISTATS 2011.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.run import track
from reliabel.ops.pictures import Pixels, load

ALSO = ("patches",)
READS = "image"
AUTO_RANK = 1
WIDTH = 400
PATCH = 6  # pixels
BLOCK = 64  # pictures worked on at once
SAMPLE = 20_000  # pictures that filters, scale and axes are learnt from


def embed(
    items: Sequence[Any],
    *,
    rng: np.random.Generator,
    side: int = 32,
    filters: int = 500,
    patches: int = 200_000,
    axes: int = 400,
) -> Floats:
    """One vector per picture; a row of NaN if a picture cannot be read.

    side: every picture is resized to a square of this many pixels.
    filters: number of random patches taken as filters.
    patches: number of patches from which the whitening is learnt.
    axes: principal axes kept.

    >>> flat = np.zeros((8, 8), np.uint8)
    >>> lines = np.repeat(np.array([0, 200] * 4, np.uint8)[:, None], 8, 1)
    >>> embed([flat, lines, flat, None], rng=np.random.default_rng(0), filters=4, patches=500).shape
    (4, 1)
    """
    n = len(items)
    out = np.full((n, 0), np.nan, dtype=np.float32)
    if not n:
        return out
    first = np.sort(rng.choice(n, SAMPLE, replace=False)) if n > SAMPLE else np.arange(n)
    rest = np.setdiff1d(np.arange(n), first)
    read = [
        (row, pixels)
        for row in track("pictures", first.tolist(), len(first))
        if (pixels := load(items[row], side)[0]) is not None
    ]
    if not read:
        return np.full((n, 1), np.nan, dtype=np.float32)
    seen = np.array([row for row, _ in read])
    pictures = np.stack([pixels for _, pixels in read])
    bank = _filters(pictures, filters, patches, rng)
    raw = np.empty((len(pictures), 4 * bank[0].shape[1]), dtype=np.float32)
    for start in track("patch features", range(0, len(pictures), BLOCK)):
        raw[start : start + BLOCK] = _pooled(pictures[start : start + BLOCK], bank)
    mean, spread = raw.mean(0, dtype=np.float64), np.maximum(raw.std(0, dtype=np.float64), 1e-6)
    basis = _axes(raw, mean, spread, axes)
    out = np.full((n, basis.shape[1]), np.nan, dtype=np.float32)
    for start in range(0, len(raw), 1024):
        out[seen[start : start + 1024]] = ((raw[start : start + 1024] - mean) / spread).astype(
            np.float32
        ) @ basis
    common = max(float(out[seen].std()), 1e-12)
    out /= common
    for start in track("patch features", range(0, len(rest), BLOCK)):
        read = [
            (row, pixels)
            for row in rest[start : start + BLOCK].tolist()
            if (pixels := load(items[row], side)[0]) is not None
        ]
        if read:
            pooled = _pooled(np.stack([pixels for _, pixels in read]), bank)
            out[[row for row, _ in read]] = (
                ((pooled - mean) / spread).astype(np.float32) @ basis / common
            )
    return out


def _filters(
    pictures: Pixels, filters: int, patches: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Projection (108, filters) and shift (filters,) that whiten a normalised patch and compare it
    with each filter.
    """
    n, side = len(pictures), pictures.shape[1]
    patches = min(patches, n * (side - PATCH + 1) ** 2)
    which, top, left = rng.integers(0, n, patches), *rng.integers(0, side - PATCH + 1, (2, patches))
    patch = np.empty((patches, PATCH, PATCH, 3), dtype=np.float32)
    for dy in range(PATCH):
        for dx in range(PATCH):
            patch[:, dy, dx] = pictures[which, top + dy, left + dx]
    flat = _normalised(patch.reshape(patches, -1))
    mean = flat.mean(0)
    value, vector = np.linalg.eigh(np.cov(flat, rowvar=False))
    whiten = (vector / np.sqrt(np.maximum(value, 0) + 0.1)) @ vector.T
    chosen = (flat[rng.choice(patches, min(filters, patches), replace=False)] - mean) @ whiten
    chosen /= np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-8)
    projection = whiten @ chosen.T
    return projection.astype(np.float32), (mean @ projection).astype(np.float32)


def _normalised(flat: Floats) -> Floats:
    flat = flat - flat.mean(1, keepdims=True)
    flat /= np.sqrt(np.einsum("ij,ij->i", flat, flat)[:, None] / flat.shape[1] + 10)
    return flat


def _pooled(pictures: Pixels, bank: tuple[Floats, Floats]) -> Floats:
    """(b, 4 filters): the root of each filter's thresholded answer, averaged over the four
    quadrants.
    """
    projection, shift = bank
    window = np.lib.stride_tricks.sliding_window_view(
        pictures, (PATCH, PATCH), axis=(1, 2)
    )  # b, places, places, 3, 6, 6
    b, places = window.shape[:2]
    flat = _normalised(
        window.transpose(0, 1, 2, 4, 5, 3).reshape(b * places * places, -1).astype(np.float32)
    )
    answer = flat @ projection
    answer -= shift + 1
    np.maximum(answer, 0, out=answer)
    answer = answer.reshape(b, places, places, -1)
    cut = (places + 1) // 2
    halves = (slice(0, cut), slice(cut, places))
    pooled: Floats = np.sqrt(
        np.concatenate(
            [answer[:, rows, columns].mean((1, 2)) for rows in halves for columns in halves], axis=1
        )
    )
    return pooled


def _axes(raw: Floats, mean: Floats, spread: Floats, axes: int) -> Floats:
    """Principal axes of the standardised features, each divided by the fourth root of its
    variance.
    """
    n, d = raw.shape
    if n < d:  # fewer pictures than features: the small matrix has the same axes
        x = (raw - mean) / spread
        value, left = np.linalg.eigh(x @ x.T / n)
        vector = x.T @ left / np.sqrt(np.maximum(value, 1e-12) * n)
    else:
        square = np.zeros((d, d))
        for start in range(0, n, 4096):
            block = (raw[start : start + 4096] - mean) / spread
            square += block.T @ block
        value, vector = np.linalg.eigh(square / n)
    keep = [
        place for place in np.argsort(-value)[:axes] if value[place] > 1e-6 * max(value[-1], 1e-12)
    ] or [len(value) - 1]
    basis: Floats = (vector[:, keep] / np.maximum(value[keep], 1e-12) ** 0.25).astype(np.float32)
    return basis
