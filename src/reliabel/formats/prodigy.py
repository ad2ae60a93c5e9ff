"""Prodigy's JSONL: each answered task is a vote of its annotator.

Columns: item (the task's hash), worker, label, time, and the fields text, image, question.  A label
is the accepted option, a list of options (multiple choice), the task's label or "not LABEL"
(yes-or-no tasks with one label), accept or reject (with several, the label is the question), or a
list of [class, start, end] (spans).  "ignore" is no vote.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reliabel.formats.columns import Table
from reliabel.formats.export_rows import name_the_unnamed, table_of, without_several
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, records_of
from reliabel.formats.odd_parts import Odd, type_of

FORM = "prodigy"
OWN = ("item", "worker", "label", "time")
ROLES = {name: name for name in OWN}
FACTS = ("text", "image")
ANSWERS = ("accept", "reject", "ignore")


def recognises(records: Rows) -> bool:
    """Whether some record has Prodigy's hash and answer."""
    return any("_task_hash" in record and "answer" in record for record in records)


def read(path: Path, *, question: str | None = None, encoding: str | None = None) -> Table:
    """The votes as a long table; what Prodigy did not write so is named with its record.

    question: not used, Prodigy's files hold one question.
    """
    records = records_of(path, encoding_of(path, encoding)).rows
    if not recognises(records):
        raise ValueError(
            f"{path.name} is no Prodigy export: records with _task_hash and answer (accept, "
            "reject, ignore) are wanted"
        )
    odd = Odd("record")
    answered = [
        (str(place), record)
        for place, record in enumerate(records, 1)
        if _is_answered(record, str(place), odd)
    ]
    kept = [(place, record) for place, record in answered if record["answer"] != "ignore"]
    labels = sorted(
        {
            str(r["label"])
            for _, r in kept
            if r.get("label") is not None and "options" not in r and not r.get("spans")
        }
    )
    rows = [row for place, record in kept if (row := _row(record, labels, place, odd)) is not None]
    if not rows:
        raise ValueError(
            f"{path.name} holds {len(records):,} records and no vote; answers must be accept or "
            "reject"
        )
    notes = [f"{path.name} is a Prodigy export: {len(rows):,} votes"]
    ignored, lost = len(answered) - len(kept), len(kept) - len(rows)
    notes += [f"{ignored:,} ignored tasks are no votes"] if ignored else []
    notes += (
        [f"{lost:,} rejected tasks say only what the answer is not, and are left out"]
        if lost
        else []
    )
    notes += [*without_several(rows, "the task with the hash"), *odd.notes()]
    notes += name_the_unnamed(rows)
    return table_of(rows, OWN, FORM, notes, ROLES)


def _is_answered(record: Mapping[str, Any], place: str, odd: Odd) -> bool:
    answer = record.get("answer")
    if isinstance(answer, str) and answer in ANSWERS:
        return True
    seen = repr(answer[:20]) if isinstance(answer, str) else type_of(answer)
    if "answer" not in record:
        seen = "missing"
    odd.add(f"'answer' is {seen}, not accept, reject or ignore, which is no vote", place)
    return False


def _row(
    record: Mapping[str, Any], labels: list[str], place: str, odd: Odd
) -> dict[str, Any] | None:
    label: Any
    accepted = record["answer"] == "accept"
    question = None
    if record.get("options") is not None or record.get("accept") is not None:
        chosen = _chosen(record.get("accept"), place, odd)
        label = (chosen[0] if len(chosen) == 1 else chosen) if accepted and chosen else None
    elif record.get("spans") is not None and record.get("label") is None:
        label = _spans(record["spans"], place, odd) if accepted else None
    elif len(labels) == 1:
        label = labels[0] if accepted else f"not {labels[0]}"
    else:
        label, question = record["answer"], record.get("label")
    if label is None:
        return None
    row = {
        "item": _item(record, place, odd),
        "worker": _who(record, place, odd),
        "label": label,
        "time": _time(record.get("_timestamp"), place, odd),
    }
    row |= {name: record[name] for name in FACTS if record.get(name) is not None}
    return row | ({"question": str(question)} if question is not None else {})


def _chosen(accept: Any, place: str, odd: Odd) -> list[str]:
    if isinstance(accept, str | int):
        return [str(accept)]
    if accept is not None and not isinstance(accept, list):
        odd.add(f"'accept' is {type_of(accept)}, not a list of options", place)
        return []
    chosen = [str(one) for one in accept or [] if isinstance(one, str | int | float)]
    if len(chosen) < len(accept or []):
        odd.add("'accept' holds something else than the names of options", place)
    return chosen


def _spans(spans: Any, place: str, odd: Odd) -> Any:
    if not isinstance(spans, list):
        odd.add(f"'spans' is {type_of(spans)}, not a list", place)
        return None
    whole = [
        [one.get("label"), one["start"], one["end"]]
        for one in spans
        if isinstance(one, dict) and {"start", "end"} <= one.keys()
    ]
    if len(whole) < len(spans):
        odd.add("'spans' holds something without a start and an end", place)
    return whole


def _item(record: Mapping[str, Any], place: str, odd: Odd) -> str:
    named = record.get("_task_hash")
    if isinstance(named, str | int):
        return str(named)
    seen = type_of(named) if "_task_hash" in record else "missing"
    odd.add(f"'_task_hash' is {seen}: the record counts as an item of its own", place)
    return f"#{place}"


def _who(record: Mapping[str, Any], place: str, odd: Odd) -> str | None:
    for key in ("_annotator_id", "_session_id"):
        who = record.get(key)
        if isinstance(who, str | int) and str(who).strip():
            return str(who)
        if who is not None and not isinstance(who, str):
            odd.add(f"{key!r} is {type_of(who)}, no name", place)
    return None


def _time(written: Any, place: str, odd: Odd) -> float | None:
    if written is None or (isinstance(written, int | float) and not isinstance(written, bool)):
        return written
    odd.add(f"'_timestamp' is {type_of(written)}, not a number", place)
    return None
