"""Steps that the records of labels share: how they name classes, check codes and fill fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def unlabelled_said(count: int) -> str:
    """How many labels are unknown, nothing where none is."""
    return f"{count:,} unlabelled" if count else ""


def top_code(y: NDArray[np.integer[Any]]) -> int:
    """The largest code, -1 where there is none."""
    return int(y.max()) if y.size else -1


def names_of_classes(names: Sequence[str], k: int, exact: bool = False) -> tuple[str, ...]:
    """The names of k classes: those given, or numbers; ``exact`` where each must have one."""
    if isinstance(names, str):
        raise ValueError(f"class names must be a sequence of names, got the text {names!r:.40}")
    if names is None or not len(names):
        return numbered(k)
    names = tuple(str(name) for name in names)
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"class names must differ, seen twice: {twice[:5]}")
    if exact and len(names) != k:
        raise ValueError(f"{len(names)} class names for {k} columns: {list(names)[:10]}")
    return names


def numbered(k: int) -> tuple[str, ...]:
    """Names "0" .. "k-1" of classes that have none."""
    return tuple(str(place) for place in range(k))


def within_codes(y: NDArray[np.integer[Any]], low: int, k: int, names: Sequence[str]) -> None:
    """Raises ValueError where a code is below ``low`` or names none of k classes."""
    if y.size and (y.min() < low or y.max() >= k):
        bad = y[(y < low) | (y >= k)]
        raise ValueError(
            f"labels must be -1 (unknown) or 0..{k - 1} ({k} names: {list(names)[:10]}), got "
            f"{sorted(set(bad.ravel().tolist()))[:5]} in {bad.size} places"
        )


def fill_field(record: Any, name: str, value: Any) -> None:
    """Fill a field of a frozen record that nobody has seen yet."""
    object.__setattr__(record, name, value)
