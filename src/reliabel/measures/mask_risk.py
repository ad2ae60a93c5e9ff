"""Mask risk: the expected cost of the class decided for at each pixel, by picture and on average.

Masks are averaged with the workers' quality as weights; with ``gold``, an expert's masks of some
pictures, the quality is the agreement with the expert.  Assumes that votes on a pixel are
independent.  Weak at edges, where they are not: the risk is then too small.
Cost: O(runs of pixels), and O(pixels) on the expert's pictures.
Paper: Estes et al. Frontiers in Artificial Intelligence 4 (2022); Berger. Statistical Decision
Theory and Bayesian Analysis, 1985.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats, Grouped, Ints, Votes
from reliabel.core.objects import Regions
from reliabel.core.results import Measure
from reliabel.ops.agreement import with_interval
from reliabel.ops.mask_consensus import risks
from reliabel.ops.mask_shares import averaged


def measure(votes: Votes[Grouped[Regions]], *, rng: Generator, gold: Any = None) -> Measure:
    """The mean over pictures of the risk, which is the mean of 1 - max P over the pixels that
    somebody drew; with one class, of min(P, 1 - P).

    gold: the expert's masks, a label set of the n pictures, without a region where nothing is
        known.
    ``parts`` holds the risk of each picture ("item", NaN where nobody drew), "pixel", for each
    picture the start of stretches of pixels, counted row by row, and the risk on each, the mean
    risk of the pictures of each "worker", and with ``gold`` the workers' "quality" with its parts
    "area", "objects" and "edges".

    >>> masks = Regions([0, 0], [2, 3], [4, 4], [0, 1, 2], [[1, 10]] * 2, ["field"])
    >>> votes = Votes([0, 0], [0, 1], Grouped(masks, [0, 1, 2]), n=1, w=2)
    >>> found = measure(votes, rng=np.random.default_rng(0))
    >>> round(found.value, 3), found.parts["pixel"][0][1].tolist()
    (0.2, [0.0, 0.5, 0.0, 0.5, 0.0])
    """
    made = averaged(votes, gold)
    risk = risks(made.over.canvases, made.over.said, 1 - made.answer.p, votes.n)
    reach = np.searchsorted(made.over.said.canvas, np.arange(len(made.over.canvases) + 1))
    none = (np.zeros(0, np.int64), np.zeros(0))
    pixel: list[tuple[Ints, Floats]] = [none] * votes.n
    for one, first in zip(made.over.canvases, reach[:-1].tolist(), strict=True):
        pixel[one.item] = (one.start, 1 - made.answer.p[first + one.pattern])
    known = np.isfinite(risk)
    seen = known[votes.item]
    count = np.bincount(votes.worker[seen], minlength=votes.w)
    total = np.bincount(votes.worker[seen], risk[votes.item[seen]], votes.w)
    parts: dict[str, Any] = {
        "item": risk,
        "pixel": pixel,
        "worker": np.divide(total, count, out=np.full(votes.w, np.nan), where=count > 0),
    }
    if made.quality is not None:
        each = made.quality
        parts |= {"quality": each.score, "area": each.area}
        parts |= {"objects": each.objects, "edges": each.edges}
    return with_interval(_mean, (risk[known], np.ones(int(known.sum()))), rng, parts)


def _mean(sums: tuple[Floats, ...]) -> Floats:
    return sums[0] / sums[1]
