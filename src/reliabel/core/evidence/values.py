"""Checking the values of known truths and of probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.class_order import places
from reliabel.core.evidence.axes import Outcome, in_shape
from reliabel.core.evidence.scales import roundings, what_they_are
from reliabel.core.labels import Classes, Grouped, Labels, MultiLabel, Numbers, Votes
from reliabel.core.record_fields import numbered
from reliabel.core.spelling import nearest
from reliabel.core.votes_on_units import unit_labels

if TYPE_CHECKING:
    from reliabel.core.evidence.spec import EvidenceSpec

# Rows of probabilities may be off by ROUNDING; up to REPAIR they are rescaled with a warning.
ROUNDING, REPAIR = 1e-5, 1e-3


def known_truth(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Codes of the true classes, names looked up; for numbers the numbers, NaN where unknown; for a
    multi-label set a table of 1, 0 and -1.
    """
    simple, holder = unit_labels(labels), "vote" if isinstance(labels, Votes) else "label"
    if isinstance(value, Grouped):
        if type(value.units) is not type(simple):
            raise ValueError(
                f"{spec.name} holds {type(value.units).__name__} and the labels are "
                f"{type(simple).__name__}; give labels of one kind"
            )
        return labels, value, ()
    if isinstance(simple, Numbers):
        return in_shape(labels, _true_numbers(value, spec, holder), spec)
    names = getattr(simple, "names", None)
    if names is None:
        return in_shape(labels, value, spec)
    if isinstance(simple, MultiLabel):
        return _true_cells(labels, value, spec)
    if value.dtype.kind not in "iu":
        value = _codes(value, names, spec, holder)
    if value.ndim != 1 or (value.size and (value.min() < -1 or value.max() >= len(names))):
        raise ValueError(
            f"{spec.name} must be one class per item, 0..{len(names) - 1} or -1 where unknown, "
            f"got shape {value.shape}" + _span(value)
        )
    return labels, value, ()


def _codes(value: Any, names: tuple[str, ...], spec: EvidenceSpec, holder: str) -> Any:
    code = {name: place for place, name in enumerate(names)}
    known = [
        None if one is None or one != one or str(one) == "" else str(one) for one in value.tolist()
    ]
    for name in known:
        if name is not None and name not in code:
            raise ValueError(
                f"{spec.name} names the class {name!r}, which no {holder} has"
                f"{nearest(name, names)}; classes: {', '.join(names[:12])}"
            )
    return np.array([-1 if name is None else code[name] for name in known], dtype=np.int64)


