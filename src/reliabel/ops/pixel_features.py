"""Simple features of each pixel of a picture: its colour, and the mean and the deviation of what is
around it.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats
from reliabel.ops.pictures import Pixels

NEAR, FAR = 5, 11  # pixels of a side of what is around a pixel


def pixel_features(pixels: Pixels, around: tuple[int, ...] = (NEAR, FAR)) -> Floats:
    """(d, h, w) the colour of each pixel, and around it the mean colour and the deviation of the
    grey value, at each scale; all from 0 to 1.

    >>> pixel_features(np.zeros((4, 6, 3), np.uint8)).shape
    (11, 4, 6)
    """
    from scipy.ndimage import uniform_filter

    colour = np.moveaxis(np.asarray(pixels, dtype=np.float32) / 255, 2, 0)
    grey = colour.mean(0)
    parts = [colour]
    for side in around:
        mean = uniform_filter(colour, (0, side, side), mode="nearest")
        middle = uniform_filter(grey, side, mode="nearest")
        square = uniform_filter(grey**2, side, mode="nearest")
        parts += [mean, np.sqrt(np.maximum(square - middle**2, 0))[None]]
    return np.concatenate(parts)


def standardised(features: Floats) -> Floats:
    """Features (d, ...) with mean 0 and deviation 1 over all places; a constant one becomes 0."""
    flat = np.asarray(features, dtype=np.float32).reshape(len(features), -1)
    mean, spread = flat.mean(1, keepdims=True), flat.std(1, keepdims=True)
    flat = (flat - mean) / np.where(spread > 1e-6, spread, np.inf)
    out: Floats = flat.reshape(features.shape)
    return out
