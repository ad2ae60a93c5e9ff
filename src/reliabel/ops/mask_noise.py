"""Ways in which the mask of one object comes out wrong, and how far two masks are apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from scipy.ndimage import binary_dilation, binary_erosion, distance_transform_edt

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.outlines import outline, simplified
from reliabel.ops.polygons import polygons_runs
from reliabel.ops.regions import mask_of, mask_runs

EVERY = 10**9  # corners that an outline may have: all
JITTER = 0.2  # of the distance from the middle, of the corners of a polygon of eight
CORNERS = 8
Change = Callable[[Bools, float, Generator], Bools]  # (mask, strength in pixels, chance) -> mask


def eroded(mask: Bools, radius: float, rng: Generator) -> Bools:
    """The pixels at least so far inside; beyond the picture the object goes on."""
    return np.asarray(binary_erosion(mask, _disc(radius), border_value=1))


def dilated(mask: Bools, radius: float, rng: Generator) -> Bools:
    """The pixels at most so far from the mask."""
    return np.asarray(binary_dilation(mask, _disc(radius)))


def resized(mask: Bools, side: float, rng: Generator) -> Bools:
    """Eroded or dilated, one as likely as the other, with a square of this side."""
    square = np.ones((max(round(side), 1),) * 2, dtype=bool)
    if rng.random() < 0.5:
        return np.asarray(binary_erosion(mask, square, border_value=1))
    return np.asarray(binary_dilation(mask, square))


def shifted(mask: Bools, most: float, rng: Generator) -> Bools:
    """Moved by up to so many pixels down and across, by one at least."""
    most = max(round(most), 1)
    step = np.zeros(2, dtype=np.int64)
    while not step.any():
        step = rng.integers(-most, most + 1, 2)
    down, across = step.tolist()
    wide = np.pad(mask, most)
    h, w = mask.shape
    return wide[most - down : most - down + h, most - across : most - across + w]


def approximated(mask: Bools, tolerance: float, rng: Generator) -> Bools:
    """The outline with the corners that Douglas and Peucker's rule keeps, filled."""
    return _filled([simplified(ring, tolerance) for ring in _rings(mask)], mask.shape)


def jittered(mask: Bools, deviation: float, rng: Generator) -> Bools:
    """Each corner of the outline moved by chance (normal, of this deviation), and filled."""
    moved = [np.rint(ring + rng.normal(0, deviation, ring.shape)) for ring in _rings(mask)]
    return _filled(moved, mask.shape)


def polygon(mask: Bools, strength: float, rng: Generator) -> Bools:
    """A polygon of eight points of the longest outline, evenly along it, each by chance up to a
    fifth nearer to the middle or further from it.
    """
    ring = max(_rings(mask), key=len)
    step = np.hypot(*np.diff(np.concatenate([ring, ring[:1]]), axis=0).T)
    along = np.concatenate([[0], np.cumsum(step)])
    at = (rng.random() + np.arange(CORNERS)) / CORNERS * along[-1] % along[-1]
    closed = np.concatenate([ring, ring[:1]]).astype(float)
    points = np.stack([np.interp(at, along, axis) for axis in closed.T], 1)
    middle = points.mean(0)
    scale = rng.uniform(1 - JITTER, 1 + JITTER, (CORNERS, 1))
    return _filled([middle + (points - middle) * scale], mask.shape)


def apart(one: Bools, two: Bools) -> tuple[float, float]:
    """Intersection over union of two masks, and the mean distance in pixels of the edge of each to
    that of the other; 0 and NaN where one is empty.

    >>> square = np.zeros((9, 9), bool); square[2:7, 2:7] = True
    >>> larger = np.zeros((9, 9), bool); larger[1:8, 1:8] = True
    >>> iou, far = apart(square, larger)
    >>> round(iou, 2), round(far, 2)
    (0.51, 1.03)
    """
    union = int((one | two).sum())
    iou = int((one & two).sum()) / max(union, 1)
    if not one.any() or not two.any():
        return iou, float("nan")
    edge = [mask & ~binary_erosion(mask) for mask in (one, two)]
    far = [distance_transform_edt(~theirs)[mine].mean() for mine, theirs in (edge, edge[::-1])]
    return iou, float(np.mean(far))


def _disc(radius: float) -> Bools:
    reach = int(np.ceil(radius))
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(down**2 + across**2 <= radius**2)


def _rings(mask: Bools) -> list[Ints]:
    """The outlines of a mask, holes among them, each (corners, 2) of x and y."""
    runs = mask_runs(mask)
    if not len(runs.start):
        return []
    _, polygons = outline(runs.start, runs.length, mask.shape[1], EVERY)
    return [np.array(ring).reshape(-1, 2) for ring in polygons]


def _filled(rings: list[Floats] | list[Ints], size: tuple[int, ...]) -> Bools:
    """What an odd number of rings surrounds, as holes are rings too."""
    mask = np.zeros(size, dtype=bool)
    runs = polygons_runs(rings, np.arange(len(rings)), len(rings), size)
    for ring in range(len(rings)):
        mask ^= mask_of(runs, ring, (size[0], size[1]))
    return mask
