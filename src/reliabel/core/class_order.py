"""The order of classes that have one (grades, stages, ratings): as people say it, and as the
evidence ``class_order``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Ints
from reliabel.core.raw_labels import categories_of, only_column

SHOWN = 12  # classes that a sentence names at most


def order_in(values: Any) -> tuple[str, ...] | None:
    """The classes of a column whose library says that they are ordered, from low to high: a
    categorical of pandas with ``ordered=True``, a dictionary of Arrow with that flag.
    """
    try:
        column = only_column(values)
        of = getattr(column, "dtype", None), getattr(column, "type", None)
        found = categories_of(column) if any(_is_ordered(one) for one in of) else None
    except ValueError:  # a table, or categories that are no classes, such as 1.5
        return None
    return None if found is None else found[1]


def _is_ordered(dtype: Any) -> bool:
    return getattr(dtype, "ordered", None) is True


def in_the_order(labels: Any, order: Sequence[Any]) -> tuple[Classes, list[str]]:
    """The labels with their classes in an order that people say, and notes on it.  A class of the
    order that no label has stays a class, so that its step stays.

    Raises ValueError where the labels are no classes, and for an order that lacks a class or names
    one twice.

    >>> labels, _ = in_the_order(Classes.of(["low", "high", "low"]), ["low", "middle", "high"])
    >>> labels.names, labels.y.tolist()
    (('low', 'middle', 'high'), [0, 2, 0])
    """
    if not isinstance(labels, Classes):
        raise ValueError(
            f"order is for labels that are one class an item, got {labels!r}; leave it out"
        )
    names = _names(order)
    code = np.append(_places_in(labels.names, names), -1)
    spare = [name for name in names if name not in set(labels.names)]
    notes = [f"the classes are ordered: {told(names)}"]
    if spare:
        have = "has" if len(spare) == 1 else "have"
        notes.append(f"of the order {', '.join(map(repr, spare[:SHOWN]))} {have} no label")
    return Classes(code[labels.y], names), notes


def ordered(
    labels: Any, order: Sequence[Any] | None, held: Sequence[str] | None = None
) -> tuple[Any, dict[str, Ints], list[str]]:
    """Labels in the order that people say, or else their library (``held``), the evidence
    ``class_order``, and notes; unchanged where nobody says one.
    """
    if order is not None:
        found, notes = in_the_order(labels, order)
        return found, {"class_order": np.arange(found.k)}, notes
    if held is None or not isinstance(labels, Classes) or labels.names != tuple(held):
        return labels, {}, []
    told_of = [f"the classes are ordered, as their column says: {told(held)}"]
    return labels, {"class_order": np.arange(labels.k)}, told_of


def places(names: tuple[str, ...], order: Any) -> Ints:
    """(k,) the place of each class: ``order`` holds names from low to high, or the places
    themselves.  Raises ValueError for anything that does not place each class.
    """
    raw = np.asarray(order)
    if raw.ndim == 1 and raw.dtype.kind in "iu" and len(raw) == len(names):
        given = raw.astype(np.int64)
        if set(map(str, raw.tolist())) == set(names) and tuple(map(str, raw.tolist())) != names:
            return _places_in(names, tuple(map(str, raw.tolist())))  # classes that are numbers
        if len(np.unique(given)) == len(given):
            return given
        raise ValueError(f"class_order puts several classes in one place: {raw.tolist()}")
    return _places_in(names, _names(order))


def by_place(names: Sequence[str], place: Ints | None) -> tuple[str, ...]:
    """Class names from low to high, none where no order is known.

    >>> by_place(("high", "low"), np.array([1, 0]))
    ('low', 'high')
    """
    return () if place is None else tuple(names[code] for code in np.argsort(place))


def told(names: Sequence[str]) -> str:
    """Classes from low to high, in words."""
    return " < ".join(map(str, names[:SHOWN])) + (" < ..." if len(names) > SHOWN else "")


def _names(order: Any) -> tuple[str, ...]:
    if isinstance(order, str) or not hasattr(order, "__iter__"):
        raise ValueError(
            "order must list the classes from low to high, such as ['low', 'middle', 'high'], got "
            f"{order!r:.60}"
        )
    names = tuple(str(one) for one in order)
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise ValueError(f"order names {twice[0]!r} twice; name each class once, from low to high")
    return names


def _places_in(names: tuple[str, ...], order: tuple[str, ...]) -> Ints:
    at = {name: place for place, name in enumerate(order)}
    lost = [name for name in names if name not in at]
    if lost:
        spare = [name for name in order if name not in set(names)]
        beside = f" and names {', '.join(map(repr, spare[:SHOWN]))}, which no label has"
        raise ValueError(
            f"order lacks {'the class' if len(lost) == 1 else 'the classes'} "
            f"{', '.join(map(repr, lost[:SHOWN]))}"
            f"{beside if spare else ''}; name each class of the labels once, from low to high"
        )
    return np.array([at[name] for name in names], dtype=np.int64)
