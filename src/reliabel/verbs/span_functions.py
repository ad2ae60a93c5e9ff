"""Labelling functions that mark spans: items as words, and their answers as votes on spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Grouped, Ints, Spans
from reliabel.core.raw_labels import encode
from reliabel.core.words import Words
from reliabel.rules.function import Function
from reliabel.rules.running import Answers, run
from reliabel.rules.span_answers import Passage, on_passages
from reliabel.rules.spans import OUTSIDE
from reliabel.verbs.function_notes import votes_of_functions

TASK = "tagged text"


def votes_on_spans(
    items: Sequence[Any],
    ids: Any,
    source: Mapping[str, Any],
    functions: Sequence[Function],
    names: tuple[str, ...],
    *,
    seconds: float | None,
    errors: str,
) -> Dataset:
    """The votes of functions that mark spans of words; a vote is what a function marks in an item.

    names: the classes that were given; without them those that functions say.
    """
    passages, texts = as_passages(items)
    ready = [on_passages(one) for one in functions]
    found = run(passages, ready, seconds=seconds, errors=errors, read=_as_it_is)
    names = tuple(name for name in names if name != OUTSIDE)
    if not names:
        said = {sort for marks in found.distinct for sort, _, _ in marks} - {OUTSIDE}
        names = encode(sorted(said))[1] if said else ()
    labels, use = _labels(found, names)
    evidence: dict[str, Any] = {"items": [one.words for one in passages]}
    if texts is not None:
        evidence["columns"] = {"text": texts}
    made = votes_of_functions(
        found,
        labels,
        use,
        names=names,
        ids=ids,
        n=len(items),
        seconds=seconds,
        evidence=evidence,
        source={**source, "task": TASK, "cut": texts is not None},
        says="marks anything in",
    )
    silent = (r for r in made.source["functions"] if not r["votes"] and not r["errors"])
    if texts is not None and any(silent):
        made.source["notes"].append(
            "functions get the text of an item and count characters; rules.on_words(function) is "
            "for one that counts words"
        )
    return made


def as_passages(items: Sequence[Any]) -> tuple[list[Passage], list[str] | None]:
    """Items as words, and the texts that were cut into them (None where they came as words)."""
    if all(isinstance(one, str) for one in items):
        from reliabel.formats.tagged import cut

        found = []
        for text in items:
            at = cut(text)
            found.append(Passage(Words(text[a:b] for a, b in at), text, at))
        return found, list(items)
    for row, one in enumerate(items):
        if isinstance(one, Mapping) or not all(isinstance(word, str) for word in one):
            raise ValueError(
                f"functions of spans look at texts or at words, got {one!r:.60} (item {row}); "
                "name the column of texts with text="
            )
    return [Passage(one if isinstance(one, Words) else Words(one)) for one in items], None


def _as_it_is(value: Any) -> Any:
    return value


def _labels(found: Answers, names: tuple[str, ...]) -> tuple[Grouped[Spans], Any]:
    """The spans of each vote, and which answers are votes; spans of unknown classes are counted and
    left out.
    """
    known = {OUTSIDE: -1, **{name: c for c, name in enumerate(names)}}
    flat = list(chain.from_iterable(found.distinct))
    size: Ints = np.array([len(marks) for marks in found.distinct], dtype=np.int64)
    code = np.array([known.get(sort, -2) for sort, _, _ in flat], dtype=np.int64)
    start, end = (
        np.fromiter((mark[part] for mark in flat), dtype=np.int64, count=len(flat))
        for part in (1, 2)
    )
    first = np.cumsum(size) - size
    each = size[found.answer] if len(size) else np.zeros(0, dtype=np.int64)
    place = np.arange(int(each.sum())) + np.repeat(
        (first[found.answer] if len(size) else each) - (np.cumsum(each) - each), each
    )
    owner = np.repeat(np.arange(len(each)), each)
    _count_unknown(found, [mark[0] for mark in flat], place[code[place] == -2], owner, code[place])
    kept = code[place] != -2
    place, owner = place[kept], owner[kept]
    left = np.bincount(owner, minlength=len(each))
    use = left > 0
    units = Spans(start[place], end[place], code[place], names)
    return Grouped(units, np.concatenate([[0], np.cumsum(left[use])])), use


def _count_unknown(
    found: Answers, sorts: Sequence[str], strange: Ints, owner: Ints, code: Ints
) -> None:
    """Note in the courses how often each function says a class that is none."""
    who = found.function[owner[code == -2]]
    for function, place in zip(who.tolist(), strange.tolist(), strict=True):
        unknown = found.courses[function].unknown
        unknown[sorts[place]] = unknown.get(sorts[place], 0) + 1
