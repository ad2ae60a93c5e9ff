"""``repr`` of a record in a line or two, however large its arrays are.

Records with something to say in words write ``def __repr__`` with ``short``; the others say
``__repr__ = by_fields``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 200  # characters of a repr
WORD, NAMES = 24, 60  # characters of one name, and of a list of names


def short(record: object, *parts: str) -> str:
    """``Kind(part, part)``; empty parts are left out, and what is too long ends in "...".

    >>> short(object(), "3 things", "", "1 unknown")
    'object(3 things, 1 unknown)'
    """
    text = f"{type(record).__name__}({', '.join(part for part in parts if part)})"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]}...)"


def by_fields(record: Any) -> str:
    """``Kind(field=value, ...)`` with arrays as type and shape, collections as their size."""
    values = {field.name: getattr(record, field.name) for field in fields(record) if field.repr}
    told = {name: in_short(value) for name, value in values.items() if not _nothing(value)}
    return short(record, *(f"{name}={value}" for name, value in told.items()))


def in_short(value: Any) -> str:
    """One value of a record.

    >>> in_short(np.zeros((2000, 3))), in_short([1, 2]), in_short("a" * 50)
    ('float64 (2,000, 3)', '2 in a list', "'aaaaaaaaaaaaaaaaaaaaaa...'")
    """
    if isinstance(value, bool | np.bool_) or value is None:
        return str(value)
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if isinstance(value, float | np.floating):
        return f"{float(value):.4g}"
    if isinstance(value, str):
        return repr(value if len(value) < WORD else f"{value[: WORD - 2]}...")
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.dtype} ({', '.join(f'{size:,}' for size in value.shape)})"
    if is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}(...)"
    if isinstance(value, Sized):
        return f"{len(value):,} in a {type(value).__name__}"
    return getattr(value, "__name__", type(value).__name__)


def many(count: int, one: str, more: str = "") -> str:
    """A number with its noun, in the plural where it is one.

    >>> many(1, "label"), many(2000, "label"), many(2, "class", "classes")
    ('1 label', '2,000 labels', '2 classes')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def classes(names: tuple[str, ...], then: str = "") -> str:
    """The number of classes and the first of their names; ``then`` follows the names.

    >>> classes(("a", "b")), classes(()), classes(("a",), "2 unlabelled")
    ('2 classes: a, b', 'no classes', '1 class: a; 2 unlabelled')
    """
    listed = f"{many(len(names), 'class', 'classes')}: {listing(names)}" if names else "no classes"
    return f"{listed}; {then}" if then else listed


def listing(words: Iterable[object]) -> str:
    """The first words of a list, as many as fit.

    >>> listing(["a", "b"]), listing(range(1000, 2000))
    ('a, b', '1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, ...')
    """
    kept: list[str] = []
    for word in words:
        text = str(word).replace("\n", " ")
        kept.append(text if len(text) <= WORD else f"{text[: WORD - 3]}...")
        if len(", ".join(kept)) > NAMES:
            return ", ".join([*kept[:-1], "..."])
    return ", ".join(kept)


def spread(values: NDArray[Any]) -> str:
    """From the smallest to the largest of the numbers that are known.

    >>> spread(np.array([2.0, np.nan, 0.5])), spread(np.array([np.nan]))
    ('0.5 to 2', '')
    """
    known = values[~np.isnan(values)]
    return f"{known.min():.4g} to {known.max():.4g}" if known.size else ""


def _nothing(value: Any) -> bool:
    """Whether a field holds nothing worth a word."""
    if value is None or (isinstance(value, str | tuple | list | Mapping) and not value):
        return True
    return isinstance(value, np.ndarray) and value.size == 0
