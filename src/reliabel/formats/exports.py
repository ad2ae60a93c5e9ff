"""Exports of labelling tools, known by the fields of their first records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reliabel.formats import argilla, doccano, ground_truth, label_studio, prodigy, wrench
from reliabel.formats.columns import Table
from reliabel.formats.json_text import first_records
from reliabel.formats.not_yet import refuse_unread

FORMS = (label_studio, prodigy, wrench, argilla, ground_truth, doccano)
NAMES = tuple(form.FORM for form in FORMS)


def form_of(path: Path) -> Any:
    """The module that reads a JSON file as an export; None for records of any other kind.

    Raises ValueError for annotations of a kind that is not read (COCO).
    """
    records, whole = first_records(path)
    refuse_unread(path.name, whole, records)
    return next((form for form in FORMS if form.recognises(records)), None)


def read(path: Path, *, question: str | None, encoding: str | None) -> Table | None:
    """The table of an export; None for a JSON file that is none.

    question: the question that is meant, if the project has several.
    """
    form = form_of(path)
    if form is None:
        return None
    table: Table = form.read(path, question=question, encoding=encoding)
    return table
