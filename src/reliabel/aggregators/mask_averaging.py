"""Mask averaging: each pixel's classes are averaged over the workers, who weigh by their quality;
the risk of the answer is known at each pixel.

A worker's quality is the agreement with an expert's pictures, the mean of area overlap, number of
objects and place of edges, as in the field boundaries of Africa; without an expert it comes from
how often workers agree with one another.  Assumes that the quality on the expert's pictures holds
for the others.  Weak where the expert drew few pictures, and where few workers are good: weights
are in the ratio of qualities, so that several poor workers outvote a good one.
Cost: O(runs of pixels), and O(pixels) on the expert's pictures.
Paper: Estes et al. High resolution, annual maps of field boundaries for smallholder-dominated
croplands at national scales. Frontiers in Artificial Intelligence 4 (2022).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Votes
from reliabel.core.objects import Regions
from reliabel.core.results import Consensus
from reliabel.ops.mask_consensus import consensus_of
from reliabel.ops.mask_shares import averaged

ALSO = ("bayesian_model_averaging", "field_boundaries")


def aggregate(votes: Votes[Grouped[Regions]], *, gold: Any = None) -> Consensus[Grouped[Regions]]:
    """One class map a picture: the class of each pixel with the greatest weight behind it, or none.

    gold: the expert's masks, a label set of the n pictures; where it has no region, nothing is
        known.  The expert's pictures are the answer there.
    ``skill`` is the quality of each worker.  ``info`` holds "p" (regions,), the mean chance that a
    region's pixels are right, "risk" (n,), the mean chance that the pixels that somebody drew are
    wrong, and with ``gold`` "area", "edges" and "count" (w,), the parts of the workers' quality.

    >>> masks = Regions([0, 0, 0], [2, 2, 3], [4, 4, 4], [0, 1, 2, 3], [[1, 10]] * 3, ["field"])
    >>> found = aggregate(Votes([0, 0, 0], [0, 1, 2], Grouped(masks, [0, 1, 2, 3]), n=1, w=3))
    >>> found.labels.units.length.tolist(), found.info["risk"].round(2).tolist()
    ([4], [0.12])
    """
    made = averaged(votes, gold)
    info: dict[str, Any] = {"weight": made.weight}
    if made.quality is not None:
        known = made.quality
        info |= {"area": known.area, "edges": known.edges, "count": known.objects}
    found = consensus_of(made.over, made.answer, 0.0, np.empty(0), info)
    skill: Floats = made.weight
    return Consensus(found.labels, skill, found.trace, found.info)
