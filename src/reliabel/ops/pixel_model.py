"""A small model of pixels: the class of a pixel by its colour, what is around it, and its place, at
a fraction of the picture's size.

A pixel is described by its colour, the mean colour and the deviation around it at two scales, and
its place in the picture; a layer of random rectified directions of these, and a logistic regression
upon it.  Weak by design: it sees no shapes.  It tells grounds and materials apart, and so it finds
regions that look like another class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.short_repr import by_fields

SIDE = 160  # cells of the longer side that a picture is looked at with
HIDDEN = 96  # random directions
AROUND = (5, 15)  # cells of a side around a cell


@dataclass(frozen=True, eq=False)
class PixelModel:
    """The model of each fold, and which fold each picture is in: called with the number of a
    picture it gives the chance of each class for each pixel, by the model that did not learn from
    it.  Pictures that cannot be read get the same chance for all classes.
    """

    pictures: Sequence[Any]
    sizes: Ints
    fold: Ints
    mean: Floats
    spread: Floats
    directions: Floats
    weights: Floats  # (folds, HIDDEN + features + 1, k)

    __repr__ = by_fields

    def __call__(self, row: int) -> Floats:
        k = self.weights.shape[2]
        height, width = self.sizes[row].tolist()
        found = features_of(self.pictures[row])
        if found is None:
            return np.full((k, height, width), 1 / k, dtype=np.float32)
        d, high, wide = found.shape
        x = hidden(found.reshape(d, -1).T, self.mean, self.spread, self.directions)
        logits = x @ self.weights[self.fold[row]]
        logits -= logits.max(1, keepdims=True)
        p = np.exp(logits)
        p /= p.sum(1, keepdims=True)
        return stretched(p.T.reshape(k, high, wide), (height, width))


def features_of(picture: Any) -> Floats | None:
    """(d, h, w) the features of the cells of a picture; None where it cannot be read."""
    from reliabel.ops.pictures import reduced

    pixels, _, _ = reduced(picture, SIDE)
    return None if pixels is None else cell_features(pixels)


def cell_features(pixels: Any) -> Floats:
    """(d, h, w) colour, mean colour and deviation around it at two scales, and place.

    >>> cell_features(np.zeros((4, 6, 3), np.uint8)).shape
    (13, 4, 6)
    """
    from scipy.ndimage import uniform_filter

    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    colour = np.moveaxis(np.asarray(pixels[..., :3], dtype=np.float32) / 255, 2, 0)
    grey = colour.mean(0)
    parts = [colour]
    for side in AROUND:
        mean = uniform_filter(colour, (0, side, side), mode="nearest")
        middle = uniform_filter(grey, side, mode="nearest")
        square = uniform_filter(grey**2, side, mode="nearest")
        parts += [mean, np.sqrt(np.maximum(square - middle**2, 0))[None]]
    height, width = grey.shape
    y, x = np.indices((height, width), dtype=np.float32)
    across = x / max(width - 1, 1)
    return np.concatenate([*parts, y[None] / max(height - 1, 1), np.abs(across - 0.5)[None]])


def hidden(x: Floats, mean: Floats, spread: Floats, directions: Floats) -> Floats:
    """(n, HIDDEN + d + 1) standardised features, random rectified directions of them, and one."""
    z = (x - mean) / spread
    up = np.maximum(z @ directions[:-1] + directions[-1], 0)
    return np.concatenate([up, z, np.ones((len(z), 1), dtype=z.dtype)], axis=1)


def stretched(probs: Floats, size: tuple[int, int]) -> Floats:
    """Probabilities (k, h, w) at another size, between the cells by their distances."""
    k, high, wide = probs.shape
    if (high, wide) == size:
        return np.ascontiguousarray(probs, dtype=np.float32)
    low, high_part = _between(high, size[0])
    left, right_part = _between(wide, size[1])
    rows = probs[:, low] * (1 - high_part)[:, None] + (
        probs[:, np.minimum(low + 1, high - 1)] * high_part[:, None]
    )
    made = rows[:, :, left] * (1 - right_part) + (
        rows[:, :, np.minimum(left + 1, wide - 1)] * right_part
    )
    assert made.shape == (k, *size)
    return np.asarray(made, dtype=np.float32)


def _between(cells: int, size: int) -> tuple[Ints, Floats]:
    """The cell before each pixel, and how far the pixel lies on the way to the next."""
    at = np.clip((np.arange(size) + 0.5) * cells / size - 0.5, 0, cells - 1).astype(np.float32)
    low = np.floor(at).astype(np.int64)
    return low, at - low


def classes_at(labels: Grouped[Regions], item: int, grid: tuple[int, int], bare: int) -> Ints:
    """(cells,) the class in the middle of each cell of a picture; -1 where it is unknown."""
    from reliabel.ops.class_maps import picture_of

    picture = picture_of(labels, item)
    if picture.size is None:
        return np.full(grid[0] * grid[1], bare)
    height, width = picture.size
    y = picture.classes(picture.owners(picture.size), bare).reshape(height, width)
    rows = ((np.arange(grid[0]) + 0.5) * height / grid[0]).astype(np.int64)
    columns = ((np.arange(grid[1]) + 0.5) * width / grid[1]).astype(np.int64)
    return np.asarray(y[rows][:, columns].ravel())
