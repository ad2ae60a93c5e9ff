"""The words of a sentence or a document as one item, and a part of them marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

REACH = 25  # words shown on either side of a mark


class Words(tuple[str, ...]):
    """The words of an item; as text they have spaces between, so that whoever reads texts reads
    them.

    >>> str(Words(["He", "flew"])), Words(["He", "flew"])[0]
    ('He flew', 'He')
    """

    __slots__ = ()

    def __str__(self) -> str:
        return " ".join(self)


def as_words(items: Any) -> Any:
    """Items that are sequences of words as ``Words``; any others as they are."""
    if not isinstance(items, list) or not items:
        return items
    held = [type(item) for item in items]
    if all(kind is Words for kind in held) or not all(
        kind in (Words, tuple, list) for kind in held
    ):
        return items
    if not all(isinstance(word, str) for item in items for word in item):
        return items
    return [Words(item) for item in items]


def as_texts(items: Any) -> Any:
    """Items that are words as texts; any others as they are."""
    words = isinstance(items, list) and bool(items) and all(type(item) is Words for item in items)
    return list(map(str, items)) if words else items


def within(words: Sequence[str], start: int, end: int, reach: int) -> tuple[str, int, int]:
    """Words as text, at most ``reach`` on either side of those from ``start`` to before ``end``,
    and where the latter stand in it, in characters.

    >>> within("He flew to New York on Monday".split(), 3, 5, reach=1)
    ('... to New York on ...', 7, 15)
    """
    first, last = max(start - reach, 0), min(end + reach, len(words))
    before = " ".join(["..."] * (first > 0) + list(words[first:start]))
    inside = " ".join(words[start:end])
    after = " ".join(list(words[end:last]) + ["..."] * (last < len(words)))
    at = len(before) + bool(before)
    return " ".join(part for part in (before, inside, after) if part), at, at + len(inside)


def marked(words: Sequence[str], start: int, end: int, reach: int = REACH) -> str:
    """Words as text with those from ``start`` to before ``end`` in brackets, and at most ``reach``
    words on either side.

    >>> marked("He flew to New York on Monday".split(), 3, 5)
    'He flew to [New York] on Monday'
    >>> marked("He flew to New York on Monday".split(), 3, 5, reach=1)
    '... to [New York] on ...'
    """
    text, at, to = within(words, start, end, reach)
    return f"{text[:at]}[{text[at:to]}]{text[to:]}"
