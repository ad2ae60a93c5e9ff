"""Tags of words and spans of words, for whole data sets at once: schemes, faults, and matching.

A data set of tagged text is flat here: one code a word into a list of tags, and ``offsets``
(n + 1,) with the first word of each sentence.  A tag is ``O``, or a prefix and a type: ``B-LOC``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from reliabel.core.labels import Bools, Ints
from reliabel.core.short_repr import by_fields

OUTSIDE, BEGIN, INSIDE, END, SINGLE, UNKNOWN = range(6)  # the role of a word in its span
ROLES = {"B": BEGIN, "I": INSIDE, "M": INSIDE, "E": END, "L": END, "S": SINGLE, "U": SINGLE}
ROLES |= {"W": SINGLE}
# scheme -> the letters of begin, inside, end and single; of two that fit the first is taken
SCHEMES = {
    "IOB2": "BI",
    "IOB1": "BI",
    "IOBES": "BIES",
    "BILOU": "BILU",
    "BMES": "BMES",
    "BMEW": "BMEW",
    "IO": "I",
}
JOINTS = "-_"  # between prefix and type


@dataclass(frozen=True, eq=False)
class Tags:
    """A list of tags taken apart: the role and the type of each (-1 for none), ``types`` by name.
    ``joint`` stands between prefix and type; ``bare``: tags are types alone.
    """

    names: tuple[str, ...]
    role: Ints
    kind: Ints
    types: tuple[str, ...]
    joint: str
    bare: bool

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class Found:
    """Spans of a data set, sentence by sentence: ``offsets`` (n + 1,) the first of each."""

    start: Ints
    end: Ints
    y: Ints
    offsets: Ints

    __repr__ = by_fields


def coded(tags: Sequence[Sequence[str]]) -> tuple[Ints, Ints, tuple[str, ...]]:
    """Tags of sentences as one code a word, the first word of each sentence, and the tags by code,
    sorted.

    >>> code, offsets, names = coded([("O", "B-LOC"), (), ("O",)])
    >>> code.tolist(), offsets.tolist(), names
    ([1, 0, 1], [0, 2, 2, 3], ('B-LOC', 'O'))
    """
    flat = list(chain.from_iterable(tags))
    names = tuple(sorted(set(flat)))
    place = {name: code for code, name in enumerate(names)}
    code = np.fromiter(map(place.__getitem__, flat), dtype=np.int32, count=len(flat))
    size = np.fromiter(map(len, tags), dtype=np.int64, count=len(tags))
    return code, np.concatenate([[0], np.cumsum(size)]), names


def tags_of_names(names: Sequence[str]) -> Tags:
    """Take tags apart.  Where no tag has a prefix and one is ``O``, the others are types of words
    inside a span; else a tag that is neither ``O`` nor prefix and type has the role UNKNOWN.

    >>> tags = tags_of_names(("B-LOC", "I-LOC", "O", "LOC"))
    >>> tags.role.tolist(), tags.kind.tolist(), tags.types
    ([1, 2, 0, 5], [0, 0, -1, -1], ('LOC',))
    """
    parts = [_parts(name) for name in names]
    joint = next((joint for _, _, joint in parts if joint), "-")
    bare = (
        "O" in names and len(names) > 1 and not any(role not in (0, UNKNOWN) for role, *_ in parts)
    )
    if bare:
        parts = [
            (r, "", j) if r == OUTSIDE else (INSIDE, n, j)
            for n, (r, _, j) in zip(names, parts, strict=True)
        ]
    inside = [role not in (OUTSIDE, UNKNOWN) for role, *_ in parts]
    types = tuple(
        sorted({kind for (_, kind, _), is_in in zip(parts, inside, strict=True) if is_in})
    )
    place = {kind: code for code, kind in enumerate(types)}
    kind = [place[k] if is_in else -1 for (_, k, _), is_in in zip(parts, inside, strict=True)]
    role = np.array([role for role, *_ in parts], dtype=np.int8)
    return Tags(tuple(names), role, np.array(kind, dtype=np.int32), types, joint, bare)


def _parts(name: str) -> tuple[int, str, str]:
    """Role, type and joint of a tag."""
    if name in ("O", ""):
        return OUTSIDE, "", ""
    if name[0] in ROLES and (len(name) == 1 or (name[1] in JOINTS and len(name) > 2)):
        return ROLES[name[0]], name[2:], name[1:2]
    return UNKNOWN, "", ""


def follows(code: Ints, offsets: Ints, tags: Tags) -> Bools:
    """(words,) whether a word goes on with the span of the word before it."""
    role, kind = tags.role[code], tags.kind[code]
    before = np.zeros(len(code), dtype=bool)
    before[1:] = (kind[1:] == kind[:-1]) & np.isin(role[:-1], (BEGIN, INSIDE))
    before[offsets[:-1][np.diff(offsets) > 0]] = False
    return before & np.isin(role, (INSIDE, END))


def spans_of(code: Ints, offsets: Ints, tags: Tags) -> Found:
    """The spans that tags of any scheme mark.  Where tags break their scheme, a span begins at each
    word that does not go on with the one before it, as the CoNLL evaluation reads it; tags that
    are none mark nothing.

    >>> code, offsets, names = coded([("B-LOC", "I-LOC", "O", "I-PER"), ("O", "B-PER", "B-PER")])
    >>> found = spans_of(code, offsets, tags_of_names(names))
    >>> found.start.tolist(), found.end.tolist(), found.y.tolist(), found.offsets.tolist()
    ([0, 3, 1, 2], [2, 4, 2, 3], [0, 1, 1, 1], [0, 2, 4])
    """
    goes_on, kind = follows(code, offsets, tags), tags.kind[code]
    first = np.flatnonzero(~goes_on & (kind >= 0))
    breaks = np.append(np.flatnonzero(~goes_on), len(code))
    last = breaks[np.searchsorted(breaks, first, side="right")]
    last = np.minimum(last, offsets[np.searchsorted(offsets, first, side="right")])
    item = np.searchsorted(offsets, first, side="right") - 1
    count = np.bincount(item, minlength=len(offsets) - 1)
    base = offsets[item]
    return Found(first - base, last - base, kind[first], np.concatenate([[0], np.cumsum(count)]))


def invalid_transitions(code: Ints, offsets: Ints, tags: Tags, scheme: str) -> Bools:
    """(words,) the words whose tag the scheme does not allow where it stands: by the tag before
    it, by the end of the sentence after it, or in any place.

    >>> code, offsets, names = coded([("O", "I-LOC", "B-PER")])
    >>> tags = tags_of_names(names)
    >>> [invalid_transitions(code, offsets, tags, s).tolist() for s in ("IOB2", "IOB1")]
    [[False, True, False], [False, False, True]]
    """
    role = tags.role[code]
    letters = np.array(
        [
            name[:1] if r not in (OUTSIDE, UNKNOWN) else ""
            for name, r in zip(tags.names, tags.role.tolist(), strict=True)
        ]
    )
    foreign = tags.role == UNKNOWN
    if not tags.bare:
        foreign |= (letters != "") & ~np.isin(letters, list(SCHEMES[scheme]))
    wrong = foreign[code]
    if scheme == "IO":
        return np.asarray(wrong)
    kind = tags.kind[code]
    first = np.zeros(len(code), dtype=bool)
    first[offsets[:-1][np.diff(offsets) > 0]] = True
    same = np.zeros(len(code), dtype=bool)
    same[1:] = kind[1:] == kind[:-1]
    same &= ~first
    if scheme == "IOB1":  # B only parts two spans of one type
        return np.asarray(wrong | ((role == BEGIN) & ~same))
    goes_on = follows(code, offsets, tags)
    if scheme == "IOB2":
        return np.asarray(wrong | ((role == INSIDE) & ~goes_on))
    open_before = np.zeros(len(code), dtype=bool)  # a span that must go on
    open_before[1:] = np.isin(role[:-1], (BEGIN, INSIDE))
    open_before &= ~first
    wrong |= np.isin(role, (INSIDE, END)) & ~goes_on
    wrong |= open_before & ~goes_on
    last = np.zeros(len(code), dtype=bool)
    last[offsets[1:][np.diff(offsets) > 0] - 1] = True
    return np.asarray(wrong | (last & np.isin(role, (BEGIN, INSIDE))))


def scheme_of(code: Ints, offsets: Ints, tags: Tags) -> tuple[str, int]:
    """The scheme that the tags break least often, and how many words break it; of several the one
    that stands first in SCHEMES.

    >>> code, offsets, names = coded([("I-LOC", "I-LOC", "O"), ("I-PER", "B-PER")])
    >>> scheme_of(code, offsets, tags_of_names(names))
    ('IOB1', 0)
    """
    if tags.bare:
        return "IO", 0
    broken = {
        scheme: int(invalid_transitions(code, offsets, tags, scheme).sum())
        for scheme in SCHEMES
        if scheme != "IO"
    }
    best = min(broken, key=broken.__getitem__)
    return best, broken[best]


def overlaps(start: Ints, end: Ints, offsets: Ints) -> Ints:
    """The sentences in which two spans share a word; spans lie sentence by sentence, in any
    order.

    >>> overlaps(np.array([0, 1, 0]), np.array([2, 3, 1]), np.array([0, 2, 3])).tolist()
    [0]
    """
    item = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    order = np.lexsort([end, start, item])
    same = item[order][1:] == item[order][:-1]
    return np.unique(item[order][1:][same & (start[order][1:] < end[order][:-1])])


def tags_of(
    found: Found, words: Ints, types: Sequence[str], scheme: str = "IOB2", joint: str = "-"
) -> tuple[Ints, tuple[str, ...]]:
    """One tag code a word, and the tags by code, for spans that do not overlap; ``words`` (n + 1,)
    is the first word of each sentence.  Spans without a class are left out.

    Raises ValueError where spans overlap or reach beyond their sentence.

    >>> spans = Found(np.array([0, 2]), np.array([2, 3]), np.array([0, 0]), np.array([0, 2]))
    >>> for scheme in ("IOB2", "IOB1", "IOBES", "BILOU"):
    ...     code, names = tags_of(spans, np.array([0, 4]), ["LOC"], scheme)
    ...     print(*(names[c] for c in code))
    B-LOC I-LOC B-LOC O
    I-LOC I-LOC B-LOC O
    B-LOC E-LOC S-LOC O
    B-LOC L-LOC U-LOC O
    """
    item = np.repeat(np.arange(len(found.offsets) - 1), np.diff(found.offsets))
    kept = found.y >= 0
    item, start, end, y = item[kept], found.start[kept], found.end[kept], found.y[kept]
    counts = np.concatenate([[0], np.cumsum(np.bincount(item, minlength=len(words) - 1))])
    _fits(start, end, item, words, overlaps(start, end, counts))
    begin, inside, last, single = _letters(scheme)
    letters = "".join(dict.fromkeys(begin + inside + last + single))
    names = (
        "O",
        *(
            f"{letter}{joint}{kind}" if scheme != "IO" else kind
            for kind in types
            for letter in letters
        ),
    )
    place = {letter: 1 + at for at, letter in enumerate(letters)}
    size, step = end - start, len(letters)
    first = words[item] + start
    code = np.zeros(int(words[-1]), dtype=np.int32)
    within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    code[np.repeat(first, size) + within] = np.repeat(y * step, size) + place[inside]
    if scheme == "IOB1":
        order = np.argsort(first, kind="stable")
        touch = np.zeros(len(first), dtype=bool)
        after = (first[order][1:] == (first + size)[order][:-1]) & (y[order][1:] == y[order][:-1])
        touch[order[1:][after & (item[order][1:] == item[order][:-1])]] = True
        code[first[touch]] = y[touch] * step + place["B"]
        return code, names
    code[first + size - 1] = y * step + place[last]
    code[first] = y * step + place[begin]
    alone = size == 1
    code[first[alone]] = y[alone] * step + place[single]
    return code, names


def _letters(scheme: str) -> tuple[str, str, str, str]:
    """The letters of begin, inside, end and a single word."""
    letters = SCHEMES[scheme]
    if scheme == "IOB1":
        return "I", "I", "I", "B"  # B is written where two spans touch
    if scheme in ("IOB2", "IO"):
        begin = letters[0]
        return begin, "I", "I", begin
    return letters[0], letters[1], letters[2], letters[3]


def _fits(start: Ints, end: Ints, item: Ints, words: Ints, crossed: Ints) -> None:
    if len(crossed):
        one = np.flatnonzero(item == crossed[0])
        words_of = zip(start[one].tolist(), end[one].tolist(), strict=True)
        raise ValueError(
            f"{len(crossed):,} sentences have spans that share words, the first is sentence "
            f"{int(crossed[0])} ({', '.join(f'{s}:{e}' for s, e in words_of)}); a word has one "
            "tag, so such spans need a format of spans (JSON Lines, BRAT)"
        )
    beyond = end > np.diff(words)[item]
    if beyond.any():
        row = int(beyond.argmax())
        raise ValueError(
            f"a span of sentence {int(item[row])} covers the words {int(start[row])} to "
            f"{int(end[row]) - 1}, the sentence has {int(np.diff(words)[item[row]])} words"
        )
