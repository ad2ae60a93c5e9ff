"""Converting evidence to arrays and checking their axes.

A check takes the labels, a value and the ``EvidenceSpec`` that it belongs to.  It returns the
labels (probabilities may give nameless labels more classes), the value (rows may be rescaled) and
warnings, or raises ValueError: what is wrong, what was seen, what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from reliabel.core.labels import Grouped, Labels, MultiLabel, Numbers, Votes
from reliabel.core.votes_on_units import unit_counts, unit_labels, units_are_shared
from reliabel.core.words import as_words

if TYPE_CHECKING:
    from reliabel.core.evidence.spec import EvidenceSpec

Outcome: TypeAlias = tuple[Labels, Any, tuple[str, ...]]


def rows_that_fit(labels: Labels) -> list[int]:
    """How many rows evidence may have: one an item, or one a unit of grouped labels."""
    items = labels.n if isinstance(labels, Votes) else len(labels)
    if isinstance(labels, Grouped):
        return sorted({items, len(labels.units)})
    if isinstance(labels, Votes) and units_are_shared(labels):
        return sorted({items, int(unit_counts(labels).sum())})
    return [items]


def as_given(value: Any, spec: EvidenceSpec) -> Any:
    """The value itself: functions, tables, records."""
    return value


def raw_items(value: Any, spec: EvidenceSpec) -> Any:
    """The items as they are; sequences of words as ``Words``."""
    return as_words(value)


def plain_array(value: Any, spec: EvidenceSpec) -> Any:
    """An array of any type (names, codes, yes or no)."""
    return np.asarray(value)


def truth_given(value: Any, spec: EvidenceSpec) -> Any:
    """A label set as it is, anything else as an array."""
    return value if isinstance(value, Grouped) else np.asarray(value)


def dense_array(value: Any, spec: EvidenceSpec) -> Any:
    """An array of numbers; memory maps and sources that open rows on demand stay as they are.
    Whole numbers become floats.  Raises ValueError for sparse matrices and for what is no number.
    """
    if _is_sparse(value):
        raise ValueError(
            f"{spec.name} must be a dense array, got a sparse matrix of shape {value.shape}; "
            "fold it first (TruncatedSVD), or give x.toarray()"
        )
    if isinstance(value, np.ndarray) or _opens_rows(value):
        return value
    plain = value.detach().cpu() if hasattr(value, "detach") else value
    if str(getattr(plain, "dtype", "")) == "torch.bfloat16":  # NumPy has no such numbers
        plain = plain.float()
    array = np.asarray(plain)
    if array.dtype.kind not in "iufb":
        raise ValueError(f"{spec.name} must be numbers, got {array.dtype} of shape {array.shape}")
    return array.astype(float) if array.dtype.kind in "iub" else array


def dense_arrays(value: Any, spec: EvidenceSpec) -> dict[str, Any]:
    """Dense arrays by name, of a mapping (also an open .npz file).  Raises ValueError for anything
    else, and where there is none.
    """
    if not isinstance(value, Mapping) or not value:
        raise ValueError(
            f"{spec.name} must be {spec.meaning}, got {type(value).__name__}; give a mapping with "
            "at least one array"
        )
    return {str(name): dense_array(array, spec) for name, array in value.items()}


def matrix(value: Any, spec: EvidenceSpec) -> Any:
    """A sparse matrix as it is, anything else as a dense array."""
    return value if _is_sparse(value) else dense_array(value, spec)


def _is_sparse(value: Any) -> bool:
    return hasattr(value, "toarray") and hasattr(value, "nnz")


def _opens_rows(value: Any) -> bool:
    array_like = all(hasattr(value, name) for name in ("dtype", "shape", "__getitem__"))
    return array_like and not hasattr(value, "detach")


def anything(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """No check beyond the number of rows."""
    return labels, value, ()


def columns_of_one_length(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """The columns of a table given as a mapping have one length."""
    if isinstance(value, Mapping):
        rows = {len(column) for column in value.values()}
        if len(rows) > 1:
            sizes = ", ".join(f"{name}: {len(column)}" for name, column in value.items())
            raise ValueError(f"the columns of {spec.name} differ in length ({sizes:.200})")
    return labels, value, ()


def matrices_of_one_length(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Each array by name has two axes, and all have as many rows."""
    for name, array in value.items():
        if len(array.shape) != 2:
            raise ValueError(
                f"{spec.name} must be {spec.meaning}; {name!r} has shape {tuple(array.shape)}"
            )
    return columns_of_one_length(labels, value, spec)


def arrays_of_one_shape(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Each array by name has rows, and all have one shape."""
    shapes = {name: tuple(array.shape) for name, array in value.items()}
    if () in shapes.values() or len(set(shapes.values())) > 1:
        seen = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
        raise ValueError(f"{spec.name} must be {spec.meaning}; got shapes {seen:.200}")
    return labels, value, ()


def a_function(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Something that can be called."""
    if not callable(value):
        raise ValueError(f"{spec.name} must be a {spec.meaning}; got {type(value).__name__}")
    return labels, value, ()


def in_shape(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """An array whose axes are those of the spec: k classes, q classes of one question, any length
    for other letters; rows are counted elsewhere.
    """
    shape = tuple(int(size) for size in value.shape)
    axes = _axes(labels, spec, len(shape))
    if axes is None or any(shape[axis] != shape[0] for axis in _others(axes, "n")):
        raise ValueError(f"{spec.name} must be {spec.meaning}, got shape {shape}")
    for axis, (letter, size) in enumerate(zip(axes, shape, strict=True)):
        names = _class_names(labels, letter)
        if names is not None and size != len(names):
            what = "columns" if axis else "rows"
            raise ValueError(
                f"{spec.name} has {size} {what} for {len(names)} classes: {list(names)[:12]}; "
                f"give one {what[:-1]} per class, in this order"
            )
    return labels, value, ()


def _axes(labels: Labels, spec: EvidenceSpec, dimensions: int) -> tuple[str, ...] | None:
    """The letters of the axes of an array with so many dimensions; None where they do not fit."""
    letters = spec.shape
    if letters[-1:] == ("...",):
        letters = letters[:-1] + ("*",) * (dimensions - len(letters) + 1)
    if spec.cells and dimensions == len(letters) + 1 and _class_names(labels, "cells"):
        letters = (*letters, "cells")
    return letters if len(letters) == dimensions else None


def _others(axes: tuple[str, ...], letter: str) -> list[int]:
    return [axis for axis, one in enumerate(axes) if axis and one == letter]


def _class_names(labels: Labels, letter: str) -> tuple[str, ...] | None:
    """What an axis of this letter counts, by name; None where it may have any length."""
    simple = unit_labels(labels)
    if letter == "cells" and isinstance(simple, Numbers) and simple.y.ndim == 2:
        return tuple(f"dimension {place}" for place in range(simple.y.shape[1]))
    if letter == "cells" and not isinstance(simple, MultiLabel):
        return None
    if letter == "q" and isinstance(simple, MultiLabel):
        return ("no", "yes")
    names: tuple[str, ...] | None = getattr(simple, "names", None)
    return names if letter in ("k", "q", "cells") else None


def yes_or_no(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """True or False, also written as 1 and 0."""
    in_shape(labels, value, spec)
    if value.dtype.kind != "b":
        if value.dtype.kind not in "iuf" or not np.isin(value, (0, 1)).all():
            raise ValueError(
                f"{spec.name} must be True or False for each row, got {value.dtype} such as "
                f"{value.ravel()[:3].tolist()}"
            )
        value = value.astype(bool)
    return labels, value, ()
