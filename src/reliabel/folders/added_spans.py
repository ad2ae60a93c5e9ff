"""Spans that people add where none was listed: which place they mean, and whose stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import Layout, kind_for, layout_of
from reliabel.core.labels import Grouped, Spans, Value
from reliabel.core.results import Decision
from reliabel.core.span_values import span_parts, span_text
from reliabel.folders.decision_table import ADD

Added = tuple[int, Value]  # item, and the span with its words


def one_tag_a_word(data: Dataset) -> bool:
    """Whether a word has one tag in the file, so that no two spans share words."""
    tagged = data.source.get("tagged")
    scheme = tagged.get("scheme") if isinstance(tagged, Mapping) else None
    return scheme is not None and "tags" in data.evidence


def as_meant(data: Dataset, one: Decision, item: Mapping[str, int] | None = None) -> Decision:
    """A decision that adds a span where a span or a candidate is listed as one on that place: on
    the same words, else on the candidate with which it shares most words.  Any other as it is.

    item: id -> number of the item.
    Raises ValueError where labels of this kind cannot be added, or no words are named.
    """
    if one.verdict != ADD:
        return one
    value = parsed_addition(data, one.label)
    known = {data.ids.item(row): row for row in range(len(data))} if item is None else item
    at = known.get(one.id)
    unit = None if at is None else listed_unit(data, at, value)
    one = replace(one, label=value, unit=None)
    return one if unit is None else replace(one, verdict="change", unit=unit)


def parsed_addition(data: Dataset, label: Value | None) -> Value:
    """An added span as a value; ValueError with a sentence on bad input."""
    kind = kind_for(data.labels)
    if kind.added is None or kind.parsed is None:
        raise ValueError(
            f"only spans of tagged text can be added by a decision; these labels are {kind.name}: "
            "write change and the new label"
        )
    if label is None:
        raise ValueError(
            'an added span needs its class and its words in the column label, such as "LOC 3:5"'
        )
    value = kind.parsed(data.labels, label)
    if span_parts(value)[1] is None:
        raise ValueError(
            f"the added span {str(label)!r} names no words: write its class, its first word and "
            'the one after its last, counted from 0, such as "LOC 3:5"'
        )
    return value


def listed_unit(data: Dataset, item: int, value: Value) -> int | None:
    """The listed place of an item that a span means, None where it stands by itself."""
    assert isinstance(data.labels, Grouped)
    spans, layout = data.labels.units, layout_of(data.labels)
    assert isinstance(spans, Spans)
    start, end = span_parts(value)[1] or (0, 0)
    first = layout.row(item, 0)
    rows = np.arange(first, first + layout.size(item))
    same = (spans.start[rows] == start) & (spans.end[rows] == end)
    if same.any():
        return int(np.flatnonzero(same)[0])
    shared = np.minimum(spans.end[rows], end) - np.maximum(spans.start[rows], start)
    shared = np.where(spans.y[rows] < 0, shared, 0)
    return int(shared.argmax()) if len(rows) and shared.max() > 0 else None


def added_spans(
    data: Dataset, decisions: Iterable[Decision], item: Mapping[str, int]
) -> tuple[list[Added], int]:
    """The spans that people added, and how many are left out because people who added spans on the
    same words differ.  Where one person's own differ the later one stands.
    """
    apart = one_tag_a_word(data)
    said: dict[int, list[tuple[str | None, Value]]] = {}
    for one in decisions:
        value = parsed_addition(data, one.label)
        theirs = said.setdefault(item[one.id], [])
        theirs[:] = [
            (who, other)
            for who, other in theirs
            if who != one.who or not clash(value, other, apart)
        ]
        theirs.append((one.who, value))
    found, split = list[Added](), 0
    for at, theirs in said.items():
        for value in dict.fromkeys(value for _, value in theirs):
            if any(clash(value, other, apart) and value != other for _, other in theirs):
                split += 1
            else:
                found.append((at, value))
    return sorted(found, key=lambda one: (one[0], span_parts(one[1])[1])), split


def clash(one: Value, two: Value, apart: bool) -> bool:
    """Whether two spans cannot both stand: they share a word where a word has one tag, else they
    are on the same words.
    """
    here, there = span_parts(one)[1], span_parts(two)[1]
    if here is None or there is None:
        return False
    return here[0] < there[1] and there[0] < here[1] if apart else here == there


def value_of(labels: Spans, row: int, value: Value) -> Value:
    """A span with its words: a class alone has those of its row."""
    name, words = (str(value), None) if str(value) in labels.names else span_parts(value)
    start, end = words or (int(labels.start[row]), int(labels.end[row]))
    return span_text(name, start, end)


def units_of(layout: Layout, item: int) -> Sequence[int]:
    """The flat rows of an item."""
    first = layout.row(item, 0)
    return range(first, first + layout.size(item))
