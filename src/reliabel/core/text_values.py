"""Free texts as plain values: the text itself, None where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.columns import Column
from reliabel.core.free_text import Texts
from reliabel.core.label_values import Change, Rows
from reliabel.core.label_warnings import missing_note
from reliabel.core.labels import Value


def text(labels: Texts, row: int) -> Value | None:
    """The text of a row, None where there is none."""
    return labels.y[row]


def text_column(labels: Texts, rows: Rows) -> Column:
    """The texts of some rows."""
    if isinstance(rows, slice):
        return list(labels.y[rows])
    return [labels.y[row] for row in np.asarray(rows).tolist()]


def text_parsed(labels: Texts, label: Any) -> Value:
    """A text as it is; a number as it is written."""
    if isinstance(label, str):
        return label
    if isinstance(label, int | float) and label == label:
        return str(label)
    raise ValueError(f"the label {label!r:.60} is no text; write what the item should say")


def texts_changed(labels: Texts, change: Change) -> Texts:
    """The labels with some texts changed."""
    new = list(labels.y)
    for row, value in change.items():
        new[row] = None if value is None else str(value)
    return Texts(new)


def texts_unfit(labels: Texts) -> str | None:
    """Why nothing can be said of any text: there is none."""
    return None if any(text is not None for text in labels.y) else "every label is missing"


def text_warnings(labels: Texts) -> list[str]:
    """Missing texts."""
    return missing_note(labels.y.count(None), len(labels))
