"""Mixture relabelling (AGMM): pixels that in feature space lie at another class of their picture
than the one they are given.

Each class of a picture is one component of a mixture around the mean feature of its labelled
pixels; how much of a component a pixel is falls with its distance from that mean.  Made for sparse
and weak labels (scribbles, points, coarse polygons): it needs no model and no other picture.
Assumes that a class looks alike within one picture and unlike the others.  Weak on classes of many
looks (a person's face and coat), on pictures where most pixels of a class are labelled wrongly, and
on thin objects, whose surroundings weigh in the features.
Features are those of the cells of a grid over each picture (``feature_maps``), or without them
colour, local mean and deviation of the pixels of the pictures in ``items``.
Unlabelled pixels stay so; ``info["relabelled"]`` holds the maps.
Cost: O(pixels x (features + classes)), one picture in memory at a time.
Paper: Wu, Zhong, Fang, He, Liu, Ma, Chen. Sparsely annotated semantic segmentation with adaptive
Gaussian mixtures. CVPR 2023.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.results import Suspicion
from reliabel.ops.frames import cell_of_pixels
from reliabel.ops.pictures import load
from reliabel.ops.pixel_features import pixel_features, standardised
from reliabel.ops.relabelled_maps import relabelled, suspicion

STATUS = "optional"
ALSO = ("agmm",)
ONE_OF = ("items", "feature_maps")
FLOOR = 1e-3  # of a component's variance


def audit(
    labels: Grouped[Regions],
    *,
    items: Any = None,
    feature_maps: Floats | None = None,
    margin: float = 0.2,
    adaptive: bool = False,
    least: float = 0.2,
) -> Suspicion:
    """Score = the share of a region's pixels that are of another component by more than ``margin``;
    flag = ``least`` or more of them; suggestion = the class of most of its pixels.

    items: pictures (paths, addresses, arrays); those that cannot be read, or are of another size
        than their regions, have no scores and are counted in ``info["unread"]``.
    adaptive: each component has a variance of its own, the weighted mean of its pixels' squared
        distances; else all have one.

    >>> from reliabel.ops.regions import class_parts
    >>> runs, y = class_parts(np.array([[0, 0, 0, 0, 0, 1, 1, 1]]))
    >>> units = Regions(y, runs.start, runs.length, runs.offsets, [[1, 8]] * 2, ["road", "car"])
    >>> grid = np.array([0, 0, 0, 0, 1, 1, 1, 1.0]).reshape(1, 1, 1, 8)
    >>> found = audit(Grouped(units, [0, 2]), feature_maps=grid)
    >>> found.score.round(2).tolist(), found.info["changed"]
    ([0.2, 0.0], {'road -> car': 1})
    """
    k = labels.units.k

    def by_mixture(item: int, given: Ints) -> tuple[Ints | None, None]:
        if feature_maps is not None:
            grid = np.ascontiguousarray(feature_maps[item], dtype=np.float32)
            x = standardised(grid.reshape(len(grid), -1))[:, cell_of_pixels(given.shape, grid)]
        else:
            picture = None if items is None else load(items[item])[0]
            if picture is None or picture.shape[:2] != given.shape:
                return None, None
            x = standardised(pixel_features(picture)).reshape(-1, given.size)
        return _relabelled(x, given.ravel(), k, margin, adaptive).reshape(given.shape), None

    found = relabelled(labels, by_mixture)
    return suspicion(labels, found, least, {"unread": found.unknown})


def _relabelled(x: Floats, given: Ints, k: int, margin: float, adaptive: bool) -> Ints:
    """(pixels,) the classes, where another component than the given one explains the features (d,
    pixels) better by more than the margin.
    """
    present = np.flatnonzero(np.bincount(given[given >= 0], minlength=k))
    if len(present) < 2:
        return given
    r = np.zeros((k, x.shape[1]), dtype=np.float32)
    for c in present.tolist():
        mine = given == c
        far = np.abs(x - x[:, mine].mean(1, keepdims=True)).mean(0) ** 2
        r[c] = np.exp(-far)
        if adaptive:
            variance = max(float(np.average(far[mine], weights=r[c, mine] + FLOOR)), FLOOR)
            r[c] = np.exp(-far / (2 * variance))
    best = r.argmax(0)
    own = np.where(given >= 0, np.take_along_axis(r, np.maximum(given, 0)[None], 0)[0], 1.0)
    return np.where(r.max(0) - own > margin, best, given)
