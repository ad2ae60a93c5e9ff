"""What is looked at before a model is trained: labels with nothing to learn from, rare classes,
trusted items, noise matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.auto import learn as auto
from reliabel.core.catalogue import Entry
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import EVIDENCE
from reliabel.core.kinds import class_names
from reliabel.core.labels import Classes, Labels
from reliabel.core.spelling import nearest
from reliabel.core.training import Training

UNEVEN = 10  # times the smallest class from which the largest one drowns it


def refuse_unused(entry: Entry | None, evidence: Mapping[str, Any]) -> None:
    """Evidence that the learner does not use is a misunderstanding; features and items are what
    everything is made of.
    """
    accepts = auto.accepts() if entry is None else entry.accepts
    for name in evidence:
        if name not in {*accepts, *auto.of_the_probe(), "items"}:
            uses = ", ".join(sorted(name for name in accepts if EVIDENCE[name].keyword))
            whom = "auto" if entry is None else entry.name
            raise ValueError(f"{whom} does not use {name}; it uses {uses}")


def about_labels(labels: Labels, training: Training) -> list[str]:
    """Warnings about the class counts.  Raises ValueError where there is nothing to learn."""
    if not isinstance(labels, Classes):
        return []
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    some = np.flatnonzero(count)
    if not len(some):
        raise ValueError(
            f"none of the {len(labels):,} items has a label, so that there is nothing to learn"
        )
    if len(some) == 1 and count.sum() == len(labels):
        raise ValueError(
            f"all {len(labels):,} labels are {labels.names[some[0]]!r}, so that there is nothing "
            "to tell apart; give labels of at least two classes"
        )
    told = []
    most, least = count[some].max(), count[some].min()
    if most >= UNEVEN * least and not training.balance:
        told.append(
            f"the largest class has {most:,} labels, the smallest {least:,}: models lean to large "
            "classes, and methods that trust what is learnt easily give up small ones; balance=1 "
            "weighs against it in training"
        )
    if least < 3:
        lone = labels.names[some[count[some].argmin()]]
        told.append(
            f"class {lone!r} has {least} label{'s' if least > 1 else ''}, too few to be held out "
            "and learnt as well"
        )
    return told


YES, NO = ("true", "1", "1.0", "yes", "y"), ("false", "0", "0.0", "no", "n", "", "none", "nan")


def with_trusted_column(data: Any, evidence: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The data and the evidence with ``trusted`` read from the column that it names, which then
    describes the items no more.
    """
    name, given = evidence.get("trusted"), dict(evidence)
    if not isinstance(name, str):
        return data, given
    columns = data.evidence.get("columns", {}) if isinstance(data, Dataset) else {}
    if name not in columns:
        known = ", ".join(map(repr, list(columns)[:20])) or "none"
        raise ValueError(
            f"trusted names the column {name!r}, which is not there{nearest(name, list(columns))}; "
            f"columns beside label and items: {known}"
        )
    cells = [str(value).strip().lower() for value in columns[name]]
    odd = next((row for row, cell in enumerate(cells) if cell not in YES + NO), None)
    if odd is not None:
        raise ValueError(
            f"the column {name!r} must say yes or no (true, false, 1, 0) for trusted, got "
            f"{cells[odd]!r} in row {odd}"
        )
    rest = {key: v for key, v in columns.items() if key != name}
    kept = {**data.evidence, "columns": rest}
    if isinstance(items := kept.get("items"), Mapping):
        kept["items"] = {key: v for key, v in items.items() if key != name}
    given["trusted"] = np.array([cell in YES for cell in cells])
    return replace(data, evidence={k: v for k, v in kept.items() if v is not rest or rest}), given


def about_trusted(data: Dataset) -> list[str]:
    """A warning where trusted items miss a class.  Raises ValueError where there are none."""
    trusted, labels = data.evidence.get("trusted"), data.labels
    if trusted is None or not isinstance(labels, Classes):
        return []
    known = np.asarray(trusted, dtype=bool) & (labels.y >= 0)
    if not known.any():
        raise ValueError(
            "trusted marks no labelled item, so that there is nothing to trust; mark the items "
            "whose label was checked, or leave trusted out"
        )
    classes = np.unique(labels.y[labels.y >= 0])
    lost = np.setdiff1d(classes, labels.y[known])
    if not len(lost):
        return []
    names = ", ".join(repr(labels.names[c]) for c in lost[:5])
    return [
        f"no item of {'class' if len(lost) == 1 else f'{len(lost)} classes, such as'} {names} is "
        "trusted, so that nothing corrects the labels of it; trust some items of every class"
    ]


def with_checked_matrix(data: Dataset) -> Dataset:
    """The noise matrix checked: its rows are chances that sum to one."""
    from reliabel.ops.noise import checked

    matrix = data.evidence.get("noise_matrix")
    if matrix is None:
        return data
    k = len(class_names(data.labels))
    return replace(data, evidence={**data.evidence, "noise_matrix": checked(matrix, k)})
