"""ObjectLab: the published scores of overlooked, badly located and swapped boxes.

A box is badly located where a confident prediction of its class overlaps it and fits badly, swapped
where a sure prediction of another class fits well, and an object is overlooked where a sure
prediction overlaps no box.  ``object_scores`` asks the same questions without fixed confidences.
Assumes predictions of a detector that did not train on the picture.
Weak where the detector is seldom above the confidences: the higher one is lowered to what the
surest tenth of right predictions have, unless ``exact``.
Cost: O(pairs of a box and a prediction in one picture), memory in blocks of pairs.
Paper: Tkachenko, Thyagarajan, Mueller. ObjectLab: automated diagnosis of mislabeled images in
object detection data. arXiv:2309.00832.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.results import Suspicion
from reliabel.ops.box_agreement import agreement, class_of, confidence, suspected, views
from reliabel.ops.objectlab import HIGH, picture_quality, qualities, soft_minimum

STATUS = "optional"
KINDS = np.array(["wrong class", "badly placed", "missing"])


def audit(
    labels: Grouped[Boxes],
    *,
    predicted: Grouped[Boxes],
    sizes: Ints | None = None,
    exact: bool = False,
) -> Suspicion:
    """Score = 1 minus the published quality: of a given box the lower one of its place and of its
    class, of a place without a box that of the prediction there.  ``info["pictures"]`` (n,) is the
    published quality of each picture, with that of each kind of error under ``info["by_kind"]``.

    exact: confidences as published (.95 is sure), and distances of centres in pixels; else in parts
    of the picture, where ``sizes`` are given.

    >>> boxes = Boxes([[0, 0, 10, 10], [20, 0, 30, 10]], [0, 0], ["cat", "dog"])
    >>> seen = Boxes([[0, 0, 10, 10], [20, 0, 30, 12]], [1, 0], ["cat", "dog"], [0.99, 0.9])
    >>> found = audit(Grouped(boxes, [0, 2]), predicted=Grouped(seen, [0, 2]), exact=True)
    >>> found.score.round(3).tolist(), found.kind
    ([0.987, 0.16], ['wrong class', 'badly placed'])
    """
    units = labels.units
    given, open_ = suspected(units), units.y < 0
    keep = np.flatnonzero(given)
    count = np.bincount(labels.item[keep], minlength=len(labels))
    alone = Grouped(units.take(keep), np.concatenate([[0], np.cumsum(count)]))
    y = class_of(predicted.units, units.names)
    said = Boxes(predicted.units.xyxy, y, units.names, predicted.units.score)
    high = HIGH if exact else agreement(labels, predicted).sure
    found = qualities(
        alone,
        Grouped(said, predicted.offsets),
        None if exact else sizes,
        confidence(said),
        high=high,
    )
    quality = np.full((len(units), 3), np.inf)
    quality[keep, 0], quality[keep, 1] = found.swapped, found.placed
    _, which, _ = views(units, labels.offsets, predicted, units.names)
    lost = np.flatnonzero(open_ & (which >= 0))
    quality[lost, 2] = np.nan_to_num(found.overlooked[which[lost]], nan=1.0)
    low = np.minimum(quality.min(1), 1.0)
    score = np.where(given | open_, 1 - low, np.nan)
    kind = np.where(np.nan_to_num(score) > 0, KINDS[quality.argmin(1)], "")
    soft = {
        "missing": soft_minimum(found.overlooked, predicted.offsets),
        "badly placed": soft_minimum(found.placed, alone.offsets),
        "wrong class": soft_minimum(found.swapped, alone.offsets),
    }
    info = {"pictures": picture_quality(*soft.values()), "by_kind": soft, "sure": high}
    return Suspicion(score, None, None, kind.tolist(), info)
