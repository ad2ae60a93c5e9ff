"""COCO's run-length encoding of masks: counts of pixels column by column, off and on in turn, as a
list or packed into text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.labels import Ints
from reliabel.ops.regions import HasRuns, Runs, joined, mask_runs, ranges

FIRST, LAST = 48, 111  # the codes of the characters that packed counts are written in


def unpacked_counts(text: str | bytes) -> Ints:
    """The counts of a packed text.

    Raises ValueError where it is none.

    >>> unpacked_counts("04333").tolist()
    [0, 4, 3, 7, 6]
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else bytes(text)
    except UnicodeEncodeError:
        raise ValueError(f"packed counts hold the characters 0 to o, got {text!r:.40}") from None
    code = np.frombuffer(raw, dtype=np.uint8).astype(np.int64) - FIRST
    if not len(code):
        return code
    if code.min() < 0 or code.max() > LAST - FIRST:
        bad = int(((code < 0) | (code > LAST - FIRST)).argmax())
        raise ValueError(
            f"packed counts hold the characters 0 to o, got {chr(raw[bad])!r} at place {bad}"
        )
    ends = (code & 32) == 0
    if not ends[-1]:
        raise ValueError("packed counts end in the middle of a number: the text is cut off")
    last = np.flatnonzero(ends)
    first = np.append(0, last[:-1] + 1)
    digit = np.arange(len(code)) - np.repeat(first, last - first + 1)
    if digit.max() > 11:
        raise ValueError("packed counts hold a number of more than 60 bits: they are broken")
    value = np.add.reduceat((code & 31) << (5 * digit), first)
    # the last digit carries the sign
    value = np.where(code[last] & 16, value - (np.int64(1) << (5 * (last - first + 1))), value)
    value[1::2] = np.cumsum(value[1::2])  # from the third on a number is the step from the one
    value[2::2] = np.cumsum(value[2::2])  # before the last
    return np.asarray(value)


def packed_counts(counts: Sequence[int] | Ints) -> str:
    """Counts as a packed text.

    >>> packed_counts([0, 4, 3, 7, 6])
    '04333'
    """
    count = np.asarray(counts, np.int64)
    step = count.copy()
    step[3:] -= count[1:-2]
    written = []
    for value in step.tolist():
        while True:
            digit = value & 31
            value >>= 5
            more = value != -1 if digit & 16 else value != 0
            written.append(digit + (32 if more else 0) + FIRST)
            if not more:
                break
    return bytes(written).decode("ascii")


def counts_runs(counts: Sequence[int] | Ints | str | bytes, size: Sequence[int] | Ints) -> Runs:
    """One region from COCO counts, a list or a packed text; size: height and width.

    Raises ValueError, with what is wrong, for counts that are no mask of this size.

    >>> runs = counts_runs([1, 2, 3], (2, 3))  # the last pixel of the first column, ...
    >>> runs.start.tolist(), runs.length.tolist()
    ([1, 3], [1, 1])
    """
    height, width = int(size[0]), int(size[1])
    packed = isinstance(counts, str | bytes)
    numbers = unpacked_counts(counts) if packed else _whole(counts)  # type: ignore[arg-type]
    if len(numbers) and numbers.min() < 0:
        raise ValueError(f"counts are numbers of pixels, got {int(numbers.min())}")
    if int(numbers.sum()) != height * width:
        raise ValueError(
            f"counts add up to {int(numbers.sum()):,} pixels, the picture has {height} x {width} = "
            f"{height * width:,}"
        )
    stop = np.cumsum(numbers)[1::2]
    start = stop - numbers[1::2]
    return turned(Runs(start, stop - start, np.array([0, len(start)])), (width, height))


def region_counts(regions: HasRuns, region: int, size: Sequence[int] | Ints) -> list[int]:
    """The COCO counts of one region; size: height and width.

    >>> region_counts(mask_runs([[0, 1, 0], [1, 0, 0]]), 0, (2, 3))
    [1, 2, 3]
    """
    height, width = int(size[0]), int(size[1])
    span = slice(int(regions.offsets[region]), int(regions.offsets[region + 1]))
    one = Runs(regions.start[span], regions.length[span], np.array([0, span.stop - span.start]))
    down = turned(one, (height, width))
    edges = np.stack([down.start, down.start + down.length], axis=1).ravel()
    steps = np.diff(np.concatenate([[0], edges, [height * width]]))
    counts: list[int] = steps.tolist()
    return counts if counts[-1] or len(counts) == 1 else counts[:-1]


def turned(runs: Runs, size: tuple[int, int]) -> Runs:
    """One region in a picture of rows and columns swapped; size: the rows and columns it has now.

    >>> turned(mask_runs([[0, 1, 1]]), (1, 3)).start.tolist()
    [1]
    """
    rows, columns = size
    if not len(runs.start):
        return runs
    stop = runs.start + runs.length
    first, last = int(runs.start[0]) // columns, (int(stop[-1]) - 1) // columns + 1
    part = np.zeros((last - first) * columns, dtype=bool)
    part[ranges(runs.start - first * columns, stop - first * columns)[0]] = True
    grid = part.reshape(last - first, columns)
    used = np.flatnonzero(grid.any(0))
    left, right = int(used[0]), int(used[-1]) + 1
    held = mask_runs(grid[:, left:right].T)  # the box alone, so that small regions cost little
    wide = last - first
    line, offsets = ranges(held.start // wide, (held.start + held.length - 1) // wide + 1)
    run = np.repeat(np.arange(len(held.start)), np.diff(offsets))
    begin = np.maximum(held.start[run], line * wide) - line * wide
    end = np.minimum(held.start[run] + held.length[run], (line + 1) * wide) - line * wide
    base = (line + left) * rows + first
    return joined(np.zeros(len(line), np.int64), base + begin, base + end, 1)


def _whole(counts: Sequence[int] | Ints) -> Ints:
    array = np.asarray(counts)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"counts are a list of whole numbers of pixels, got {counts!r:.60}")
    return array.astype(np.int64)
