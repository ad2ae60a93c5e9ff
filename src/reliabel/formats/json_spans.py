"""JSON with the places of its parts, so that some can be changed and all others stay as they were
written, byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliabel.core.short_repr import by_fields
from reliabel.formats.files import broken_at, encoding_of

SPACE = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()
Span = tuple[int, int]
Cut = tuple[int, int, str]  # from, to, what stands there instead


@dataclass(frozen=True, eq=False)
class Listed:
    """A JSON list: its values, the span of each in the text, and that between its brackets."""

    values: list[Any]
    spans: list[Span]
    inside: Span

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class Member:
    """A member of a JSON object: its value, and its span in the text."""

    value: Any
    span: Span

    __repr__ = by_fields


def text_of(path: Path, encoding: str | None) -> tuple[str, str, str]:
    """The text of a file as it is, its encoding, and its byte order mark."""
    encoding = encoding_of(path, encoding)
    try:
        text = path.read_bytes().decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None
    return text, encoding, "\ufeff" if encoding == "utf-8-sig" else ""


def members(
    text: str, start: int, name: str, lists: Iterable[str] = ()
) -> dict[str, Member | Listed]:
    """The members of the object that begins at ``start``; those of the names ``lists`` value by
    value, where they are lists.

    name: of the file, for the sentence where the text is broken.

    >>> found = members('{"a": [1, 22], "b": 3}', 0, "x.json", ["a"])
    >>> found["a"].values, found["a"].spans, found["b"].span
    ([1, 22], [(7, 8), (10, 12)], (20, 21))
    """
    found: dict[str, Member | Listed] = {}
    wanted = set(lists)
    place, key = _after(text, start + 1), ""
    try:
        while text[place : place + 1] != "}":
            key, place = DECODER.raw_decode(text, place)
            if not isinstance(key, str):
                raise json.JSONDecodeError("a name in quotes is wanted", text, place)
            place = _after(text, place)
            _wanted(text, place, ":")
            place = _after(text, place + 1)
            if key in wanted and text[place : place + 1] == "[":
                found[key] = listed = elements(text, place, name, key)
                place = listed.inside[1] + 1
            else:
                value, end = DECODER.raw_decode(text, place)
                found[key] = Member(value, (place, end))
                place = end
            place = _after(text, place)
            if text[place : place + 1] != "}":
                _wanted(text, place, ",")
                place = _after(text, place + 1)
    except json.JSONDecodeError as error:
        raise ValueError(broken(name, text, error, f"at the key {key!r}" * bool(key))) from None
    except RecursionError:
        raise ValueError(f"{name} nests its brackets too deep to be read") from None
    return found


def elements(text: str, start: int, name: str, what: str = "") -> Listed:
    """The values of the list that begins at ``start``, one by one."""
    values, spans = list[Any](), list[Span]()
    place = _after(text, start + 1)
    try:
        while text[place : place + 1] != "]":
            value, end = DECODER.raw_decode(text, place)
            values.append(value)
            spans.append((place, end))
            place = _after(text, end)
            if text[place : place + 1] != "]":
                _wanted(text, place, ",")
                place = _after(text, place + 1)
    except json.JSONDecodeError as error:
        where = f"after {len(values):,} whole values of {what!r}" if what else ""
        raise ValueError(broken(name, text, error, where)) from None
    return Listed(values, spans, (start + 1, place))


def start_of(text: str) -> int:
    """Where the value of a JSON text begins."""
    return _after(text, int(text[:1] == "\ufeff"))


def broken(name: str, text: str, error: json.JSONDecodeError, where: str) -> str:
    """The sentence on a JSON text that is broken."""
    cut = not text[error.pos :].strip()
    why = "it ends too early: the file is cut off" if cut else error.msg
    return (
        f"{name}, line {error.lineno:,}, character {error.colno:,}: broken JSON ({why})"
        f"{', ' * bool(where)}{where}; mend the file, or write it anew"
    )


def edited(text: str, cuts: Sequence[Cut]) -> str:
    """A text with some parts replaced, which do not overlap.

    >>> edited("abcd", [(1, 2, "x"), (3, 3, "-")])
    'axc-d'
    """
    parts, place = [], 0
    for start, end, new in sorted(cuts, key=lambda cut: cut[:2]):
        parts += [text[place:start], new]
        place = max(end, place)
    return "".join([*parts, text[place:]])


def without(listed: Listed, drop: Iterable[int]) -> list[Cut]:
    """The cuts that take some values out of a list, each with one comma."""
    gone, cuts, kept = set(drop), list[Cut](), False
    spans = listed.spans
    for place, (start, end) in enumerate(spans):
        if place not in gone:
            kept = True
        elif kept:
            cuts.append((spans[place - 1][1], end, ""))
        else:
            cuts.append((start, spans[place + 1][0] if place + 1 < len(spans) else end, ""))
    return cuts


def appended(text: str, listed: Listed, new: Sequence[Any], drop: Iterable[int] = ()) -> list[Cut]:
    """The cut that adds values at the end of a list, laid out as those before them."""
    if not new:
        return []
    spans = listed.spans
    if not spans:
        place = listed.inside[0]
        return [(place, place, ", ".join(json.dumps(one, ensure_ascii=False) for one in new))]
    sample = text[slice(*spans[-1])]
    between = text[spans[-2][1] : spans[-1][0]] if len(spans) > 1 else _comma(text, listed)
    told = [like(sample, one, text[: spans[-1][0]].rpartition("\n")[2]) for one in new]
    nothing_left = len(set(drop)) >= len(spans)
    place = spans[-1][1]
    return [(place, place, ("" if nothing_left else between) + between.join(told))]


def like(sample: str, value: Any, before: str = "") -> str:
    """A value as JSON, laid out as a sample; ``before`` stands before the sample in its line."""
    colon = ": " if re.search(r'"\s*:\s', sample) else ":"
    comma = ", " if re.search(r'[\d"\]}],\s', sample) else ","
    ascii_only = (sample.isascii() and "\\u" in sample) or has_lone(value)
    if "\n" not in sample:
        return json.dumps(value, separators=(comma, colon), ensure_ascii=ascii_only)
    outer = before[: len(before) - len(before.lstrip())]
    second = sample.split("\n")[1]
    inner = second[: len(second) - len(second.lstrip())]
    indent = inner[len(outer) :] or "  "
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    return text.replace("\n", f"\n{outer}")


def replaced(text: str, found: Mapping[str, Any], key: str, value: Any) -> list[Cut]:
    """The cut that puts another value at a key of an object; nothing where it has no such key."""
    if key not in found:
        return []
    start, end = found[key].span
    line = text[:start].rpartition("\n")[2]
    return [(start, end, like(text[start:end], value, line))]


def has_lone(value: Any) -> bool:
    """Whether texts hold a lone surrogate, which UTF-8 cannot encode and JSON must escape."""
    return any("\ud800" <= c <= "\udfff" for c in json.dumps(value, ensure_ascii=False))


def _comma(text: str, listed: Listed) -> str:
    lead = text[listed.inside[0] : listed.spans[0][0]]
    return f",{lead}" if lead else ", "


def _after(text: str, place: int) -> int:
    """The place after white space."""
    found = SPACE.match(text, place)
    return found.end() if found else place


def _wanted(text: str, place: int, sign: str) -> None:
    if text[place : place + 1] != sign:
        raise json.JSONDecodeError(f"{sign!r} is wanted", text, min(place, len(text)))
