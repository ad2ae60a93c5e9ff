"""Sequences of words laid beside one another, many pairs at once: slots that hold a word of each
answer or none, and edit distances.

The table of a pair is filled row by row for a whole block of pairs: within a row, steps to the
right are a running minimum, so that nothing loops over cells.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Ints

NONE, BEYOND = -1, -2  # no word in a slot; past the end of a sequence
CELLS = 2**22  # of tables that are filled at a time


def padded(code: Ints, start: Ints, size: Ints) -> Ints:
    """(b, width) the entries ``start`` .. ``start + size`` of ``code``, then ``BEYOND``; one
    column at least.

    >>> padded(np.array([7, 8, 9]), np.array([0, 2]), np.array([2, 1])).tolist()
    [[7, 8], [9, -2]]
    """
    width = max(int(size.max(initial=0)), 1)
    place = np.arange(width)
    inside = place < size[:, None]
    at = np.where(inside, start[:, None] + place, 0)
    return np.where(inside, code[at] if len(code) else BEYOND, BEYOND)


def edit_distances(a: Ints, b: Ints) -> Ints:
    """(pairs,) how many words must be put in, left out or replaced to get from each row of ``a``
    (pairs, i) to that of ``b`` (pairs, j), which end where ``BEYOND`` begins.

    >>> edit_distances(np.array([[1, 2, 3]]), np.array([[1, 3, -2, -2]])).tolist()
    [1]
    """
    size_a, size_b = (np.asarray((one != BEYOND).sum(1)) for one in (a, b))
    found = np.empty(len(a), dtype=np.int64)
    step = max(CELLS // max(b.shape[1] + 1, 1), 1)
    for first in range(0, len(a), step):
        here = slice(first, first + step)
        skip = np.ones((len(a[here]), b.shape[1]), dtype=np.int32)
        line = _first_line(skip)
        result = np.where(size_a[here] == 0, size_b[here], 0)
        for i in range(a.shape[1]):
            line = _next_line(line, a[here, i : i + 1] != b[here], skip)
            done = size_a[here] == i + 1
            result[done] = line[done, size_b[here][done]]
        found[here] = result
    return found


def _first_line(skip: Ints) -> Ints:
    return np.pad(np.cumsum(skip, axis=1, dtype=np.int32), ((0, 0), (1, 0)))


def _next_line(line: Ints, differs: Bools, skip: Ints) -> Ints:
    """The next row of the tables: ``line`` (b, j + 1) the last one, ``differs`` (b, j) whether the
    words differ, ``skip`` (b, j) what it costs to pass a slot.
    """
    best = line + 1
    np.minimum(best[:, 1:], line[:, :-1] + differs, out=best[:, 1:])
    passed = _first_line(skip)
    return passed + np.minimum.accumulate(best - passed, axis=1)


def laid_beside(net: Ints, words: Ints, code: Ints) -> Ints:
    """Networks of slots with one more answer each: (b, h + 1, slots) from ``net`` (b, h, slots),
    whose slots hold places of words, ``NONE`` or ``BEYOND``, and the new ``words`` (b, i).

    code: what words are compared by, at their places.  To replace, put in or leave out a word
    costs 1; to pass a slot that an answer left empty already costs nothing.
    """
    parts = []
    step = max(CELLS // max((net.shape[2] + 1) * (words.shape[1] + 1), 1), 1)
    for first in range(0, len(net), step):
        parts.append(_beside(net[first : first + step], words[first : first + step], code))
    width = max((part.shape[2] for part in parts), default=net.shape[2])
    pads = [((0, 0), (0, 0), (0, width - part.shape[2])) for part in parts]
    wide = [np.pad(p, pad, constant_values=BEYOND) for p, pad in zip(parts, pads, strict=True)]
    return np.concatenate(wide)


def _beside(net: Ints, words: Ints, code: Ints) -> Ints:
    named = np.concatenate([code, [BEYOND, NONE]])  # places -1 and -2 stand for themselves
    held, said = named[net], named[words]
    skip = ~(held == NONE).any(1)
    lines = np.empty((words.shape[1] + 1, len(net), net.shape[2] + 1), dtype=np.int32)
    lines[0] = _first_line(skip)
    for i in range(words.shape[1]):
        differs = ~(held == said[:, i, None, None]).any(1)
        lines[i + 1] = _next_line(lines[i], differs, skip)
    row = np.arange(len(net))
    i, j = (words != BEYOND).sum(1), (net[:, 0] != BEYOND).sum(1)
    steps = max(int((i + j).max(initial=0)), 1)
    slot = np.full((len(net), steps), BEYOND, dtype=np.int64)  # of the old network, from the end
    word = np.full((len(net), steps), BEYOND, dtype=np.int64)
    count = np.zeros(len(net), dtype=np.int64)
    for step in range(steps):
        now = lines[i, row, j]
        up, left = np.maximum(i - 1, 0), np.maximum(j - 1, 0)
        differs = ~(held[row, :, left] == said[row, up][:, None]).any(1)
        both = (i > 0) & (j > 0) & (now == lines[up, row, left] + differs)
        passes = ~both & (j > 0) & (now == lines[i, row, left] + skip[row, left])
        going = (i > 0) | (j > 0)
        puts = going & ~both & ~passes
        slot[:, step] = np.where(both | passes, left, np.where(puts, NONE, BEYOND))
        word[:, step] = np.where(both | puts, words[row, up], np.where(passes, NONE, BEYOND))
        count += going
        i, j = np.where(both | puts, up, i), np.where(both | passes, left, j)
    width = max(int(count.max(initial=0)), 1)
    place = count[:, None] - 1 - np.arange(width)  # from the front again
    at = np.maximum(place, 0)
    slot = np.where(place >= 0, np.take_along_axis(slot, at, 1), BEYOND)
    word = np.where(place >= 0, np.take_along_axis(word, at, 1), BEYOND)
    old = np.take_along_axis(net, np.maximum(slot, 0)[:, None], 2)
    return np.concatenate([np.where(slot[:, None] >= 0, old, slot[:, None]), word[:, None]], axis=1)
