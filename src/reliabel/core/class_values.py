"""Labels with classes as plain values: one class an item, several yes/no answers, distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.columns import Coded, Column
from reliabel.core.label_values import Change, Rows, number_in, parts_of, shortest, spans
from reliabel.core.labels import (
    Classes,
    Floats,
    Ints,
    MultiLabel,
    Soft,
    SoftMultiLabel,
    Value,
)
from reliabel.core.spelling import nearest

YES_NO = ("no", "yes")
NEW_CLASSES = "; a class that is really new needs new_classes=True"


def class_counts(labels: Classes) -> Ints:
    """(k,) how many labels each class has, counted in blocks."""
    count = np.zeros(labels.k, dtype=np.int64)
    for span in spans(len(labels)):
        y = labels.y[span]
        count += np.bincount(y[y >= 0], minlength=labels.k)
    return count


def class_name(labels: Classes, row: int) -> str | None:
    """The class of a row."""
    code = int(labels.y[row])
    return None if code < 0 else labels.names[code]


def class_column(labels: Classes, rows: Rows) -> Column:
    """The classes of some rows."""
    return Coded(np.asarray(labels.y[rows]), labels.names)


def class_parsed(labels: Classes, label: Any) -> Value:
    """A class of the labels by its name."""
    return _known(labels.names, label, NEW_CLASSES)


def class_changed(labels: Classes, change: Change) -> Classes:
    """The labels with some classes changed; names that are new come after the others."""
    given = (str(value) for value in change.values() if value is not None)
    names = tuple(dict.fromkeys([*labels.names, *given]))
    wide = np.min_scalar_type(-max(len(names), 1))  # codes of new classes must fit
    y = np.array(labels.y, dtype=np.promote_types(labels.y.dtype, wide))
    code: dict[Value | None, int] = {name: place for place, name in enumerate(names)}
    y[list(change)] = [-1 if value is None else code[value] for value in change.values()]
    return Classes(y, names)


def class_unfit(labels: Classes) -> str | None:
    """Why no label can be told from others: fewer than two classes are there."""
    present = np.flatnonzero(class_counts(labels))
    if len(present) > 1:
        return None
    if not len(present):
        return "every label is missing"
    name = labels.names[int(present[0])]
    return f"all labels are {name!r}: wrong labels show only between two classes or more"


def answers(labels: MultiLabel) -> Classes:
    """The cells of a multi-label table, each a yes or a no."""
    return Classes(labels.y.reshape(-1), YES_NO)


def answer(labels: MultiLabel, row: int) -> str | None:
    """ "yes", "no", or None where the answer of a cell is unknown."""
    item, column = divmod(row, labels.k)
    code = int(labels.y[item, column])
    return None if code < 0 else YES_NO[code]


def answer_column(labels: MultiLabel, rows: Rows) -> Column:
    """The answers of some cells."""
    return Coded(np.asarray(labels.y.reshape(-1)[rows]), YES_NO)


def answer_starts(labels: MultiLabel) -> Ints:
    """(n + 1,) the first cell of each item, and the number of cells."""
    return np.arange(len(labels) + 1) * labels.k


def answer_parsed(labels: MultiLabel, label: Any) -> Value:
    """A yes or a no."""
    return _known(YES_NO, label, "")


def answers_changed(labels: MultiLabel, change: Change) -> MultiLabel:
    """The labels with some answers changed."""
    return MultiLabel(
        class_changed(answers(labels), change).y.reshape(labels.y.shape), labels.names
    )


def yes_classes(labels: MultiLabel, item: int) -> Value:
    """The classes of an item that have a yes, with semicolons between."""
    named = zip(labels.names, labels.y[item].tolist(), strict=True)
    return ";".join(name for name, code in named if code == 1)


def shares(labels: Soft | SoftMultiLabel, row: int) -> Value:
    """The share or the probability of each class."""
    return tuple(shortest(p) for p in labels.p[row])


def share_column(labels: Soft | SoftMultiLabel, rows: Rows) -> Column:
    """The shares or probabilities of some rows."""
    return np.asarray(labels.p[rows])


def distribution_parsed(labels: Soft, label: Any) -> Value:
    """Shares that sum to one, or a class that has it all."""
    if label in labels.names:
        return tuple(float(name == label) for name in labels.names)
    parts = _parts(labels, label, "shares that sum to one")
    if abs(sum(parts) - 1) > 1e-3:
        raise ValueError(f"the label {label!r} must sum to one, it sums to {sum(parts):.6g}")
    return parts


def distributions_changed(labels: Soft, change: Change) -> Soft:
    """The labels with some distributions changed."""
    return Soft(_changed_shares(labels, change), labels.names)


def probabilities_parsed(labels: SoftMultiLabel, label: Any) -> Value:
    """A probability for each class."""
    return _parts(labels, label, "probabilities")


def probabilities_changed(labels: SoftMultiLabel, change: Change) -> SoftMultiLabel:
    """The labels with some probabilities changed."""
    return SoftMultiLabel(_changed_shares(labels, change), labels.names)


def _parts(labels: Soft | SoftMultiLabel, label: Any, what: str) -> tuple[float, ...]:
    parts = tuple(number_in(part, label) or 0.0 for part in parts_of(label))
    if len(parts) != labels.k or not all(0 <= part <= 1 for part in parts):
        raise ValueError(
            f"the label {label!r} must be {labels.k} {what} with semicolons between, for the "
            f"classes {', '.join(labels.names[:20])}"
        )
    return parts


def _changed_shares(labels: Soft | SoftMultiLabel, change: Change) -> Floats:
    p = np.array(labels.p)
    for row, value in change.items():
        if value is None:
            raise ValueError("a distribution cannot be unknown; drop the whole item instead")
        p[row] = value
    return p


def _known(names: tuple[str, ...], label: Any, more: str) -> str:
    if label in names:
        return str(label)
    listing = ", ".join(map(repr, names[:20]))
    near = nearest(str(label), names)
    raise ValueError(f"there is no class {label!r}{near}; the classes are {listing}{more}")
