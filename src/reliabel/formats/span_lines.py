"""JSON records of texts with spans, as Prodigy, doccano and spaCy write them, or of words with
tags.

A record has a text (``text``, ``data``, ``sentence``) and a list of spans (``spans``,
``entities``, ``ents``, ``label``, ``labels``), each ``[start, end, class]`` or an object with
start, end and label in characters; words come from ``tokens``, else the text is cut into them.  Or
it has a list of words (``tokens``, ``words``) and a list of tags as long (``tags``, ``ner_tags``,
``labels``).  spaCy's ``[text, {"entities": [...]}]`` is read too.  Fields that are not read stay in
the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from reliabel.formats import json_lines
from reliabel.formats.columns import settled
from reliabel.formats.conll_columns import TAG
from reliabel.formats.files import encoding_of
from reliabel.formats.json_edits import cuts_between
from reliabel.formats.json_spans import Cut, edited, elements, start_of, without
from reliabel.formats.json_text import first_records, is_by_line, lines_of, records_of
from reliabel.formats.span_records import Fields, RecordReader, bare_span, fields_of
from reliabel.formats.tagged import Edit, Tagged, Words, places, repeated_ids

FORM = "spans"
ANSWER = "answer"  # of Prodigy
PAIR = re.compile(r'\[\s*(\[\s*)?"')  # how a list of pairs, or one pair a line, begins
MOSTLY = 0.8  # share of records whose tags are as many as their words
WHO = ("_annotator_id", "_session_id")


def recognises(path: Path, encoding: str | None = None) -> bool:
    """Whether some of the first records of a JSON file hold spans or words with tags, each text by
    one person.
    """
    if _pairs(path, encoding) is not None:
        return True
    records, _ = first_records(path)
    if any("annotations" in one and isinstance(one.get("data"), dict) for one in records):
        return False  # Label Studio
    found = [one for one in records if fields_of(one) is not None]
    tags = [one for one in found if fields_of(one).tags]  # type: ignore[union-attr]
    if tags and sum(map(_paired, tags)) < MOSTLY * len(tags) and not any(map(_of_scheme, tags)):
        return False  # two lists that have nothing to do with each other
    return bool(found) and not _by_several(records)


def read(path: Path, *, label: str | int | None = None, encoding: str | None = None) -> Tagged:
    """The texts and their spans, or their words and tags.

    label: the field that holds the spans or tags, where several could.
    Raises ValueError for spans that are none, with the record.
    """
    encoding = encoding_of(path, encoding)
    rows, shape, place = _opened(path, encoding)
    named = str(label) if label is not None else None
    found = next((f for one in rows if (f := fields_of(one, named)) is not None), None)
    if found is None:
        raise ValueError(
            f"{path.name} holds no record with a text and spans, or with words and tags"
            + (f", in the field {named!r}" if named else "")
        )
    kept, notes = _answered(rows, place)
    if len({who for one in kept if (who := _who(rows[one])) is not None}) > 1 and _by_several(rows):
        raise ValueError(
            f"{path.name} holds the answers of several people on the same texts; tagged text takes "
            "one answer a text: keep one person's records, or those that were agreed on"
        )
    reader = RecordReader(path, found, place)
    items = [reader.item(rows[row], row) for row in kept]
    what = "words with tags" if found.tags else "texts with spans"
    ids, told = _ids([rows[row] for row in kept])
    notes = [f"{path.name} holds {len(items):,} {what}", *notes, *told, *reader.notes(items)]
    return Tagged(
        FORM,
        [item.words for item in items],
        [item.tags for item in items] if found.tags else None,
        None if found.tags else [item.spans for item in items],
        ids=ids,
        rows=kept if len(kept) < len(rows) else None,
        facts=_facts([rows[row] for row in kept], found),
        label=found.label,
        notes=notes,
        how={"encoding": encoding, "label": found.label, "shape": shape},
    )


def rewrite(
    path: Path,
    out: Path,
    edits: Mapping[int, Sequence[Edit]],
    tags: Mapping[int, Words],
    drop: Collection[int],
    *,
    encoding: str,
    label: str,
    shape: str,
) -> None:
    """Copy the records with some spans (or the tags of some records) changed and some records left
    out; everything else, also within a span, stays as it is.

    edits: record -> spans before and after, in words.  tags: record -> its new tags.
    """
    rows, _, place = _opened(path, encoding)
    found = next(f for one in rows if (f := fields_of(one, label)) is not None)
    reader = RecordReader(path, found, place)
    change: dict[int, dict[str, Any]] = {}
    for row, told in tags.items():
        change[row] = {label: list(told)}
    held = (one for record in rows for one in reader.listed(record.get(label), 0))
    like = bare_span(next(held, None))
    for row, changes in edits.items():
        change[row] = {label: reader.edited(rows[row], row, changes, like)}
    if shape == "records":
        json_lines.rewrite(path, out, change, drop, encoding=encoding)
        return
    _rewrite_pairs(path, out, change, drop, encoding, label)


def write(path: Path, items: Sequence[Mapping[str, Any]]) -> None:
    """Records as one JSON object a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in items)


def _opened(path: Path, encoding: str) -> tuple[list[dict[str, Any]], str, list[int]]:
    """The records of a file, its shape, and the line of each where each has one."""
    pairs = _pairs(path, encoding)
    if pairs is not None:
        rows = [{"text": one[0], **one[1]} for one in pairs]
        by_line = [number for number, line in lines_of(path, encoding) if line.strip()]
        return rows, "pairs", by_line if len(by_line) == len(rows) else []
    records = records_of(path, encoding)
    lines = records.shape == "lines"
    place = [number for number, line in lines_of(path, encoding) if line.strip()] if lines else []
    return records.rows, "records", place


