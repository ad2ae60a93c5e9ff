"""The outline of a region of pixels as polygons with few corners, for pages to draw."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints

POINTS, PARTS = 200, 12  # the most corners in all, and the most polygons, of one outline
# Of the four pixels around a point, upper left 1, upper right 2, lower left 4, lower right 8: the
# corners that outlines have there, two where parts touch in it.
TURNS = np.array([0, 1, 1, 0, 1, 0, 2, 1, 1, 2, 0, 1, 0, 1, 1, 0], dtype=np.int8)
RISING, FALLING = 6, 9  # two parts, of which one lies lower left and one lower right
# pixels that an outline may move by, tried in turn until it has few enough corners
TOLERANCES = (0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 48.0, 96.0)
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
    rise = np.zeros((bottom - top + 2, right - left + 3), dtype=np.int8)  # a pixel around it
    rise[y - top + 1, x - left + 1] += 1  # runs do not touch, so that no place is there twice
    rise[y - top + 1, end_x - left + 1] -= 1
    mask = rise.cumsum(1, dtype=np.int8)[:, :-1]
    shift = np.array([left - 1, top - 1])
    corners = _fewer(_loops(mask)[:PARTS], points)
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


def _loops(mask: np.ndarray) -> list[Ints]:
    """The corners (x, y) of the closed ways around a region, with the region on the right hand, the
    longest way first.

    Along each line of a picture the corners are the ends of edges, two by two, and so are those of
    each column: a way goes along a line and along a column in turn.
    """
    around = mask[:-1, :-1] + 2 * mask[:-1, 1:] + 4 * mask[1:, :-1] + 8 * mask[1:, 1:]
    y, x = np.nonzero(TURNS[around])
    place = np.repeat(np.arange(len(x)), TURNS[around[y, x]])
    second = np.append(False, place[1:] == place[:-1])  # of two parts that touch at a corner
    x, y, around = x[place], y[place], around[y, x][place]
    # each part is a way of its own: the first corner has the edge above it, the second that below
    left = np.where(around == RISING, second, ~second)
    along, down = _ends(y, x, ~left), _ends(x, y, second)
    begins = ((around & 8) > 0) & ((around & 2) == 0) & ((around != FALLING) | second)
    ways, seen = [], bytearray(len(x))
    for first in np.flatnonzero(begins).tolist():  # the left ends of edges with the region below
        if seen[first]:
            continue
        way, here = [], first
        while not seen[here]:
            there = along[here]
            seen[here] = seen[there] = 1
            way += [here, there]
            here = down[there]
        ways.append(np.column_stack([x[way], y[way]]) + 1)
    return sorted(ways, key=_length, reverse=True)


def _ends(line: Ints, place: Ints, after: Bools) -> list[int]:
    """The other end of each corner's edge along its line; ``after``: which of two corners in one
    place comes second.
    """
    order = np.lexsort((after, place, line))
    other = np.empty(len(order), dtype=np.int64)
    other[order[::2]], other[order[1::2]] = order[1::2], order[::2]
    return list(other.tolist())


def _length(way: Ints) -> int:
    return int(np.abs(way - np.roll(way, 1, 0)).sum())


def _fewer(polygons: list[Ints], points: int) -> list[Ints]:
    """Polygons with about so many corners in all: what moves the outline least goes first."""
    if sum(map(len, polygons)) <= points:
        return polygons
    reach = [_reaches(polygon, TOLERANCES[0]) for polygon in polygons]
    for tolerance in TOLERANCES:
        found = [_kept(one, far, tolerance) for one, far in zip(polygons, reach, strict=True)]
        if sum(map(len, found)) <= points:
            return found
    return found[: max(points // 4, 1)]


def simplified(polygon: Ints, tolerance: float) -> Ints:
    """The corners that Douglas and Peucker's rule keeps of a closed polygon."""
    if tolerance <= 0:
        return polygon
    return _kept(polygon, _reaches(polygon, tolerance), tolerance)


def _kept(polygon: Ints, reach: Floats, tolerance: float) -> Ints:
    if len(polygon) <= 4:
        return polygon
    kept: Ints = polygon[reach > tolerance]
    return kept if len(kept) > 2 else polygon[:: max(len(polygon) // 4, 1)][:4]


def _reaches(polygon: Ints, least: float) -> Floats:
    """The tolerance below which the rule keeps each corner, one pass for all tolerances from
    ``least`` on: the rule splits at the same corners whatever it is, and goes no further where it
    is not exceeded.
    """
    far = int(((polygon - polygon[0]) ** 2).sum(1).argmax())
    whole = np.concatenate([polygon, polygon[:1]])
    reach = np.zeros(len(whole))
    reach[[0, far, len(whole) - 1]] = np.inf
    waiting = [(0, far, np.inf), (far, len(whole) - 1, np.inf)]
    while waiting:
        a, b, above = waiting.pop()
        if b - a < 2:
            continue
        off = _distance(whole[a + 1 : b], whole[a], whole[b])
        worst = int(off.argmax())
        level = min(above, float(off[worst]))
        if level > least:
            split = a + 1 + worst
            reach[split] = level
            waiting += [(a, split, level), (split, b, level)]
    return reach[:-1]


def _distance(points: Ints, a: Ints, b: Ints) -> Floats:
    """How far points lie from the line through a and b."""
    along = (b - a).astype(float)
    size = float(np.hypot(*along))
    if not size:
        return np.asarray(np.hypot(*(points - a).T.astype(float)))
    return np.asarray(np.abs(along[0] * (points - a)[:, 1] - along[1] * (points - a)[:, 0]) / size)
