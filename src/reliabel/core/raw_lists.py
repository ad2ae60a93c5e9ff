"""Lists of labels, one list an item, as yes/no answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reliabel.core.raw_labels import LISTS, encode, is_missing

SPREAD = 0.5  # different numbers a list from which lists of one length are no class numbers
MANY = 100  # different numbers from which they are none, however many lists there are
FEW = 10  # lists from which their pattern is judged

Held: TypeAlias = "list[Any] | None"  # the labels of an item, None where they are unknown


def encode_lists(
    values: Iterable[Any], names: Sequence[str] = (), what: str = "labels"
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Answers (n, k) of 1 and 0, and the names of the classes: an empty list says no to all of
    them, a missing one leaves all unknown (-1).

    names: class names, where the lists hold class numbers.  what: for sentences.
    Raises ValueError for lists that hold no labels (spans, boxes, scores), with the row.
    """
    rows = [_held(value) for value in values]
    check_labels(rows, what)
    row = [place for place, held in enumerate(rows) for _ in held or ()]
    flat = [value for held in rows for value in held or ()]
    code, found = _encoded(flat, row, what)
    column = class_numbers(found, names, what) if names else np.arange(len(found))
    y = np.zeros((len(rows), len(names) or len(found)), dtype=np.int64)
    y[[held is None for held in rows]] = -1
    known = code >= 0
    y[np.asarray(row, dtype=np.int64)[known], column[code[known]]] = 1
    return y, tuple(names) or found


def check_labels(rows: Sequence[Held], what: str) -> None:
    """Refuse lists of what is no label, with the row."""
    for row, held in enumerate(rows):
        odd = next((value for value in held or () if _is_no_label(value)), None)
        if odd is not None:
            raise ValueError(
                f"{what}: row {row} holds a list of {odd!r:.60}, which is no label (a span, a "
                "box, a score?); a list of labels holds class names or class numbers (spans are "
                "read from records with a field text and one called spans, entities, label or "
                "labels)"
            )
    several = {row: held for row, held in enumerate(rows) if held and len(held) > 1}
    if len(several) >= FEW:
        _refuse_boxes(several, sum(bool(held) for held in rows), what)
        _refuse_tags(several, what)


def _refuse_boxes(several: Mapping[int, list[Any]], filled: int, what: str) -> None:
    """Refuse whole numbers that are places: lists of one length with hardly a number twice."""
    sizes = {len(held) for held in several.values()}
    flat = [value for held in several.values() for value in held]
    if len(sizes) > 1 or len(several) < filled or not all(type(value) is int for value in flat):
        return
    different = len(set(flat))
    if different > min(SPREAD * filled, MANY):
        row = next(iter(several))
        raise ValueError(
            f"{what}: row {row} holds {several[row]!r:.60}, and every list holds {sizes.pop()} "
            f"whole numbers, {different:,} different ones in all: these look like boxes or spans, "
            "not like labels; if they are class numbers, write them as text"
        )


def _refuse_tags(several: Mapping[int, list[Any]], what: str) -> None:
    """Refuse one tag a token: most lists hold a label twice, and not only that one."""
    twice = {
        row: held
        for row, held in several.items()
        if 1 < len({str(value) for value in held}) < len(held)
    }
    if 2 * len(twice) > len(several):
        row, held = next(iter(twice.items()))
        raise ValueError(
            f"{what}: row {row} holds {held!r:.60}, and {len(twice):,} of {len(several):,} lists "
            "hold a label more than once: these look like one tag a token, or the answers of "
            "several people; a list of labels holds each class once (votes are a table with one "
            "row a vote)"
        )


def has_several(values: Any) -> bool:
    """Whether some item has a list of two labels or more."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        return False
    lists = (v for v in values if isinstance(v, LISTS) and getattr(v, "shape", None) != ())
    return any(len(value) > 1 for value in lists)


def told(y: NDArray[np.integer[Any]], what: str) -> str:
    """What lists of labels turned out to be, in a sentence."""
    known = y[(y >= 0).all(1)]
    size = known.sum(1)
    none = int((size == 0).sum())
    most = int(size.max(initial=0))
    each = f"{y.shape[1]:,} classes, up to {most} an item"
    empty = f"; {none:,} empty list{'s say' if none > 1 else ' says'} no to all" if none else ""
    lost = len(y) - len(known)
    missing = f"; {lost:,} missing list{'s are' if lost > 1 else ' is'} unknown" if lost else ""
    return f"{what} holds lists of labels, read as yes or no to each class: {each}{empty}{missing}"


def _held(value: Any) -> Held:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, LISTS):
        return [part for part in value if not is_missing(part)]
    return None if is_missing(value) else [value]


def _encoded(flat: list[Any], row: list[int], what: str) -> Any:
    try:
        return encode(flat)
    except ValueError as error:
        kinds = {type(v).__name__: place for place, v in zip(row[::-1], flat[::-1], strict=True)}
        rows = ", ".join(f"{kind} in row {kinds[kind]}" for kind in sorted(kinds))
        raise ValueError(f"{what}, labels in lists ({rows}): {error}") from None


def class_numbers(found: Sequence[str], names: Sequence[str], what: str) -> NDArray[np.int64]:
    """The place of each class number among the names."""
    beyond = [name for name in found if not name.isdecimal() or int(name) >= len(names)]
    if beyond:
        raise ValueError(f"{what}: {beyond[0]!r} is no number of one of the {len(names)} classes")
    return np.array([int(name) for name in found], dtype=np.int64)


def _is_no_label(value: Any) -> bool:
    if isinstance(value, float | np.floating):
        return not float(value).is_integer()
    return isinstance(value, (*LISTS, Mapping, np.ndarray)) and not isinstance(value, str | bytes)
