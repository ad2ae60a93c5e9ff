"""Answers that are spans of a text: lists of [class, start, end], as cells of a table or as exports
of annotation tools hold them; and spans in characters as spans in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from numbers import Integral
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Bools, Grouped, Spans, Votes
from reliabel.core.raw_labels import encode, is_missing
from reliabel.core.words import Words
from reliabel.formats.tagged import cut

EXPORTS = ("label_studio", "prodigy", "doccano")  # their spans count characters
STARTS, ENDS = ("start", "start_offset", "begin"), ("end", "end_offset")
CLASSES = ("label", "class", "type", "tag", "entity")
HOW = "a span is [class, start, end], with the end after its last word (or character)"


def answers(
    values: Sequence[Any], *, names: Sequence[str], missing: Sequence[str]
) -> tuple[Grouped[Spans], Bools, list[str]]:
    """The spans of each row, which rows hold an answer, and notes; an empty list says that there is
    no span.

    >>> cells = [[["LOC", 3, 5]], [], None, [{"label": "PER", "start": 0, "end": 1}]]
    >>> labels, given, _ = answers(cells, names=(), missing=())
    >>> labels.offsets.tolist(), labels.units.names, given.tolist()
    ([0, 1, 1, 1, 2], ('LOC', 'PER'), [True, True, False, True])
    """
    read = [_spans(value, row, missing) for row, value in enumerate(values)]
    given = np.array([one is not None for one in read], dtype=bool)
    flat = sorted(
        (row, start, end, sort)
        for row, marks in enumerate(read)
        for sort, start, end in marks or ()
    )
    said = sorted({sort for *_, sort in flat})
    known = tuple(names) if names and set(said) <= set(names) else encode(said)[1] if said else ()
    place = {name: code for code, name in enumerate(known)}
    size = np.bincount([row for row, *_ in flat], minlength=len(read)) if flat else [0] * len(read)
    units = Spans(
        np.array([start for _, start, _, _ in flat], dtype=np.int64),
        np.array([end for _, _, end, _ in flat], dtype=np.int64),
        np.array([place[sort] for *_, sort in flat], dtype=np.int64),
        known,
    )
    empty = sum(one == [] for one in read)
    notes = [f"{len(flat):,} spans of {len(known):,} classes; {empty:,} answers mark none"]
    return Grouped(units, np.concatenate([[0], np.cumsum(size)])), given, notes


def in_words(data: Dataset) -> Dataset:
    """Votes on texts whose spans count characters, as votes on spans of words; items become words.

    Exports of annotation tools count characters; else it is plain where a span ends beyond the
    words of its text.  A span is of all words that it touches.
    Raises ValueError for spans beyond the end of their text.
    """
    votes: Votes[Any] = data.labels  # type: ignore[assignment]
    items = data.evidence.get("items")
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return data
    at = [cut(text) for text in items]
    units, item = votes.labels.units, votes.item[votes.labels.item]
    sizes = np.array([len(one) for one in at])
    beyond = units.end > sizes[item]
    words = [Words(text[a:b] for a, b in one) for text, one in zip(items, at, strict=True)]
    facts = {**data.evidence, "items": words, "columns": {"text": items}}
    source = {**data.source, "task": "tagged text", "cut": True}
    if data.source.get("table") not in EXPORTS and not beyond.any():
        note = "spans count words: runs of letters and digits, other characters one by one"
        return replace(data, evidence=facts, source=_told(source, note))
    far = units.end > np.array([len(text) for text in items])[item]
    if far.any():
        row = int(far.argmax())
        raise ValueError(
            f"a span from {int(units.start[row])} to {int(units.end[row])} goes beyond its text, "
            f"which has {len(items[item[row]])} characters (item {data.ids.item(int(item[row]))})"
        )
    reach = max(map(len, items), default=0) + 2
    flat = np.array(list(chain.from_iterable(at)), dtype=np.int64).reshape(-1, 2)
    of = np.repeat(np.arange(len(at)), sizes)
    begins, ends = of * reach + flat[:, 0], of * reach + flat[:, 1]
    base = np.concatenate([[0], np.cumsum(sizes)])[item]
    first = np.searchsorted(ends, item * reach + units.start, side="right") - base
    after = np.searchsorted(begins, item * reach + units.end, side="left") - base
    kept = after > first  # a span of spaces touches no word
    size = np.bincount(votes.labels.item[kept], minlength=len(votes))
    spans = Spans(first[kept], after[kept], units.y[kept], units.names)
    labels = Grouped(spans, np.concatenate([[0], np.cumsum(size)]))
    note = "spans count characters; they were taken as spans of the words that they touch"
    if (~kept).any():
        note += f" ({int((~kept).sum()):,} of spaces alone are left out)"
    whole = Votes(votes.item, votes.worker, labels, votes.n, votes.w)
    return Dataset(whole, facts, data.ids, _told(source, note))


def _told(source: Mapping[str, Any], note: str) -> dict[str, Any]:
    return {**source, "notes": [*source.get("notes", ()), note]}


def _spans(value: Any, row: int, missing: Sequence[str]) -> list[tuple[str, int, int]] | None:
    """The spans of a cell, None where it holds no answer."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, str):
        if value.strip() in ("", "reject", *missing):  # as Prodigy says it
            return None
        if value == "accept":
            return []
        raise ValueError(f"row {row} holds {value!r:.60}, which is no list of spans; {HOW}")
    if not isinstance(value, list | tuple):
        if is_missing(value):
            return None
        raise ValueError(f"row {row} holds {value!r:.60}, which is no list of spans; {HOW}")
    if len(value) == 3 and isinstance(value[0], str) and not isinstance(value[1], list | dict):
        value = [value]
    return [_span(one, row) for one in value]


def _span(one: Any, row: int) -> tuple[str, int, int]:
    parts = list(one) if isinstance(one, list | tuple) else []
    if isinstance(one, Mapping):
        parts = [next((one[k] for k in keys if k in one), None) for keys in (CLASSES, STARTS, ENDS)]
    if len(parts) == 3 and isinstance(parts[2], str):  # [start, end, class]
        parts = [parts[2], parts[0], parts[1]]
    whole = len(parts) == 3 and all(
        type(p) is not bool
        and (isinstance(p, Integral) or (isinstance(p, float) and p.is_integer()))
        for p in parts[1:]
    )
    if not whole or parts[0] is None or not 0 <= parts[1] < parts[2]:
        raise ValueError(f"row {row} holds {one!r:.60}, which is no span; {HOW}")
    return str(parts[0]), int(parts[1]), int(parts[2])
