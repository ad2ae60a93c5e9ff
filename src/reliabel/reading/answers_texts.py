"""Answers that are free text: any cell is one, as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.free_text import Texts
from reliabel.core.label_values import written
from reliabel.core.labels import Bools, Labels
from reliabel.core.raw_labels import is_missing


def answers(
    values: Sequence[Any], *, names: Sequence[str], missing: Sequence[str]
) -> tuple[Labels, Bools, list[str]]:
    """Texts, one a row; cells without a value are no answers, an empty text is one where the table
    can tell them apart (JSON, Parquet, a mapping; CSV cannot).

    missing: words that mean no answer.

    >>> labels, given, notes = answers(["a cat", None, "", "n/a"], names=(), missing=("n/a",))
    >>> labels.y, given.tolist(), notes
    (('a cat', '', '', ''), [True, False, True, False], ['1 answer is an empty text, which counts'])
    """
    none = set(missing)
    given = [not (value is None or value in none or _nothing(value)) for value in values]
    texts = Texts(
        [
            (value if isinstance(value, str) else written(value)) if there else ""
            for value, there in zip(values, given, strict=True)
        ]
    )
    empty = sum(there and not text for there, text in zip(given, texts.y, strict=True))
    are = (
        "answer is an empty text, which counts"
        if empty == 1
        else "answers are empty texts, which count"
    )
    return texts, np.array(given, dtype=bool), [f"{empty:,} {are}"] if empty else []


def _nothing(value: Any) -> bool:
    """Whether a cell that is no text holds nothing."""
    return not isinstance(value, str) and is_missing(value)
