"""Mixture relabelling (AGMM): pixels that in feature space lie at another class of their picture
than the one they are given.

Each class of a picture is one component of a Gaussian mixture, made of the features of its labelled
pixels; a pixel that is far more probable under another component belongs to that class.  Made for
weak labels (scribbles, points, coarse outlines): it needs no model and no other picture.
Assumes that a class looks alike within one picture and unlike the others.  Weak on classes of many
looks (a person's face and coat), on pictures where most pixels of a class are labelled wrongly, and
on thin objects, whose surroundings weigh in the features.
Features are those of the cells of a grid over each picture (``feature_maps``), or without them
colour, local mean and deviation of the pixels of the pictures in ``items``.
Unlabelled pixels stay so; ``info["relabelled"]`` holds the maps.
Cost: O(pixels x features x (features + classes)), one picture in memory at a time.
Paper: Wu, Zhong, Fang, He, Liu, Ma, Chen. Sparsely annotated semantic segmentation with adaptive
Gaussian mixtures. CVPR 2023 (its components have a mean alone in the published code, here a
covariance as well: on generated scenes of textured objects with coarse outlines, the former lowers
the overlap with the truth and the latter raises it; `reliabel bench run pictures`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.results import Suspicion
from reliabel.ops.frames import cell_of_pixels
from reliabel.ops.pictures import load
from reliabel.ops.pixel_features import NEAR, pixel_features, standardised
from reliabel.ops.relabelled_maps import relabelled, suspicion

STATUS = "optional"
ALSO = ("agmm",)
ONE_OF = ("items", "feature_maps")
SHRUNK = 0.1  # how far a covariance is drawn towards a sphere
FLOOR = 1e-3  # of a component's variance


def audit(
    labels: Grouped[Regions],
    *,
    items: Any = None,
    feature_maps: Floats | None = None,
    margin: float = 0.9,
    adaptive: bool = True,
    least: float = 0.2,
) -> Suspicion:
    """Score = the share of a region's pixels that are of another component by more than ``margin``;
    flag = ``least`` or more of them; suggestion = the class of most of its pixels.

    items: pictures (paths, addresses, arrays); those that cannot be read, or are of another size
        than their regions, have no scores and are counted in ``info["unread"]``.
    margin: of the probabilities of the component and of the given class.
    adaptive: components have a covariance of their own (drawn a tenth towards a sphere); False
        leaves it out, as the published code does, where the closeness exp(-(mean distance)^2)
        stands for the probability and a margin of .2 is usual.

    >>> from reliabel.ops.regions import class_parts
    >>> runs, y = class_parts(np.array([[0, 0, 0, 0, 0, 1, 1, 1]]))
    >>> units = Regions(y, runs.start, runs.length, runs.offsets, [[1, 8]] * 2, ["road", "car"])
    >>> grid = np.array([0, 0, 0, 0, 1, 1, 1, 1.0]).reshape(1, 1, 1, 8)
    >>> found = audit(Grouped(units, [0, 2]), feature_maps=grid, adaptive=False, margin=0.2)
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
            x = standardised(pixel_features(picture, (NEAR,))).reshape(-1, given.size)
        return _relabelled(x, given.ravel(), k, margin, adaptive).reshape(given.shape), None

    found = relabelled(labels, by_mixture)
    return suspicion(labels, found, least, "by their looks", {"unread": found.unknown})


def _relabelled(x: Floats, given: Ints, k: int, margin: float, adaptive: bool) -> Ints:
    """(pixels,) the classes, where another component than the given one explains the features (d,
    pixels) better by more than the margin.
    """
    present = np.flatnonzero(np.bincount(given[given >= 0], minlength=k))
    if len(present) < 2:
        return given
    r = _probabilities(x, given, present) if adaptive else _closeness(x, given, present)
    best = r.argmax(0)
    place = np.searchsorted(present, np.maximum(given, 0))  # the given classes are present
    own = np.where(given >= 0, np.take_along_axis(r, place[None], 0)[0], 1.0)
    return np.where(r.max(0) - own > margin, present[best], given)


def _closeness(x: Floats, given: Ints, present: Ints) -> Floats:
    """(classes present, pixels) exp(-(mean distance from the mean)^2)."""
    centres = [x[:, given == c].mean(1, keepdims=True) for c in present.tolist()]
    return np.stack([np.exp(-(np.abs(x - centre).mean(0) ** 2)) for centre in centres])


def _probabilities(x: Floats, given: Ints, present: Ints) -> Floats:
    """(classes present, pixels) the probability of each Gaussian component, all alike before."""
    log = np.empty((len(present), x.shape[1]))
    for place, c in enumerate(present.tolist()):
        mine = x[:, given == c].astype(np.float64)
        centre = mine.mean(1, keepdims=True)
        spread = (mine - centre) @ (mine - centre).T / mine.shape[1]
        ball = np.trace(spread) / len(x) * np.eye(len(x))
        spread = (1 - SHRUNK) * spread + SHRUNK * ball + FLOOR * np.eye(len(x))
        root = np.linalg.cholesky(spread)
        far = solve_triangular(root, x - centre, lower=True)
        log[place] = -0.5 * (far**2).sum(0) - np.log(np.diag(root)).sum()
    chance: Floats = np.exp(log - log.max(0))
    chance /= chance.sum(0)
    return chance
