"""Answers that rank things: "a > b > c", lists of names, JSON, the best first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools
from reliabel.core.order_values import names_in_order
from reliabel.core.orders import Rankings
from reliabel.core.raw_labels import is_missing
from reliabel.core.short_repr import many


def answers(
    values: Sequence[Any], *, names: Sequence[str], missing: Sequence[str]
) -> tuple[Rankings, Bools, list[str]]:
    """One ranking a row, which rows hold one, and notes.

    Raises ValueError with the row of a cell that is no ranking.
    """
    rows: list[list[str]] = []
    for row, value in enumerate(values):
        try:
            rows.append([] if _none(value, missing) else names_in_order(value, names))
        except ValueError as error:
            raise ValueError(f"row {row}: {error}") from None
        if len(set(rows[-1])) < len(rows[-1]):
            twice = next(name for name in rows[-1] if rows[-1].count(name) > 1)
            raise ValueError(f"row {row} ranks {twice!r} twice: {value!r:.60}")
    labels = Rankings.of(rows, names)
    size = np.diff(labels.offsets)
    given: Bools = size > 0
    notes = [f"{int(given.sum()):,} rankings of {labels.n:,} things, the best first"]
    partial = int(((size < labels.n) & given).sum())
    if partial:
        notes.append(
            f"{many(partial, 'ranking leaves', 'rankings leave')} things out, of which nothing is "
            "said (if all that is left out is worse, name it at the end)"
        )
    return labels, given, notes


def _none(value: Any, missing: Sequence[str]) -> bool:
    if isinstance(value, list | tuple | np.ndarray):
        return False
    return is_missing(value) or (isinstance(value, str) and value.strip() in missing)
