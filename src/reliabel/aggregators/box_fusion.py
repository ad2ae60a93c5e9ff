"""Box fusion: the boxes of several workers that overlap become one, whose corners are the weighted
mean and whose confidence is the share of those who looked that drew it.

Boxes of a picture are matched across workers by their overlap, at most one of each worker in a
match; a worker who looked and drew nothing there is a vote for nothing.  Workers weigh by how well
they agree with the others: the distance of two workers, 1 - the overlap of what they drew, is taken
for the sum of their distances from the truth.  A match of boxes of several classes gets the class
with the greatest weight.  Assumes that workers err independently.  Weak where objects of one class
overlap by more than ``overlap``, and where fewer than half of the workers see an object.
Cost: O(pairs of boxes of one picture); memory the same.
Paper: Solovyev, Wang, Gabruseva. Weighted boxes fusion. Image and Vision Computing 107 (2021);
weights: Shin et al. Universalizing weak supervision. ICLR 2022.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Grouped, Votes
from reliabel.core.objects import Boxes
from reliabel.core.results import Consensus
from reliabel.ops.drawn_votes import (
    cast_of,
    leading_class,
    matched,
    pairs_between_workers,
    present,
    reliability,
)

STATUS = "default"
ALSO = ("weighted_boxes_fusion", "wbf")


def aggregate(
    votes: Votes[Grouped[Boxes]],
    *,
    overlap: float = 0.55,
    least: float = 0.5,
    equal: bool = False,
) -> Consensus[Grouped[Boxes]]:
    """One set of boxes a picture: ``score`` of a box is the chance that an object is there.

    overlap: the intersection over union from which on two boxes may be the same object.
    least: boxes with a confidence above it are kept; 0 keeps all.
    equal: whether all workers weigh the same.
    ``info`` holds "p" (boxes,), the chance that there is an object of this class, "drawn" (boxes,),
    how many workers drew it, "seen" (n,), how many looked at each picture, and "weight" (w,).

    >>> boxes = Boxes([[0, 0, 10, 10], [2, 0, 12, 10]], [0, 0], ["car"])
    >>> found = aggregate(Votes([0, 0, 0], [0, 1, 2], Grouped(boxes, [0, 1, 2, 2]), n=1, w=3),
    ...                   equal=True)
    >>> found.labels.units.xyxy.tolist(), found.labels.units.score.round(3).tolist()
    ([[1.0, 0.0, 11.0, 10.0]], [0.667])
    """
    units = votes.labels.units
    cast = cast_of(votes)
    pairs = pairs_between_workers(votes, cast)
    weight, skill = reliability(votes, cast, pairs)
    if equal:
        weight = np.ones(votes.w)
    found = matched(votes, cast, pairs, weight, overlap)
    given = np.flatnonzero(cast.y >= 0)  # a box without a class is none
    cluster, force, size = found.cluster[given], weight[cast.worker[given]], len(found)
    total = np.bincount(cluster, force, size)
    share = force / total[cluster]
    corners = np.stack(
        [np.bincount(cluster, share * side, size) for side in units.xyxy[given].T], axis=1
    )
    y, most = leading_class(cluster, units.y[given], force, size, units.k)
    here = np.maximum(present(votes, weight), 1e-12)[found.item]
    chance = np.minimum(total / here, 1.0)
    kept = np.flatnonzero((chance > least) & (y >= 0))
    crowd = None
    if units.crowd is not None:
        crowd = (np.bincount(cluster, force * units.crowd[given], size) > total / 2)[kept]
    offsets = np.searchsorted(found.item[kept], np.arange(votes.n + 1))
    boxes = Boxes(corners[kept], y[kept], units.names, chance[kept], crowd)
    info: dict[str, Any] = {
        "p": np.minimum(most / here, 1.0)[kept],
        "drawn": np.bincount(cluster, minlength=size)[kept],
        "seen": cast.seen,
        "weight": weight,
    }
    return Consensus(Grouped(boxes, offsets), skill, info=info)
