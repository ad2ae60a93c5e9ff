"""Masks around one object as pictures: their signed distances, and outlines with few corners."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt

from reliabel.core.labels import Floats
from reliabel.core.objects import Regions
from reliabel.core.outlines import outline, simplified
from reliabel.ops.mask_votes import Canvas
from reliabel.ops.regions import Runs, mask_runs

REACH = 1.0  # pixels from an outline up to which a distance counts; further ones are gross errors
AROUND, EVERY = 2, 10**9


def masks_around(one: Canvas) -> tuple[Any, tuple[int, int]]:
    """(r, h, w) the workers' masks around an object, and their first row and column."""
    height, width = one.size
    drawn: Any = (one.said >= 0).any(0)
    some = np.flatnonzero(drawn[one.pattern])
    last = one.start[some] + one.length[some] - 1
    top = max(int(one.start[some[0]]) // width - AROUND, 0)
    below = min(int(last[-1]) // width + AROUND + 1, height)
    begin, end = top * width, below * width
    stretch = slice(
        int(np.searchsorted(one.start, begin, side="right")) - 1,
        int(np.searchsorted(one.start, end, side="left")),
    )
    start = np.maximum(one.start[stretch], begin)
    length = np.diff(np.append(start, end))
    grid = np.repeat(one.pattern[stretch], length).reshape(below - top, width)
    masks = (one.said >= 0)[:, grid]
    used = np.flatnonzero(masks.any((0, 1)))
    left, right = max(int(used[0]) - AROUND, 0), min(int(used[-1]) + AROUND + 1, width)
    return masks[:, :, left:right], (top, left)


def signed_distances(masks: Any) -> Floats:
    """(r, h, w) the distance of each pixel's middle from the outline, positive inside."""
    inside = [distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1] for mask in masks]
    outside = [distance_transform_edt(~mask) for mask in masks]
    signed = np.stack(inside) - np.stack(outside)
    return np.asarray(np.clip(signed - np.sign(signed) / 2, -REACH, REACH))


def placed_in(shape: Any, corner: tuple[int, int], size: tuple[int, int]) -> Runs:
    """A mask of a part of the picture as runs of the whole; rows are cut into runs of their own."""
    whole = np.zeros((len(shape), size[1]), dtype=bool)
    whole[:, corner[1] : corner[1] + shape.shape[1]] = shape
    runs = mask_runs(whole)
    return Runs(runs.start + corner[0] * size[1], runs.length, runs.offsets)


def polygons_of(units: Regions, tolerance: float) -> list[list[list[int]]]:
    """The outline of each region with few corners."""
    found = []
    for row in range(len(units)):
        runs = slice(int(units.offsets[row]), int(units.offsets[row + 1]))
        _, rings = outline(units.start[runs], units.length[runs], int(units.size[row, 1]), EVERY)
        corners = [simplified(np.array(ring).reshape(-1, 2), tolerance) for ring in rings]
        found.append([one.ravel().tolist() for one in corners])
    return found
