"""Amazon SageMaker Ground Truth: output manifests, and the answers of each worker.

A manifest holds one object a line with an attribute of labels and its ``-metadata``, whose
``class-name`` (or ``class-map``) is the label.  The answers of workers stand in the requests to the
consolidation (``annotations: [{workerId, annotationData}]``), in the files of answers
(``answers: [{workerId, answerContent}]``), or in a manifest whose label holds the first of these.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reliabel.formats.columns import Table
from reliabel.formats.export_rows import (
    name_the_unnamed,
    one_question,
    table_of,
    without_several,
)
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, records_of
from reliabel.formats.odd_parts import Odd, listed, type_of

FORM = "ground_truth"
MORE = "-metadata"
OWN = ("item", "worker", "label")
SOURCES = ("source", "source-ref")


def recognises(records: Rows) -> bool:
    """Whether some record is a line of a manifest or holds workers' answers."""
    return any(_attributes(record) or list(_answers(record)) for record in records)


def read(path: Path, *, question: str | None = None, encoding: str | None = None) -> Table:
    """The labels of a manifest, one row an object, or the votes of the workers, one row a vote.

    question: the label attribute, if the manifest holds those of several jobs.
    """
    records = records_of(path, encoding_of(path, encoding)).rows
    if any(list(_answers(record)) for record in records):
        return _votes(path, records)
    names = sorted({name for record in records for name in _attributes(record)})
    read_as = {name: _kinds(records, name) for name in names}
    classes = [name for name in names if not read_as[name]]
    if not classes:
        kinds = listed(sorted({kind for found in read_as.values() for kind in found}))
        raise ValueError(
            f"{path.name} is a manifest of Ground Truth whose labels are of kinds that are not "
            f"read ({kinds}); read are labels with a class-name or a class-map in their metadata"
        )
    attribute = str(one_question(path, classes, question))
    rows = [_row(record, attribute) for record in records]
    bare = sum(row[attribute] is None for row in rows)
    notes = [f"{path.name} is a manifest of Ground Truth: the classes of {attribute!r}"]
    notes += [f"{bare:,} objects without a label"] if bare else []
    sources = [name for name in SOURCES if any(name in record for record in records)]
    roles = {"label": attribute} | ({"text": "source"} if "source" in sources else {})
    return table_of(rows, (*sources, attribute), FORM, notes, roles)


def _attributes(record: Mapping[str, Any]) -> list[str]:
    """The label attributes of a line: those with metadata that say so."""
    return [
        name.removesuffix(MORE)
        for name, held in record.items()
        if name.endswith(MORE) and isinstance(held, dict) and _says_so(held)
    ]


def _says_so(metadata: Mapping[str, Any]) -> bool:
    return any(key in metadata for key in ("class-name", "class-map", "job-name")) or str(
        metadata.get("type")
    ).startswith("groundtruth/")


def _kinds(records: Rows, attribute: str) -> set[str]:
    """The kinds of labels of an attribute that are no classes; empty if some are classes."""
    found: Counter[str] = Counter()
    for record in records:
        held = record.get(f"{attribute}{MORE}")
        if isinstance(held, dict):
            is_box = isinstance(record.get(attribute), dict)
            if not is_box and ("class-name" in held or "class-map" in held):
                return set()
            found[str(held.get("type", "without a type"))] += 1
    return set(found)


def _row(record: Mapping[str, Any], attribute: str) -> dict[str, Any]:
    held = record.get(f"{attribute}{MORE}")
    metadata = held if isinstance(held, dict) else {}
    label, several = metadata.get("class-name"), metadata.get("class-map")
    if label is None and isinstance(several, dict):
        label = [str(name) for name in several.values()]
    row = {name: value for name, value in record.items() if not name.endswith(MORE)}
    row[attribute] = label if isinstance(label, str | int | list) else None
    confidence = metadata.get("confidence")
    if isinstance(confidence, int | float):
        row[f"{attribute}-confidence"] = float(confidence)
    return row


def _answers(record: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """The worker and the content of each answer in a record."""
    held = record.get("annotations")
    if isinstance(held, list) and any("annotationData" in one for one in _objects(held)):
        yield from ((one.get("workerId"), one.get("annotationData")) for one in _objects(held))
    held = record.get("answers")
    if isinstance(held, list) and any("answerContent" in one for one in _objects(held)):
        yield from ((one.get("workerId"), one.get("answerContent")) for one in _objects(held))
    for name in _attributes(record):
        inner = record.get(name)
        for value in inner.values() if isinstance(inner, dict) else ():
            yield from _answers({"annotations": value})


def _objects(held: list[Any]) -> list[dict[str, Any]]:
    return [one for one in held if isinstance(one, dict)]


def _votes(path: Path, records: Rows) -> Table:
    odd, rows = Odd("object"), list[dict[str, Any]]()
    for place, record in enumerate(records):
        name = record.get("datasetObjectId", record.get("dataset-object-id"))
        item = str(name) if isinstance(name, str | int) else f"#{place}"
        facts = _facts(record)
        for worker, content in _answers(record):
            who = str(worker) if isinstance(worker, str | int) and str(worker).strip() else None
            label = _label(content, item, odd)
            rows.append({"item": item, "worker": who, "label": label, **facts})
    if all(row["label"] is None for row in rows):
        raise ValueError(
            f"{path.name} holds answers of Ground Truth's workers that are no classes; read are "
            "answers with one label or several labels"
        )
    notes = [
        f"{path.name} holds the answers of Ground Truth's workers: {len(rows):,} on "
        f"{len({row['item'] for row in rows}):,} objects",
        *without_several(rows, "object"),
        *odd.notes(),
        *name_the_unnamed(rows),
    ]
    return table_of(rows, OWN, FORM, notes, {name: name for name in OWN})


def _facts(record: Mapping[str, Any]) -> dict[str, Any]:
    held = record.get("dataObject")
    data = held if isinstance(held, dict) else record
    text = data.get("content", data.get("source"))
    place = data.get("s3Uri", data.get("source-ref"))
    found = {"text": text, "source-ref": place}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _label(content: Any, item: str, odd: Odd) -> Any:
    """The class in an answer: the label, or the labels, of its only question."""
    held = content.get("content") if isinstance(content, dict) and "content" in content else content
    if isinstance(held, str):
        try:
            held = json.loads(held)
        except ValueError:
            odd.add("an answer is no JSON", item)
            return None
    found = list(_classes(held))
    if not found:
        odd.add(f"an answer is {type_of(held)} without a label", item)
        return None
    return found[0] if len(found) == 1 else found


def _classes(held: Any) -> Iterator[Any]:
    if not isinstance(held, dict):
        return
    for key, value in held.items():
        if key in ("label", "labels", "category"):
            many = value if isinstance(value, list) else [value]
            yield from (one for one in many if isinstance(one, str | int | float))
        else:
            yield from _classes(value)
