"""Texts as words: where each word stands, and which words are the same but for capitals, Unicode
form and punctuation around them.

Words stand between spaces.  Scripts that are written without spaces (Chinese, Japanese, Thai, Lao,
Khmer, Burmese, Tibetan) are cut into characters, each with the marks upon it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Bools, Ints
from reliabel.core.short_repr import by_fields

UNSPACED = (  # code points of scripts without spaces between words, first and last
    *((0x0E00, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF)),
    *((0x2E80, 0x2FDF), (0x3001, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF)),
    *((0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
)
SPACE, LETTER, SIGN, MARK = range(4)  # SIGN: a character that is a word of its own
BASE = 0x9E3779B97F4A7C15  # an odd number: hashes of words are polynomials in it modulo 2**64
INVERSE = pow(BASE, -1, 2**64)


@dataclass(frozen=True, eq=False)
class Tokens:
    """Words of texts, text by text: text j has the words ``offsets[j]:offsets[j + 1]``.

    ``code`` (t,) is the same for words that differ in form only, ``form`` (t,) for words that are
    written alike; word i is ``whole[start[i]:end[i]]``, and ``glued`` says that no space stands
    between it and a neighbour of its kind.
    """

    code: Ints
    form: Ints
    offsets: Ints
    start: Ints
    end: Ints
    glued: Bools
    whole: str

    __repr__ = by_fields


def joined(texts: Sequence[str]) -> str:
    """Texts one after another with a null character between, which none of them holds."""
    whole = "\0".join(texts)
    if whole.count("\0") == len(texts) - 1 or not texts:
        return whole
    return "\0".join(text.replace("\0", " ") for text in texts)


def points(text: str) -> NDArray[np.uint32]:
    """The code points of a text; half of a surrogate pair stays one."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def plain_word(word: str) -> str:
    """A word without capitals, compatibility forms and punctuation around it; one that is nothing
    but punctuation stays.

    >>> [plain_word(word) for word in ("Sat.", "ＣＡＴ", "don't", "--")]
    ['sat', 'cat', "don't", '--']
    """
    plain = unicodedata.normalize("NFKC", word).casefold()
    first, last = 0, len(plain)
    while first < last and unicodedata.category(plain[first])[0] == "P":
        first += 1
    while last > first and unicodedata.category(plain[last - 1])[0] == "P":
        last -= 1
    return plain[first:last] or plain


def tokens_of(texts: Sequence[str]) -> Tokens:
    """The words of texts, in time that grows with their length.

    >>> found = tokens_of(["The cat sat.", "the  CAT", "", "我很好"])
    >>> found.offsets.tolist(), found.code.tolist()
    ([0, 3, 5, 5, 8], [2, 0, 1, 2, 0, 5, 4, 3])
    """
    whole = joined(texts)
    point = points(whole)
    kind = _kinds(point)
    space = kind == SPACE
    before = np.concatenate([[True], space[:-1]])
    base = np.where(kind == MARK, 0, np.arange(len(kind)))
    base = np.maximum.accumulate(base) if len(base) else base  # the character that marks stand on
    after_sign = np.concatenate([[False], kind[base][:-1] == SIGN])
    begins = ~space & (before | (kind == SIGN) | ((kind == LETTER) & after_sign))
    ends = ~space & np.concatenate([(space | begins)[1:], [True]])[: len(space)]
    start, end = np.flatnonzero(begins), np.flatnonzero(ends) + 1
    text = np.cumsum(point == 0)[start] if len(start) else start
    offsets = np.concatenate([[0], np.cumsum(np.bincount(text, minlength=len(texts)))])
    _, first, form = np.unique(_hashes(point, start, end), return_index=True, return_inverse=True)
    places = zip(start[first].tolist(), end[first].tolist(), strict=True)
    plain = [plain_word(whole[a:b]) for a, b in places]  # of the words that differ
    number = {word: code for code, word in enumerate(sorted(set(plain)))}
    code = np.array([number[word] for word in plain], dtype=np.int64)
    form = form.ravel()
    return Tokens(code[form], form, offsets, start, end, kind[start] == SIGN, whole)


def written(tokens: Tokens, word: Ints, text: Ints, n: int) -> list[str]:
    """n texts made of words: ``word`` (r,) the places of words in ``tokens``, ``text`` (r,) which
    of the new texts each belongs to, in order.

    >>> found = tokens_of(["the cat", "a dog", "我很"])
    >>> written(found, np.array([2, 1, 4, 5]), np.array([0, 0, 2, 2]), 3)
    ['a cat', '', '我很']
    """
    point = np.concatenate([points(tokens.whole), [ord(" "), 0]]).astype("<u4")
    glued = tokens.glued[word]
    apart = np.concatenate([[False], ~(glued[1:] & glued[:-1]) & (text[1:] == text[:-1])])
    apart = apart[: len(word)]
    new = np.diff(text, prepend=0) if len(text) else text  # null characters before a word
    lead = apart + new
    size = lead + tokens.end[word] - tokens.start[word]
    place = np.cumsum(size) - size
    source = np.arange(int(size.sum())) - np.repeat(place, size)  # number within its piece
    lead_at = np.repeat(lead, size)
    from_word = np.repeat(tokens.start[word], size) + source - lead_at
    sign = np.repeat(np.where(apart, len(point) - 2, len(point) - 1), size)
    made = point[np.where(source < lead_at, sign, from_word)]
    text_of = made.tobytes().decode("utf-32-le", "surrogatepass").split("\0") if n else []
    return text_of + [""] * (n - len(text_of))


def _kinds(point: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """(characters,) space, letter, sign or mark."""
    seen = np.zeros(0x110000, dtype=bool)
    seen[point] = True
    there = np.flatnonzero(seen)
    table = np.zeros(0x110000, dtype=np.uint8)
    table[there] = [_kind(int(one)) for one in there]
    return table[point]


def _kind(point: int) -> int:
    character = chr(point)
    if point == 0 or character.isspace():
        return SPACE
    category = unicodedata.category(character)
    if category[0] == "M" or category == "Cf":  # marks, joiners and signs of direction
        return MARK
    return SIGN if any(low <= point <= high for low, high in UNSPACED) else LETTER


def _hashes(point: NDArray[np.uint32], start: Ints, end: Ints) -> NDArray[np.uint64]:
    """(t,) a number for each word, equal for words that are written alike."""
    with np.errstate(over="ignore"):
        step = np.full(len(point), BASE, dtype=np.uint64)
        back = np.full(len(point), INVERSE, dtype=np.uint64)
        if len(point):
            step[0] = back[0] = 1
        power, undone = np.cumprod(step), np.cumprod(back)
        total = np.zeros(len(point) + 1, dtype=np.uint64)
        np.cumsum((point.astype(np.uint64) + np.uint64(1)) * power, out=total[1:])
        return np.asarray((total[end] - total[start]) * undone[start])
