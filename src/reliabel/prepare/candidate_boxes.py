"""Places without a box where a detector sees an object: they join the labels as boxes without a
class (-1), so that what is missing is judged, counted and reviewed like what is given.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.evidence import EVIDENCE
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.prepare.preparation import Preparation

LEAST = 0.1  # chance of an object without a box from which a prediction is looked at


def with_candidates(work: Preparation, labels: Grouped[Boxes]) -> Grouped[Boxes]:
    """The labels with the predictions that are about no given box and are likely objects.

    A prediction that overlaps a given box is what that one may be mended to, no label of its own.
    Where a class is annotated in part only, its objects without a box are no errors one by one:
    none of them joins, and a warning says so.
    """
    from reliabel.ops.box_agreement import agreement, class_of
    from reliabel.ops.missing_rate import missing_rate

    predicted: Any = work.evidence.get("predicted")
    if not of_boxes(predicted) or len(predicted) != len(labels) or not len(predicted.units):
        return labels
    units, said = labels.units, predicted.units
    found = agreement(labels, predicted)
    missing = missing_rate(labels, predicted, found)
    sparse, y = missing.sparse(), class_of(said, units.names)
    join = np.flatnonzero(found.free & (missing.p >= LEAST) & ~np.isin(y, sparse))
    if len(sparse):
        named = ", ".join(repr(units.names[c]) for c in sparse[:5].tolist())
        share = 100 * float(missing.rate[sparse].mean())
        many = float(missing.p[np.isin(y, sparse)].sum())
        work.warnings.append(
            f"objects of {named}{', ...' if len(sparse) > 5 else ''} seem to have a box in part "
            f"only: about {share:.0f} % of them have none (about {many:,.0f} that the detector "
            "sees); such objects are no errors one by one, they are neither listed nor counted as "
            "missing; missing_boxes lists them as areas to ignore in training"
        )
    if not len(join):
        return labels
    rows = [n for n, value in work.evidence.items() if _of_units(n, value, labels)]
    if rows:
        work.warnings.append(
            f"places without a box were not looked at: {', '.join(rows)} has a row for each box "
            "that is given"
        )
        return labels
    owner = np.concatenate([labels.item, predicted.item[join]])
    order = np.argsort(owner, kind="stable")  # after the given boxes of a picture
    xyxy = np.concatenate([units.xyxy, said.xyxy[join]])[order]
    codes = np.concatenate([units.y, np.full(len(join), -1)])[order]
    none = len(join)
    score = None if units.score is None else np.append(units.score, np.full(none, np.nan))[order]
    crowd = None if units.crowd is None else np.append(units.crowd, np.zeros(none, bool))[order]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(labels)))])
    return Grouped(Boxes(xyxy, codes, units.names, score, crowd), offsets)


def of_boxes(value: object) -> bool:
    """Whether a value is a set of boxes within pictures."""
    return isinstance(value, Grouped) and isinstance(value.units, Boxes)


def _of_units(name: str, value: object, labels: Grouped[Boxes]) -> bool:
    spec = EVIDENCE.get(name)
    if spec is None or not spec.has_rows or len(labels.units) == len(labels):
        return False
    if name == "predicted":
        return False
    return spec.count(value) == len(labels.units)
