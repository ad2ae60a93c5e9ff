"""What each kept piece of evidence is made from: one record a piece, whose fields are the parts of
its key.

A piece is found again where every part is equal, so that its record must name everything that can
change it.  A missing or an extra part is an error of the constructor.  Arrays count with their
type and shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.folders.fingerprint import fingerprint


@dataclass(frozen=True, eq=False, repr=False)
class Key:
    """The parts that tell one piece of evidence from another of the same ``NAME``; ``VERSION`` is
    raised when our way of making the piece changes.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[int]

    __repr__ = by_fields

    def fingerprint(self) -> str:
        """A name for name, version and all parts."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return fingerprint(self.NAME, self.VERSION, parts)


@dataclass(frozen=True, eq=False, repr=False)
class Embedder(Key):
    """Which embedder ``auto`` chose, and why."""

    NAME = "embedder"
    VERSION = 3
    items: str  # fingerprint of their content
    labels: str  # fingerprint of those that embedders are compared by; empty: none are
    installed: Sequence[str]  # the embedders that could be chosen


@dataclass(frozen=True, eq=False, repr=False)
class Features(Key):
    """What an embedder made of the items."""

    NAME = "features"
    VERSION = 2
    embedder: str
    options: Mapping[str, Any]
    files: Sequence[Any]  # names, sizes and times of the files that options name: a model's weights
    items: str  # fingerprint of their content
    seed: int


@dataclass(frozen=True, eq=False, repr=False)
class CleanFeatures(Key):
    """Features without NaN and infinities, and what else is mended in them."""

    NAME = "cleaned"
    VERSION = 1
    features: str  # fingerprint of the array that was given, or of the key of the one made


@dataclass(frozen=True, eq=False, repr=False)
class Probabilities(Key):
    """Out-of-fold probabilities."""

    NAME = "probs"
    VERSION = 1
    features: str  # fingerprint of the key of CleanFeatures
    y: Ints  # (n,) or (n, k) what the model is fitted to
    k: int
    names: Sequence[str]  # of the classes
    fold: Ints
    model: str
    options: Mapping[str, Any]  # of the model
    seed: int


@dataclass(frozen=True, eq=False, repr=False)
class Predictions(Key):
    """Out-of-fold predictions of numbers."""

    NAME = "predicted"
    VERSION = 1
    features: str  # fingerprint of the key of CleanFeatures
    y: Floats  # (n, d) what the model is fitted to
    fold: Ints
    model: str
    options: Mapping[str, Any]  # of the model
    seed: int


@dataclass(frozen=True, eq=False, repr=False)
class TagProbabilities(Key):
    """Out-of-fold probabilities of the tag of each word."""

    NAME = "token_probs"
    VERSION = 1
    word: Ints  # the code of each word among the distinct ones
    offsets: Ints  # where sentences start
    distinct: str  # fingerprint of the distinct words
    y: Ints  # the tag of each word
    names: Sequence[str]  # of the tags
    fold: Ints
    options: Mapping[str, Any]  # of the tagger


@dataclass(frozen=True, eq=False, repr=False)
class PixelModels(Key):
    """Models of the classes of pixels, one a fold of the pictures."""

    NAME = "pixel_probs"
    VERSION = 1
    pictures: str  # fingerprint of the bytes of the pictures
    y: Ints  # the class of each region
    runs: str  # fingerprint of the pixels of the regions
    names: Sequence[str]
    fold: Ints
    options: Mapping[str, Any]  # of the model
    seed: int


@dataclass(frozen=True, eq=False, repr=False)
class NearestItems(Key):
    """The nearest items of each item."""

    NAME = "neighbours"
    VERSION = 2
    features: str  # fingerprint of the key of CleanFeatures
    j: int  # how many each
    seed: int
    search: str  # auto or exact


@dataclass(frozen=True, eq=False, repr=False)
class LearningDynamics(Key):
    """How a model came to learn each label."""

    NAME = "dynamics"
    VERSION = 1
    features: str  # fingerprint of the key of CleanFeatures
    y: Ints
    k: int
    names: Sequence[str]
    seed: int


@dataclass(frozen=True, eq=False, repr=False)
class PWrong(Key):
    """P(wrong) of each label and the count of wrong ones."""

    NAME = "p_wrong"
    VERSION = 5
    y: Ints
    k: int
    names: Sequence[str]
    probs: Floats
    features: Any | None
    index: Ints | None  # of the neighbours
    distance: Floats | None
    fold: Ints | None
    copies: Ints | None
    second: Mapping[str, Mapping[str, Any]]  # other evidence by name, as arrays
    class_order: Ints | None
    seed: int


PIECES: tuple[type[Key], ...] = (
    *(Embedder, Features, CleanFeatures, Probabilities, Predictions, TagProbabilities),
    *(NearestItems, LearningDynamics, PWrong),
)
