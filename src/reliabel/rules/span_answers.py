"""What functions of spans answer, read: spans in words, whatever the item is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

from reliabel.core.short_repr import by_fields
from reliabel.core.words import Words
from reliabel.rules.answers import Answer
from reliabel.rules.function import Function
from reliabel.rules.spans import OUTSIDE, Mark, touched

HOW = "a function of spans gives or yields triples (class, start, end)"


@dataclass(frozen=True, eq=False)
class Passage:
    """An item as words; where it came as a text, also that, and the characters of each word."""

    words: Words
    text: str | None = None
    at: Sequence[tuple[int, int]] = ()

    __repr__ = by_fields

    @property
    def item(self) -> Any:
        """The item as functions get it."""
        return self.words if self.text is None else self.text


def on_passages(one: Function) -> Function:
    """The function as one from passages to spans in words, None where it says nothing."""
    if one.whole:

        def whole(block: Sequence[Passage], start: int) -> list[Any]:
            found = one.answer([passage.item for passage in block], start)
            return [read(value, p) for value, p in zip(found, block, strict=True)]

        return replace(one, answer=whole)
    return replace(one, answer=lambda passage: read(one.answer(passage.item), passage))


def read(value: Any, passage: Passage) -> tuple[Mark, ...] | None:
    """An answer as spans in words, sorted; None where there are none.

    >>> passage = Passage(Words(["In", "Rome"]), "In Rome", [(0, 2), (3, 7)])
    >>> read([("LOC", 3, 7), (None, 0, 2)], passage)
    (('O', 0, 1), ('LOC', 1, 2))
    """
    if value is None:
        return None
    if isinstance(value, str | Answer) or not isinstance(value, Iterable):
        raise ValueError(f"{HOW}, got {value!r:.60}")
    marks = list(value)
    if len(marks) == 3 and not isinstance(marks[1], Iterable):
        marks = [tuple(marks)]  # one span
    found: set[Mark] = set()
    for mark in marks:
        sort, start, end = _checked(mark, passage)
        if passage.text is None:
            found.add((sort, start, end))
        else:
            found.update((sort, a, b) for _, a, b in touched(sort, start, end, passage.at))
    return tuple(sorted(found, key=lambda mark: (mark[1], mark[2], mark[0]))) or None


def _checked(mark: Any, passage: Passage) -> Mark:
    if isinstance(mark, str) or not isinstance(mark, Sequence) or len(mark) != 3:
        raise ValueError(f"{HOW}, got {mark!r:.60}")
    sort, start, end = mark
    whole = all(isinstance(one, Integral) and not isinstance(one, bool) for one in (start, end))
    if not whole or not (sort is None or isinstance(sort, str)):
        raise ValueError(f"{HOW}, got {mark!r:.60}")
    size, what = len(passage.item), "word" if passage.text is None else "character"
    if not 0 <= start < end <= size:
        raise ValueError(
            f"the span {mark!r:.60} does not lie within the item, which has {size} {what}s; a span "
            f"goes from its first {what}, counted from 0, to the one after its last"
        )
    return OUTSIDE if sort is None else sort, int(start), int(end)
