"""What a label set gives cause to doubt before any auditor looks at it, in sentences."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.alike_names import alike_note
from reliabel.core.class_values import answers, class_counts
from reliabel.core.columns import blank
from reliabel.core.label_values import spans
from reliabel.core.labels import Classes, Ints, MultiLabel, Numbers
from reliabel.core.number_values import number_column


def class_warnings(labels: Classes) -> list[str]:
    """Missing labels, a single class, names that differ in spelling only, classes of one item."""
    if not len(labels):
        return []
    count = class_counts(labels)
    warnings = missing_note(len(labels) - int(count.sum()), len(labels))
    if (count > 0).sum() == 1:
        warnings.append(
            f"all labels are {labels.names[int(count.argmax())]!r}; wrong labels show only between "
            "two classes or more"
        )
    return warnings + _alike(labels.names) + _single(labels.names, count)


def answer_warnings(labels: MultiLabel) -> list[str]:
    """The same of the yes/no answers of a multi-label table, and of the names of its classes."""
    return class_warnings(answers(labels)) + _alike(labels.names)


def number_warnings(labels: Numbers) -> list[str]:
    """Missing numbers."""
    columns = (number_column(labels, span) for span in spans(len(labels)))
    return missing_note(sum(int(blank(column).sum()) for column in columns), len(labels))


def missing_note(missing: int, labels: int) -> list[str]:
    """That labels are missing, nothing where none is."""
    if not missing:
        return []
    return [
        f"{missing:,} of {labels:,} labels are missing; no auditor of labels scores them, and "
        "nothing learns from them"
    ]


def _alike(names: tuple[str, ...]) -> list[str]:
    advice = "are they meant to be the same? merge_alike=True of rl.read makes one of them"
    return alike_note("classes", names, advice)


def _single(names: tuple[str, ...], count: Ints) -> list[str]:
    single: list[Any] = [names[c] for c in np.flatnonzero(count == 1)]
    if not single:
        return []
    have = "es have" if len(single) > 1 else " has"
    return [
        f"{len(single):,} class{have} one item only ({', '.join(map(repr, single[:5]))}): "
        "no model can learn them, so their labels look wrong whatever they are"
    ]
