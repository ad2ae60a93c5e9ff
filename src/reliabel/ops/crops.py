"""Whether one picture is a part of another: the window of the larger one that is most like the
smaller, sought first on coarse grey cells, then finely in colour.

A window keeps at least 70 % of each side.  Both sides are scaled apart, so that a square cut from a
wide picture is found as well.  The size of the pictures in pixels plays no part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import stop_if_cancelled

THUMB, CELLS = 16, 8  # pixels of the grey pictures that are searched, cells that are compared
SIDE, FINE = 32, 16  # the same where a window is fitted
SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)  # of a side that a window keeps
STEP = 0.05  # of a side, from one window to the next
MIDDLE = 128.0  # grey, taken off so that sums of squares stay small
PROMISING = 0.9  # correlation of the coarse cells from which a window is fitted
BLOCK = 64  # pictures whose windows are held at once
HOPELESS = 30.0  # levels apart, after a step of the fit
Window = tuple[float, float, float, float]  # top, height, left, width as shares of the picture
WHOLE: Window = (0.0, 1.0, 0.0, 1.0)


def promising(thumbs: Any, pairs: Ints) -> Iterator[tuple[int, int, Window]]:
    """The pairs of which the second may be a part of the first, and where.

    thumbs: (n, 16, 16) grey levels.  pairs: (pairs, 2) rows of it.
    """
    axis, matrix = _axis()
    order = pairs[np.argsort(pairs[:, 0], kind="stable")]
    wholes, start = np.unique(order[:, 0], return_index=True)
    stop = np.append(start[1:], len(order))
    for low in range(0, len(wholes), BLOCK):
        stop_if_cancelled()
        some = slice(low, low + BLOCK)
        windows = _windows(np.asarray(thumbs[wholes[some]], np.float32) - MIDDLE, matrix)
        size = _spread(windows)
        for place, (begin, end) in enumerate(zip(start[some], stop[some], strict=True)):
            parts = order[begin:end, 1]
            cells = _centred(_cells(np.asarray(thumbs[parts], np.float32)))
            fit = windows[place] @ cells.T / size[place][:, None]
            best = fit.argmax(0)
            for column in np.flatnonzero(fit[best, np.arange(len(parts))] >= PROMISING):
                top, left = divmod(int(best[column]), len(axis))
                window = (*axis[top], *axis[left])
                yield int(wholes[low + place]), int(parts[column]), window


def fitted(
    whole: Any, part: Any, window: Window, hopeless: float = HOPELESS
) -> tuple[float, Window]:
    """How far apart a picture and the best window of another are (root mean square of colour
    levels), and the window: the one given, moved and scaled a little.

    whole, part: (32, 32, 3) pixels.  hopeless: levels apart from which no further step is tried.
    """
    source, target = (np.asarray(one, np.float32) for one in (whole, part))
    grey, aim = source.mean(2), _shrunk(target.mean(2), WHOLE)
    best = (_apart(grey, aim, [window])[0], window)
    for step in (STEP / 2, STEP / 4, STEP / 8):
        windows = list(_nearby(best[1], step))
        best = min([best, *zip(_apart(grey, aim, windows), windows, strict=True)])
        if best[0] > hopeless:
            break
    apart = [
        _apart(source[:, :, c], _shrunk(target[:, :, c], WHOLE), [best[1]])[0] for c in range(3)
    ]
    return float(np.sqrt(np.mean(np.square(apart)))), best[1]


def _nearby(window: Window, step: float) -> Iterator[Window]:
    """The windows with one edge moved by a step, or one axis as a whole, inside the picture."""
    for at in (0, 2):
        for move, grow in (
            (step, -step),
            (-step, step),
            (0, step),
            (0, -step),
            (step, 0),
            (-step, 0),
        ):
            new = list(window)
            new[at] += move
            new[at + 1] += grow
            if new[at] >= 0 and SHARES[-1] <= new[at + 1] <= 1 + 1e-9 - new[at]:
                yield (new[0], new[1], new[2], new[3])


def _apart(source: Floats, target: Floats, windows: Sequence[Window]) -> list[float]:
    """How far each window is from the target, all at once: one at a time, the calls take most of
    the time.
    """
    if not windows:
        return []
    rows = np.stack([_fine(*map(_round, one[:2])) for one in windows])
    columns = np.stack([_fine(*map(_round, one[2:])) for one in windows])
    shrunk = rows @ source @ columns.transpose(0, 2, 1)
    apart: list[float] = np.sqrt(np.mean((shrunk - target) ** 2, axis=(1, 2))).tolist()
    return apart


def _shrunk(picture: Floats, window: Window) -> Floats:
    """The window of a (32, 32) picture as (16, 16) cells."""
    rows, columns = (_fine(*map(_round, one)) for one in (window[:2], window[2:]))
    return np.asarray(rows @ picture @ columns.T)


def _round(share: float) -> float:
    return round(share, 6)


@lru_cache(maxsize=4096)  # of about 2,000 windows that the steps lead to
def _fine(at: float, share: float) -> Floats:
    return _means(SIDE, FINE, at, share).astype(np.float32)


@lru_cache(maxsize=1)
def _axis() -> tuple[list[tuple[float, float]], Floats]:
    """Where windows begin on one axis with the share that they keep, and the matrices (windows, 8,
    16) of their means.
    """
    axis = [
        (place * STEP, share) for share in SHARES for place in range(round((1 - share) / STEP) + 1)
    ]
    return axis, np.stack([_means(THUMB, CELLS, *one) for one in axis]).astype(np.float32)


def _means(pixels: int, cells: int, at: float, share: float) -> Floats:
    """(cells, pixels) how much each pixel counts in each cell of the window."""
    edge = pixels * (at + share * np.arange(cells + 1) / cells)
    low = np.maximum(edge[:-1, None], np.arange(pixels))
    high = np.minimum(edge[1:, None], np.arange(pixels) + 1)
    inside = np.maximum(high - low, 0)
    return np.asarray(inside / inside.sum(1, keepdims=True))


def _windows(thumbs: Floats, matrix: Floats) -> Floats:
    """(n, windows, 64) all windows of each picture in cells."""
    rows = np.einsum("wij,njk->nwik", matrix, thumbs, optimize=True)
    both = np.einsum("nwik,vlk->nwvil", rows, matrix, optimize=True)
    return np.asarray(both.reshape(len(thumbs), -1, CELLS * CELLS))


def _cells(thumbs: Floats) -> Floats:
    each = thumbs.reshape(-1, CELLS, THUMB // CELLS, CELLS, THUMB // CELLS)
    return np.asarray(each.mean((2, 4)).reshape(-1, CELLS * CELLS))


def _spread(windows: Floats) -> Floats:
    """(n, windows) the length of the cells of each window without their mean."""
    square = np.einsum("nwk,nwk->nw", windows, windows)
    total = windows @ np.ones(CELLS * CELLS, dtype=np.float32)
    return np.asarray(np.sqrt(np.maximum(square - total**2 / (CELLS * CELLS), 1.0)))


def _centred(cells: Floats) -> Floats:
    """Cells without their mean, of length 1, so that a product is a correlation."""
    apart = cells - cells.mean(-1, keepdims=True)
    return np.asarray(apart / np.maximum(np.linalg.norm(apart, axis=-1, keepdims=True), 1e-6))
