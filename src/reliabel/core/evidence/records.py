"""Evidence that is a record of several arrays, and checks of evidence that is a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.arrays import real_numbers, truth_values, whole_numbers
from reliabel.core.evidence.axes import Outcome
from reliabel.core.evidence.slices import places
from reliabel.core.labels import Bools, Floats, Ints, Labels, Numbers, Votes
from reliabel.core.short_repr import listing, many, short
from reliabel.core.votes_on_units import unit_labels

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


@dataclass(frozen=True, eq=False)
class TokenProbs:
    """What a tagger that did not train on a sentence says of its words: ``p`` (words, k) the
    probability of each tag, ``offsets`` (n + 1,) the first word of each sentence, ``names`` the
    tags: ``O``, ``B-X`` and ``I-X`` for each type X, in any order.

    >>> TokenProbs([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]], [0, 2], ["O", "B-LOC", "I-LOC"])
    TokenProbs(2 words of 1 sentence, 3 tags: O, B-LOC, I-LOC)
    """

    p: Floats
    offsets: Ints
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", real_numbers(self.p, "TokenProbs.p", 2))
        object.__setattr__(self, "offsets", whole_numbers(self.offsets, "TokenProbs.offsets"))
        object.__setattr__(self, "names", tuple(str(name) for name in self.names))
        words, k = self.p.shape
        o = self.offsets
        if not len(o) or o[0] != 0 or o[-1] != words or (np.diff(o) < 0).any():
            seen = f"{int(o[0])} .. {int(o[-1])}" if len(o) else "nothing"
            raise ValueError(
                f"TokenProbs.offsets must rise from 0 to the number of words ({words}), got {seen}"
            )
        if k != len(self.names) or len(set(self.names)) != k:
            raise ValueError(
                f"TokenProbs.names must name each of the {k} columns of p once, got "
                f"{len(self.names)}: {list(self.names)[:10]}"
            )

    def __repr__(self) -> str:
        what = f"{many(len(self.p), 'word')} of {many(len(self.offsets) - 1, 'sentence')}"
        return short(self, what, f"{many(len(self.names), 'tag')}: {listing(self.names)}")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: Ints) -> TokenProbs:
        """The probabilities of the words of these sentences."""
        size = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(size)])
        word = np.arange(int(offsets[-1])) - np.repeat(offsets[:-1] - self.offsets[rows], size)
        return TokenProbs(self.p[word], offsets, self.names)


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


def token_probs(value: Any, spec: EvidenceSpec) -> Any:
    """A record TokenProbs, made of a mapping (an open .npz file, say) that has its parts."""
    if isinstance(value, TokenProbs) or not isinstance(value, Mapping):
        return value
    missing = [name for name in ("p", "offsets", "names") if name not in value]
    if missing:
        raise ValueError(
            f"{spec.name} needs {spec.meaning}; {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing, there are {', '.join(value)}"
        )
    names = tuple(np.asarray(value["names"]).tolist())
    return TokenProbs(value["p"], value["offsets"], names)


def check_token_probs(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Rows of probabilities, one a word, of tags of which one is ``O``; NaN in a whole row marks a
    word that has none.
    """
    if not isinstance(value, TokenProbs):
        raise ValueError(
            f"{spec.name} must be {spec.meaning}; got {type(value).__name__}; from "
            "reliabel.core.evidence import TokenProbs"
        )
    if "O" not in value.names:
        raise ValueError(
            f"{spec.name} has no column for the tag O (no span), its columns are "
            f"{', '.join(value.names[:12])}"
        )
    step = max(1, 2**20 // max(len(value.names), 1))
    for start in range(0, len(value.p), step):
        block = np.asarray(value.p[start : start + step], dtype=np.float64)
        known = ~np.isnan(block).all(1)
        odd = known & ~(((block >= -1e-6).all(1)) & (np.abs(block.sum(1) - 1) < 1e-2))
        if odd.any():
            word = start + int(odd.argmax())
            sentence = int(np.searchsorted(value.offsets, word, side="right")) - 1
            raise ValueError(
                f"{spec.name} must hold probabilities that sum to one for each word; those of "
                f"word {word - int(value.offsets[sentence])} of sentence {sentence} (counted from "
                f"0) sum to {block[int(odd.argmax())].sum():.4g}, the smallest is "
                f"{block[int(odd.argmax())].min():.4g}"
            )
    return labels, value, ()


def tag_rows(value: Any, spec: EvidenceSpec) -> Any:
    """Tags of sentences as a list of tuples."""
    if isinstance(value, list) and all(type(row) is tuple for row in value):
        return value
    if isinstance(value, str) or any(isinstance(row, str) for row in value):
        raise ValueError(f"{spec.name} must be {spec.meaning}; got text, give a list a sentence")
    return [tuple(map(str, row)) for row in value]


def check_votes(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Votes, of as many items as there are rows."""
    if not isinstance(value, Votes):
        raise ValueError(f"{spec.name} must be Votes, got {type(value).__name__}")
    return labels, value, ()


def check_label_set(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """A label set: a record that can give a part of itself; for numbers an array of them is one."""
    if isinstance(unit_labels(labels), Numbers) and not is_dataclass(value):
        value = _as_numbers(labels, value, spec)
    if not is_dataclass(value) or not hasattr(value, "take"):
        raise ValueError(
            f"{spec.name} must be {spec.meaning}; got {type(value).__name__}, give a label set "
            "such as rl.Classes or rl.Numbers"
        )
    return labels, value, ()


def _as_numbers(labels: Labels, value: Any, spec: EvidenceSpec) -> Numbers:
    try:
        numbers = Numbers(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{spec.name} must be numbers, one for each label, got {type(value).__name__} ({error})"
        ) from None
    if len(numbers) != len(labels):
        raise ValueError(f"{spec.name} has {len(numbers)} rows, the labels have {len(labels)}")
    return numbers


def record_named(kind: str, module: str) -> Callable[[Labels, Any, EvidenceSpec], Outcome]:
    """A check by the name of a class, where importing it here would make a circle."""

    def check_record(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
        if not any(base.__name__ == kind for base in type(value).__mro__):
            raise ValueError(f"{spec.name} must be a {kind} ({module}), got {type(value).__name__}")
        return labels, value, ()

    return check_record