def _of_scheme(record: Mapping[str, Any]) -> bool:
    """Whether the tags of a record are O and prefixes with classes."""
    fields = fields_of(record)
    told = record[fields.label] if fields is not None else []
    return any(tag != "O" for tag in told) and all(map(TAG.match, told))


def _paired(record: Mapping[str, Any]) -> bool:
    """Whether a record of words has one tag for each."""
    fields = fields_of(record)
    return fields is not None and len(record[fields.tokens or ""]) == len(record[fields.label])


def _pairs(path: Path, encoding: str | None) -> list[Any] | None:
    """The records of spaCy's ``[text, {"entities": [...]}]``, as a list or one a line."""
    encoding = encoding_of(path, encoding)
    with path.open(encoding=encoding, errors="replace") as file:
        head = file.read(4096).lstrip("\ufeff \t\r\n")
    if not PAIR.match(head):
        return None
    try:
        if is_by_line(path, encoding):
            rows = [json.loads(line) for _, line in lines_of(path, encoding) if line.strip()]
        else:
            rows = json.loads(path.read_text(encoding=encoding))
    except ValueError:  # no JSON: the reader of records says where it is broken
        return None
    if len(rows) == 1 and isinstance(rows[0], list) and rows[0] and isinstance(rows[0][0], list):
        rows = rows[0]
    return rows if rows and all(_is_pair(one) for one in rows) else None


def _is_pair(one: Any) -> bool:
    return (
        isinstance(one, list)
        and len(one) == 2
        and isinstance(one[0], str)
        and isinstance(one[1], dict)
        and isinstance(one[1].get("entities"), list)
    )


def _rewrite_pairs(
    path: Path,
    out: Path,
    change: Mapping[int, Mapping[str, Any]],
    drop: Collection[int],
    encoding: str,
    label: str,
) -> None:
    with path.open(encoding=encoding, newline="") as file:
        text = file.read()

    def cuts_of(part: str, span: tuple[int, int], row: int) -> list[Cut]:
        if row not in change or row in drop:
            return []
        words, told = json.loads(part[slice(*span)])
        return cuts_between(part, span, [words, told], [words, told | {label: change[row][label]}])

    if is_by_line(path, encoding):
        kept, row = list[str](), -1
        for line in text.split("\n"):
            row += bool(line.strip())
            span = (start_of(line), len(line.rstrip()))
            if not line.strip() or row not in drop:
                kept.append(edited(line, cuts_of(line, span, row)) if line.strip() else line)
        new = "\n".join(kept)
    else:
        held = elements(text, start_of(text), path.name)
        if not _is_pair(held.values[0]):  # a list around the list
            held = elements(text, held.spans[0][0], path.name)
        cuts = [cut for row, span in enumerate(held.spans) for cut in cuts_of(text, span, row)]
        new = edited(text, [*cuts, *without(held, drop)])
    mark = "\ufeff" if encoding == "utf-8-sig" else ""
    out.write_text(mark + new, encoding="utf-8", newline="")


def _answered(
    rows: Sequence[Mapping[str, Any]], place: Sequence[int]
) -> tuple[list[int], list[str]]:
    """The records that Prodigy calls accepted, and what was left out."""
    kept = [row for row, one in enumerate(rows) if one.get(ANSWER, "accept") == "accept"]
    left = [row for row, one in enumerate(rows) if one.get(ANSWER, "accept") != "accept"]
    if not left:
        return kept, []
    where = places([place[row] if place else row + 1 for row in left], "line")
    return kept, [
        f"{len(left):,} records were rejected or ignored ({where}): their spans are no answer, so "
        "that they are left out here and stay in the file"
    ]


def _who(record: Mapping[str, Any]) -> str | None:
    named = (record.get(key) for key in WHO)
    return next((str(one) for one in named if isinstance(one, str | int)), None)


def _by_several(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one text was answered by several people."""
    seen: dict[Any, str | None] = {}
    for one in rows:
        if isinstance(one.get("annotations"), list):  # doccano's, with the person of each span
            users = {str(a.get("user")) for a in one["annotations"] if isinstance(a, dict)}
            if len(users) > 1:
                return True
        who = _who(one)
        text = one.get("_input_hash", one.get("_task_hash"))
        if who is not None and text is not None and seen.setdefault(text, who) != who:
            return True
    return False


def _ids(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str] | None, list[str]]:
    """The ids of the records, where each has its own, and what is said of ids that repeat."""
    notes = list[str]()
    for key in ("id", "_task_hash", "_input_hash"):
        found = [one.get(key) for one in rows]
        if all(isinstance(one, str | int) and str(one).strip() for one in found):
            names = list(map(str, found))
            if len(set(names)) == len(names):
                return names, []
            if key == "id":
                notes.append(repeated_ids(names))
    return None, notes


def _facts(rows: Sequence[Mapping[str, Any]], fields: Fields) -> dict[str, Any]:
    """Other fields of one value each, also those within ``meta``."""
    own = {fields.text, fields.tokens, fields.label, "id", ANSWER, *WHO}
    flat = [{**one, **(m if isinstance(m := one.get("meta"), dict) else {})} for one in rows]
    names = [
        name
        for name in dict.fromkeys(name for one in flat for name in one)
        if name not in own
        and not name.startswith("_")
        and all(isinstance(one.get(name), str | int | float | bool | None) for one in flat)
    ]
    return {name: settled([one.get(name) for one in flat])[1] for name in names}
