"""Mask majority: each pixel gets the class that most of the workers who looked at the picture gave
it; where as many gave it none, it has none.

Masks of objects (that overlap or touch within a class) are matched first, and those of one object
are laid over each other; an object is kept where it is there with a chance above ``least``, in
which those who looked and did not draw it count.  Assumes that workers are equally good.  Weak
where they are not.
Cost: O(runs of pixels).  Paper: common practice; Warfield, Zou, Wells. IEEE Transactions on Medical
Imaging 23 (2004) 903-921 (as the rule that STAPLE is compared with).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Grouped, Votes
from reliabel.core.objects import Regions
from reliabel.core.results import Consensus
from reliabel.ops.mask_consensus import consensus_of, laid
from reliabel.ops.mask_votes import decided, shares_of

ALSO = ("pixel_majority", "segmentation_majority_vote")
SKILL = False


def aggregate(
    votes: Votes[Grouped[Regions]], *, objects: str = "auto", least: float = 0.5
) -> Consensus[Grouped[Regions]]:
    """One mask a picture: the class of each pixel with the most votes, or none.

    objects: "matched" compares masks of single objects, "merged" the classes of pixels; "auto"
        tells from the masks which of the two they are.
    least: objects are kept that are there with a chance above it.
    ``skill`` is the expected share of right pixels among those that somebody drew, of objects the
    expected overlap.  ``info`` holds "p" (regions,), the mean share of votes for a region's pixels,
    and "risk" (n,), the mean share of other votes over the pixels that somebody drew.

    >>> masks = Regions([0, 0, 0], [2, 2, 3], [4, 4, 4], [0, 1, 2, 3], [[1, 10]] * 3, ["field"])
    >>> found = aggregate(Votes([0, 0, 0], [0, 1, 2], Grouped(masks, [0, 1, 2, 3]), n=1, w=3))
    >>> found.labels.units.length.tolist(), found.info["p"].round(3).tolist()
    ([4], [0.917])
    """
    over = laid(votes, objects)
    pair, none = shares_of(over.said, np.ones(votes.w))
    with np.errstate(divide="ignore"):
        answer = decided(over.said, np.log(pair), np.log(none), votes.labels.units.k)
    return consensus_of(over, answer, least, np.empty(0), {})
