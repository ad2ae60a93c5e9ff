"""Polygon consensus: outlines of one object by several workers become their mean shape, and that a
polygon with few corners.

Objects are matched across workers first.  A pixel belongs to the object where the mean over the
workers of its signed distance from their outlines, at most a pixel, is positive (inside), so that
edges lie between those that were drawn and stay smooth where a majority of pixels frays.  Workers
weigh by how far their outlines are from those of the others.  Who looked and drew nothing counts
for whether the object is there, not for its shape.  Assumes outlines without systematic error:
where most workers draw too wide, so does the mean.  Weak for objects of several parts.
Cost: O(pixels around each object), for each worker twice.
Paper: Rohlfing, Maurer. Shape-based averaging. IEEE Transactions on Image Processing 16 (2007)
153-161; corners: Douglas, Peucker. Cartographica 10 (1973); the weights are our own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt

from reliabel.core.labels import Floats, Grouped, Votes
from reliabel.core.objects import Regions
from reliabel.core.results import Consensus
from reliabel.core.run import track
from reliabel.ops.drawn_votes import looks, overlap_with_truth
from reliabel.ops.mask_consensus import Laid, laid, object_consensus, regions_of_runs, risks
from reliabel.ops.mask_shapes import REACH, masks_around, placed_in, polygons_of, signed_distances
from reliabel.ops.mask_votes import decided, shares_of
from reliabel.ops.metric_sources import error_of_sources
from reliabel.ops.regions import Runs, edge_pixels

FAITH = 3.0


def aggregate(
    votes: Votes[Grouped[Regions]], *, least: float = 0.5, tolerance: float = 1.0
) -> Consensus[Grouped[Regions]]:
    """One region for each object.

    least: objects are kept that are there with a chance above it.
    tolerance: how far, in pixels, the polygons may lie from the outline.
    ``skill`` is the expected overlap of what a worker drew with what is there.
    ``info`` holds "polygons" (regions,), rings of x, y, x, y, ... each, "boundary_distance" (w,),
    the mean distance in pixels of a worker's outlines from the consensus, "area_ratio" (w,), the
    mean ratio (geometric) of a worker's areas to those of the consensus, "weight" (w,), "p"
    (regions,), the chance that a region is right, and "risk" (n,), the share of votes against the
    majority over the pixels that somebody drew.

    >>> masks = Regions([0, 0, 0], [12, 12, 12], [4, 5, 6], [0, 1, 2, 3], [[3, 10]] * 3, ["field"])
    >>> found = aggregate(Votes([0, 0, 0], [0, 1, 2], Grouped(masks, [0, 1, 2, 3]), n=1, w=3))
    >>> found.labels.units.length.tolist(), found.info["polygons"][0]
    ([5], [[2, 1, 7, 1, 7, 2, 2, 2]])
    """
    over = laid(votes, "matched")
    known = over.objects
    assert known is not None
    w, k = votes.w, votes.labels.units.k
    weight = _weights(over, w)
    shapes, place = list[tuple[Runs, int, tuple[int, int]]](), list[int]()
    right, logs, far, edges = np.zeros(len(known.cast)), np.zeros(w), np.zeros(w), np.zeros(w)
    row_of = {
        pair: row
        for row, pair in enumerate(
            zip(known.found.cluster.tolist(), known.cast.worker.tolist(), strict=True)
        )
    }
    drawn = np.zeros(w)
    for at, one in enumerate(track("averaging shapes", over.canvases, len(over.canvases))):
        masks, corner = masks_around(one)
        mine = signed_distances(masks)
        force = weight[one.workers][:, None, None]
        mean: Any = (mine * force).sum(0) / force.sum()
        shape = np.asarray(mean > 0)
        if not shape.any():
            continue
        distance = distance_transform_edt(~edge_pixels(shape))
        shapes.append((placed_in(shape, corner, one.size), int(known.y[at]), one.size))
        place.append(at)
        for j, mask in zip(one.workers.tolist(), masks, strict=True):
            row = row_of[at, j]
            same = known.cast.y[row] == known.y[at]
            right[row] = same * (mask & shape).sum() / (mask | shape).sum()
            outer = edge_pixels(mask)
            far[j] += distance[outer].sum()
            edges[j] += outer.sum()
            logs[j] += np.log(mask.sum() / shape.sum())
            drawn[j] += 1
    which = np.array(place, dtype=np.int64)
    regions = regions_of_runs(shapes, votes.labels.units.names)
    pair, none = shares_of(over.said, np.ones(w))
    with np.errstate(divide="ignore"):
        answer = decided(over.said, np.log(pair), np.log(none), k)
    found = object_consensus(over, known, regions, np.ones(len(which)), which, least)
    kept = found.labels.units
    chance, look = known.there.chance, looks(over.votes)
    info: dict[str, Any] = {
        **found.info,
        "polygons": polygons_of(kept, tolerance),
        "boundary_distance": np.divide(far, edges, out=np.full(w, np.nan), where=edges > 0),
        "area_ratio": np.exp(np.divide(logs, drawn, out=np.full(w, np.nan), where=drawn > 0)),
        "weight": weight,
        "risk": risks(over.canvases, over.said, 1 - answer.p, votes.n),
    }
    skill = overlap_with_truth(known.cast, known.found, chance, right, look, w)
    return Consensus(found.labels, skill, info=info)


def _weights(over: Laid, w: int) -> Floats:
    """(w,) the inverse of the mean squared distance of each worker's outlines from the true ones,
    which follows from those of two workers from each other; 1 on average.
    """
    apart, common = np.zeros((w, w)), np.zeros((w, w))
    for one in over.canvases:
        if len(one.workers) < 2:
            continue
        mine = signed_distances(masks_around(one)[0])
        near: Any = (np.abs(mine) < REACH).any(0)  # at somebody's outline
        flat = mine[:, near]
        square = np.square(flat[:, None] - flat[None]).mean(2)
        cell = np.ix_(one.workers, one.workers)
        apart[cell] += square
        common[cell] += 1
    np.fill_diagonal(common, 0)
    distance = np.divide(apart, common, out=np.zeros((w, w)), where=common > 0)
    error, _ = error_of_sources(distance, common, faith=FAITH)
    usual = float(np.nanmean(error)) if np.isfinite(error).any() else 1.0
    weight = 1 / np.maximum(np.where(np.isnan(error), usual, error), max(usual / 100, 1e-9))
    return np.asarray(weight / weight.mean())
