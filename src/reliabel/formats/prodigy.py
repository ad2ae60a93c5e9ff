"""Prodigy's JSONL: each answered task is a vote of its annotator.

Columns: item (the task's hash), worker, label, time, and the fields text, image, question.  A label
is the accepted option, a list of options (multiple choice), the task's label or "not LABEL"
(yes-or-no tasks with one label), accept or reject (with several, the label is the question), or a
list of [class, start, end] (spans).  "ignore" is no vote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reliabel.formats.columns import Table, settled
from reliabel.formats.files import encoding_of

FACTS = ("text", "image")


def is_one(path: Path) -> bool:
    """Whether the first record of the file has Prodigy's hash and answer."""
    if path.suffix.lower() not in (".jsonl", ".json"):
        return False
    with path.open("rb") as file:
        first = file.readline(1_000_000)
    return b'"_task_hash"' in first and b'"answer"' in first


def read(path: Path) -> Table:
    """The votes as a long table; raises ValueError with the line of a record that Prodigy did not
    write.
    """
    records = []
    with path.open(encoding=encoding_of(path, None)) as file:
        for place, line in enumerate(file, 1):
            if line.strip():
                records.append(_record(path, place, line))
    kept = [record for record in records if record["answer"] != "ignore"]
    labels = sorted(
        {
            str(r["label"])
            for r in kept
            if "label" in r and "options" not in r and not r.get("spans")
        }
    )
    rows = [row for record in kept if (row := _row(record, labels)) is not None]
    if not rows:
        raise ValueError(
            f"{path.name} holds {len(records):,} records and no vote; answers must be accept or "
            "reject"
        )
    names = list(dict.fromkeys(name for row in rows for name in row))
    found = {name: settled([row.get(name) for row in rows]) for name in names}
    notes = [f"{path.name} is a Prodigy export: {len(rows):,} votes"]
    ignored, lost = len(records) - len(kept), len(kept) - len(rows)
    notes += [f"{ignored:,} ignored tasks are no votes"] if ignored else []
    notes += (
        [f"{lost:,} rejected tasks say only what the answer is not, and are left out"]
        if lost
        else []
    )
    return Table(
        {name: values for name, (_, values) in found.items()},
        {name: kind for name, (kind, _) in found.items()},
        "jsonl",
        tuple(notes),
    )


def _record(path: Path, place: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as wrong:
        raise ValueError(f"{path.name} line {place} is no JSON: {wrong.msg}") from wrong
    if (
        not isinstance(record, dict)
        or "_task_hash" not in record
        or record.get("answer") not in ("accept", "reject", "ignore")
    ):
        raise ValueError(
            f"{path.name} line {place} is no answered Prodigy task: _task_hash and answer (accept, "
            "reject, ignore) are wanted"
        )
    return record


def _row(record: Mapping[str, Any], labels: list[str]) -> dict[str, Any] | None:
    label: Any
    accepted = record["answer"] == "accept"
    question = None
    if "options" in record or "accept" in record:
        chosen = [str(option) for option in record.get("accept") or []]
        label = (chosen[0] if len(chosen) == 1 else chosen) if accepted and chosen else None
    elif record.get("spans") is not None and "label" not in record:
        label = (
            [[s.get("label"), s["start"], s["end"]] for s in record["spans"]] if accepted else None
        )
    elif len(labels) == 1:
        label = labels[0] if accepted else f"not {labels[0]}"
    else:
        label, question = record["answer"], record.get("label")
    if label is None:
        return None
    who = record.get("_annotator_id") or record.get("_session_id") or "unknown"
    row = {
        "item": str(record["_task_hash"]),
        "worker": str(who),
        "label": label,
        "time": record.get("_timestamp"),
    }
    row |= {name: record[name] for name in FACTS if name in record}
    return row | ({"question": question} if question is not None else {})
