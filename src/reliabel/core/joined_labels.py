"""Label sets of one kind as one, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from reliabel.core.kinds import kind_for
from reliabel.core.labels import Grouped, Ints, Labels, MultiLabel, SoftMultiLabel
from reliabel.core.short_repr import listing


def joined_labels(sets: Sequence[Labels]) -> Labels:
    """The labels of several sets, one set after the other; classes are those of all, by name.

    A class that a multi-label set does not know is unknown (-1) in all its rows.
    Raises ValueError where the sets are of different kinds, or their numbers of different sizes.

    >>> from reliabel.core.labels import Classes
    >>> both = joined_labels([Classes([0, 1], ["a", "b"]), Classes([0], ["b"])])
    >>> both.y.tolist(), both.names
    ([0, 1, 1], ('a', 'b'))
    """
    found = list(dict.fromkeys(kind_for(one).name for one in sets))
    if len(found) != 1:
        raise ValueError(f"labels of one kind can be joined, got {listing(found)}")
    if isinstance(sets[0], Grouped):
        return _groups(list(sets))  # type: ignore[arg-type]
    names = tuple(dict.fromkeys(n for one in sets for n in getattr(one, "names", ())))
    columns = {
        field.name: _field(field.name, list(sets), names)
        for field in fields(sets[0])  # type: ignore[arg-type]
    }
    return type(sets[0])(**columns)


def _groups(sets: list[Grouped[Any]]) -> Grouped[Any]:
    shapes = [one.shape for one in sets]
    shape = (
        None
        if any(s is None for s in shapes)
        else np.concatenate([s for s in shapes if s is not None])
    )
    units = joined_labels([one.units for one in sets])
    return Grouped(units, _offsets([one.offsets for one in sets]), shape)


def _field(name: str, sets: list[Any], names: tuple[str, ...]) -> Any:
    """One field of all sets: names united, codes renumbered, offsets summed, others in a row."""
    values = [getattr(one, name) for one in sets]
    if name == "names":
        return names
    if isinstance(sets[0], MultiLabel | SoftMultiLabel):
        return np.concatenate(
            [_widened(value, one, names) for value, one in zip(values, sets, strict=True)]
        )
    if name == "y" and hasattr(sets[0], "names"):
        return np.concatenate([_renumbered(one, names) for one in sets])
    if name == "offsets":
        return _offsets(values)
    if all(value is None for value in values):
        return None
    if isinstance(values[0], tuple):
        return tuple(part for value in values for part in value)
    return np.concatenate(_filled(values, [len(one) for one in sets]))


def _renumbered(labels: Any, names: tuple[str, ...]) -> Ints:
    place = {name: code for code, name in enumerate(names)}
    code: Ints = np.array([*(place[name] for name in labels.names), -1], dtype=np.int64)
    return np.asarray(code[labels.y])


def _widened(values: Any, labels: Any, names: tuple[str, ...]) -> Any:
    """A column for each of the names; those that the set does not know are unknown."""
    if isinstance(labels, SoftMultiLabel) and set(labels.names) != set(names):
        raise ValueError(
            "probabilities of several classes can be joined where all sets have the same"
        )
    wide = np.full((len(labels), len(names)), -1, dtype=values.dtype)
    wide[:, [names.index(name) for name in labels.names]] = values
    return wide


def _filled(values: list[Any], sizes: list[int]) -> list[Any]:
    """Columns of all sets where some have none: unknown numbers, and marks that are not set."""
    known = next(value for value in values if value is not None)
    nothing = False if known.dtype.kind == "b" else np.nan
    return [
        np.full((size, *known.shape[1:]), nothing) if value is None else value
        for value, size in zip(values, sizes, strict=True)
    ]


def _offsets(parts: list[Ints]) -> Ints:
    ends = np.cumsum([0, *(int(part[-1]) for part in parts)])
    return np.concatenate([[0], *(part[1:] + end for part, end in zip(parts, ends, strict=False))])
