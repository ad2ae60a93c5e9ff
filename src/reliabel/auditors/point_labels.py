"""Point labels: a point set on an object, checked against the regions that a model sees.

Points are boxes of no size.  A point on a region of another class is probably of the wrong class;
one on no region at all is beside its object, by its distance from the nearest region of its class;
and of two points of a class on one region one may be a double.
Assumes regions of a model that did not train on these points.  Weak where the model misses objects:
points on them look misplaced.  Boxes with a size and points off the picture have no score.
Cost: O(points x regions of the picture), one picture in memory at a time.
Paper: Bearman, Russakovsky, Ferrari, Fei-Fei. What's the point: semantic segmentation with point
supervision. ECCV 2016 (points as labels of objects).
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Boxes, Regions
from reliabel.core.results import Suspicion
from reliabel.core.run import current, tell
from reliabel.ops.regions import painted

STATUS = "optional"
PREDICTIONS = "Regions"
BLOCK = 8  # pictures worked on at once
KINDS = ("", "class", "place", "double")
DOUBLE = 0.5  # score of each but the first of several points on one region


def audit(labels: Grouped[Boxes], *, predicted: Grouped[Regions], reach: float = 10.0) -> Suspicion:
    """Score: 0 on a region of the point's class; 1 on one of another class; beside its class d / (d
    + ``reach``) at d pixels from it, 1 where the picture has none of it.

    Flag = one half or more.  Kinds: "class", "place" (beside its object), "double" (one half).
    Suggestion = the point with the class of the region under it.
    info: "empty", the number of predicted regions of each class that hold no point of it.

    >>> from reliabel.ops.regions import class_parts
    >>> runs, y = class_parts(np.array([[0, 0, 0, 1, 1, 1]]))
    >>> seen = Regions(y, runs.start, runs.length, runs.offsets, [[1, 6]] * 2, ["cow", "hen"])
    >>> points = Boxes([[1, 0, 1, 0], [4, 0, 4, 0]], [0, 0], ["cow", "hen"])
    >>> found = audit(Grouped(points, [0, 2]), predicted=Grouped(seen, [0, 2]))
    >>> found.score.tolist(), list(found.kind), found.suggest.units.y.tolist()
    ([0.0, 1.0], ['', 'class'], [0, 1])
    """
    if not isinstance(getattr(predicted, "units", None), Regions):
        raise ValueError(
            "point_labels takes predicted regions (Grouped[Regions]), got "
            f"{type(getattr(predicted, 'units', predicted)).__name__}"
        )
    points, n, names = labels.units, len(labels), labels.units.names
    known = {name: at for at, name in enumerate(names)}
    code = np.array([known.get(name, -2) for name in predicted.units.names] + [-1])
    size = points.xyxy[:, 2:] - points.xyxy[:, :2]
    judged = (size == 0).all(1) & (points.y >= 0)
    if points.crowd is not None:
        judged &= ~np.asarray(points.crowd)
    score, kind = np.full(len(points), np.nan), np.zeros(len(points), dtype=np.int64)
    suggest, empty = np.array(points.y), np.zeros(len(names), dtype=np.int64)

    def pictures(block: tuple[int, int]) -> list[tuple[Ints, tuple[Floats, Ints, Ints, Ints]]]:
        out = []
        for item in range(*block):
            rows = np.arange(labels.offsets[item], labels.offsets[item + 1])
            rows = rows[judged[rows]]
            span = np.arange(predicted.offsets[item], predicted.offsets[item + 1])
            regions = predicted.units.take(span)
            seen = code[regions.y]
            out.append(
                (rows, _checked(points.xyxy[rows, :2], points.y[rows], regions, seen, reach))
            )
        return out

    done = 0

    def keep(found: list[tuple[Ints, tuple[Floats, Ints, Ints, Ints]]]) -> None:
        nonlocal done, empty
        done += len(found)
        tell("points", done, n)
        for rows, (value, sort, other, free) in found:
            score[rows], kind[rows], suggest[rows] = value, sort, other
            empty = empty + np.bincount(free[free >= 0], minlength=len(names))

    blocks = [(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK)]
    current().executor(pictures, blocks, keep)
    made = Boxes(points.xyxy, suggest, names, points.score, points.crowd)
    flag = np.nan_to_num(score) >= 0.5
    told = np.where(flag, np.array(KINDS)[kind], "")
    info = {"empty": dict(zip(names, empty.tolist(), strict=True))}
    return Suspicion(score, flag, Grouped(made, labels.offsets), told.tolist(), info)


def _checked(
    xy: Floats, y: Ints, regions: Regions, seen: Ints, reach: float
) -> tuple[Floats, Ints, Ints, Ints]:
    """Score, kind and suggested class of each point; the classes of the regions without a point."""
    m = len(y)
    score, kind, suggest = np.ones(m), np.full(m, 2), np.array(y)
    if not len(regions):
        return score, kind, suggest, seen
    size = regions.size[0]
    top = painted(regions, size, np.arange(len(regions)))
    finite: Bools = np.asarray(np.isfinite(xy).all(axis=1))
    column, row = np.floor(np.where(finite[:, None], xy, -1)).astype(np.int64).T
    inside = finite & (row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1])
    row, column = np.where(inside, row, 0), np.where(inside, column, 0)
    under = np.where(inside, top[row, column], -1)
    there = np.append(seen, -1)[under]  # place -1 is the last: no region
    right = (under >= 0) & (there == y)
    other = (under >= 0) & ~right
    for c in np.unique(y[~right & ~other & inside]).tolist():
        own = np.append(seen, -1)[top] == c
        mine = ~right & ~other & (y == c)
        if own.any():
            far = distance_transform_edt(~own)[row[mine], column[mine]]
            score[mine] = far / (far + reach)
    score[right], kind[right] = 0.0, 0
    kind[other] = 1
    suggest = np.where(other & (there >= 0), there, suggest)
    _, first = np.unique(under[right], return_index=True)
    again = np.delete(np.flatnonzero(right), first)
    score[again], kind[again] = DOUBLE, 3
    score[~inside] = np.nan
    taken = np.isin(np.arange(len(regions)), under[right])
    return score, kind, suggest, seen[~taken]
