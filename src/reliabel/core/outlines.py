"""The outline of a region of pixels as polygons with few corners, for pages to draw."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints

POINTS, PARTS = 200, 12  # the most corners in all, and the most polygons, of one outline
CELLS, FEW = 48, 56  # of a rough outline: squares along its longer side, and corners


def outline(
    start: Ints, length: Ints, width: int, points: int = POINTS
) -> tuple[list[float], list[list[int]]]:
    """The box around the runs of a region (left, top, right, bottom) and its outline: polygons of
    corners x, y, x, y, ... the longest first; holes are polygons too.

    start, length: runs of pixels, counted row by row in a picture of this width.  points: about how
    many corners all polygons may have; the rest of their detail is dropped, as are small parts.

    >>> outline(np.array([1, 5]), np.array([2, 2]), 4)
    ([1.0, 0.0, 3.0, 2.0], [[1, 0, 3, 0, 3, 2, 1, 2]])
    """
    y, x, end_y, end_x = _rows_of(start, length, width)
    left, top, right, bottom = int(x.min()), int(y.min()), int(end_x.max()), int(end_y.max())
    rise = np.zeros((bottom - top + 2, right - left + 3), dtype=np.int32)  # a pixel around it
    np.add.at(rise, (y - top + 1, x - left + 1), 1)
    np.add.at(rise, (y - top + 1, end_x - left + 1), -1)
    mask = (rise.cumsum(1)[:, :-1] > 0).astype(np.int8)
    loops = sorted(_loops(mask), key=len, reverse=True)[:PARTS]
    shift = np.array([left - 1, top - 1])
    corners = _fewer([_corners(np.array(loop)) for loop in loops], points)
    return (
        [float(left), float(top), float(right), float(bottom)],
        [(part + shift).ravel().tolist() for part in corners],
    )


def rough_outline(start: Ints, length: Ints, width: int) -> tuple[list[float], list[list[int]]]:
    """As ``outline``, of squares of pixels where the region is large: for objects that are drawn
    faintly beside another, at a tenth of the time.
    """
    y, x, _, end_x = _rows_of(start, length, width)
    left, top, right, bottom = int(x.min()), int(y.min()), int(end_x.max()), int(y.max()) + 1
    side = -(-max(right - left, bottom - top) // CELLS)
    seen = (y - top) % side == side // 2
    if side == 1 or not seen.any():
        return outline(start, length, width, FEW)
    row, first, last = (
        (y[seen] - top) // side,
        (x[seen] - left) // side,
        -((left - end_x[seen]) // side),
    )
    wide = CELLS + 1
    found = outline(row * wide + first, last - first, wide, FEW)[1]
    low, high = np.array([left, top]), np.array([right, bottom])
    polygons = [np.minimum(np.reshape(one, (-1, 2)) * side + low, high) for one in found]
    box = [float(left), float(top), float(right), float(bottom)]
    return box, [one.ravel().tolist() for one in polygons]


def _rows_of(start: Ints, length: Ints, width: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Runs cut where they go over the end of a row: row, first column, row + 1, end column."""
    first, last = start // width, (start + length - 1) // width
    pieces = last - first + 1
    run = np.repeat(np.arange(len(start)), pieces)
    y = np.arange(len(run)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + first[run]
    x = np.maximum(start[run] - y * width, 0)
    end = np.minimum((start + length)[run] - y * width, width)
    return y, x, y + 1, end


def _loops(mask: np.ndarray) -> list[list[tuple[int, int]]]:
    """The closed ways along the edges between a region and what is outside, with the region on the
    right hand; corners are those of pixels.
    """
    across = np.diff(mask, axis=0)  # edges above (1) and below (-1) the region
    down = np.diff(mask, axis=1)
    after: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for edges, step in ((across == 1, 1), (across == -1, -1)):
        y, x = np.nonzero(edges)
        for a, b in zip((y + 1).tolist(), (x if step > 0 else x + 1).tolist(), strict=True):
            after.setdefault((b, a), []).append((b + step, a))
    for edges, step in ((down == 1, -1), (down == -1, 1)):
        y, x = np.nonzero(edges)
        for a, b in zip((y if step > 0 else y + 1).tolist(), (x + 1).tolist(), strict=True):
            after.setdefault((b, a), []).append((b, a + step))
    loops = []
    while after:
        here = next(iter(after))
        loop, came = [here], (0, 0)
        while True:
            ways = after[here]
            # where two parts touch at a corner, turn right, so that each part is a loop of its own
            way = ways[0] if len(ways) == 1 else _right_turn(here, came, ways)
            ways.remove(way)
            if not ways:
                del after[here]
            came, here = (way[0] - here[0], way[1] - here[1]), way
            if here == loop[0]:
                break
            loop.append(here)
        loops.append(loop)
    return loops


def _right_turn(
    here: tuple[int, int], came: tuple[int, int], ways: list[tuple[int, int]]
) -> tuple[int, int]:
    right = (here[0] - came[1], here[1] + came[0])
    return right if right in ways else ways[0]


def _corners(loop: Ints) -> Ints:
    """The points of a closed way at which it turns."""
    before, after = loop - np.roll(loop, 1, 0), np.roll(loop, -1, 0) - loop
    kept: Ints = loop[(before != after).any(1)]
    return kept


def _fewer(polygons: list[Ints], points: int) -> list[Ints]:
    """Polygons with about so many corners in all: what moves the outline least goes first."""
    for tolerance in (0.0, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 48.0, 96.0):
        found = [simplified(polygon, tolerance) for polygon in polygons]
        if sum(map(len, found)) <= points:
            return found
    return found[: max(points // 4, 1)]


def simplified(polygon: Ints, tolerance: float) -> Ints:
    """The corners that Douglas and Peucker's rule keeps of a closed polygon."""
    if tolerance <= 0 or len(polygon) <= 4:
        return polygon
    far = int(((polygon - polygon[0]) ** 2).sum(1).argmax())
    whole: Ints = np.concatenate([polygon, polygon[:1]])
    keep = np.zeros(len(whole), dtype=bool)
    keep[[0, far, len(whole) - 1]] = True
    waiting = [(0, far), (far, len(whole) - 1)]
    while waiting:
        a, b = waiting.pop()
        if b - a < 2:
            continue
        off = _distance(whole[a + 1 : b], whole[a], whole[b])
        worst = int(off.argmax())
        if off[worst] > tolerance:
            keep[a + 1 + worst] = True
            waiting += [(a, a + 1 + worst), (a + 1 + worst, b)]
    kept: Ints = whole[:-1][keep[:-1]]
    return kept if len(kept) > 2 else polygon[:: max(len(polygon) // 4, 1)][:4]


def _distance(points: Ints, a: Ints, b: Ints) -> Floats:
    """How far points lie from the line through a and b."""
    along = (b - a).astype(float)
    size = float(np.hypot(*along))
    if not size:
        return np.asarray(np.hypot(*(points - a).T.astype(float)))
    return np.asarray(np.abs(along[0] * (points - a)[:, 1] - along[1] * (points - a)[:, 0]) / size)
