"""Labels as plain values, one at a time or in blocks: how they are written, shown and parsed.

A value is a class name, a number, a tuple of numbers (None = unknown) or None where the label is
unknown.  Functions that read a label set take it first; a row is a flat row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from reliabel.core.labels import Ints, Value

BLOCK = 2**18  # labels that are worked on at a time
Rows: TypeAlias = "slice | Ints"  # flat rows
Change: TypeAlias = Mapping[int, Value | None]  # flat row -> the new label, None = unknown


def spans(rows: int, block: int = BLOCK) -> Iterable[slice]:
    """Spans of flat rows that are worked on one after another."""
    return (slice(start, min(start + block, rows)) for start in range(0, rows, block))


def written(value: Any) -> str:
    """A label as the text of a cell; what is unknown is empty, parts are joined by ``;``.

    >>> written(2.0), written((0.5, None)), written(None)
    ('2', '0.5;', '')
    """
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ";".join(map(written, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def shown(value: Any, unknown: str = "no label") -> str:
    """A label as a page shows it: numbers to ten digits.

    >>> shown(0.1 + 0.2), shown(("x", None)), shown(None)
    ('0.3', 'x, –', 'no label')
    """
    if value is None:
        return unknown
    if isinstance(value, tuple | list):
        return ", ".join(shown(part, "–") for part in value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def parts_of(label: Any) -> list[Any]:
    """The parts of a label of several numbers: of a sequence, or of text such as "0.5;2" or
    "[0.5, 2]".

    >>> parts_of("0.5;2"), parts_of("[0.5, 2]"), parts_of((0.5, 2))
    (['0.5', '2'], ['0.5', ' 2'], [0.5, 2])
    """
    if isinstance(label, str):
        bare = label.strip().strip("[]()")
        return bare.split(";" if ";" in bare else ",")
    return list(label) if isinstance(label, list | tuple | np.ndarray) else [label]


def number_in(part: Any, label: Any) -> float | None:
    """A part of ``label`` as a number, None where it holds nothing; ValueError with a sentence
    where it is no number.
    """
    text = part.strip() if isinstance(part, str) else part
    if text is None or text in ("", "null", "None", "nan", "NaN"):
        return None
    try:
        number = float(text)
    except (TypeError, ValueError):
        raise ValueError(
            f"the label {label!r} is not a number; write it with a decimal point, such as 3.5"
        ) from None
    if not np.isfinite(number):
        raise ValueError(f"the label {label!r} is not a finite number; to take it away, drop it")
    return number


def shortest(number: Any) -> float | None:
    """A number as the shortest decimal that is read back as the same one in its own precision, None
    for NaN.

    >>> shortest(np.float32(0.1)), shortest(np.float64("nan"))
    (0.1, None)
    """
    return None if number != number else float(str(number))
