"""Free-text answers as vectors of length one, in which answers to the same item can be compared.

An answer is its words and its groups of three characters, each counted as often as it occurs; the
cosine of two answers is the geometric mean of precision and recall, of words and of groups.
Columns belong to one item each, so that sums over the answers of all items are one product with
the matrix, and no pair of answers is ever looked at: the cost grows with the length of the texts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.ops.word_tokens import joined, points, tokens_of

CHARACTERS = 2**20  # of texts that are worked on at a time
ANSWERS = 4096  # after which a piece of work may end


@dataclass(frozen=True, eq=False)
class AnswerVectors:
    """``x`` (v, columns), one row an answer; ``item`` (v,) and ``item_of`` (columns,) say which
    item each is of, of ``n``.
    """

    x: Any
    item: Ints
    item_of: Ints
    n: int
    unit: bool = True  # whether all rows are of length one

    __repr__ = by_fields

    def sums(self, weight: Floats) -> tuple[Floats, Floats]:
        """Of the weighted sum of an item's answers: (v,) its product with each answer, and (n,)
        its squared length.
        """
        total = self.x.T @ weight
        return self.x @ total, np.bincount(self.item_of, total**2, self.n).astype(float)

    def lengths(self) -> Floats:
        """(v,) the squared length of each answer."""
        return np.asarray(self.x.multiply(self.x).sum(1)).ravel()

    def others(self) -> tuple[Floats, Ints]:
        """(v,) the mean similarity of each answer to the other answers on its item (1 where there
        is none), and (v,) how many these are.
        """
        product, _ = self.sums(np.ones(len(self.item)))
        one = self.lengths()
        count = np.bincount(self.item, minlength=self.n)
        rest = count[self.item] - 1
        square = np.bincount(self.item, one, self.n)[self.item] - one
        apart = one * rest - 2 * (product - one) + square  # summed squared distances
        half = apart / (2 * np.maximum(rest, 1))
        alike = np.clip(1 - half, 0, 1) if self.unit else np.exp(-half)  # a cosine if unit
        return np.where(rest > 0, alike, 1.0), rest

    def far_from_others(self, weight: Floats, one: Floats) -> Floats:
        """(v,) the squared distance of each answer from the weighted mean of the others on its
        item; ``one``: the lengths.
        """
        product, square = self.sums(weight)
        rest = np.maximum(np.bincount(self.item, weight, self.n)[self.item] - weight, 1e-9)
        inner = (product - weight * one) / rest
        length = (square[self.item] - 2 * weight * product + weight**2 * one) / rest**2
        return np.asarray(np.maximum(one - 2 * inner + length, 1e-6))


def of_texts(texts: Sequence[str], item: Ints, n: int, *, characters: float = 0.5) -> AnswerVectors:
    """Answers as vectors.

    characters: the share of the similarity that is by groups of three characters; the rest is by
        words.

    >>> found = of_texts(["The cat sat", "the cat sat.", "a dog"], np.array([0, 0, 0]), 1)
    >>> found.others()[0].round(2).tolist()
    [0.47, 0.47, 0.0]
    """
    if not 0 <= characters <= 1:
        raise ValueError(f"characters is a share from 0 to 1, got {characters}")
    parts, columns, owners = [], 0, []
    order = np.argsort(item, kind="stable")
    for rows in _pieces(texts, order, item):
        some = [texts[row] for row in rows.tolist()]
        kinds = ((_words(some), 1 - characters), (_groups(some), characters))
        made = [_counted(row, key, item[rows], len(some), share) for (row, key), share in kinds]
        x = sparse.hstack([one for one, _ in made], format="csr", dtype=np.float32)
        parts.append(x)
        owners += [owner for _, owner in made]
        columns += x.shape[1]
    whole = _stacked(parts, columns)
    x = whole[np.argsort(order, kind="stable")] if len(order) else whole
    owner = np.concatenate(owners) if owners else np.zeros(0, dtype=np.int64)
    return AnswerVectors(x, np.asarray(item), owner, n)


def of_vectors(vectors: Floats, item: Ints, n: int) -> AnswerVectors:
    """Answers whose vectors are given, (v, d): centred, and of length one on average.  Distances
    are Euclidean, so that vectors of a single number work as well: the cosine of two numbers
    would be one whatever they are.
    """
    given = np.asarray(vectors, dtype=np.float64)
    given = given[:, None] if given.ndim == 1 else given
    if given.ndim != 2 or len(given) != len(item) or not np.isfinite(given).all():
        raise ValueError(
            f"vectors must hold a row of finite numbers for each of the {len(item):,} votes that "
            f"count, got an array of shape {np.shape(vectors)}"
        )
    centred = given - np.mean(given, axis=0)
    size = np.sqrt((centred**2).sum(1).mean())
    v, d = centred.shape
    data = (centred / (size if size > 0 else 1)).astype(np.float32).ravel()
    column = (np.asarray(item, dtype=np.int64)[:, None] * d + np.arange(d)).ravel()
    x = sparse.csr_array((data, column, np.arange(v + 1) * d), shape=(v, n * d))
    return AnswerVectors(x, np.asarray(item), np.repeat(np.arange(n), d), n, unit=False)


def _pieces(texts: Sequence[str], order: Ints, item: Ints) -> list[Ints]:
    """The answers in pieces of whole items, each of about as many characters."""
    size = np.array([len(texts[row]) + 1 for row in order.tolist()], dtype=np.int64)
    piece = np.cumsum(size) // CHARACTERS + np.arange(len(order)) // ANSWERS
    last = np.flatnonzero(np.diff(item[order], append=-1) != 0)  # of each item
    owner = np.repeat(piece[last], np.diff(last, prepend=-1))
    return np.split(order, np.flatnonzero(np.diff(owner)) + 1) if len(order) else []


def _words(texts: Sequence[str]) -> tuple[Ints, Any]:
    tokens = tokens_of(texts)
    return np.repeat(np.arange(len(texts)), np.diff(tokens.offsets)), tokens.code


def _groups(texts: Sequence[str]) -> tuple[Ints, Any]:
    """Each character with its neighbours: spaces in a row are one, the ends count as a sign."""
    whole = unicodedata.normalize("NFKC", joined(texts)).casefold()
    point = points(f"\0{whole}\0").astype(np.uint64)
    space = np.zeros(0x110000, dtype=bool)
    space[[one for one in np.unique(point).tolist() if chr(one).isspace()]] = True
    blank = space[point]
    end = point == 0
    near_end = np.concatenate([[True], (blank | end)[:-1]])  # drops the first spaces, and repeats
    point = point[~(blank & near_end)]
    last = np.concatenate([(point == 0)[1:], [True]])
    point = point[~(space[point] & last)]  # and the last one
    middle = np.flatnonzero(point != 0)
    shift = np.uint64(21)
    key = ((point[middle - 1] << shift | point[middle]) << shift) | point[middle + 1]
    return np.cumsum(point == 0)[middle] - 1, key


def _counted(row: Ints, key: Any, item: Ints, rows: int, share: float) -> tuple[Any, Ints]:
    """A matrix of the keys in each row, the second occurrence of a key apart from the first; rows
    without a key hold one of their own, so that two of them are alike.
    """
    bare = np.flatnonzero(np.bincount(row, minlength=rows) == 0)
    row = np.concatenate([row, bare])
    code = np.unique(key, return_inverse=True)[1].ravel() + 1  # 0: nothing is said
    code = np.concatenate([code, np.zeros(len(bare), dtype=np.int64)])
    order = np.lexsort((code, row))
    row, code = row[order], code[order]
    new = np.concatenate([[True], (np.diff(row) != 0) | (np.diff(code) != 0)])[: len(row)]
    first = np.maximum.accumulate(np.where(new, np.arange(len(row)), 0)) if len(row) else row
    again = np.arange(len(row)) - first
    place = np.lexsort((again, code, item[row]))
    parts = np.stack([item[row], code, again])[:, place]
    changes = np.concatenate([[0], (np.diff(parts) != 0).any(0)])[: len(row)]
    column = np.empty(len(row), dtype=np.int64)
    column[place] = np.cumsum(changes)
    columns = int(column.max(initial=-1)) + 1
    owner = np.zeros(columns, dtype=np.int64)
    owner[column] = item[row]
    size = np.bincount(row, minlength=rows)
    value = np.sqrt(share / np.maximum(size, 1))[row].astype(np.float32)
    return sparse.csr_array((value, (row, column)), shape=(rows, columns)), owner


def _stacked(parts: Sequence[Any], columns: int) -> Any:
    """Matrices one below another, each with columns of its own."""
    index = np.int32 if columns < 2**31 else np.int64
    shifts = np.cumsum([0] + [part.shape[1] for part in parts])
    rows = np.cumsum([0] + [part.nnz for part in parts])
    if not parts:
        return sparse.csr_array((0, 0), dtype=np.float32)
    data = np.concatenate([part.data for part in parts])
    column = np.concatenate(
        [
            part.indices.astype(index) + index(shift)
            for part, shift in zip(parts, shifts, strict=False)
        ]
    )
    pointer = [
        part.indptr[1:].astype(np.int64) + start for part, start in zip(parts, rows, strict=False)
    ]
    indptr = np.concatenate([[0], *pointer]).astype(index if rows[-1] < 2**31 else np.int64)
    return sparse.csr_array((data, column, indptr), shape=(len(indptr) - 1, columns))
