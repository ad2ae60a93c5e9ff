"""Box fusion: the boxes of several workers around one object become one: the weighted mean of their
corners, with the chance that an object is there.

Boxes of a picture are matched across workers by their overlap, at most one of each worker in a
match; a worker who looked and drew nothing there is a vote for nothing.  The chance that an object
is there comes from how often each worker draws what is there, learnt from all pictures together
(with few objects, or two workers a picture, it is the share of those who looked that drew it).
Workers weigh by how far their corners, and their classes, are from those of the others: the
distance of two is the sum of their distances from the truth.  Assumes that workers err
independently, and that what is not there is seldom drawn by two.  Weak where objects of one class
overlap each other by more than ``overlap``.
Cost: O(pairs of overlapping boxes of one picture); memory the same.
Paper: Solovyev, Wang, Gabruseva. Weighted boxes fusion. Image and Vision Computing 107 (2021);
weights: Shin et al. Universalizing weak supervision. ICLR 2022; chances and matching are our own.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints, Votes
from reliabel.core.objects import Boxes
from reliabel.core.results import Consensus
from reliabel.ops.drawn_votes import (
    cast_of,
    given_only,
    known_clusters,
    likeliest_class,
    looks,
    matched,
    met_in_truth,
    overlap_with_truth,
    pairs_between_workers,
    weights_of,
)
from reliabel.ops.match import areas, iou
from reliabel.ops.presence import presence

STATUS = "default"
ALSO = ("weighted_boxes_fusion", "wbf")


def aggregate(
    votes: Votes[Grouped[Boxes]],
    *,
    gold: Any = None,
    overlap: float = 0.4,
    least: float = 0.5,
) -> Consensus[Grouped[Boxes]]:
    """One set of boxes a picture: ``score`` of a box is the chance that an object is there.

    gold: the true boxes, a label set of the n pictures; where it has no box, nothing is known.
        They teach what each worker sees and how far the worker's corners are off; the boxes of
        these pictures are those of the votes all the same.
    overlap: the intersection over union from which on two boxes may be the same object; two boxes
        that are each off by a bit overlap each other less than the object.
    least: boxes with a chance above it are kept; 0 keeps all.
    ``skill`` is the expected overlap of what a worker drew with what is there.
    ``info`` holds "p" (boxes,), the chance that an object of this class is there, "drawn" (boxes,),
    how many workers drew it, "seen" (n,), how many looked at each picture, "risk" (n,), how many
    boxes are probably kept or left out wrongly, "sees" (w,), the share that each worker draws of
    what is there (NaN where it was not learnt), and "weight" (w,) of each worker's corners.

    >>> boxes = Boxes([[0, 0, 10, 10], [2, 0, 12, 10]], [0, 0], ["car"])
    >>> found = aggregate(Votes([0, 0, 0], [0, 1, 2], Grouped(boxes, [0, 1, 2, 2]), n=1, w=3))
    >>> found.labels.units.xyxy.tolist(), found.labels.units.score.round(3).tolist()
    ([[1.0, 0.0, 11.0, 10.0]], [0.667])
    """
    votes = given_only(votes)
    units, cast = votes.labels.units, cast_of(votes)
    found = matched(votes, cast, pairs_between_workers(votes, cast), overlap)
    look, size = looks(votes), len(found)
    known: Ints | None = None
    taught: Floats | None = None
    if gold is not None:
        mine, true = met_in_truth(votes, gold, overlap)
        known = known_clusters(found, mine, np.diff(gold.offsets) > 0)
        far = _apart(np.vstack([units.xyxy, gold.units.xyxy]), mine, true + len(units))
        who, parts = cast.worker[mine], (np.nan_to_num(far), far >= 0)
        taught = np.array([np.bincount(who, one, votes.w) for one in parts], dtype=float)
    there = presence(found.cluster, cast.worker, found.item, look, np.ones(votes.w), known)
    apart = partial(_apart, units.xyxy)
    corner, _ = weights_of(cast, found, apart, votes.w, taught)
    xyxy = _mean(units.xyxy, found.cluster, corner[cast.worker], size)
    y, named = likeliest_class(cast, found, votes.w, units.k)
    right = iou(units.xyxy, xyxy[found.cluster]) * (cast.y == y[found.cluster])
    kept = np.flatnonzero(there.chance > least)
    crowd = None
    if units.crowd is not None:
        share = np.bincount(found.cluster, units.crowd, size) / np.bincount(found.cluster)
        crowd = (share > 1 / 2)[kept]
    offsets = np.searchsorted(found.item[kept], np.arange(votes.n + 1))
    boxes = Boxes(xyxy[kept], y[kept], units.names, there.chance[kept], crowd)
    doubt = np.bincount(found.item, np.minimum(there.chance, 1 - there.chance), votes.n)
    info: dict[str, Any] = {
        "risk": doubt,
        "p": (there.chance * named)[kept],
        "drawn": np.bincount(found.cluster, minlength=size)[kept],
        "seen": cast.seen,
        "sees": there.drawn,
        "weight": corner,
    }
    skill = overlap_with_truth(cast, found, there.chance, right, look, votes.w)
    return Consensus(Grouped(boxes, offsets), skill, info=info)


def _apart(xyxy: Floats, one: Ints, two: Ints) -> Floats:
    """The mean squared distance of the corners of two boxes, relative to their area."""
    size = np.sqrt(areas(xyxy[one]) * areas(xyxy[two]))
    square = np.square(xyxy[one] - xyxy[two]).mean(1)
    return np.asarray(np.divide(square, size, out=np.full(len(one), np.nan), where=size > 0))


def _mean(xyxy: Floats, cluster: Ints, force: Floats, size: int) -> Floats:
    total = np.bincount(cluster, force, size)[:, None]
    sides = [np.bincount(cluster, force * side, size) for side in xyxy.T]
    return np.asarray(np.stack(sides, axis=1) / total)
