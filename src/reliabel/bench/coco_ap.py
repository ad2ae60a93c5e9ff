"""Average precision of detections as COCO measures it: by class, at overlaps from .5 to .95."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Boxes

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)


def coco_ap(truth: Grouped[Boxes], found: Grouped[Boxes]) -> Floats:
    """(10,) the mean over classes that have a true box, at each overlap; without crowds, areas and
    limits of detections.

    >>> one = Boxes([[0, 0, 10, 10]], [0], ["car"], score=[0.9])
    >>> coco_ap(Grouped(one, [0, 1]), Grouped(one, [0, 1])).tolist()[0].__round__(3)
    1.0
    """
    classes = [c for c in range(truth.units.k) if (truth.units.y == c).any()]
    each = [_of_class(*_only(truth, c), *_only(found, c)) for c in classes]
    return np.asarray(np.mean(each, axis=0))


def _only(boxes: Grouped[Boxes], code: int) -> tuple[Boxes, Ints]:
    mine = boxes.units.y == code
    count = np.bincount(boxes.item[mine], minlength=len(boxes))
    return boxes.units.take(mine), np.concatenate([[0], np.cumsum(count)])


def _of_class(truth: Boxes, offsets: Ints, found: Boxes, others: Ints) -> Floats:
    from reliabel.ops.match import overlaps

    assert found.score is not None
    order = np.argsort(-found.score, kind="stable")
    pairs = overlaps(found.xyxy, others, truth.xyxy, offsets)
    start = np.searchsorted(pairs.mine, np.arange(len(found) + 1))
    hit = np.zeros((len(THRESHOLDS), len(found)), dtype=bool)
    free = np.ones((len(THRESHOLDS), len(truth)), dtype=bool)
    for j in order[start[order] < start[order + 1]].tolist():
        one = slice(start[j], start[j + 1])
        other, iou = pairs.other[one], pairs.iou[one]
        able = free[:, other] & (iou >= THRESHOLDS[:, None])  # (10, others)
        best = other[np.where(able, iou, -1).argmax(1)]
        some = np.flatnonzero(able.any(1))
        hit[some, j], free[some, best[some]] = True, False
    hits = hit[:, order].cumsum(1)
    precision = hits / np.arange(1, len(found) + 1)
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recall = hits / len(truth)
    areas = []
    for level, right in zip(precision, recall, strict=True):
        at = np.searchsorted(right, RECALLS, side="left")
        areas.append(np.where(at < len(level), np.append(level, 0)[at], 0).mean())
    return np.array(areas)
