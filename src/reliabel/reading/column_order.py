"""In which order columns without names stand for the classes: as the classes are sorted, unless
another order that programs use fits the labels clearly better.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.class_scales import scale_of
from reliabel.core.labels import Classes, Ints
from reliabel.core.record_fields import numbered

SAMPLE = 20_000  # labelled rows that are looked at
BLOCK = 4096  # rows opened at a time
CLEAR = 4.0  # standard errors by which an order must fit better to be taken
HOPELESS = 1.5  # times the agreement of chance up to which an order does not fit at all
NAME = (
    "to say the order, name the columns after the classes (a table such as CSV, Parquet or pandas, "
    "or an .npz with names)"
)


def in_order(labels: Classes, probs: Any, what: str, *, told: str) -> tuple[Any, list[str]]:
    """Probabilities with their columns in the order of the classes, and notes on it.

    The orders compared are those of the classes, of the names as text, of their numbers or of the
    numbers in them, without regard to capitals, of a scale (low, medium, high), of their first
    appearance and of how many labels they have.  Raises ValueError where none of them fits the
    labels and a free assignment of columns does.
    """
    own = labels.names
    if len(probs) != len(labels) or len(own) < 2:
        return probs, [told] if told else []
    y, best = _sample(labels, probs)
    if not len(y):
        return probs, [told] if told else []
    right = best == y
    for name, order in _orders(labels).items():
        place = np.array([order.index(c) for c in own])  # the column of each class
        other = best == place[y]
        if _clearly(other, right):
            note = (
                f"the columns of {what} have no names and were taken in {name}, {_list(order)}, in "
                f"which they agree with {other.mean():.0%} of the labels; in the order of the "
                f"classes, {_list(own)}, with {right.mean():.0%}; {NAME}"
            )
            return _moved(probs, place), [note]
    _refuse_unfit(y, best, right, own, what)
    if not told:
        return probs, []
    return probs, [f"{told} (they agree with {right.mean():.0%} of the labels)"]


def _sample(labels: Classes, probs: Any) -> tuple[Ints, Ints]:
    """Labels of rows spread evenly, and the column that is most probable in each."""
    known = np.flatnonzero(labels.y >= 0)
    rows = known[:: max(1, len(known) // SAMPLE)]
    y: list[Any] = [np.zeros(0, dtype=np.int64)]
    top: list[Any] = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        block = np.asarray(probs[part])
        whole = ~np.isnan(block).any(1)  # a row without numbers says nothing
        y.append(np.asarray(labels.y[part[whole]], dtype=np.int64))
        top.append(block[whole].argmax(1))
    return np.concatenate(y), np.concatenate(top)


def _orders(labels: Classes) -> dict[str, tuple[str, ...]]:
    """Orders that programs put classes in, other than that of the labels."""
    own = labels.names
    found = {"the order of their names as text": tuple(sorted(own))}
    if all(name.lstrip("-").isdecimal() for name in own):
        found["the order of their numbers"] = tuple(sorted(own, key=int))
    elif any(character.isdecimal() for name in own for character in name):
        found["the order of the numbers in their names"] = tuple(sorted(own, key=_by_numbers))
    if own != numbered(len(own)):  # codes say their column
        found["the order of their names without regard to capitals"] = tuple(
            sorted(own, key=lambda name: (name.casefold(), name))
        )
        y = labels.y[labels.y >= 0]
        seen, first, count = np.unique(y, return_index=True, return_counts=True)
        if len(seen) == len(own):
            found["the order of their first appearance"] = tuple(
                own[c] for c in seen[np.argsort(first)]
            )
            found["the order of how many labels they have"] = tuple(
                own[c] for c in seen[np.argsort(-count, kind="stable")]
            )
    if (scale := scale_of(own)) is not None:
        found["the order that their names say"] = scale[0]
    return {name: order for name, order in found.items() if order != own}


def _by_numbers(name: str) -> tuple[Any, ...]:
    """Sorts "class 2" before "class 10"."""
    parts = re.split(r"([0-9]+)", name)  # text and numbers take turns
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def _clearly(other: Any, own: Any) -> bool:
    """Whether another order agrees with so many labels more that it is no chance, and with twice as
    many of those on which the two differ.
    """
    more, less = int((other & ~own).sum()), int((own & ~other).sum())
    return more > 2 * less and more - less > CLEAR * np.sqrt(more + less)


def first_fits_better(labels: Classes, p: Any) -> bool:
    """Whether one column for two classes is clearly the probability of the first of them."""
    if len(p) != len(labels):
        return False
    y, best = _sample(labels, np.stack([1 - p, p], axis=1))
    return _clearly(best != y, best == y)


def _refuse_unfit(y: Ints, best: Ints, right: Any, own: Sequence[str], what: str) -> None:
    """Refuse columns that agree with no more labels than chance, if they do in another order."""
    k = len(own)
    if k > 1000:
        return
    table = np.bincount(y * k + best, minlength=k * k).reshape(k, k)
    chance = float((table.sum(0) * table.sum(1)).sum()) / len(y) ** 2
    if right.mean() > HOPELESS * chance or len(y) < 20:
        return
    place = _assigned(table)
    other = best == place[y]
    if other.mean() < 0.5 or not _clearly(other, right):
        return
    order = [own[c] for c in np.argsort(place)]
    raise ValueError(
        f"the columns of {what} have no names, and in the order of the classes, {_list(own)}, they "
        f"agree with {right.mean():.0%} of the labels; in the order {_list(order)} it would be "
        f"{other.mean():.0%}; {NAME}"
    )


def _assigned(table: Any) -> Any:
    """(k,) the column of each class, the largest counts first, each column once."""
    k = len(table)
    place = np.full(k, -1)
    free = np.ones(k, dtype=bool)
    for cell in np.argsort(-table, axis=None, kind="stable").tolist():
        c, column = divmod(cell, k)
        if place[c] < 0 and free[column]:
            place[c], free[column] = column, False
    return place


def _moved(probs: Any, place: Any) -> Any:
    if hasattr(probs, "select") and not isinstance(probs, np.ndarray):
        return probs.select(tuple(probs.columns[column] for column in place))
    return np.ascontiguousarray(np.asarray(probs)[:, place])


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, list(names)[:20]))
    return f"[{shown}{', ...' if len(names) > 20 else ''}]"
