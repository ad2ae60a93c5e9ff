"""The vocabulary of evidence: what an algorithm may ask for by the name of a keyword-only
parameter, and how it is checked at the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.arrays import real_numbers, truth_values, whole_numbers
from reliabel.core.labels import (
    Bools,
    Classes,
    Floats,
    Grouped,
    Ints,
    Labels,
    MultiLabel,
    Soft,
    Votes,
    numbered,
)
from reliabel.core.short_repr import by_fields, many, short
from reliabel.core.votes_on_units import unit_counts, unit_labels

EVIDENCE = {
    "probs": "(n, k) class probabilities from a model that did not train on the item",
    "features": "(n, d) one vector per item; learners may take (n, ...) arrays",
    "neighbours": "Neighbours(index (n, j), distance (n, j), recall), nearest first, self left out",
    "items": "the raw items: texts, picture paths, table rows",
    "columns": "a table of other facts about the items, to slice by",
    "split": "(n,) name of the split of each item",
    "groups": "(n,) whole numbers: which items belong together (patient, document, bag)",
    "graph": "(n, n) sparse affinities",
    "dynamics": "Dynamics(margin, p_given, correct), each (epochs, n), recorded while a model trained",
    "predicted": "a label set made by a model (boxes, spans, masks, numbers); need not be aligned by units",
    "votes": "the Votes behind the labels",
    "gold": "(n,) the true label where it is known, -1 elsewhere",
    "trusted": "(n,) True where the given label is known to be right",
    "paired": "(n, e) features of the other side, for Matches",
    "teacher": "(n, k) probabilities of a stronger or an earlier model",
    "privileged": "(n, e) features at hand only while training",
    "class_features": "(k, d) one vector per class (its name's embedding, a prototype)",
    "class_distance": "(k, k) how far apart classes are (a tree, an order)",
    "noise_matrix": "(k, k) chance of a given label (column) under a true one (row)",
    "posterior": "(n, k) chance of each class being the true one, by P(wrong)'s model",
    "fit": "function (features, labels, weights) -> model, for methods that refit",
    "module": "function () -> torch.nn.Module, for methods that train one",
    "views": "function (batch, rng) -> batch, an augmentation",
    "rng": "numpy Generator, the only source of chance",
}


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest items of each item: ``index`` (n, j) and cosine ``distance`` (n, j) = 1 - cos,
    nearest first, self left out by id.

    ``recall`` is the measured share of true neighbours found (1.0 when exact), ``half_width`` the
    95 % half-width of that estimate. Slots that hold no neighbour (only when exact copies crowd a
    tiny set) are index -1, distance inf.
    """

    index: Ints
    distance: Floats
    recall: float = 1.0
    half_width: float = 0.0
    method: str = "exact"

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", whole_numbers(self.index, "Neighbours.index", 2))
        object.__setattr__(self, "distance", real_numbers(self.distance, "Neighbours.distance", 2))
        _same_shape(self, "index", "distance")

    def __repr__(self) -> str:
        n, j = self.index.shape
        recall = f"recall {self.recall:.4g}"
        return short(self, f"{j:,} nearest of {many(n, 'item')}", self.method, recall)

    def nearest(self, j: int) -> Neighbours:
        """The first j columns."""
        return Neighbours(
            self.index[:, :j], self.distance[:, :j], self.recall, self.half_width, self.method
        )


@dataclass(frozen=True, eq=False)
class Dynamics:
    """What a model said of each item while it trained, each (epochs, n): margin of the given label,
    its probability, whether it was predicted.
    """

    margin: Floats
    p_given: Floats
    correct: Bools

    def __post_init__(self) -> None:
        object.__setattr__(self, "margin", real_numbers(self.margin, "Dynamics.margin", 2))
        object.__setattr__(self, "p_given", real_numbers(self.p_given, "Dynamics.p_given", 2))
        object.__setattr__(self, "correct", truth_values(self.correct, "Dynamics.correct", 2))
        _same_shape(self, "margin", "p_given", "correct")

    def __repr__(self) -> str:
        epochs, n = self.margin.shape
        return short(self, f"{many(epochs, 'epoch')} of {many(n, 'item')}")


