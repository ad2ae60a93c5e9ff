"""Words of sentences as numbers: each distinct word gets a code, and its spelling hashed features.

Nothing is done token by token: sentences become codes in one pass of C, and the spelling of a
word (the word, its shape, its beginnings and endings, its character trigrams) is looked at once,
however often the word occurs.  A substring's hash is the difference of two prefix sums, so that
all substrings of all words cost one pass over their characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields

OWN, NEAR = 2**16, 2**14  # columns that the features of a word and of its neighbours fall into
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that its powers have inverses modulo 2**64
AFFIXES = (1, 2, 3, 4)  # lengths of beginnings and endings
GRAM = 3  # characters of an n-gram
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Words:
    """Sentences as codes of words: ``word`` (m,) the code of each token, ``offsets`` (n + 1,) where
    sentences start, and ``distinct``, the words themselves.
    """

    word: Ints
    offsets: Ints
    distinct: tuple[str, ...]

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def around(self, by: int) -> Ints:
        """(m,) the code of the word ``by`` places on, in the same sentence; beyond its ends the
        number of distinct words.
        """
        out = np.full(len(self.word), len(self.distinct))
        if abs(by) >= len(self.word):
            return out
        sentence = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        here, there = (slice(None, -by), slice(by, None)) if by > 0 else (slice(-by, None), None)
        there = slice(None, by) if by < 0 else there
        if by == 0:
            return self.word
        same = sentence[here] == sentence[there]
        out[here] = np.where(same, self.word[there], len(self.distinct))
        return out


def words_of(sentences: Sequence[Iterable[str]]) -> Words:
    """Codes of the words of sentences, in the order in which the words first occur.

    >>> found = words_of([("the", "cat"), (), ("the", "dog")])
    >>> found.word.tolist(), found.offsets.tolist(), found.around(1).tolist()
    ([0, 1, 0, 2], [0, 2, 2, 4], [1, 3, 2, 3])
    """
    if len(sentences) and isinstance(sentences[0], str):
        raise ValueError(
            "the items of tagged text must be one tuple of words a sentence, the first is text: "
            f"{sentences[0]!r:.60}"
        )
    size = np.fromiter(map(len, sentences), np.int64, len(sentences))  # type: ignore[arg-type]
    flat = list(chain.from_iterable(sentences))
    code: dict[Any, int] = dict.fromkeys(flat, 0)
    odd = next((word for word in code if not isinstance(word, str)), None)
    if odd is not None:
        raise ValueError(
            f"the words of a sentence must be text, got {type(odd).__name__} {odd!r:.40}; give one "
            "tuple of words a sentence"
        )
    for place, word in enumerate(code):
        code[word] = place
    word = np.fromiter(map(code.__getitem__, flat), np.int64, len(flat))
    return Words(word, np.concatenate([[0], np.cumsum(size)]), tuple(code))


def same_sentences(word: Ints, offsets: Ints) -> Ints:
    """(n,) the same number for sentences of the same words, by two sums that depend on the order of
    the words.
    """
    place = np.arange(len(word)) - np.repeat(offsets[:-1], np.diff(offsets))
    sums = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        value = rng.random(int(word.max(initial=0)) + 1)
        weight = rng.random(int(place.max(initial=0)) + 1) + 0.5
        total = np.concatenate([[0.0], np.cumsum(value[word] * weight[place])])
        # cumulative sums round: equal sentences agree to far more digits than different ones
        sums.append((total[offsets[1:]] - total[offsets[:-1]]).round(6))
    whole = np.stack([*sums, np.diff(offsets).astype(float)], axis=1)
    return np.asarray(np.unique(whole, axis=0, return_inverse=True)[1]).ravel()


def spelling(distinct: Sequence[str]) -> tuple[csr_matrix, csr_matrix]:
    """Features of the spelling of words, one row a word and one more for "no word" at the end:
    (v + 1, OWN) of the word itself, (v + 1, NEAR) the fewer of a word beside the one judged.
    """
    lower = [word.lower() for word in distinct]
    whole, small = Letters(distinct), Letters(lower)
    shape = _shapes(whole)
    rows = np.arange(len(distinct) + 1)
    end = np.uint64(len(distinct))
    with np.errstate(over="ignore"):
        same = _mixed(np.append(whole.whole(), end), 1)
        kind = _mixed(np.append(shape, end), 2)
        alike = _mixed(np.append(small.whole(), end), 3)
        # the length goes into the hash, so that a word shorter than its affix is the whole word
        heads = [_mixed(small.part(0, length), 4 + length) for length in AFFIXES]
        tails = [_mixed(small.part(-length, length), 14 + length) for length in AFFIXES]
    row, gram = small.grams()
    share = 1 / np.sqrt(np.bincount(row, minlength=len(distinct)).clip(1))
    inner = rows[:-1]
    own = [
        (rows, same, np.ones(len(rows))),
        (rows, alike, np.ones(len(rows))),
        (rows, kind, np.ones(len(rows))),
        *((inner, part, np.full(len(inner), 0.5)) for part in (*heads, *tails)),
        (row, _mixed(gram, 30), share[row]),
    ]
    near = [
        (rows, alike, np.ones(len(rows))),
        (rows, kind, np.ones(len(rows))),
        (inner, tails[2], np.full(len(inner), 0.5)),
    ]
    return _matrix(own, len(rows), OWN), _matrix(near, len(rows), NEAR)


def hashed_grams(texts: Sequence[str], lengths: Sequence[int], columns: int) -> csr_matrix:
    """(n, columns) how often each run of letters, in small ones, occurs in a text, divided by the
    root of the number of its runs; ``columns`` is a power of two.
    """
    letters = Letters([text.lower() for text in texts])
    parts = []
    for length in lengths:
        row, gram = letters.grams(length)
        share = 1 / np.sqrt(np.bincount(row, minlength=len(texts)).clip(1))
        parts.append((row, _mixed(gram, 40 + length), share[row]))
    return _matrix(parts, len(texts), columns)


class Letters:
    """The characters of words (or of longer texts) in one row, with the prefix sums of their
    hash.
    """

    def __init__(self, words: Sequence[str]) -> None:
        text = "".join(words).encode("utf-32-le", "surrogatepass")
        self.letters = np.frombuffer(text, dtype=np.uint32)
        size = np.fromiter(map(len, words), np.int64, len(words))
        self.stop = np.cumsum(size)
        self.start = self.stop - size
        with np.errstate(over="ignore"):
            power = np.full(len(self.letters) + 1, BASE, dtype=np.uint64)
            power[0] = 1
            power = np.cumprod(power, dtype=np.uint64)
            self.back = np.full(len(self.letters) + 1, _inverse(BASE), dtype=np.uint64)
            self.back[0] = 1
            self.back = np.cumprod(self.back, dtype=np.uint64)
            part = (self.letters.astype(np.uint64) + np.uint64(1)) * power[:-1]
            self.sums = np.concatenate([[np.uint64(0)], np.cumsum(part, dtype=np.uint64)])

    def _of(self, start: Ints, stop: Ints) -> Hashes:
        with np.errstate(over="ignore"):
            return np.asarray((self.sums[stop] - self.sums[start]) * self.back[start])

    def whole(self) -> Hashes:
        """(v,) the hash of each word."""
        return self._of(self.start, self.stop)

    def part(self, place: int, length: int) -> Hashes:
        """(v,) the hash of the first (place 0) or last letters of each word."""
        if place < 0:
            return self._of(np.maximum(self.stop - length, self.start), self.stop)
        return self._of(self.start, np.minimum(self.start + length, self.stop))

    def count(self, kind: Callable[[str], bool]) -> Ints:
        """(v,) how many letters of each word are of a kind."""
        letter, place = np.unique(self.letters, return_inverse=True)
        of = np.array([kind(chr(one)) for one in letter.tolist()], dtype=np.int64)
        sums = np.concatenate([[0], np.cumsum(of[place.ravel()])]) if len(letter) else np.zeros(1)
        return np.asarray(sums[self.stop] - sums[self.start]).astype(np.int64)

    def grams(self, length: int = GRAM) -> tuple[Ints, Hashes]:
        """The word and the hash of each run of so many letters within words."""
        size = np.maximum(self.stop - self.start - length + 1, 0)
        word = np.repeat(np.arange(len(size)), size)
        first = np.arange(len(word)) - np.repeat(np.cumsum(size) - size, size) + self.start[word]
        return word, self._of(first, first + length)


def _shapes(spelled: Letters) -> Hashes:
    """(v,) a hash of the shape of each word: runs of capitals, small letters, digits, others."""
    letter, place = np.unique(spelled.letters, return_inverse=True)
    kind = np.array([_sort_of(chr(one)) for one in letter.tolist()], dtype=np.uint64)
    of = kind[place.ravel()] if len(letter) else np.empty(0, dtype=np.uint64)
    begins = np.ones(len(of), dtype=bool)
    begins[1:] = of[1:] != of[:-1]
    begins[spelled.start[spelled.start < len(of)]] = True
    run = np.concatenate([[0], np.cumsum(begins)])
    with np.errstate(over="ignore"):
        # runs are few: the hash takes the n-th run of a word times the n-th power
        word = np.repeat(np.arange(len(spelled.start)), spelled.stop - spelled.start)[begins]
        order = run[1:][begins] - 1 - run[spelled.start[word]]
        part = of[begins] * _powers(np.minimum(order, 12))
        out = np.zeros(len(spelled.start), dtype=np.uint64)
        np.add.at(out, word, part)
    return out


def _sort_of(letter: str) -> int:
    if letter.isupper():
        return 1
    if letter.isalpha():
        return 2
    return 3 if letter.isdigit() else 4 + ord(letter)


def _powers(order: Ints) -> Hashes:
    table = np.full(14, BASE, dtype=np.uint64)
    return np.asarray(np.cumprod(table, dtype=np.uint64)[order])


def _inverse(odd: np.uint64) -> np.uint64:
    return np.uint64(pow(int(odd), -1, 2**64))


def _mixed(value: Hashes, template: int) -> Hashes:
    """Hashes of features of one template, every bit depending on all (splitmix64)."""
    with np.errstate(over="ignore"):
        z = value + np.uint64(template) * BASE
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def _matrix(parts: Sequence[tuple[Ints, Hashes, Floats]], rows: int, columns: int) -> csr_matrix:
    row = np.concatenate([one for one, _, _ in parts])
    column = np.concatenate([value for _, value, _ in parts]) & np.uint64(columns - 1)
    weight = np.concatenate([one for _, _, one in parts]).astype(np.float32)
    return csr_matrix((weight, (row, column.astype(np.int64))), shape=(rows, columns))
