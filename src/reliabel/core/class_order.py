"""The order of classes that have one (grades, stages, ratings): as people say it, and as the
evidence ``class_order``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.class_scales import counted_from_one, scale_of
from reliabel.core.labels import Classes, Ints
from reliabel.core.raw_labels import categories_of, only_column

SHOWN = 12  # classes that a sentence names at most
NO_ORDER = "none"  # what people say where classes have none


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
    labels: Any,
    order: Sequence[Any] | None,
    held: Sequence[str] | None = None,
    *,
    column: str = "",
) -> tuple[Any, dict[str, Ints], list[str]]:
    """Labels in the order that people say, or else their library (``held``) or the names of the
    classes, the evidence ``class_order``, and notes; unchanged where nothing says one, and where
    people say "none".

    column: the name of the column of the labels, which may name a scale.
    """
    if order is not None and not is_none(order):
        found, notes = in_the_order(labels, order)
        return found, {"class_order": np.arange(found.k)}, notes
    if order is not None or not isinstance(labels, Classes):
        return labels, {}, []
    if held is not None and labels.names == tuple(held):
        told_of = [f"the classes are ordered, as their column says: {told(held)}"]
        return labels, {"class_order": np.arange(labels.k)}, told_of
    scale = scale_of(labels.names, column)
    if scale is not None:
        note = f"the classes are ordered, as {scale[1]}: {told(scale[0])} (order='none' if not)"
        return labels, {"class_order": _places_in(labels.names, scale[0])}, [note]
    if column and counted_from_one(labels.names):
        note = (
            f"the classes are the numbers 1 to {labels.k}; where they are a scale, order="
            f"{','.join(sorted(labels.names, key=int))} lets the audit count how many steps a "
            "label is off"
        )
        return labels, {}, [note]
    return labels, {}, []


def placed_again(
    before: Any, after: Any, evidence: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The evidence with ``class_order`` for the classes of the labels ``after`` other evidence put
    them in another order or brought more, and notes.  A class that the order lacks gets a place
    where the names of all say one; elsewhere there is no order any more.

    >>> two, three = (Classes(np.array([0]), names) for names in (("b", "a"), ("a", "b", "c")))
    >>> placed_again(two, two, {"class_order": np.array([1, 0])})
    ({'class_order': array([1, 0])}, [])
    >>> placed_again(two, three, {"class_order": np.array([1, 0])})[1]
    ["the order of the classes lacks 'c', so that none is used: name it in order="]
    """
    place, old = evidence.get("class_order"), getattr(before, "names", None)
    names = getattr(after, "names", None)
    if place is None or names == old or names is None or old is None or len(place) != len(old):
        return evidence, []
    of = dict(zip(old, places(old, place).tolist(), strict=True))
    lacks = [name for name in names if name not in of]
    scale = scale_of(names) if lacks else None
    if not lacks:
        return {**evidence, "class_order": np.array([of[name] for name in names])}, []
    if scale is not None:
        return {**evidence, "class_order": _places_in(names, scale[0])}, []
    rest = {name: value for name, value in evidence.items() if name != "class_order"}
    told_of = f"the order of the classes lacks {', '.join(map(repr, lacks[:SHOWN]))}, so that none"
    return rest, [f"{told_of} is used: name it in order="]


def is_none(order: Any) -> bool:
    """Whether people say that the classes have no order."""
    return isinstance(order, str) and order.casefold() == NO_ORDER


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
