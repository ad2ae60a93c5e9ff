"""What an evaluation of models on a noisy test says: frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.short_repr import by_fields, many, short


@dataclass(frozen=True)
class Share:
    """An estimated share of items, or a difference of shares, with its 95 % interval; ``error`` is
    the standard error.  The ends are NaN where no interval can be given, and ``method`` says why;
    ``draws`` and ``chosen`` count the reviews that it rests on.
    """

    value: float
    low: float
    high: float
    error: float
    method: str
    draws: int = 0
    chosen: int = 0

    __repr__ = by_fields


@dataclass(frozen=True)
class ModelScore:
    """A model: its accuracy by the ``given`` labels, the share of its predictions that are truly
    ``right``, and where they were asked for its balanced accuracy and macro F1.
    """

    name: str
    given: float
    right: Share
    balanced: Share | None = None
    f1: Share | None = None

    __repr__ = by_fields


@dataclass(frozen=True)
class ModelPair:
    """Two models: on how many items they ``differ``, by how much the first is better (``lead``),
    and the chance that it is better at all (``beats``, NaN where nothing tells).
    """

    first: str
    second: str
    differ: int
    lead: Share
    beats: float

    __repr__ = by_fields


@dataclass(frozen=True)
class Crossing:
    """Two models, the better one on right labels first, and the share of wrong labels at which the
    other one passes it by the corrected labels, with the interval over the corrected items (up to
    1 where some draws of them never cross).
    """

    first: int
    second: int
    at: float
    low: float
    high: float

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class NoiseRanking:
    """Accuracy of each model (m,) on items with a ``right`` label, and on the ``items`` whose label
    people corrected by their ``given`` and by their ``corrected`` label; the share of wrong labels
    ``now``, and where pairs of models change places by corrected labels.
    """

    right: Floats
    given: Floats
    corrected: Floats
    now: float
    items: int
    crossings: tuple[Crossing, ...] = ()

    __repr__ = by_fields

    def accuracy(self, nu: Floats, *, corrected: bool = True) -> Floats:
        """(m, shares) of each model where a share ``nu`` (shares,) of the labels is wrong.

        >>> one = NoiseRanking(np.array([0.9]), np.array([0.5]), np.array([0.1]), 0.1, 20)
        >>> one.accuracy(np.array([0.0, 0.5])).round(2).tolist()
        [[0.9, 0.5]]
        """
        wrong = self.corrected if corrected else self.given
        return np.asarray((1 - nu) * self.right[:, None] + nu * wrong[:, None])

    def agreement(self, nu: Floats) -> Floats:
        """(shares,) Kendall's tau between the rankings by given and by corrected labels."""
        by_given, by_truth = self.accuracy(nu, corrected=False), self.accuracy(nu)
        a, b = np.triu_indices(len(self.right), 1)
        same = np.sign(by_given[a] - by_given[b]) * np.sign(by_truth[a] - by_truth[b])
        return np.asarray(same.mean(0)) if len(a) else np.ones(len(nu))


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Models on a test of ``items`` labels of which some are wrong.

    ``models`` and ``pairs`` are in the order of the predictions that were given; ``wrong`` is the
    share of wrong labels as far as it is known (NaN: it is not), ``reviewed`` how many people
    looked at, and ``ranking`` the study of a rising share of wrong labels, None with fewer than ten
    corrected ones.
    """

    models: tuple[ModelScore, ...]
    pairs: tuple[ModelPair, ...]
    items: int
    reviewed: int
    wrong: float
    ranking: NoiseRanking | None = None
    notes: tuple[str, ...] = ()
    info: Mapping[str, object] = field(default_factory=dict)

    @property
    def best(self) -> ModelScore:
        """The model with the most right predictions by the estimate."""
        return max(self.models, key=lambda model: model.right.value)

    def __repr__(self) -> str:
        best = self.best
        return short(
            self,
            many(len(self.models), "model"),
            f"{self.items:,} labels, {self.reviewed:,} reviewed",
            f"best: {best.name}, {best.right.value:.4f} right",
        )
