"""How often the same words are a span: for stretches of words, how many of their occurrences in the
whole text are spans of each class, and how many are in no span.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Floats, Ints
from reliabel.ops.span_probs import covered
from reliabel.ops.word_features import Words

LONGEST = 6  # words; longer stretches hardly come twice
BASE = np.uint64(0x9E3779B97F4A7C15)


def surface_counts(
    words: Words, spans: tuple[Ints, Ints, Ints, Ints], k: int, asked: tuple[Ints, Ints, Ints]
) -> Floats:
    """(asked, k + 1) how many occurrences of the words of a stretch are exactly a span of each
    class, and (last) how many share no word with a span.

    spans: item, start, end and class of those given.  asked: item, start and end; of stretches of
    more than six words, or beyond their item, nothing is counted.

    >>> from reliabel.ops.word_features import words_of
    >>> text = words_of([("in", "Rome"), ("Rome", "fell"), ("AS", "Rome")])
    >>> given = tuple(np.array(part) for part in ([0, 2], [1, 0], [2, 2], [0, 1]))
    >>> surface_counts(text, given, 2, (np.array([1]), np.array([0]), np.array([1]))).tolist()
    [[1.0, 0.0, 1.0]]
    """
    item, start, end = (np.asarray(part, dtype=np.int64) for part in asked)
    out = np.zeros((len(item), k + 1))
    owner, there, to, y = (np.asarray(part, dtype=np.int64) for part in spans)
    m = len(words.word)
    in_spans = np.concatenate([[0], np.cumsum(covered(words.offsets, owner, there, to))])
    size = np.where(
        (start >= 0) & (end > start) & (end <= np.diff(words.offsets)[item]), end - start, 0
    )
    first = words.offsets[item] + start
    for length in range(1, min(LONGEST, int(size.max(initial=0))) + 1):
        mine = np.flatnonzero(size == length)
        if not len(mine):
            continue
        keys, back = np.unique(_keys(words, first[mine], length), return_inverse=True)
        given = np.flatnonzero(to - there == length)
        hit = _found(keys, _keys(words, (words.offsets[owner] + there)[given], length))
        table = np.zeros((len(keys), k + 1))
        np.add.at(table, (hit[hit >= 0], y[given][hit >= 0]), 1)
        begins = np.arange(max(m - length + 1, 0))
        begins = begins[in_spans[begins + length] == in_spans[begins]]
        begins = begins[_within(words, begins, length)]
        hit = _found(keys, _keys(words, begins, length))
        table[:, k] = np.bincount(hit[hit >= 0], minlength=len(keys))
        out[mine] = table[back.ravel()]
    return out


def _keys(words: Words, first: Ints, length: int) -> NDArray[np.uint64]:
    """A hash of the words of each stretch of one length."""
    key = np.zeros(len(first), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for place in range(length):
            key = key * BASE + words.word[first + place].astype(np.uint64) + np.uint64(1)
            key ^= key >> np.uint64(29)
    return key


def _found(keys: NDArray[np.uint64], asked: NDArray[np.uint64]) -> Ints:
    """The place of each key among the sorted ``keys``, -1 where it is not there."""
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, place, -1)


def _within(words: Words, begins: Ints, length: int) -> NDArray[np.bool_]:
    item = np.searchsorted(words.offsets, begins, side="right") - 1
    return np.asarray(begins + length <= words.offsets[item + 1])
