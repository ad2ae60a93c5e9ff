"""Argilla's records: each submitted response of a user is a vote on its record.

Three shapes are read: ``responses: {question: [{value, user_id}]}`` (version 2), ``responses:
[{values: {question: {value}}, user_id}]`` (version 1), and the flat columns ``question.responses``
and ``question.responses.users``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reliabel.formats.columns import Table
from reliabel.formats.export_rows import (
    name_the_unnamed,
    one_question,
    table_of,
    without_several,
)
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, records_of
from reliabel.formats.odd_parts import Odd, type_of

FORM = "argilla"
FLAT, USERS, STATUS = ".responses", ".responses.users", ".responses.status"


class Response(NamedTuple):
    """One user's answer to one question."""

    question: str
    value: Any
    user: Any
    status: Any


def recognises(records: Sequence[Mapping[str, Any]]) -> bool:
    """Whether some record holds responses as Argilla writes them."""
    return any(_is_one(record) for record in records)


def read(path: Path, *, question: str | None = None, encoding: str | None = None) -> Table:
    """The votes of an export as a long table.

    question: the question, if the data set asks several.
    """
    return of_records(records_of(path, encoding_of(path, encoding)).rows, path, question)


def of_records(records: Rows, path: Path, question: str | None = None) -> Table:
    """The votes of records that were read already."""
    odd = Odd("record")
    quiet = Odd("record")
    names = sorted({one.question for record in records for one in _responses(record, "", quiet)})
    flat = any(name.endswith(FLAT) for record in records[:20] for name in record)
    if question is not None and question.endswith(FLAT):
        question = question.removesuffix(FLAT)
    question = one_question(path, names, question)
    key = "id" if any("id" in record for record in records) else "item"
    worker = f"{question}{USERS}" if flat else "user_id"
    label = f"{question}{FLAT}" if flat else str(question)
    rows: list[dict[str, Any]] = []
    unsent = 0
    for place, record in enumerate(records):
        name = record.get(key)
        item = str(name) if isinstance(name, str | int) else f"#{place}"
        facts = _facts(record, key)
        for one in _responses(record, item, odd):
            if one.question != question:
                continue
            if one.status not in (None, "submitted"):
                unsent += 1
                continue
            value = None if one.value == [] else one.value
            row = {"item": item, key: item, worker: _who(one.user, item, odd), label: value}
            rows.append({**facts, **row})
    if not rows:
        raise ValueError(
            f"{path.name} is an Argilla export of {len(records):,} records without a submitted "
            "response; export it once people have answered"
        )
    notes = [
        f"{path.name} is an Argilla export: {len(rows):,} responses to {question!r} on "
        f"{len(records):,} records"
    ]
    notes += [f"{unsent:,} responses that were not submitted are no votes"] if unsent else []
    notes += [
        *without_several(rows, "record", label),
        *odd.notes(),
        *name_the_unnamed(rows, worker),
    ]
    if key == "id":
        for row in rows:
            del row["item"]
    return table_of(
        rows, (key, worker, label), FORM, notes, {"item": key, "worker": worker, "label": label}
    )


def _is_one(record: Mapping[str, Any]) -> bool:
    held = record.get("responses")
    if isinstance(held, dict):
        return any(isinstance(answers, list) for answers in held.values())
    if isinstance(held, list):
        return any(isinstance(one, dict) and "values" in one for one in held)
    return any(name.endswith(USERS) for name in record)


def _responses(record: Mapping[str, Any], item: str, odd: Odd) -> Iterator[Response]:
    held = record.get("responses")
    if isinstance(held, dict):
        for question, answers in held.items():
            yield from _nested(question, answers, item, odd)
    elif isinstance(held, list):
        for one in held:
            if not isinstance(one, dict) or not isinstance(one.get("values") or {}, dict):
                odd.add(f"'responses' holds {type_of(one)} that is no response", item)
                continue
            for question, answer in (one.get("values") or {}).items():
                value = answer.get("value") if isinstance(answer, dict) else answer
                yield Response(question, value, one.get("user_id"), one.get("status"))
    for name in [name for name in record if name.endswith(FLAT)]:
        yield from _flat(record, name.removesuffix(FLAT), item, odd)


def _nested(question: str, answers: Any, item: str, odd: Odd) -> Iterator[Response]:
    if answers is not None and not isinstance(answers, list):
        odd.add(f"the responses to {question!r} are {type_of(answers)}, not a list", item)
        return
    for one in answers or []:
        if isinstance(one, dict):
            yield Response(question, one.get("value"), one.get("user_id"), one.get("status"))
        else:
            odd.add(f"a response to {question!r} is {type_of(one)}, not an object", item)


def _flat(record: Mapping[str, Any], question: str, item: str, odd: Odd) -> Iterator[Response]:
    columns = [record.get(f"{question}{ending}") for ending in (FLAT, USERS, STATUS)]
    values, users, states = (one if isinstance(one, list) else None for one in columns)
    if columns[0] is not None and values is None:
        odd.add(f"'{question}{FLAT}' is {type_of(columns[0])}, not a list", item)
    for place, value in enumerate(values or []):
        if users is not None and place >= len(users):
            odd.add(f"there are more responses to {question!r} than users", item)
        user = users[place] if users is not None and place < len(users) else None
        status = states[place] if states is not None and place < len(states) else None
        yield Response(question, value, user, status)


def _facts(record: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The fields of a record: those of its own, or the flat ones that describe no answer."""
    fields = record.get("fields")
    if isinstance(fields, dict):
        return {name: value for name, value in fields.items() if name not in (key, "item")}
    ours = (key, "item", "responses", "suggestions", "vectors", "metadata", "status")
    return {
        name: value
        for name, value in record.items()
        if name not in ours and ".responses" not in name and ".suggestion" not in name
    }


def _who(user: Any, item: str, odd: Odd) -> str | None:
    if isinstance(user, str | int) and not isinstance(user, bool) and str(user).strip():
        return str(user)
    if user is not None:
        odd.add(f"the user of a response is {type_of(user)}, no name", item)
    return None
