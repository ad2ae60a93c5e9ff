"""Frames of videos: cells of a grid over each frame, the classes in them, and affinities between
the cells of neighbouring frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.short_repr import by_fields
from reliabel.ops.pictures import load
from reliabel.ops.pixel_features import pixel_features, standardised
from reliabel.ops.regions import painted

CELLS = 64  # cells of a side at most, where the frames themselves are looked at
SIDE = 8  # pixels of the side of such a cell at least
QUERIES = 256  # cells compared at once


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame by the cells of a grid.

    grid: rows and columns.  unit: (cells, d) features of length one.  classes: (cells, k + 1) share
    of the pixels of each class, the last of no region.  region, cell, count: the pixels that can be
    seen of each region (row in the picture) in each cell.
    """

    grid: tuple[int, int]
    unit: Floats
    classes: Floats
    region: Ints
    cell: Ints
    count: Ints

    __repr__ = by_fields


def cell_of_pixels(size: tuple[int, ...], grid: Any) -> Ints:
    """(pixels,) the cell of each pixel of a picture under a grid of features (..., rows, columns).

    >>> cell_of_pixels((2, 4), np.zeros((5, 1, 2))).tolist()
    [0, 0, 1, 1, 0, 0, 1, 1]
    """
    rows, columns = grid.shape[-2:]
    row = np.arange(size[0]) * rows // max(size[0], 1)
    column = np.arange(size[1]) * columns // max(size[1], 1)
    return np.asarray((row[:, None] * columns + column).ravel())


def frame_of(labels: Grouped[Regions], item: int, maps: Any, items: Any) -> Frame | None:
    """A frame by the cells of its feature map, or of its picture where there are no maps; None
    where it has no region, or its picture cannot be read or is of another size.

    The features are standardised over the frame, so that its light does not matter.
    """
    a, b = int(labels.offsets[item]), int(labels.offsets[item + 1])
    if a == b:
        return None
    regions = labels.units.take(np.arange(a, b))
    size = tuple(regions.size[0].tolist())
    grid = grid_of(item, size, maps, items)
    if grid is None:
        return None
    cells, k = int(np.prod(grid.shape[1:])), regions.k
    at = cell_of_pixels(size, grid)
    top = painted(regions, size, np.arange(b - a)).ravel()
    y = np.append(regions.y, -1)[top] % (k + 1)
    classes = np.bincount(at * (k + 1) + y, minlength=cells * (k + 1)).reshape(cells, k + 1)
    seen = top >= 0
    pair, count = np.unique(top[seen].astype(np.int64) * cells + at[seen], return_counts=True)
    x = standardised(grid).reshape(len(grid), cells).T
    length = np.linalg.norm(x, axis=1, keepdims=True)
    share = classes / np.maximum(classes.sum(1, keepdims=True), 1)
    unit = x / np.maximum(length, 1e-6)
    return Frame(grid.shape[1:], unit, share, pair // cells, pair % cells, count)


def grid_of(item: int, size: tuple[int, ...], maps: Any, items: Any) -> Floats | None:
    """(d, rows, columns) the features of a frame, or means of those of its pixels."""
    if maps is not None:
        return np.ascontiguousarray(maps[item], dtype=np.float32)
    picture = None if items is None else load(items[item])[0]
    if picture is None or picture.shape[:2] != tuple(size):
        return None
    pixel = pixel_features(picture)
    shape = tuple(max(1, min(CELLS, side // SIDE)) for side in size)
    cells = shape[0] * shape[1]
    at = cell_of_pixels(size, np.zeros(shape))
    total = np.maximum(np.bincount(at, minlength=cells), 1)
    flat = pixel.reshape(len(pixel), -1)
    means = [np.bincount(at, weights=one, minlength=cells) / total for one in flat]
    return np.stack(means).reshape(len(pixel), *shape).astype(np.float32)


def videos(groups: Any) -> list[Ints]:
    """The frames of each video, in the order of rows."""
    _, code = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)


def disc(grid: tuple[int, int], radius: int) -> Ints:
    """(cells, places) the cells within a radius of each cell of a grid, -1 outside of it."""
    step = np.arange(-radius, radius + 1)
    down, across = (one.ravel() for one in np.meshgrid(step, step, indexing="ij"))
    near = down**2 + across**2 <= radius**2
    down, across = down[near], across[near]
    row, column = np.divmod(np.arange(grid[0] * grid[1])[:, None], grid[1])
    row, column = row + down, column + across
    inside = (row >= 0) & (row < grid[0]) & (column >= 0) & (column < grid[1])
    return np.where(inside, row * grid[1] + column, -1)


def propagated(
    frame: Frame, context: list[Frame], near: Ints, top: int, temperature: float
) -> Floats:
    """(cells, k + 1) the classes that other frames give the cells of a frame: each cell takes the
    mean of its ``top`` most alike cells in all of them, weighted by softmax(cosine / temperature).

    near: (cells, places) where a cell may have come from, as ``disc`` gives it.
    """
    other = np.stack([one.unit for one in context])  # (frames, cells, d)
    classes = np.concatenate([one.classes for one in context])
    cells = len(frame.unit)
    base = np.arange(len(context))[:, None] * cells
    out = np.empty_like(frame.classes)
    for start in range(0, cells, QUERIES):
        here = near[start : start + QUERIES]
        like = np.einsum(
            "qd,tqpd->qtp", frame.unit[start : start + QUERIES], other[:, np.maximum(here, 0)]
        )
        like = np.where(here[:, None] >= 0, like, -np.inf).reshape(len(here), -1)
        place = (base + np.maximum(here, 0)[:, None]).reshape(len(here), -1)
        keep = min(top, like.shape[1])
        best = np.argpartition(-like, keep - 1, axis=1)[:, :keep]
        chosen = np.take_along_axis(like, best, 1)
        weight = np.exp((chosen - chosen.max(1, keepdims=True)) / temperature)
        weight /= weight.sum(1, keepdims=True)
        given = classes[np.take_along_axis(place, best, 1)]  # (q, top, k + 1)
        out[start : start + QUERIES] = np.einsum("qj,qjc->qc", weight, given)
    return out
