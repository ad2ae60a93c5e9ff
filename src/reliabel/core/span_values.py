"""Spans as plain values: text such as "LOC 3:5", the class and the half-open range of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.alike_names import alike_note
from reliabel.core.class_values import class_changed, class_counts
from reliabel.core.columns import Coded, Column
from reliabel.core.label_values import Change, Rows
from reliabel.core.labels import Classes, Ints, Spans, Value
from reliabel.core.spelling import nearest

WRITTEN = re.compile(r"(?:(?P<name>.*\S)\s+)?(?P<start>\d+)\s*:\s*(?P<end>\d+)", re.DOTALL)
HOW = 'write a class ("PER"), or a class and the words it covers, counted from 0 ("PER 3:5")'


def span_text(name: str, start: int, end: int) -> str:
    """A span as text.

    >>> span_text("LOC", 3, 5)
    'LOC 3:5'
    """
    return f"{name} {start}:{end}"


def span_parts(value: Value) -> tuple[str, tuple[int, int] | None]:
    """The class of a span as text, and its words; None where the text is a class alone.

    >>> span_parts("LOC 3:5"), span_parts("LOC")
    (('LOC', (3, 5)), ('LOC', None))
    """
    found = WRITTEN.fullmatch(str(value))
    if found is None or found["name"] is None:
        return str(value), None
    return found["name"], (int(found["start"]), int(found["end"]))


def span(labels: Spans, row: int) -> str | None:
    """The span of a row, None where none is given."""
    code = int(labels.y[row])
    if code < 0:
        return None
    return span_text(labels.names[code], int(labels.start[row]), int(labels.end[row]))


def span_column(labels: Spans, rows: Rows) -> Column:
    """The spans of some rows."""
    part = labels.take(np.arange(len(labels))[rows])
    distinct, code = np.unique(
        np.stack([part.y, part.start, part.end], 1), axis=0, return_inverse=True
    )
    names = [span_text(labels.names[y], start, end) for y, start, end in distinct.tolist()]
    return Coded(np.where(part.y < 0, -1, np.ravel(code)), names)


def span_classes(labels: Spans) -> Classes:
    """The class of each span, unlabelled where none is given."""
    return Classes(labels.y, labels.names)


def span_words(labels: Spans, row: int) -> tuple[int, int]:
    """The words of the span of a row, also where none is given."""
    return int(labels.start[row]), int(labels.end[row])


def span_extents(labels: Spans) -> list[tuple[int, int]]:
    """The words of each span."""
    return list(zip(labels.start.tolist(), labels.end.tolist(), strict=True))


def span_parsed(labels: Spans, label: Any) -> Value:
    """A class of the labels, or a class with the words that it covers."""
    text = str(label).strip()
    if text in labels.names:
        return text
    name, words = span_parts(text)
    if name not in labels.names:
        classes = ", ".join(map(repr, labels.names[:20]))
        near = nearest(name, labels.names)
        raise ValueError(f"there is no class {name!r}{near}; the classes are {classes}; {HOW}")
    if words is None:
        return name
    if words[1] <= words[0]:
        raise ValueError(
            f"the label {text!r} covers no word: the second number is the word after its last; "
            f"{HOW}"
        )
    return span_text(name, *words)


def spans_changed(labels: Spans, change: Change) -> Spans:
    """The labels with some spans changed: another class, other words, or taken away (None).  A
    class alone leaves the words as they are, so that it adds a span where none is given.
    """
    parts = {row: (None, None) if v is None else _in_names(labels, v) for row, v in change.items()}
    y = class_changed(span_classes(labels), {row: name for row, (name, _) in parts.items()})
    start, end = np.array(labels.start), np.array(labels.end)
    for row, (_, words) in parts.items():
        if words is not None:
            start[row], end[row] = words
    return Spans(start, end, y.y, y.names)


def spans_added(labels: Spans, values: Sequence[Value]) -> Spans:
    """The labels with more spans behind them, each written with its words.

    >>> spans_added(Spans([0], [1], [0], ["LOC"]), ["LOC 3:5"]).end.tolist()
    [1, 5]
    """
    parts = [span_parts(value) for value in values]
    words = np.array([there or (0, 0) for _, there in parts], dtype=np.int64).reshape(-1, 2)
    y = np.array([labels.names.index(name) for name, _ in parts], dtype=np.int64)
    start, end, y = (
        np.concatenate([was, now])
        for was, now in ((labels.start, words[:, 0]), (labels.end, words[:, 1]), (labels.y, y))
    )
    return Spans(start, end, y, labels.names)


def same_span(labels: Spans, a: Value | None, b: Value | None) -> bool:
    """Whether two values are one span; a class alone is the same as that class on any words."""
    if a is None or b is None:
        return a is b
    (one, here), (two, there) = _in_names(labels, a), _in_names(labels, b)
    return one == two and (here is None or there is None or here == there)


def spans_unfit(labels: Spans) -> str | None:
    """Why no span can be told from others: there is none."""
    return None if len(labels) else "no word has a span"


def span_warnings(labels: Spans) -> list[str]:
    """No span at all, and classes whose names differ in spelling only."""
    counts: Ints = class_counts(span_classes(labels))
    if not counts.sum():
        return ["no word has a span: there is nothing that could be wrong, only missing"]
    advice = "are they meant to be the same? merge_alike=True of rl.read makes one of them"
    return alike_note("classes", labels.names, advice)


def _in_names(labels: Spans, value: Value) -> tuple[str, tuple[int, int] | None]:
    text = str(value)
    return (text, None) if text in labels.names else span_parts(text)
