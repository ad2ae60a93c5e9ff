"""P(wrong) of boxes: a given box may have the wrong class, lie in the wrong place, stand twice, or
hold no object, and where none is given one may be missing; each has a model of its own.

The class is judged on the boxes in whose place the detector sees something, by whether that is of
another class (``trust.box_classes``).  The place is judged by how far the box lies off the
prediction about it (``trust.box_places``), the object by whether the detector sees any
(``trust.box_floor``), and a missing box by how sure the detector is where none is given
(``ops.missing_rate``).  A count is of boxes, wrong and missing, as a person counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields
from reliabel.ops.box_agreement import (
    SAME,
    Agreement,
    agreement,
    class_of,
    confidence,
    doubles,
    suspected,
    views,
)
from reliabel.ops.match import areas, largest, overlaps
from reliabel.ops.missing_rate import Missing, missing_rate
from reliabel.trust.box_classes import wrong_classes
from reliabel.trust.box_floor import Floor, wrong_floor
from reliabel.trust.box_places import Places, wrong_places
from reliabel.trust.count import before_review
from reliabel.trust.p_wrong import PWrong, p_wrong
from reliabel.trust.tables import tables

KINDS = ("", "wrong class", "badly placed", "no object", "doubled", "missing")
TWICE = 0.9  # chance that the worse of two such boxes is one too many
OPEN = 0.49  # highest chance of "no object" where the interval of their number reaches to none
METHOD = "box models"
CONDITION = "the detector sees objects with right, wrong and no boxes alike"


@dataclass(frozen=True, eq=False)
class BoxesPWrong:
    """P(wrong) of each row (NaN where it is none), the mend to suggest (class -1: no box) with its
    chance, what is most likely wrong (a place in KINDS), the chance of each kind (m, kinds), and
    the count of wrong and missing boxes, with the part of each kind.
    """

    p: Floats
    suggest: Boxes
    p_suggest: Floats
    kind: Ints
    by_kind: Floats
    count: Interval
    parts: dict[str, float]
    warnings: tuple[str, ...]
    info: dict[str, Any]

    @property
    def kinds(self) -> list[str]:
        """(m,) the kinds by name."""
        return [KINDS[code] for code in self.kind.tolist()]

    __repr__ = by_fields


def p_wrong_boxes(
    labels: Grouped[Boxes], *, predicted: Grouped[Boxes], rng: np.random.Generator
) -> BoxesPWrong:
    """P(wrong) of each given box, and the chance that one is missing in each place without."""
    units = labels.units
    given, m = suspected(units), len(units)
    found = agreement(labels, predicted)
    seen, which, _ = views(units, labels.offsets, predicted, units.names)
    missing = missing_rate(labels, predicted, found)
    double = doubles(labels, found)
    able = given & (found.partner >= 0) & ~double
    same = able & (found.partner_iou >= SAME)
    classes, swapped, cause = wrong_classes(units, same, seen, rng)
    sure = np.append(confidence(predicted.units), 0.0)[found.partner]  # place -1 is the last
    place = wrong_places(np.where(able, found.partner_iou, np.nan), areas(units.xyxy), sure)
    unseen = given & (found.partner < 0) & ~double
    judged = (given & ~double).nonzero()[0]
    there = wrong_floor(unseen[judged], _traits(labels)[judged])
    absent = np.zeros(m)
    absent[judged] = there.p
    if there.low == 0:  # perhaps nobody drew such a box: none is more likely to be one than not
        absent *= min(1.0, OPEN / max(float(absent.max(initial=0)), 1e-12))
    chance = np.zeros((m, len(KINDS)))
    chance[:, 1] = 0.0 if classes is None else np.nan_to_num(classes.p)
    chance[:, 2], chance[:, 3] = np.nan_to_num(place.p), absent
    chance[:, 4] = np.where(double, TWICE, 0.0)
    lost = _missing_rows(units, predicted, which, missing)
    chance[:, 5] = lost
    kind = np.where(chance.max(1) > 0, chance.argmax(1), 0)
    p = np.where(given | (units.y < 0), 1 - np.prod(1 - chance, axis=1), np.nan)
    suggest, p_suggest = _suggested(labels, predicted, found, which, chance, classes)
    lows, highs, parts = _counted(chance, swapped, place, there, missing, labels, lost)
    identified = classes is None or bool(sum(lows) >= 1)  # one box or more is surely wrong
    value = float(sum(parts.values()))
    ends = float(sum(lows)), float(sum(highs))
    told = value if identified else np.nan
    count = Interval(told, *ends, 0.95, METHOD, CONDITION, identified)
    known = np.isfinite(p)
    info = _facts(classes, parts, count, int(given.sum()), missing)
    return BoxesPWrong(
        p, suggest, np.where(known, p_suggest, np.nan), kind, chance, count, parts, cause, info
    )


def p_wrong_crops(
    labels: Grouped[Boxes], crops: Mapping[str, Any], *, rng: np.random.Generator
) -> BoxesPWrong:
    """P(wrong) of each given box by what its crop looks like: another class, or no object; nothing
    says whether a box lies right, or where one is missing.

    crops: ``evidence`` on crops, out of fold by picture (``prepare.box_crops``), with those of
    places without a box as one class more; or that of the boxes alone, without ``labels``.
    """
    units, m = labels.units, len(labels.units)
    given = suspected(units)
    own = Classes(np.where(given, units.y, -1), units.names)
    classes = crops.get("labels", own)
    row = crops.get("row", np.arange(m))
    found = p_wrong(classes, tables(classes, **crops["evidence"], rng=rng), rng=rng)
    some = given & (row >= 0)
    p, best, chance = np.full(m, np.nan), units.y.copy(), np.zeros((m, len(KINDS)))
    p_suggest = np.full(m, np.nan)
    at = row[some]
    p[some], p_suggest[some] = found.p[at], found.p_suggest[at]
    mend = found.suggest[at]
    best[some] = np.where(mend >= units.k, -1, np.where(mend < 0, units.y[some], mend))
    kind = np.where(np.isfinite(p), np.where(best < 0, 3, 1), 0)
    chance[np.arange(m), kind] = np.nan_to_num(p)
    chance[:, 0] = 0.0
    before, total = before_review(found), float(np.nansum(found.p))
    share = float(np.nansum(p)) / total if total > 0 else 1.0  # places without a box count not
    count = replace(
        before, value=before.value * share, low=before.low * share, high=before.high * share
    )
    parts = {KINDS[code]: float(chance[:, code].sum()) for code in (1, 3)}
    info = {**_of_class(found), "parts": parts, "missing": None, "labels": int(given.sum())}
    only = (
        "without predictions of a detector boxes are judged by what they show alone: whether they "
        "lie right and where one is missing is not known (predicted=)"
    )
    return BoxesPWrong(
        p,
        Boxes(units.xyxy, best, units.names),
        p_suggest,
        kind,
        chance,
        count,
        parts,
        (*found.warnings, only),
        info,
    )


def _of_class(found: PWrong | None) -> dict[str, Any]:
    """What is known of the evidence on classes."""
    if found is None:
        return {"identified": False, "weak": True, "agreement": None}
    agreement, conf = (float(found.sure.get(name, np.nan)) for name in ("agreement", "conf"))
    return {
        "identified": bool(found.identified),
        "weak": bool(found.weak),
        "flat": bool(found.flat),
        "agreement": agreement,
        "conf": conf,
        "tables": {name: float(weight) for name, weight in found.weights.items()},
    }


def _facts(
    classes: PWrong | None, parts: dict[str, float], count: Interval, given: int, missing: Missing
) -> dict[str, Any]:
    """What ``Audit.info["p_wrong"]`` keeps."""
    return {
        **_of_class(classes),
        "identified": count.identified,
        "labels": given,
        "parts": parts,
        "missing": parts["missing"],
        "missing_rate": [round(float(rate), 4) for rate in missing.rate],
        "sparse": [int(c) for c in missing.sparse()],
    }


def _traits(labels: Grouped[Boxes]) -> Floats:
    """(m, d) what makes an object easy or hard to see: its size, its shape, and how far another box
    covers it.
    """
    units = labels.units
    wide, high = np.maximum(units.xyxy[:, 2:] - units.xyxy[:, :2], 1e-3).T
    size = np.log(np.nan_to_num(wide * high, nan=1.0, posinf=1.0))
    shape = np.abs(np.log(np.nan_to_num(wide / high, nan=1.0, posinf=1.0)))
    pairs = overlaps(units.xyxy, labels.offsets, units.xyxy, labels.offsets)
    apart = pairs.mine != pairs.other
    top = largest(pairs.mine[apart], pairs.inside[apart], len(units))
    covered = np.where(top >= 0, pairs.inside[apart][top] if apart.any() else 0.0, 0.0)
    return np.column_stack([size, size**2, shape, covered])


def _missing_rows(units: Boxes, predicted: Grouped[Boxes], which: Ints, missing: Missing) -> Floats:
    """(m,) the chance that an object stands in the place of each row without a box."""
    y = class_of(predicted.units, units.names)
    open_ = (units.y < 0) & (which >= 0)
    usual = np.setdiff1d(np.arange(units.k), missing.sparse())
    out = np.zeros(len(units))
    out[open_] = missing.p[which[open_]] * np.isin(y[which[open_]], usual)
    return out


def _suggested(
    labels: Grouped[Boxes],
    predicted: Grouped[Boxes],
    found: Agreement,
    which: Ints,
    chance: Floats,
    classes: PWrong | None,
) -> tuple[Boxes, Floats]:
    """The mend of each row, by what is most likely wrong with it."""
    units, said = labels.units, predicted.units
    y, xyxy = units.y.copy(), units.xyxy.astype(float)
    kind, rows = chance.argmax(1), np.arange(len(units))
    p = chance[rows, kind]
    if classes is not None:
        other = (chance[:, 1] >= np.minimum(0.5, p)) & (classes.suggest >= 0) & (kind <= 2)
        y[other] = classes.suggest[other]
        swapped = kind == 1
        p[swapped] = np.nan_to_num(classes.p_suggest)[swapped]
    moved = (kind == 2) & (found.partner >= 0)
    moved |= (chance[:, 2] >= 0.5) & (found.partner >= 0) & (kind == 1)
    xyxy[moved] = said.xyxy[found.partner[moved]]
    y[(kind == 3) | (kind == 4)] = -1
    lost = (units.y < 0) & (which >= 0)
    y[lost] = class_of(said, units.names)[which[lost]]
    return Boxes(xyxy, y, units.names), p


def _counted(
    chance: Floats,
    swapped: Floor | None,
    place: Places,
    there: Floor,
    missing: Missing,
    labels: Grouped[Boxes],
    lost: Floats,
) -> tuple[list[float], list[float], dict[str, float]]:
    """The ends of the interval of each kind of error, and its expected number."""
    lows, highs, parts = [], [], {}
    kinds = (("wrong class", swapped), ("badly placed", place), ("no object", there))
    for name, one in kinds:
        if one is not None:
            parts[name] = one.value
            lows.append(one.low)
            highs.append(one.high)
    twice = float(chance[:, 4].sum())
    parts["doubled"] = twice
    lows.append(0.5 * twice)
    highs.append(twice / TWICE)
    seen = float(lost.sum())
    y = labels.units.y[suspected(labels.units)]
    usual = np.setdiff1d(np.arange(labels.units.k), missing.sparse())
    size = np.bincount(y[y >= 0], minlength=labels.units.k)[usual]
    ratio = missing.rate / (1 - missing.rate)
    all_of = float((size * ratio[usual]).sum())
    reach = 1.96 * np.sqrt(seen + 1)  # each place holds an object or none by chance
    for ends, rate, by in ((lows, missing.low, -reach), (highs, missing.high, reach)):
        end = float((size * (rate / (1 - np.minimum(rate, 0.99)))[usual]).sum())
        ends.append(max(seen * end / all_of + by, 0.0) if all_of > 0 else 0.0)
    parts["missing"] = seen
    return lows, highs, parts
