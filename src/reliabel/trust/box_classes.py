"""How likely a given box has the wrong class, by what the detector sees in its place.

Which boxes are the likeliest is told by the model of classes (``trust.p_wrong``), which knows what
the detector takes for what.  How many there are is told by how often the detector, where it is
sure, sees another class than the given one (``trust.box_floor``): a detector that is sure seldom
errs, so what is left are wrong labels.  The model of classes expects that people err where a model
is unsure, and would take these few for the detector's own errors.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.objects import Boxes
from reliabel.trust.box_floor import Floor, wrong_floor
from reliabel.trust.p_wrong import PWrong, p_wrong
from reliabel.trust.tables import tables

PRIOR = 1.0  # boxes that are added to those seen where the detector says the same class
# Doubts below which differences say nothing: how far errors still fall where the detector is surest
# cannot be seen, so that two assumptions are averaged.
LEAST_DOUBTS = (0.005, 0.02)


def wrong_classes(
    units: Boxes, judged: Bools, seen: Floats, rng: np.random.Generator
) -> tuple[PWrong | None, Floor | None, tuple[str, ...]]:
    """P(wrong class) of the boxes ``judged``, how many are wrong, and what to warn of.

    seen: (m, k) the detector's confidence in each class in the place of each box.
    """
    if units.k < 2:
        return None, None, ()
    classes = Classes(np.where(judged, units.y, -1), units.names)
    left = np.maximum(1 - seen.max(1, keepdims=True), 0.01)
    probs = seen + left / units.k
    probs /= probs.sum(1, keepdims=True)
    others = {"usual class": usual_class(classes, seen)}
    found = p_wrong(classes, tables(classes, probs=probs, others=others, rng=rng), rng=rng)
    known = np.isfinite(found.p)
    if not known.any():
        why = found.warnings[0].removeprefix("no P(wrong): ")
        return None, None, (f"classes of boxes were not judged: {why}",)
    floor = _floor(seen[known], seen.argmax(1)[known] != units.y[known])
    p, part = _in_order(found.p, known, floor.p), found.p_suggest / np.maximum(found.p, 1e-12)
    told = replace(found, p=p, p_suggest=np.minimum(p * part, p))
    rest = (w for w in found.warnings if not w.startswith("probabilities only"))
    if floor.low > 0:  # they can be told by the detector where it is sure
        rest = (w for w in rest if not w.startswith("no errors that can be told"))
    return told, floor, tuple(f"classes of boxes: {sentence}" for sentence in rest)


def usual_class(classes: Classes, seen: Floats) -> Floats:
    """(m, k) the log share of each class among the other boxes where the detector sees the same
    class as in the place of this one: what it takes for what.
    """
    k, rows = classes.k, np.arange(len(classes))
    top = seen.argmax(1)
    known = classes.y >= 0
    count = np.bincount(top[known] * k + classes.y[known], minlength=k * k).reshape(k, k)
    own = count[top].astype(float)
    own[rows[known], classes.y[known]] -= 1  # without the box itself
    return np.asarray(np.log((own + PRIOR / k) / (own.sum(1, keepdims=True) + PRIOR)))


def _floor(seen: Floats, against: Bools) -> Floor:
    """How many boxes have another class than the detector sees because they are wrong.

    Its doubt is taken in parts of its highest confidence, so that a detector which is never quite
    sure is judged like others.
    """
    first, second = np.sort(seen, axis=1)[:, :-3:-1].T
    doubt = 1 - (first - second) / max(float(first.max()), 1e-9)
    fits = [wrong_floor(against, np.log(doubt + least)[:, None]) for least in LEAST_DOUBTS]
    p = np.mean([fit.p for fit in fits], axis=0)
    low, high = min(fit.low for fit in fits), max(fit.high for fit in fits)
    return Floor(p, float(p.sum()), low, high)


def _in_order(p: Floats, known: Bools, chance: Floats) -> Floats:
    """The chances, given to the boxes in the order of ``p``."""
    out, rows = p.copy(), np.flatnonzero(known)
    out[rows[np.argsort(p[rows], kind="stable")]] = np.sort(chance)
    return out
