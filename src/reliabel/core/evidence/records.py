"""Evidence that is a record of several arrays, and checks of evidence that is a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.arrays import real_numbers, truth_values, whole_numbers
from reliabel.core.evidence.axes import Outcome
from reliabel.core.evidence.slices import places
from reliabel.core.labels import Bools, Floats, Ints, Labels, Votes
from reliabel.core.short_repr import many, short

if TYPE_CHECKING:
    from reliabel.core.evidence.spec import EvidenceSpec


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest items of each item: ``index`` (n, j) and cosine ``distance`` (n, j) = 1 - cos,
    nearest first, self left out by id.

    ``recall`` is the measured share of true neighbours found (1.0 when exact), ``half_width`` the
    95 % half-width of that estimate.  Slots that hold no neighbour (where exact copies crowd a tiny
    set, or after ``take``) are index -1, distance inf.
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

    def take(self, rows: Ints) -> Neighbours:
        """The neighbours of these rows (each at most once) among these rows, renumbered."""
        place = places(rows, max(len(self.index), int(self.index.max(initial=-1)) + 1))
        index = np.where(self.index[rows] >= 0, place[self.index[rows]], -1)
        distance = np.where(index >= 0, self.distance[rows], np.inf)
        order = np.argsort(index < 0, axis=1, kind="stable")  # those that are left come first
        return Neighbours(
            np.take_along_axis(index, order, 1),
            np.take_along_axis(distance, order, 1),
            *(self.recall, self.half_width, self.method),
        )


@dataclass(frozen=True, eq=False)
class Dynamics:
    """How a model came to learn each label while it trained, each (epochs, n): margin of the given
    label, its probability, whether it was predicted.
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

    def take(self, rows: Ints) -> Dynamics:
        """The dynamics of these rows."""
        return Dynamics(self.margin[:, rows], self.p_given[:, rows], self.correct[:, rows])


def _same_shape(record: Any, *names: str) -> None:
    shapes = {name: getattr(record, name).shape for name in names}
    if len(set(shapes.values())) > 1:
        seen = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        kind = type(record).__name__
        raise ValueError(f"{' and '.join(names)} of {kind} must have one shape, got {seen}")


def check_neighbours(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """A record Neighbours that names rows which exist."""
    if not isinstance(value, Neighbours):
        raise ValueError(
            f"{spec.name} must be a record {spec.meaning}, got {type(value).__name__}; "
            "from reliabel.core.evidence import Neighbours"
        )
    n = len(value.index)
    if value.index.size and (value.index.min() < -1 or value.index.max() >= n):
        raise ValueError(
            f"{spec.name}.index must name rows 0..{n - 1}, or -1 for none, got "
            f"{value.index.min()} to {value.index.max()}"
        )
    return labels, value, ()


def check_dynamics(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """A record Dynamics."""
    if not isinstance(value, Dynamics):
        raise ValueError(
            f"{spec.name} must be a record {spec.meaning}; got {type(value).__name__}; "
            "from reliabel.core.evidence import Dynamics"
        )
    return labels, value, ()


def check_votes(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Votes, of as many items as there are rows."""
    if not isinstance(value, Votes):
        raise ValueError(f"{spec.name} must be Votes, got {type(value).__name__}")
    return labels, value, ()


def check_label_set(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """A label set: a record that can give a part of itself."""
    if not is_dataclass(value) or not hasattr(value, "take"):
        raise ValueError(
            f"{spec.name} must be {spec.meaning}; got {type(value).__name__}, give a label set "
            "such as rl.Classes or rl.Numbers"
        )
    return labels, value, ()


def record_named(kind: str, module: str) -> Callable[[Labels, Any, EvidenceSpec], Outcome]:
    """A check by the name of a class, where importing it here would make a circle."""

    def check_record(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
        if not any(base.__name__ == kind for base in type(value).__mro__):
            raise ValueError(f"{spec.name} must be a {kind} ({module}), got {type(value).__name__}")
        return labels, value, ()

    return check_record
