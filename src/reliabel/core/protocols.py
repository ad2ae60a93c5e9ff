"""The module protocols: an algorithm is a module with one public function named after its verb.

A protocol can only hold the result type; the catalogue test checks the rest of each signature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from reliabel.core.labels import Floats, Votes
from reliabel.core.results import Consensus, Corrupted, Faults, Measure, Model, Picks, Suspicion


class Auditor(Protocol):
    """Says which labels look wrong, or what else is wrong with the data."""

    @property
    def audit(self) -> Callable[..., Suspicion | Faults]: ...


class Aggregator(Protocol):
    """Makes one label of many votes."""

    @property
    def aggregate(self) -> Callable[..., Consensus[Any]]: ...


class Learner(Protocol):
    """Learns a model from imperfect labels."""

    @property
    def learn(self) -> Callable[..., Model]: ...


class Acquirer(Protocol):
    """Picks what to label next."""

    @property
    def acquire(self) -> Callable[..., Picks]: ...


class Corrupter(Protocol):
    """Plants errors and tells where."""

    @property
    def corrupt(self) -> Callable[..., Corrupted]: ...


class Measurer(Protocol):
    """Puts a number on the data."""

    @property
    def measure(self) -> Callable[..., Measure]: ...


class Annotator(Protocol):
    """Votes on many items by clusters, rules or other sources that answer for them."""

    @property
    def annotate(self) -> Callable[..., Votes[Any]]: ...


class Embedder(Protocol):
    """Turns raw items into features."""

    @property
    def embed(self) -> Callable[..., Floats]: ...
