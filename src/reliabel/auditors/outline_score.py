"""Outline score: a region whose outline a model draws elsewhere.

Judged is a band along the outline alone, because of a large region nearly all pixels agree whatever
its outline does.  With probabilities of the pixels the score is how little the model sees the class
inside and how much of it outside of the outline; with predicted regions it is one less the overlap
of the two bands with the best region of the same class.  Both are between 0 and 1 and do not depend
on the size of the region, since the band grows with it.
Assumes a model that did not train on the picture.  Weak on regions of a few pixels, on those hidden
in part by others, and where the model's own outlines are coarse: then all scores rise alike, and
their order still tells.
Cost: O(pixels of the regions' boxes), one picture in memory at a time.
Paper: Cheng, Girshick, Dollar, Berg, Kirillov. Boundary IoU: improving object-centric image
segmentation evaluation. CVPR 2021 (the band); Tkachenko, Thyagarajan, Mueller. ObjectLab: automated
diagnosis of mislabeled images in object detection data. ICML workshops 2023 (badly placed objects).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.results import Suspicion
from reliabel.core.run import current, tell
from reliabel.ops.class_maps import picture_of
from reliabel.ops.class_probs import class_probs
from reliabel.ops.regions import areas, boxes, mask_of, overlaps

STATUS = "optional"
ONE_OF = ("pixel_probs", "predicted")
BLOCK = 8  # pictures worked on at once


def audit(
    labels: Grouped[Regions],
    *,
    pixel_probs: PixelProbs | None = None,
    predicted: Grouped[Regions] | None = None,
    band: float = 0.1,
    least: float = 0.5,
) -> Suspicion:
    """Score: see above, none where the probabilities are of another size than the picture; flag =
    ``least`` or more.

    Where both are given, probabilities count.  A region without a predicted one of its class that
    overlaps it has score 1 and the kind "unseen", others that are flagged "outline".
    band: width of the band to each side of the outline, as a share of the root of the region's
        area, and 2 pixels at least.

    >>> from reliabel.ops.regions import Runs, masks_runs
    >>> grid = np.zeros((2, 12, 12), int)
    >>> grid[0, 2:10, 2:10], grid[1, 2:10, 5:12] = 1, 1
    >>> def one(mask):
    ...     runs = masks_runs(mask[None])
    ...     return Regions([0], runs.start, runs.length, runs.offsets, [[12, 12]], ["car"])
    >>> said, seen = Grouped(one(grid[0]), [0, 1]), Grouped(one(grid[1]), [0, 1])
    >>> audit(said, predicted=said).score.tolist()
    [0.0]
    >>> audit(said, predicted=seen).score.round(2).tolist()
    [0.69]
    """
    units, n, o = labels.units, len(labels), labels.offsets
    score, unseen = np.full(len(units), np.nan), np.zeros(len(units), dtype=bool)

    def pictures(block: tuple[int, int]) -> list[tuple[Ints, Floats, Bools]]:
        out = []
        for item in range(*block):
            rows = np.arange(o[item], o[item + 1])
            if pixel_probs is not None:
                found = _by_probs(units.take(rows), pixel_probs, item, band)
            elif predicted is not None:
                span = np.arange(predicted.offsets[item], predicted.offsets[item + 1])
                found = _by_regions(units.take(rows), predicted.units.take(span), band)
            else:
                found = np.full(len(rows), np.nan), np.zeros(len(rows), dtype=bool)
            part = picture_of(labels, item).parts()  # its outline is not one that anyone drew
            found = np.where(part, np.nan, found[0]), found[1]
            out.append((rows, *found))
        return out

    done = 0

    def keep(found: list[tuple[Ints, Floats, Bools]]) -> None:
        nonlocal done
        done += len(found)
        tell("outlines", done, n)
        for rows, value, none in found:
            score[rows], unseen[rows] = value, none

    blocks = [(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK)]
    current().executor(pictures, blocks, keep)
    judged = units.y >= 0
    if units.crowd is not None:
        judged &= ~np.asarray(units.crowd)
    score = np.where(judged, score, np.nan)
    flag = np.nan_to_num(score) >= least
    kind = np.where(flag & unseen, "unseen", np.where(flag, "outline", ""))
    return Suspicion(score, flag, kind=kind.tolist())


def _by_probs(regions: Regions, probs: PixelProbs, item: int, band: float) -> tuple[Floats, Bools]:
    """1 less the overlap of a region with the probabilities of its class, within the band."""
    m = len(regions)
    score = np.full(m, np.nan)
    if not m:
        return score, np.zeros(0, dtype=bool)
    size = regions.size[0]
    p = class_probs(probs, item, regions.names, tuple(size.tolist()))
    if p is None:
        return score, np.zeros(m, dtype=bool)
    for row, width, crop in _crops(regions, band):
        mask = mask_of(regions, row, size)[crop]
        near = _band(mask, width)
        here = p[regions.y[row]][crop][near]
        inside = mask[near]
        union = inside.sum() + here[~inside].sum()
        score[row] = 1 - here[inside].sum() / max(union, 1e-9)
    return score, np.zeros(m, dtype=bool)


def _by_regions(regions: Regions, others: Regions, band: float) -> tuple[Floats, Bools]:
    """1 less the overlap of the bands inside the two outlines, with the predicted region of the
    same class that overlaps a region most.
    """
    m = len(regions)
    score, unseen = np.where(areas(regions) > 0, 1.0, np.nan), np.ones(m, dtype=bool)
    same = {name: at for at, name in enumerate(others.names)}
    code = np.array([same.get(name, -2) for name in regions.names] + [-2])
    mine, theirs, iou = overlaps(regions, others)
    fits = code[regions.y[mine]] == others.y[theirs]
    mine, theirs, iou = mine[fits], theirs[fits], iou[fits]
    order = np.argsort(iou, kind="stable")
    match = np.full(m, -1)
    match[mine[order]] = theirs[order]  # the best writes last
    for row, width, _ in _crops(regions, band):
        if match[row] >= 0:
            size = regions.size[row]
            one, two = mask_of(regions, row, size), mask_of(others, int(match[row]), size)
            both = [mask & _band(mask, width) for mask in (one, two)]
            score[row] = 1 - (both[0] & both[1]).sum() / max((both[0] | both[1]).sum(), 1)
            unseen[row] = False
    return score, unseen


def _crops(regions: Regions, band: float) -> list[tuple[int, float, Any]]:
    """Each region with pixels, the width of its band, and the part of the picture around it."""
    area = areas(regions)
    box = boxes(regions, regions.size[:, 1])
    out = []
    for row in np.flatnonzero(area > 0).tolist():
        width = max(2.0, band * float(np.sqrt(area[row])))
        left, top, right, bottom = box[row].astype(int).tolist()
        more = int(np.ceil(width)) + 1
        rows = slice(max(0, top - more), bottom + more)
        out.append((row, width, (rows, slice(max(0, left - more), right + more))))
    return out


def _band(mask: Bools, width: float) -> Bools:
    """The pixels at most so far from the outline of a mask, on both sides.  What lies beyond the
    picture is no outline.
    """
    wide = np.pad(mask, 1, mode="edge")
    near: Bools = np.zeros(wide.shape, dtype=bool)
    for side in (wide, ~wide):
        if not side.all():
            near |= side & (distance_transform_edt(side) <= width)
    return near[1:-1, 1:-1]