def _same_shape(record: Any, *names: str) -> None:
    shapes = {name: getattr(record, name).shape for name in names}
    if len(set(shapes.values())) > 1:
        seen = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        kind = type(record).__name__
        raise ValueError(f"{' and '.join(names)} of {kind} must have one shape, got {seen}")


@dataclass(frozen=True, eq=False)
class Checked:
    """Labels and evidence as they may be trusted from here on, and what was done to them."""

    labels: Labels
    evidence: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    __repr__ = by_fields


ROUNDING, REPAIR = (
    1e-5,
    1e-3,
)  # rows of probabilities may be off by so much; beyond the first they are rescaled and it is said


def check(labels: Labels, evidence: Mapping[str, Any]) -> Checked:
    """Check every piece of evidence once, at the door; raises ValueError with what is wrong, what
    was seen and what to do.

    Probabilities wider than nameless labels set k.  Rows that sum to one within 1e-3 are rescaled,
    and a warning says so.
    """
    known = {name: value for name, value in evidence.items() if value is not None}
    for name in known:
        if name not in EVIDENCE:
            raise ValueError(f"unknown evidence {name!r}; known: {', '.join(EVIDENCE)}")
    warnings: list[str] = []
    if "probs" in known:
        labels, known["probs"], said = _probs(labels, _array(known["probs"], "probs"))
        warnings += said
    for name in ("features", "paired", "privileged"):
        if name in known:
            known[name] = _array(known[name], name)
            _matrix(known[name], name)
    for name in ("split", "groups", "gold", "trusted"):
        if name in known:
            known[name] = np.asarray(known[name])
    for name in (
        "probs",
        "features",
        "items",
        "split",
        "groups",
        "gold",
        "trusted",
        "neighbours",
        "posterior",
        "teacher",
    ):
        if name in known:
            _rows(labels, name, known[name])
    return Checked(labels, known, tuple(warnings))


def _array(value: Any, name: str) -> Any:
    if hasattr(value, "toarray") and hasattr(value, "nnz"):
        raise ValueError(
            f"{name} must be a dense array, got a sparse matrix of shape {value.shape}; fold it first (TruncatedSVD), or give x.toarray()"
        )
    if isinstance(value, np.ndarray) or (
        hasattr(value, "dtype")
        and hasattr(value, "shape")
        and hasattr(value, "__getitem__")
        and not hasattr(value, "detach")
    ):
        return value  # arrays, memory maps, and sources that open rows on demand
    plain = value.detach().cpu() if hasattr(value, "detach") else value
    if str(getattr(plain, "dtype", "")) == "torch.bfloat16":  # NumPy has no such numbers
        plain = plain.float()
    array = np.asarray(plain)
    if array.dtype.kind not in "iufb":
        raise ValueError(f"{name} must be numbers, got {array.dtype} of shape {array.shape}")
    return array.astype(float) if array.dtype.kind in "iub" else array


def _matrix(array: Any, name: str) -> None:
    if len(array.shape) < 2:
        raise ValueError(f"{name} must be {EVIDENCE[name]}, got shape {tuple(array.shape)}")


def _rows(labels: Labels, name: str, value: Any) -> None:
    have = len(value.index) if isinstance(value, Neighbours) else _length(value)
    fits = {len(labels)} | ({len(labels.units)} if isinstance(labels, Grouped) else set())
    if isinstance(labels, Votes):
        fits = {labels.n}
        if isinstance(labels.labels, Grouped) and have != labels.n:
            fits.add(int(unit_counts(labels).sum()))
    if have not in fits:
        raise ValueError(
            f"{name} has {have} rows for {' or '.join(str(n) for n in sorted(fits))} items; they must be in the same order, one row each"
        )


