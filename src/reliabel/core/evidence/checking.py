"""The input check of evidence, and its slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.evidence.axes import rows_that_fit
from reliabel.core.evidence.spec import EvidenceSpec
from reliabel.core.evidence.table import EVIDENCE
from reliabel.core.labels import Grouped, Index, Ints, Labels
from reliabel.core.short_repr import by_fields
from reliabel.core.spelling import nearest


@dataclass(frozen=True, eq=False)
class Checked:
    """Labels and evidence as they may be trusted from here on, and warnings of what was changed."""

    labels: Labels
    evidence: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    __repr__ = by_fields


def check(labels: Labels, evidence: Mapping[str, Any]) -> Checked:
    """Convert and check every piece of evidence, in the order of the table; None is left out.

    Raises ValueError with what is wrong, what was seen and what to do.  Probabilities wider than
    nameless labels set k.  Rows that sum to one within 1e-3 are rescaled, with a warning.
    """
    given = {name: value for name, value in evidence.items() if value is not None}
    for name in given:
        _known(name)
    warnings: list[str] = []
    for name, spec in EVIDENCE.items():
        if name in given:
            value = spec.convert(given[name], spec)
            labels, given[name], told = spec.check(labels, value, spec)
            warnings += told
            if spec.has_rows:
                _fitting_rows(labels, given[name], spec)
    return Checked(labels, given, tuple(warnings))


def _known(name: str) -> EvidenceSpec:
    if name not in EVIDENCE:
        raise ValueError(
            f"unknown evidence {name!r}{nearest(name, EVIDENCE)}; known: {', '.join(EVIDENCE)}"
        )
    return EVIDENCE[name]


def _fitting_rows(labels: Labels, value: Any, spec: EvidenceSpec) -> None:
    try:
        have = spec.count(value)
    except TypeError as wrong:  # it has no length
        raise ValueError(
            f"{spec.name} must be {spec.meaning}; got {type(value).__name__}"
        ) from wrong
    fit = rows_that_fit(labels)
    if have not in fit:
        raise ValueError(
            f"{spec.name} has {have} rows for {' or '.join(map(str, fit))} items; they must be in "
            "the same order, one row each"
        )


def taken(labels: Labels, evidence: Mapping[str, Any], items: Index) -> dict[str, Any]:
    """The evidence of some items (positions or a mask), as ``labels.take(items)`` has the labels;
    what belongs to units goes with their items.

    Raises ValueError for evidence that is not in the table, and where items repeat and evidence
    points at rows (neighbours, votes).
    """
    fit = rows_that_fit(labels)
    rows = np.arange(getattr(labels, "n", len(labels)))[items]
    units = _units_of(labels, rows) if isinstance(labels, Grouped) else rows
    out = {}
    for name, value in evidence.items():
        spec = _known(name)
        own = not spec.has_rows or spec.count(value) == len(labels) or len(fit) == 1
        out[name] = spec.at(value, rows if own else units)
    return out


def _units_of(labels: Grouped[Any], items: Ints) -> Ints:
    start, size = labels.offsets[:-1][items], np.diff(labels.offsets)[items]
    end = np.cumsum(size)
    inside = np.arange(int(size.sum())) - np.repeat(end - size, size)
    return np.asarray(inside + np.repeat(start, size))