def _true_cells(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    if value.ndim != 2 or value.dtype.kind not in "iu":
        raise ValueError(
            f"{spec.name} of a multi-label set must be a table (n, k) of 1, 0 and -1 (unknown), "
            f"got {value.dtype} of shape {value.shape}"
        )
    if value.size and (value.min() < -1 or value.max() > 1):
        raise ValueError(f"{spec.name} must hold 1, 0 and -1 (unknown), got values{_span(value)}")
    return in_shape(labels, value, spec)


def _true_numbers(value: Any, spec: EvidenceSpec, holder: str) -> Any:
    if value.dtype.kind in "iuf":
        return value.astype(float)
    out = np.full(value.shape, np.nan)
    for place, one in np.ndenumerate(value):
        if one is not None and str(one).strip():
            try:
                out[place] = float(one)
            except ValueError:
                raise ValueError(
                    f"{spec.name} must hold numbers, as the {holder}s do, got {one!r} for item "
                    f"{place[0]}; leave it empty where it is unknown"
                ) from None
    return out


def _span(value: Any) -> str:
    return f" from {value.min()} to {value.max()}" if value.size else ""


def class_places(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """The place of each class in their order, of names from low to high or of places."""
    names = getattr(unit_labels(labels), "names", None)
    if names is None or isinstance(unit_labels(labels), MultiLabel):
        raise ValueError(f"{spec.name} is for labels that are one class each, got {labels!r}")
    return labels, places(names, value), ()


def probabilities(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Rows of probabilities, one column a class; wider than nameless labels they set k.  Rows that
    sum to one within REPAIR, or within what rounding to a few digits does, are divided by their
    sum, with a warning.
    """
    _floats_in_two_dimensions(value, spec)
    labels = widened(labels, value.shape[1])
    in_shape(labels, value, spec)
    off = _within_bounds(value, spec)
    if isinstance(unit_labels(labels), MultiLabel) or off <= ROUNDING:
        return labels, value, ()
    rounded = _sums_to_one(value, off, spec)
    on_disk = isinstance(value, np.memmap) or not isinstance(value, np.ndarray)
    if on_disk and not rounded:
        told = f"rows of {spec.name} sum to one only within {off:.2g}; they were left so, since "
        return labels, value, (told + "they are read from a file in blocks",)
    told = f"rows of {spec.name} summed to one only within {off:.2g}{rounded}; each was divided by "
    whole = np.asarray(value)
    return labels, whole / whole.sum(1, keepdims=True), (told + "its sum",)


def probabilities_with_gaps(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Rows of probabilities, taken as they are, or divided by their sums where they are rounded to
    a few digits; a row of NaN is an item that has none.
    """
    _floats_in_two_dimensions(value, spec)
    in_shape(labels, value, spec)
    off = _within_bounds(value, spec, gaps=True)
    if isinstance(unit_labels(labels), MultiLabel) or not _sums_to_one(value, off, spec):
        return labels, value, ()
    whole = np.asarray(value)
    return labels, whole / whole.sum(1, keepdims=True), ()


def widened(labels: Labels, k: int) -> Labels:
    """Labels whose classes have no names, with k classes where they have fewer."""
    if isinstance(labels, Classes) and labels.k < k and labels.names == numbered(labels.k):
        return Classes(labels.y, numbered(k))
    if isinstance(labels, Grouped):
        wide = widened(labels.units, k)
        return labels if wide is labels.units else Grouped(wide, labels.offsets, labels.shape)
    return labels


def _floats_in_two_dimensions(value: Any, spec: EvidenceSpec) -> None:
    if len(value.shape) != 2:
        raise ValueError(
            f"{spec.name} must have one row per item and one column per class, got shape "
            f"{tuple(value.shape)}"
        )
    if np.dtype(value.dtype).kind != "f":
        raise ValueError(f"{spec.name} must be floats between 0 and 1, got {value.dtype}")


def _within_bounds(value: Any, spec: EvidenceSpec, *, gaps: bool = False) -> float:
    """Refuse values that are no probabilities; returns how far a row's sum is off one at most."""
    off, low, high, bad = _extremes(value, gaps)
    if bad:
        raise ValueError(
            f"{spec.name} holds {bad} NaN or infinite values, the first in row "
            f"{_first_bad(value, gaps)}; give every item a probability for every class"
        )
    if low < -1e-6:
        raise ValueError(
            f"{spec.name} must not be negative, the smallest is {low:.6g}; "
            f"{what_they_are(value, spec.name)}"
        )
    if high > 1 + REPAIR:
        raise ValueError(
            f"{spec.name} must not exceed 1, the largest is {high:.6g}; "
            f"{what_they_are(value, spec.name)}"
        )
    return off


def _sums_to_one(value: Any, off: float, spec: EvidenceSpec) -> str:
    """Refuse rows that are off by more than rounding does; how they seem to be rounded, in words,
    empty where they are off by no more than REPAIR.
    """
    if off <= REPAIR:
        return ""
    for far, words in roundings(value):
        if off <= far:
            return words
    raise ValueError(
        f"rows of {spec.name} must sum to one, one is off by {off:.4g} (at most {REPAIR} is "
        "taken for rounding, or half a unit of the last digit a class where all numbers have two "
        "or three); divide each row by its sum"
    )


def _extremes(value: Any, gaps: bool) -> tuple[float, float, float, int]:
    """Largest distance of a row's sum from one, smallest and largest value, number of values that
    are NaN or infinite; one pass in blocks.  With ``gaps`` rows of NaN alone are left out.
    """
    off, low, high, bad = 0.0, np.inf, -np.inf, 0
    n, k = value.shape
    ones = np.ones(k, dtype=np.float32 if np.dtype(value.dtype).itemsize <= 4 else np.float64)
    step = max(1, 2**20 // max(k, 1))
    for start in range(0, n, step):
        block = value[start : start + step]
        if gaps:
            block = block[~np.isnan(block).all(1)]
        sums = block.astype(ones.dtype, copy=False) @ ones
        if not np.isfinite(sums).all():
            bad += int((~np.isfinite(block)).sum())
            continue
        off = max(off, float(np.abs(sums - 1).max(initial=0)))
        low, high = min(low, float(block.min(initial=1))), max(high, float(block.max(initial=0)))
    return off, low, high, bad


def _first_bad(value: Any, gaps: bool) -> int:
    for start in range(0, len(value), 65536):
        block = np.asarray(value[start : start + 65536])
        bad = ~np.isfinite(block).all(1) & ~(gaps & np.isnan(block).all(1))
        if bad.any():
            return start + int(bad.argmax())
    return -1
