"""JSON with other values in some places: only these places are written anew, everything else stays
as it was, byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from reliabel.formats.json_spans import (
    Cut,
    Listed,
    Member,
    Span,
    appended,
    edited,
    elements,
    like,
    members,
    start_of,
    without,
)
from reliabel.formats.json_text import Records

Fields = Mapping[str, Any]


def cuts_between(text: str, span: Span, old: Any, new: Any) -> list[Cut]:
    """The cuts that make ``old``, which stands at ``span``, ``new``: within objects and lists only
    what differs.

    >>> text = '{"a": [1,  2], "b" : "x"}'
    >>> edited(text, cuts_between(text, (0, 25), {"a": [1, 2], "b": "x"}, {"a": [1], "b": "y"}))
    '{"a": [1], "b" : "y"}'
    """
    start, end = span
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() <= new.keys():
        found = members(text, start, "")
        cuts = [cut for key in old for cut in _between(text, found.get(key), old[key], new[key])]
        return cuts + _added(text, span, found, {key: new[key] for key in new if key not in old})
    if isinstance(old, list) and isinstance(new, list):
        listed = elements(text, start, "")
        gone = [] if len(new) >= len(old) else _gone(old, new)
        if gone is not None:
            pairs = zip(listed.spans, old, new, strict=False) if not gone else ()
            cuts = [cut for at, a, b in pairs for cut in cuts_between(text, at, a, b)]
            return [*cuts, *without(listed, gone), *appended(text, listed, new[len(old) :])]
    line = text[:start].rpartition("\n")[2]
    return [(start, end, like(text[start:end], new, line))]


def records_edited(
    text: str, records: Records, change: Mapping[int, Fields], drop: Collection[int]
) -> str | None:
    """A whole JSON text with fields of some records changed and some records left out; None for
    shapes whose records do not stand apart.
    """
    listed = _listed(text, records)
    if listed is None or (drop and isinstance(listed, list)):
        return None
    spans = listed if isinstance(listed, list) else listed.spans
    cuts = [
        cut
        for row, fields in change.items()
        if row not in drop
        for cut in cuts_between(
            text, spans[row], records.rows[row], {**records.rows[row], **fields}
        )
    ]
    more = [] if isinstance(listed, list) else without(listed, drop)
    return edited(text, [*cuts, *more])


def line_edited(line: str, fields: Fields) -> str:
    """A line that is one record, with some of its fields changed."""
    row, start = json.loads(line), start_of(line)
    return edited(line, cuts_between(line, (start, len(line.rstrip())), row, {**row, **fields}))


def _between(text: str, found: Member | Listed | None, old: Any, new: Any) -> list[Cut]:
    return cuts_between(text, found.span, old, new) if isinstance(found, Member) else []


def _added(text: str, span: Span, found: Mapping[str, Any], new: Fields) -> list[Cut]:
    """The cut that adds members at the end of an object."""
    if not new:
        return []
    told = like(text[slice(*span)].split("\n")[0], dict(new))[1:-1]
    place = max((one.span[1] for one in found.values()), default=span[0] + 1)
    return [(place, place, f", {told}" if found else told)]


def _gone(old: Sequence[Any], new: Sequence[Any]) -> list[int] | None:
    """The places of a list that were left out; None where others than that changed."""
    gone, rest = list[int](), list(new)
    for place, value in enumerate(old):
        if rest and rest[0] == value:
            rest.pop(0)
        else:
            gone.append(place)
    return gone if not rest else None


def _listed(text: str, records: Records) -> Listed | list[Span] | None:
    """Where the records of a text stand: in one list, or apart."""
    start, shape = start_of(text), records.shape
    if shape == "list":
        return elements(text, start, "")
    if shape == "wrapped":
        found = members(text, start, "", [records.key])[records.key]
        return found if isinstance(found, Listed) else None
    if shape == "splits":
        parts = members(text, start, "", records.whole).values()
        return [span for part in parts if isinstance(part, Listed) for span in part.spans]
    if shape == "keyed":
        return [part.span for part in members(text, start, "").values() if isinstance(part, Member)]
    if shape == "objects":
        decoder, place, spans = json.JSONDecoder(), start, list[Span]()
        while text[place:].strip():
            place += len(text[place:]) - len(text[place:].lstrip())
            _, end = decoder.raw_decode(text, place)
            spans.append((place, end))
            place = end
        return spans
    return None
