"""Object scores: a box is suspect where a detector sees another class, another place or nothing,
and a place without a box where it sees an object.

After ObjectLab, whose three scores (overlooked, badly located, swapped) are the kinds here, with
what it leaves out: boxes in whose place nothing is seen.  Scores here grow with the confidence of
the detector instead of starting at a fixed one, so that a detector that is never sure still ranks,
and overlaps take the place of distances in pixels.  ``objectlab`` gives the published scores.
Assumes predictions of a detector that did not train on the picture, from a low confidence on (.05).
Weak where the detector is wrong and sure, and for objects that it always misses.
Cost: O(pairs of a box and a prediction in one picture), memory in blocks of pairs.
Paper: Tkachenko, Thyagarajan, Mueller. ObjectLab: automated diagnosis of mislabeled images in
object detection data. arXiv:2309.00832.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.reasons import percent
from reliabel.core.results import Suspicion
from reliabel.ops.box_agreement import (
    Agreement,
    agreement,
    class_of,
    confidence,
    doubles,
    suspected,
    views,
)

STATUS = "default"
KINDS = ("", "wrong class", "badly placed", "no object", "doubled", "missing")
FAR = 1.5  # times the usual distance from its prediction from which a place counts as wrong
USUAL = 0.75  # quantile of the distances that is usual
TWICE = 0.9  # score of a box that lies on another of its class, and fits worse
NOTHING = 0.6  # score of a box where nothing is seen, in parts of how often boxes are seen


def audit(labels: Grouped[Boxes], *, predicted: Grouped[Boxes]) -> Suspicion:
    """Score = the largest of those by kind, which ``info["scores"]`` holds.

    Wrong class = confidence in another class there, less that in the given one; badly placed = how
    far the box lies off its prediction, beyond what is usual, times its confidence; no object =
    nothing is seen there; doubled = another box of its class fits the object better; missing =
    confidence in an object where no box is given.  Crowd areas have no score.

    >>> boxes = Boxes([[0, 0, 10, 10], [20, 0, 30, 10]], [0, -1], ["cat", "dog"])
    >>> seen = Boxes([[0, 0, 10, 10], [20, 0, 30, 10]], [1, 0], ["cat", "dog"], [0.9, 0.8])
    >>> found = audit(Grouped(boxes, [0, 2]), predicted=Grouped(seen, [0, 2]))
    >>> found.score.round(2).tolist(), found.kind
    ([0.95, 0.8], ['wrong class', 'missing'])
    """
    units = labels.units
    found = agreement(labels, predicted)
    seen, which, _ = views(units, labels.offsets, predicted, units.names)
    given, open_ = suspected(units), units.y < 0
    y = class_of(predicted.units, units.names)
    scores = {
        "wrong class": _wrong_class(units, seen, given),
        "badly placed": _badly_placed(units, predicted, found),
        "no object": _no_object(given, found, seen),
        "doubled": np.where(doubles(labels, found), TWICE, 0.0),
        "missing": np.where(open_, seen.max(1, initial=0.0), 0.0),
    }
    table = np.column_stack(list(scores.values()))
    score = np.where(given | open_, table.max(1), np.nan)
    kind = np.where(np.nan_to_num(score) > 0, table.argmax(1) + 1, 0)
    flag = np.nan_to_num(score) > _bar(kind, found)
    mend = _mend(labels, predicted, found, which, seen, kind, y)
    why = _sentences(labels, predicted, found, seen, mend, flag, kind)
    told = [KINDS[one] for one in kind.tolist()]
    return Suspicion(
        score,
        flag,
        Grouped(mend, labels.offsets),
        told,
        {"why": why, "scores": scores, "sure": found.sure},
    )


def _wrong_class(units: Boxes, seen: Floats, given: Bools) -> Floats:
    """(m,) half of 1, more where another class is seen and less where the given one is."""
    rows = np.arange(len(units))
    own = seen[rows, np.maximum(units.y, 0)] if units.k else np.zeros(len(units))
    rest = seen.copy()
    rest[rows[given], units.y[given]] = 0
    other = rest.max(1, initial=0.0)
    return np.where(given & (other > 0), 0.5 + (other - own) / 2, 0.0)


def _badly_placed(units: Boxes, predicted: Grouped[Boxes], found: Agreement) -> Floats:
    """(m,) how far a box lies off its prediction, 1/2 at FAR times the usual distance."""
    off = 1 - found.partner_iou
    has = found.partner >= 0
    if not has.any():
        return np.zeros(len(units))
    usual = FAR * max(float(np.quantile(off[has], USUAL)), 0.02)
    sure = confidence(predicted.units)[np.maximum(found.partner, 0)] / max(found.sure, 1e-9)
    strange = off**2 / (off**2 + usual**2)
    return np.where(has, np.nan_to_num(strange) * np.minimum(sure, 1) ** 0.5, 0.0)


def _no_object(given: Bools, found: Agreement, seen: Floats) -> Floats:
    """(m,) how little is seen in the place of a box without a partner, by how often one is seen."""
    alone = given & (found.partner < 0)
    often = 1 - alone.sum() / max(int(given.sum()), 1)
    return np.where(alone, NOTHING * often * (1 - seen.max(1, initial=0.0)), 0.0)


def _bar(kind: Ints, found: Agreement) -> Floats:
    """(m,) the score from which a row is flagged, by kind: halfway for what has a scale, what the
    detector is sure of for missing boxes.
    """
    bars = np.array([1.0, 0.5 + found.sure / 4, 0.75, 0.5, 0.5, found.sure / 2])
    return bars[kind]


def _mend(
    labels: Grouped[Boxes],
    predicted: Grouped[Boxes],
    found: Agreement,
    which: Ints,
    seen: Floats,
    kind: Ints,
    y: Ints,
) -> Boxes:
    """What each row may be mended to, by its kind."""
    units, said = labels.units, predicted.units
    xyxy, code = units.xyxy.astype(float), units.y.copy()
    rows = np.arange(len(units))
    other = seen.copy()
    there = units.y >= 0
    other[rows[there], units.y[there]] = -1
    best = other.argmax(1) if units.k else code
    code = np.where(kind == 1, best, code)
    moved = (kind == 2) & (found.partner >= 0)
    xyxy[moved] = said.xyxy[found.partner[moved]]
    code[moved] = y[found.partner[moved]]
    code[(kind == 3) | (kind == 4)] = -1
    lost = (kind == 5) & (which >= 0)
    code[lost] = y[which[lost]]
    return Boxes(xyxy, code, units.names)


def _sentences(
    labels: Grouped[Boxes],
    predicted: Grouped[Boxes],
    found: Agreement,
    seen: Floats,
    mend: Boxes,
    flag: Bools,
    kind: Ints,
) -> list[str]:
    """What the detector sees in the place of each flagged row."""
    units, why = labels.units, [""] * len(labels.units)
    for row in np.flatnonzero(flag).tolist():
        code, new = int(units.y[row]), int(mend.y[row])
        if kind[row] == 3:
            why[row] = "the detector sees nothing there"
        elif kind[row] == 4:
            why[row] = f"another box of {units.names[code]!r} lies on the same object"
        elif kind[row] == 2:
            share = percent(found.partner_iou[row])
            name = units.names[new]
            why[row] = f"the detector sees {name!r} in a place that overlaps it by {share}"
        elif kind[row] == 5:
            why[row] = f"the detector sees {units.names[new]!r} {percent(seen[row, new])}"
        else:
            own = percent(seen[row, code])
            why[row] = (
                f"the detector gives {units.names[code]!r} {own} and {units.names[new]!r} "
                f"{percent(seen[row, new])}"
            )
    return why
