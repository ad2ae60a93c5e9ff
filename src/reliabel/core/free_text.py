"""The label kind of free text: an answer of any words an item, such as a transcription, a
translation or a description.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Index, Ints
from reliabel.core.record_fields import fill_field, unlabelled_said
from reliabel.core.short_repr import listing, many, short


@dataclass(frozen=True, eq=False, init=False)
class Texts:
    """One free text per item: ``y`` holds n texts, None where there is none.

    An empty text is an answer ("nothing is said here"), unlike None.  Missing values of other
    libraries (NaN, ``pandas.NA``) become None.  Texts are kept as they are, to the last space.

    >>> Texts(["the cat sat", "", None])
    Texts(3 texts: the cat sat, , 1 unlabelled)
    """

    y: tuple[str | None, ...]

    def __init__(self, y: Iterable[Any]) -> None:
        fill_field(self, "y", _texts(y))

    def __repr__(self) -> str:
        first = [text for text in self.y[:9] if text is not None]
        unknown = unlabelled_said(self.y.count(None))
        told = many(len(self), "text") + (f": {listing(first)}" if first else "")
        return short(self, told, unknown)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Index, /) -> Texts:
        rows: Ints = np.arange(len(self.y))[index]
        made = object.__new__(Texts)  # its texts were checked when they came in
        fill_field(made, "y", tuple(map(self.y.__getitem__, rows.tolist())))
        return made


def _texts(given: Iterable[Any]) -> tuple[str | None, ...]:
    if isinstance(given, str | bytes):
        raise ValueError(
            f"Texts takes one text an item, got the single text {given!r:.40}; put it into a list"
        )
    values = tuple(given.tolist() if isinstance(given, np.ndarray) else given)
    if all(type(value) is str for value in values):
        return values
    return tuple(_text(value, row) for row, value in enumerate(values))


def _text(value: Any, row: int) -> str | None:
    if isinstance(value, str):
        return str(value)
    if value is None or type(value).__name__ == "NAType" or value is np.ma.masked:
        return None
    if isinstance(value, float | np.floating) and value != value:
        return None
    raise ValueError(
        f"Texts takes text, and None where there is none; row {row} holds {value!r:.40}, a "
        f"{type(value).__name__}. Write it as text: str(value)"
    )
