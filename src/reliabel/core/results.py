"""What algorithms and verbs return: frozen records.  Larger score = more suspect, NaN = cannot say;
higher skill = better.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import Dynamics
from reliabel.core.html_table import shown
from reliabel.core.labels import Bools, Floats, Ints, Labels

FIRST = 10  # rows of a result that a notebook shows
L = TypeVar("L", bound=Labels, covariant=True)


def _nothing() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class Suspicion:
    """An auditor's word on every unit of the labels as given: ``score`` (units,), and more where
    the method has it.
    """

    score: Floats
    flag: Bools | None = None  # only if the method has a decision rule of its own
    suggest: Labels | None = None  # what the label should be, one per unit
    kind: Sequence[str] | None = (
        None  # per unit, when the auditor tells kinds apart ("boundary", "swapped", "open set")
    )
    info: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Faults:
    """An auditor's list of things that are not "unit i": groups, pairs, slices, places.  ``score``
    in [0, 1].
    """

    items: Sequence[tuple[int, ...]]
    kind: Sequence[str]
    score: Floats
    why: Sequence[str]
    where: Sequence[Mapping[str, Any]] | None = None
    suggest: Sequence[str | None] | None = None
    info: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Consensus(Generic[L]):
    """One aggregator's result; the verb adds ids.  ``skill`` (w,) expected share of right votes,
    ``trace`` the objective after each round.
    """

    labels: L
    skill: Floats | None = None
    trace: Floats = field(default_factory=_nothing)
    info: Mapping[str, Any] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        rows = (
            []
            if self.skill is None
            else [(worker, float(skill)) for worker, skill in enumerate(self.skill[:FIRST])]
        )
        workers = (
            ""
            if self.skill is None
            else f" by {len(self.skill):,} workers, the first {len(rows)} are"
        )
        return shown(f"consensus on {len(self.labels):,} items{workers}", ("worker", "skill"), rows)


@dataclass(frozen=True, eq=False)
class Model:
    """What a learner has learnt: ``predict`` maps features to Soft, SoftMultiLabel or Numbers."""

    predict: Callable[[Floats], Labels]
    labels: Labels | None = None
    dynamics: Dynamics | None = None
    trace: Floats = field(default_factory=_nothing)
    info: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Picks:
    """What to label next, best first: ``item`` (b,), perhaps ``worker`` (b,), and the ``score``
    (n,) of every item of the pool.
    """

    item: Ints
    worker: Ints | None = None
    score: Floats | None = None

    def _repr_html_(self) -> str:
        rows = [
            (place + 1, int(item), None if self.score is None else float(self.score[item]))
            for place, item in enumerate(self.item[:FIRST])
        ]
        return shown(f"{len(self.item):,} picks, best first", ("rank", "item", "score"), rows)


@dataclass(frozen=True, eq=False)
class Corrupted:
    """Labels with planted errors: ``index`` (m,) says which original item each row is, ``wrong``
    (units,) which labels now differ from the truth.
    """

    labels: Labels
    index: Ints
    wrong: Bools
    info: Mapping[str, Any] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        return shown(
            "planted errors",
            ("labels", "wrong"),
            [(f"{len(self.wrong):,}", f"{int(self.wrong.sum()):,}")],
        )


@dataclass(frozen=True, eq=False)
class Measure:
    """One number about the data with its interval and what it is made of; NaN bounds where no
    interval is honest, and info says why.
    """

    value: float
    low: float
    high: float
    parts: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        return shown(
            "measure",
            ("value", "low", "high"),
            [(float(self.value), float(self.low), float(self.high))],
        )


@dataclass(frozen=True)
class Interval:
    """A number of wrong labels with its interval; not identified: value NaN, low 0."""

    value: float
    low: float
    high: float
    level: float
    method: str
    assumes: str
    identified: bool = True


@dataclass(frozen=True, eq=False)
class Budget:
    """The share of wrong labels expected among the first ``k`` (b,) reviews: ``found`` (b,) with
    its band ``low``, ``high``.
    """

    k: Ints
    found: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Finding:
    """A thing to look at: one row of findings.parquet."""

    item: int = field(metadata={"means": "row of the item in the input, from 0"})
    id: str = field(metadata={"means": "the item's id, the row number where there is none"})
    unit: int | None = field(
        metadata={
            "means": "unit within the item (token, class of a multi-label cell); empty for one label per item"
        }
    )
    finds: str = field(metadata={"means": "what was found: label, duplicate, outlier, broken, ..."})
    kind: str | None = field(
        metadata={"means": "the sort of it, where the auditor tells sorts apart"}
    )
    rank: float = field(
        metadata={"means": "0..1, 1 = worst; comparable within one kind of finding only"}
    )
    p_wrong: float | None = field(metadata={"means": "chance that the given label is wrong"})
    by: tuple[str, ...] = field(metadata={"means": "auditors that point at it"})
    given: str | None = field(metadata={"means": "the label as given"})
    suggest: str | None = field(metadata={"means": "the label it should probably have"})
    others: tuple[int, ...] = field(metadata={"means": "the other items concerned (rows)"})
    where: Mapping[str, Any] | None = field(metadata={"means": "a place inside the item, as JSON"})
    why: str = field(metadata={"means": "the reason, one sentence"})


@dataclass(frozen=True)
class Decision:
    """A person's verdict on a label: one row of a decisions file.  "Later" is no decision."""

    id: str = field(metadata={"means": "the item's id"})
    verdict: str = field(metadata={"means": "keep, change, drop or unsure"})
    unit: int | None = field(default=None, metadata={"means": "unit within the item"})
    label: str | None = field(default=None, metadata={"means": "the new label, for change"})
    who: str | None = field(default=None, metadata={"means": "who decided"})
    at: str | None = field(default=None, metadata={"means": "when, UTC"})


@dataclass(frozen=True, eq=False)
class Audit:
    """What ``audit`` returns and ``folders.audit_folder.load`` gives back."""

    data: Dataset
    opinions: Mapping[str, Suspicion | Faults]  # auditor -> its result
    skipped: Mapping[str, str]  # auditor -> why it did not run
    measures: Mapping[str, Measure]
    p_wrong: Floats | None  # (units,), None until the evidence allows it
    count: Interval | None  # None when it cannot be told, and warnings says why
    budget: Budget | None
    findings: Sequence[Finding]
    warnings: Sequence[str]
    info: Mapping[str, Any]  # what audit.json adds: versions, options, model, neighbours, timings
    suggest: Ints | None = None  # (units,) the likeliest other class by P(wrong)'s model, -1 = none
    p_suggest: Floats | None = None  # (units,) its chance of being the true one

    @property
    def said(self) -> Mapping[str, Suspicion | Faults]:
        """The former name of ``opinions``; it goes after one release."""
        warnings.warn(
            "Audit.said is now Audit.opinions; the old name goes after this release",
            FutureWarning,
            stacklevel=2,
        )
        return self.opinions

    def _repr_html_(self) -> str:
        told = (
            self.count is not None
            and self.count.identified
            and self.count.value == self.count.value
        )
        count = (
            f"about {self.count.value:,.0f} wrong labels ({self.count.low:,.0f}-{self.count.high:,.0f})"
            if told and self.count
            else "no count of wrong labels"
        )
        rows = [
            (f.id, f.finds, f.p_wrong, f.given, f.suggest, f.why) for f in self.findings[:FIRST]
        ]
        caption = f"{len(self.data):,} items, {count}, {len(self.findings):,} findings, the first {len(rows)} are"
        return shown(caption, ("id", "finds", "P(wrong)", "given", "suggest", "why"), rows)
