"""Pixel confident learning: a region is suspect where a model confidently sees another class in its
pixels.

A pixel is confidently of another class where the most probable class, among those that are at
least as probable as they are on average on the pixels labelled so, is not the given one.  What
people look at are regions: a region is flagged where most of its pixels are such, and a connected
part of such pixels within a region, or within what belongs to none, is a row of its own
(``prepare`` adds it) and is flagged as a whole, where it is three pixels wide somewhere: neither
labels nor models are exact at borders.  Models err in small blobs more often than in large ones,
about whole objects more often than about a part of one that they see else, and they overlook what
is drawn more often than people draw what is not there: the same mean probabilities count for less
there.
Assumes probabilities by a model that did not train on the picture.  Weak on errors narrower than
three pixels, on classes whose pixels the model rarely sees, and on errors that the model repeats.
Cost: two passes over the probabilities, picture by picture: O(pixels x classes) in time, and in
memory the regions and one picture.
Paper: Lad, Mueller. Estimating label quality and errors in semantic segmentation data via any
model. arXiv:2307.05080 (score of a picture); Northcutt, Jiang, Chuang. Confident learning. JAIR 70
(2021) 1373-1411 (confident classes).
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Bools, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.reasons import percent
from reliabel.core.results import Suspicion
from reliabel.ops.pixel_confident import CORE, Seen, region_odds, seen_in_regions

STATUS = "default"
ALSO = ("pixel_cl",)
PART = 0.65  # score that a part of a region must have to be flagged: models err a little everywhere


def audit(labels: Grouped[Regions], *, pixel_probs: PixelProbs) -> Suspicion:
    """Score = the log-odds of the mean probability of the likeliest other class, over the pixels
    that a region shows, against that of its own, as a chance; suggestion = that other class (none
    where it is no region).  The log-odds count by the fourth root of the region's share of the
    picture, by how well the model sees the rest of a region of which this is a part, and less where
    the surroundings are of the class that it sees (``ops.pixel_confident.region_odds``).

    Flag = the model confidently sees another class in most of its pixels, and of a part of a region
    the score is PART or more.  Kinds: "wrong class",
    "no object" (no region there), "missing" (a region where none is given), "wrong part" and
    "speck" (a few pixels within another class).
    ``info["pictures"]`` (n,) is one minus the softmin, over the pixels of a picture, of the
    probability of their class: near 1 where some are surely wrong.  ``info["wrong"]`` (n,) is the
    share of its pixels that are confidently of another class away from borders, ``info["joint"]``
    counts pixels [confident class, given class], the last being no region where the model knows
    one.

    >>> p = np.full((2, 4, 4), 0.1); p[0, :, :2] = p[1, :, 2:] = 0.9
    >>> left, right = [0, 4, 8, 12], [2, 6, 10, 14]
    >>> regions = Regions([0, 0], left + right, [2] * 8, [0, 4, 8], [[4, 4]] * 2, ["sky", "sea"])
    >>> found = audit(Grouped(regions, [0, 2]), pixel_probs=PixelProbs(p[None].astype(np.float32)))
    >>> found.score.round(2).tolist(), found.suggest.units.y.tolist()
    ([0.14, 0.75], [1, 1])
    """
    units, seen = labels.units, seen_in_regions(labels, pixel_probs)
    given = np.where(units.y >= 0, units.y, units.k)
    odds, best = region_odds(seen, given, units.size)
    score = expit(odds)
    small = (seen.area < CORE) & ~seen.speck
    score[(units.crowd if units.crowd is not None else False) | small] = np.nan
    counted = seen.other.sum(1)
    bar = np.where(seen.part & (units.y >= 0), PART, 0.5)
    flag = (counted * 2 > seen.area) & (score > bar) & np.isfinite(score)
    best = np.where(flag & (counted > 0), seen.other.argmax(1), best)
    best = np.where(best < units.k, best, -1)
    best = np.where(np.isnan(score), units.y, best)
    kind = _kinds(units.y, best, flag, seen)
    shape = (units.start, units.length, units.offsets, units.size)
    suggest = Grouped(Regions(best, *shape, units.names, units.crowd), labels.offsets)
    why = _sentences(labels, seen, flag, best)
    info = {"why": why, "pictures": 1 - seen.score, "wrong": seen.wrong, "joint": seen.joint}
    if seen.unfit:
        info["unfit"] = [item for item, *_ in seen.unfit]
    return Suspicion(score, flag, suggest, kind, info)


def _kinds(y: Ints, best: Ints, flag: Bools, seen: Seen) -> list[str]:
    told = np.where(y < 0, "missing", np.where(best < 0, "no object", "wrong class"))
    told = np.where(seen.part & (y >= 0), "wrong part", np.where(seen.speck, "speck", told))
    return [str(one) for one in np.where(flag, told, "")]


def _sentences(labels: Grouped[Regions], seen: Seen, flag: Bools, best: Ints) -> list[str]:
    names, units = (*labels.units.names, "no region"), labels.units  # place -1 is the last
    why = [""] * len(flag)
    for row in np.flatnonzero(flag).tolist():
        given, other = names[int(units.y[row])], names[int(best[row])]
        sure = percent(seen.other[row].sum() / max(int(seen.area[row]), 1))
        own = percent(seen.mean[row, int(units.y[row])])
        why[row] = (
            f"the model confidently sees another class in {sure} of its {int(seen.area[row]):,} "
            f"pixels, mostly {other!r} ({percent(seen.mean[row, int(best[row])])}; {given!r} {own})"
        )
    return why
