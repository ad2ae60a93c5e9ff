"""One record of a text with spans, or of words with tags: its fields, and its spans in words."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reliabel.formats.odd_parts import type_of
from reliabel.formats.tagged import Edit, Span, Words, cut

TEXTS = ("text", "data", "sentence", "content")
SPANS = ("spans", "entities", "ents", "label", "labels", "annotations")
TOKENS = ("tokens", "words")
TAGS = ("tags", "ner_tags", "labels", "ner", "label", "bio", "iob")
STARTS, ENDS = ("start", "start_offset", "begin"), ("end", "end_offset")
CLASSES = ("label", "type", "tag", "entity", "entity_group", "class")


class Fields:
    """Which fields of a record hold its text, its words, its spans or tags."""

    def __init__(self, text: str | None, tokens: str | None, label: str, *, tags: bool) -> None:
        self.text, self.tokens, self.label, self.tags = text, tokens, label, tags


class Item:
    """One record as words with tags or spans; ``at`` are the characters of each word."""

    def __init__(self, words: Words, tags: Words, spans: list[Span], at: Any) -> None:
        self.words, self.tags, self.spans, self.at = words, tags, spans, at


def fields_of(record: Mapping[str, Any], named: str | None = None) -> Fields | None:
    """The fields of a record that holds spans or tags; None for any other."""
    tokens = next((key for key in TOKENS if isinstance(record.get(key), list)), None)
    for key in (named,) if named else TAGS:
        told = record.get(key)
        texts = isinstance(told, list) and all(isinstance(one, str) for one in told)
        held = record.get(tokens) if tokens else None
        if texts and told and held is not None and all(isinstance(one, str) for one in held):
            return Fields(None, tokens, key, tags=True)
    text = next((key for key in TEXTS if isinstance(record.get(key), str)), None)
    for key in (named,) if named else SPANS:
        spans = record.get(key)
        if text and isinstance(spans, list) and spans and all(_is_span(one) for one in spans):
            return Fields(text, tokens if key != tokens else None, key, tags=False)
    return None


def _is_span(one: Any) -> bool:
    if isinstance(one, list):
        return len(one) == 3 and all(type(part) is int for part in one[:2]) and not _number(one[2])
    if not isinstance(one, dict):
        return False
    return all(any(key in one for key in keys) for keys in (STARTS, ENDS, CLASSES))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class RecordReader:
    """Records one by one, with what is odd about them counted on the way."""

    def __init__(self, path: Path, fields: Fields, place: Sequence[int]) -> None:
        self.path, self.fields, self.place = path, fields, place
        self.loose: list[int] = []  # records with a span that begins or ends within a word
        self.unlabelled: list[int] = []
        self.beyond: list[tuple[int, str]] = []  # records with a span outside their text

    def fail(self, row: int, what: str) -> ValueError:
        return ValueError(f"{self.path.name}, {self.where(row)}: {what}")

    def where(self, row: int) -> str:
        """Where a record stands."""
        return f"line {self.place[row]:,}" if self.place else f"record {row + 1:,}"

    def item(self, record: Mapping[str, Any], row: int) -> Item:
        fields = self.fields
        if fields.tags:
            words, tags = record.get(fields.tokens or ""), record.get(fields.label)
            for name, held in ((fields.tokens, words), (fields.label, tags)):
                if not isinstance(held, list) or not all(isinstance(one, str) for one in held):
                    raise self.fail(row, f"{name!r} is {type_of(held)}, not a list of texts")
            assert isinstance(words, list)
            assert isinstance(tags, list)
            if len(words) != len(tags):
                raise self.fail(row, f"{len(words)} words and {len(tags)} tags; one tag a word")
            return Item(tuple(words), tuple(tags), [], None)
        text = record.get(fields.text or "")
        if not isinstance(text, str):
            raise self.fail(row, f"{fields.text!r} is {type_of(text)}, not a text")
        held = record.get(fields.label)
        if held is None:
            self.unlabelled.append(row)
        told = (self.span(one, text, row) for one in self.listed(held, row))
        spans = [one for one in told if one is not None]
        at = self.words(record, text, [edge for _, *edges in spans for edge in edges], row)
        words = tuple(text[a:b] for a, b in at)
        return Item(words, (), [self.in_words(one, at, row) for one in spans], at)

    def listed(self, held: Any, row: int) -> list[Any]:
        if held is None:
            return []
        if not isinstance(held, list):
            raise self.fail(row, f"{self.fields.label!r} is {type_of(held)}, not a list of spans")
        return held

    def span(self, one: Any, text: str, row: int) -> Span | None:
        """A span in characters; None for one outside the text, which ``notes`` refuses."""
        if not _is_span(one):
            raise self.fail(
                row,
                f"{json.dumps(one, ensure_ascii=False)[:60]} is no span: a start, an end and a "
                "class are wanted",
            )
        start, end, name = _parts(one)
        if not all(type(part) is int for part in (start, end)) or not isinstance(name, str):
            raise self.fail(
                row,
                f"a span from {start!r} to {end!r} of the class {name!r}: two whole numbers "
                "and a name are wanted",
            )
        if not 0 <= start < end <= len(text):
            self.beyond.append(
                (
                    row,
                    f"{start}:{end} ({name}) does not lie within the text, which has "
                    f"{len(text):,} characters",
                )
            )
            return None
        return name, start, end

    def words(
        self, record: Mapping[str, Any], text: str, edges: Sequence[int], row: int
    ) -> list[tuple[int, int]]:
        keys = (key for key in TOKENS if key != self.fields.label)
        held = next((record[key] for key in keys if isinstance(record.get(key), list)), None)
        if not held:
            return cut(text, edges)
        at: list[tuple[int, int]] = []
        place = 0
        for one in held:
            if isinstance(one, dict) and {"start", "end"} <= one.keys():
                at.append((one["start"], one["end"]))
                continue
            word = str(one.get("text") if isinstance(one, dict) else one)
            found = text.find(word, place) if word else -1
            if found < 0:
                raise self.fail(row, f"the word {word[:30]!r} of the tokens is not in the text")
            place = found + len(word)
            at.append((found, place))
        whole = all(type(edge) is int for pair in at for edge in pair)
        edges = [0, *(edge for pair in at for edge in pair), len(text)]
        if not whole or edges != sorted(edges):
            raise self.fail(row, "the tokens are not pieces of the text that follow each other")
        return [(a, b) for a, b in at if text[a:b].strip()]

    def in_words(self, span: Span, at: Sequence[tuple[int, int]], row: int) -> Span:
        name, start, end = span
        first = bisect_right(at, start, key=lambda word: word[1])
        after = bisect_left(at, end, key=lambda word: word[0])
        if first >= after:
            raise self.fail(row, f"the span {start}:{end} ({name}) covers no word, only spaces")
        if at[first][0] != start or at[after - 1][1] != end:
            self.loose.append(row)
        return name, first, after

    def notes(self, items: Sequence[Item]) -> list[str]:
        """What is to be said of the records read.

        Raises ValueError where spans do not lie within their text, with the first places.
        """
        if self.beyond:
            (row, what), more = self.beyond[0], self.beyond[1:]
            others = ", ".join(self.where(one) for one, _ in more[:3])
            many = f"{len(more):,} more such span{'s' * (len(more) > 1)}"
            besides = f"; {many} ({others}{', ...' * (len(more) > 3)})"
            raise self.fail(
                row,
                f"the span {what}{besides * bool(more)}; spans count characters (code points) from "
                "0, and the end is the first one after them: mend it, or take it out",
            )
        told = []
        empty = [row for row, item in enumerate(items) if not item.words]
        for rows, what in (
            (empty, "without a word"),
            (
                self.unlabelled,
                f"without the field {self.fields.label!r}, which count as texts without spans",
            ),
            (
                self.loose,
                "with a span that begins or ends within a word or with a space; it counts "
                "as the words it touches, and stays as it is in the file",
            ),
        ):
            rows = sorted(set(rows))
            if rows:
                first = f"the first in {self.where(rows[0])}"
                told.append(f"{len(rows):,} record{'s' * (len(rows) > 1)} {what}, {first}")
        return told

    def edited(
        self, record: Mapping[str, Any], row: int, edits: Sequence[Edit], like: Any
    ) -> list[Any]:
        """The spans of a record after changes of some of them; one that is added is written in the
        form of ``like``, a span of the file.
        """
        item = self.item(record, row)
        held = list(record.get(self.fields.label) or [])
        known = list(item.spans)
        for before, after in edits:
            place = known.index(before) if before in known else None
            if place is None and before is not None:
                raise self.fail(row, f"there is no span {before[0]} {before[1]}:{before[2]}")
            new = None
            if after is not None:
                name, first, last = after
                if last > len(item.at):
                    raise self.fail(
                        row,
                        f"the span {name} {first}:{last} is longer than the text, which has "
                        f"{len(item.at)} words",
                    )
                same = before is not None and before[1:] == after[1:]
                edges = None if same else (item.at[first][0], item.at[last - 1][1])
                new = _like(held[place] if place is not None else like, name, edges, after)
            if place is None:
                held.append(new)
                assert after is not None
                known.append(after)
            elif after is None:
                del held[place], known[place]
            else:
                held[place], known[place] = new, after
        return held


def bare_span(one: Any) -> Any:
    """A span without the fields that say more than its place and its class."""
    known = (*STARTS, *ENDS, *CLASSES, "token_start", "token_end")
    return {key: one[key] for key in one if key in known} if isinstance(one, dict) else one


def _parts(one: Any) -> tuple[Any, Any, Any]:
    if isinstance(one, list):
        return one[0], one[1], one[2]
    start, end, name = (
        next(one[key] for key in keys if key in one) for keys in (STARTS, ENDS, CLASSES)
    )
    return start, end, name


def _like(one: Any, name: str, edges: tuple[int, int] | None, words: Span) -> Any:
    """A span written as another one is, with another class and, where given, other characters."""
    if isinstance(one, list):
        return [*(edges or one[:2]), name]
    if not isinstance(one, dict):
        start, end = edges or (0, 0)
        return {"start": start, "end": end, "label": name}
    new = dict(one)
    for keys, value in (
        (CLASSES, name),
        *(zip((STARTS, ENDS), edges, strict=True) if edges else ()),
    ):
        new[next(key for key in keys if key in one)] = value
    if edges and "token_start" in new:  # Prodigy counts words too, the last one included
        new |= {"token_start": words[1], "token_end": words[2] - 1}
    if edges:
        new.pop("text", None)
        new.pop("id", None)
    return new
