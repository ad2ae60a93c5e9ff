"""Machine boxes: boxes that a model proposed are believed where a detector, trained on boxes of
people, sees the same class there.

s = (v + d) / 2 with the confidence v that the box came with (``score`` of the labels) and the
detector's confidence d in its class at its place, divided by the largest d of that class in the
data: divided by that of the picture, as published, one box of each picture would always get 1.
Boxes of people (no score, or a picture that is ``trusted``) are not judged.
Assumes that the two models err apart from each other.  Weak where the detector was trained on the
machine's own boxes.
Cost: O(pairs of a box and a prediction in one picture), memory in blocks of pairs.
Paper: Wang, Li, Wen, et al. MarvelOVD: marrying object recognition and vision-language models for
robust open-vocabulary object detection. ECCV 2024, arXiv:2407.21465 (online mining, adaptive
reweighting).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Grouped
from reliabel.core.objects import Boxes
from reliabel.core.results import Suspicion
from reliabel.ops.box_agreement import suspected, views

STATUS = "optional"


def audit(
    labels: Grouped[Boxes],
    *,
    predicted: Grouped[Boxes],
    trusted: Bools | None = None,
    keep: float = 0.9,
) -> Suspicion:
    """Score = 1 - s; flag = s below ``keep`` (the paper's .9).  ``info["weight"]`` (m,) is what
    each box should count in training: s + (1 - chance of background) for one of a machine, 1 for
    one of a person.

    trusted: (n,) pictures whose boxes people drew.  Labels without scores are judged by the
    detector alone, without flags.
    Raises ValueError for a ``keep`` outside 0 to 1.

    >>> given = Boxes([[0, 0, 9, 9], [20, 0, 29, 9]], [0, 0], ["cat"], [0.95, 0.95])
    >>> seen = Boxes([[0, 0, 9, 9]], [0], ["cat"], [0.8])
    >>> found = audit(Grouped(given, [0, 2]), predicted=Grouped(seen, [0, 1]))
    >>> found.score.round(3).tolist(), found.flag.tolist()
    ([0.025, 0.525], [False, True])
    """
    if not 0 <= keep <= 1:
        raise ValueError(f"keep lies between 0 and 1, got {keep!r}")
    units = labels.units
    judged = suspected(units)
    if trusted is not None:
        whole = len(trusted) == len(units) != len(labels)
        judged &= ~(np.asarray(trusted) if whole else np.asarray(trusted)[labels.item])
    said = units.score
    if said is not None:
        judged &= np.isfinite(said)
    seen, _, _ = views(units, labels.offsets, predicted, units.names)
    own = seen[np.arange(len(units)), np.maximum(units.y, 0)] if units.k else np.zeros(len(units))
    top = np.zeros(max(units.k, 1))
    np.maximum.at(top, units.y[judged], own[judged])
    d = own / np.maximum(top, 1e-9)[np.maximum(units.y, 0)]
    s = d if said is None else (np.nan_to_num(np.clip(said, 0, 1)) + d) / 2
    weight = np.where(judged, s + seen.max(1, initial=0.0), 1.0)
    weight[units.y < 0] = np.nan
    score = np.where(judged, 1 - s, np.nan)
    flag = None if said is None else judged & (s < keep)
    return Suspicion(score, flag, None, None, {"weight": weight})