def _length(value: Any) -> int:
    if isinstance(value, Mapping):  # table rows: column name -> values
        return len(next(iter(value.values()))) if value else 0
    return len(value)


def _probs(labels: Labels, probs: Any) -> tuple[Labels, Any, list[str]]:
    if len(probs.shape) != 2:
        raise ValueError(
            f"probs must have one row per item and one column per class, got shape {tuple(probs.shape)}"
        )
    if np.dtype(probs.dtype).kind != "f":
        raise ValueError(f"probs must be floats between 0 and 1, got {probs.dtype}")
    labels = _widened(labels, probs.shape[1])
    flat = unit_labels(labels)
    if isinstance(flat, Classes | Soft | MultiLabel) and flat.k != probs.shape[1]:
        raise ValueError(
            f"probs has {probs.shape[1]} columns for {flat.k} classes: {list(flat.names)[:12]}; give one column per class, in this order"
        )
    distribution = not isinstance(flat, MultiLabel)
    worst, low, high, bad = _extremes(probs)
    if bad:
        raise ValueError(
            f"probs holds {bad} NaN or infinite values, the first in row {_first_bad(probs)}; give every item a probability for every class"
        )
    if low < -1e-6:
        raise ValueError(
            f"probs must not be negative, the smallest is {low:.6g}; give probabilities, not scores (a softmax turns scores into probabilities)"
        )
    if high > 1 + REPAIR:
        raise ValueError(
            f"probs must not exceed 1, the largest is {high:.6g}; give probabilities, not scores or percentages"
        )
    if not distribution or worst <= ROUNDING:
        return labels, probs, []
    if worst > REPAIR:
        raise ValueError(
            f"rows of probs must sum to one, one is off by {worst:.4g} (at most {REPAIR} is taken for rounding); divide each row by its sum"
        )
    if isinstance(probs, np.memmap) or not isinstance(probs, np.ndarray):
        return (
            labels,
            probs,
            [
                f"rows of probs sum to one only within {worst:.2g}; they were left so, since they are read from a file in blocks"
            ],
        )
    total = probs.sum(1, keepdims=True)
    return (
        labels,
        probs / total,
        [f"rows of probs summed to one only within {worst:.2g}; each was divided by its sum"],
    )


def _widened(labels: Labels, k: int) -> Labels:
    if isinstance(labels, Classes) and labels.k < k and labels.names == numbered(labels.k):
        return Classes(labels.y, numbered(k))
    if isinstance(labels, Grouped):
        wide = _widened(labels.units, k)
        return labels if wide is labels.units else Grouped(wide, labels.offsets, labels.shape)
    return labels


def _extremes(probs: Any) -> tuple[float, float, float, int]:
    """Largest distance of a row sum from one, smallest and largest value, number of values that are
    none; one pass in blocks.
    """
    worst, low, high, bad = 0.0, np.inf, -np.inf, 0
    n, k = probs.shape
    one = np.ones(k, dtype=np.float32 if np.dtype(probs.dtype).itemsize <= 4 else np.float64)
    step = max(1, 2**20 // max(k, 1))
    for start in range(0, n, step):
        block = probs[start : start + step]
        sums = block.astype(one.dtype, copy=False) @ one
        if not np.isfinite(sums).all():
            bad += int((~np.isfinite(block)).sum())
            continue
        worst = max(worst, float(np.abs(sums - 1).max(initial=0)))
        low, high = min(low, float(block.min(initial=1))), max(high, float(block.max(initial=0)))
    return worst, low, high, bad


def _first_bad(probs: Any) -> int:
    for start in range(0, len(probs), 65536):
        bad = ~np.isfinite(probs[start : start + 65536]).all(1)
        if bad.any():
            return start + int(bad.argmax())
    return -1
