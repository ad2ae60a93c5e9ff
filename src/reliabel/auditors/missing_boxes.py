"""Missing boxes: how many objects of each class have no box, and which predictions stand for them.

Where a class is annotated in part only, an object without a box is no error but the custom of the
data.  So such a class is one fault, with its rate, and the likely objects without a box of all
classes are listed as areas to ignore: a training that takes them for background unlearns objects.
The rate is the ratio of free to matched predictions where false alarms have thinned out.
Assumes predictions of a detector that did not train on the picture, or learnt little from the gaps.
Weak where the detector has learnt the gaps: the rate is then too low.
Cost: O(pairs of a box and a prediction in one picture), memory in blocks of pairs.
Paper: Suri, Rambhatla, Chellappa, Shrivastava. SparseDet: improving sparsely annotated object
detection with pseudo-positive mining. ICCV 2023, arXiv:2201.04620.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.results import Faults
from reliabel.ops.box_agreement import agreement, class_of, confidence
from reliabel.ops.match import overlaps, suppressed
from reliabel.ops.missing_rate import missing_rate

STATUS = "default"
FINDS = "sparse annotation"
TOUCHES = 0.2  # overlap with a given box up to which an area may be ignored: the paper's
CROWDED = 0.3  # overlap of two such areas from which the less sure one goes: the paper's
LISTED = 1000  # pictures that a fault names


def audit(labels: Grouped[Boxes], *, predicted: Grouped[Boxes], least: float = 0.5) -> Faults:
    """One fault a class that is annotated in part only; score = the share of its objects without a
    box.  ``info`` holds the ``rate`` of each class with the ends ``low`` and ``high`` of its 95 %
    interval, and ``ignore``, the areas to leave out of the background in training: their ``item``,
    ``xyxy``, ``class`` and ``chance``.

    least: chance of an object without a box from which its area is listed.
    Raises ValueError for a chance outside 0 to 1.

    >>> boxes = np.array([[0, 0, 9, 9], [20, 0, 29, 9]] * 40)
    >>> seen = Boxes(boxes, [0] * 80, ["cat"], [0.9] * 80)
    >>> given = Grouped(Boxes(boxes[::2], [0] * 40, ["cat"]), np.arange(41))
    >>> found = audit(given, predicted=Grouped(seen, np.arange(41) * 2))
    >>> found.why
    ["about 49 % of the objects of 'cat' have no box (37-62 %)"]
    """
    if not 0 <= least <= 1:
        raise ValueError(f"least is a chance from 0 to 1, got {least!r}")
    said, names = predicted.units, labels.units.names
    found = agreement(labels, predicted)
    missing = missing_rate(labels, predicted, found)
    y = class_of(said, names)
    chosen = _areas(labels, predicted, np.where(y >= 0, missing.p, 0.0), least)
    item = predicted.item[chosen]
    ignore = {
        "item": item.tolist(),
        "xyxy": said.xyxy[chosen].astype(float).round(2).tolist(),
        "class": [names[c] for c in y[chosen].tolist()],
        "chance": missing.p[chosen].round(4).tolist(),
    }
    sparse = missing.sparse().tolist()
    places = [np.unique(item[y[chosen] == c])[:LISTED] for c in sparse]
    pictures = [tuple(rows.tolist()) or (0,) for rows in places]
    why = [
        f"about {100 * missing.rate[c]:.0f} % of the objects of {names[c]!r} have no box "
        f"({100 * missing.low[c]:.0f}-{100 * missing.high[c]:.0f} %)"
        for c in sparse
    ]
    rates = {name: getattr(missing, name).round(4).tolist() for name in ("rate", "low", "high")}
    return Faults(
        pictures,
        ["annotated in part"] * len(sparse),
        missing.rate[sparse],
        why,
        info={**rates, "ignore": ignore},
    )


def _areas(labels: Grouped[Boxes], predicted: Grouped[Boxes], p: Floats, least: float) -> Ints:
    """The predictions to ignore: likely objects that hardly touch a given box, without those that
    lie on a likelier one.
    """
    said, units = predicted.units, labels.units
    likely: Bools = (p >= least) & (p > 0)
    pairs = overlaps(said.xyxy, predicted.offsets, units.xyxy, labels.offsets, TOUCHES)
    likely[pairs.mine[units.y[pairs.other] >= 0]] = False
    rank = np.where(likely, p + 1e-3 * confidence(said), -1.0)
    boxes = np.where(likely[:, None], said.xyxy, 0.0)
    return np.flatnonzero(likely & ~suppressed(boxes, predicted.offsets, rank, CROWDED))
