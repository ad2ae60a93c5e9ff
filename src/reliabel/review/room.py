"""Whether a span has a place in its sentence, as decisions have left the others: a word has one tag
in files of tags, and no span goes beyond the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Grouped, Spans, Value
from reliabel.core.results import Decision
from reliabel.core.span_values import span_parts
from reliabel.core.words import Words
from reliabel.folders.added_spans import clash, one_tag_a_word, units_of, value_of
from reliabel.review.board import Board
from reliabel.review.events import ADD

NOTHING = "nothing was decided"


class Room:
    """The spans of items as they stand by now; ``take`` says why a decision has no place there, and
    remembers those that have for the decisions after them.
    """

    def __init__(self, data: Dataset, board: Board) -> None:
        self.data, self.board = data, board
        self.kind, self.layout = kind_for(data.labels), layout_of(data.labels)
        self.apart = one_tag_a_word(data)
        self._said: dict[int, Value | None] = {}
        self._added: dict[int, list[Value]] = {}

    def take(self, one: Decision, item: int, unit: int | None) -> str:
        """Why a decision cannot be, in a sentence; "" where it can."""
        if not self.kind.objects or (unit is None and one.verdict != ADD):
            return ""
        row = None if unit is None else self.layout.row(item, unit)
        given = None if row is None else self.kind.value(self.data.labels, row)
        if one.verdict == "drop" and given is None:
            return (
                f"no {self.kind.called[0]} is given here that could be taken away: keep says that "
                f"none is missing; {NOTHING}"
            )
        labels = self.data.labels
        if not isinstance(labels, Grouped) or not isinstance(labels.units, Spans):
            return ""
        value = _after(one, row, given, labels.units)
        why = "" if value is None else self._why_not(item, row, value)
        if not why and row is None and value is not None:
            self._added.setdefault(item, []).append(value)
        elif not why and row is not None:
            self._said[row] = value
        return why

    def _why_not(self, item: int, row: int | None, value: Value) -> str:
        items = self.data.evidence.get("items")
        words = items[item] if isinstance(items, list) else None
        end = (span_parts(value)[1] or (0, 0))[1]
        if isinstance(words, Words) and end > len(words):
            return (
                f"the sentence has {len(words)} words, {value} goes beyond the last one; {NOTHING}"
            )
        for other in self._others(item, row):
            if clash(value, other, self.apart):
                return self._sentence(words, value, other)
        return ""

    def _sentence(self, words: Any, value: Value, other: Value) -> str:
        told, there = _told(value, words), _told(other, words)
        if not self.apart:
            return f"{there} is on the same words as {told}: change its class; {NOTHING}"
        return (
            f"{told} and {there} share words, and a word has one tag in this file: change or take "
            f"away {there} first; {NOTHING}"
        )

    def _others(self, item: int, row: int | None) -> Iterator[Value]:
        """The other spans of the item that stand by now."""
        labels = self.data.labels
        assert isinstance(labels, Grouped)
        if self.apart:
            for other in units_of(self.layout, item):
                value = self._now(other, labels.units)
                if other != row and value is not None:
                    yield value
        yield from self.board.added.get(item, ())
        yield from self._added.get(item, ())

    def _now(self, row: int, spans: Spans) -> Value | None:
        """The span of a row as it stands by now, None where there is none."""
        if row in self._said:
            return self._said[row]
        verdict, said = self.board.final(row)
        if verdict == "drop":
            return None
        if verdict == "change" and said is not None and said.value is not None:
            return value_of(spans, row, said.value)
        return self.kind.value(self.data.labels, row)


def _after(one: Decision, row: int | None, given: Value | None, spans: Spans) -> Value | None:
    """The span that a decision leaves, None where it leaves none."""
    if one.verdict == "drop":
        return None
    if one.verdict in ("change", ADD) and one.label is not None:
        return one.label if row is None else value_of(spans, row, one.label)
    return given


def _told(value: Value, words: Any) -> str:
    name, there = span_parts(value)
    if there is None or not isinstance(words, Words):
        return str(value)
    return f"{name} “{' '.join(words[there[0] : there[1]])}”"


def standing(board: Board, item: int) -> Mapping[Value, tuple[str | None, ...]]:
    """The spans that people added to an item, and who did."""
    return {value: tuple(people) for value, people in board.added.get(item, {}).items()}
