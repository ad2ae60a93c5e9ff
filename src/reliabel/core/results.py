"""What algorithms and verbs return: frozen records.

A larger score is more suspect, NaN means that nothing is known, and a larger skill is better.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import Dynamics
from reliabel.core.html_table import html_table
from reliabel.core.labels import Bools, Floats, Ints, Labels, SoftMultiLabel, Value
from reliabel.core.short_repr import by_fields, listing, many, short, spread

FIRST = 10  # rows of a result that a notebook shows
L = TypeVar("L", bound=Labels, covariant=True)


def _nothing() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class Suspicion:
    """An auditor's ``score`` (units,) for every label as given, and more where the method has it.

    ``flag`` (units,) only where the method has a decision rule of its own; ``suggest`` one likelier
    label a unit; ``kind`` one word a unit where the auditor tells kinds apart ("boundary",
    "swapped", "open set").
    """

    score: Floats
    flag: Bools | None = None
    suggest: Labels | None = None
    kind: Sequence[str] | None = None
    info: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        unknown = int(np.isnan(self.score).sum())
        return short(
            self,
            many(len(self.score), "score"),
            spread(self.score),
            f"{unknown:,} unknown" if unknown else "",
            "" if self.flag is None else f"{int(self.flag.sum()):,} flagged",
            "" if self.suggest is None else f"suggests {type(self.suggest).__name__}",
        )


@dataclass(frozen=True, eq=False)
class Faults:
    """An auditor's findings that are not about one label: groups, pairs, slices, places.

    Fault f concerns the rows ``items[f]``; ``score`` (faults,) is in [0, 1], and ``why`` holds a
    sentence each.
    """

    items: Sequence[tuple[int, ...]]
    kind: Sequence[str]
    score: Floats
    why: Sequence[str]
    where: Sequence[Mapping[str, Any]] | None = None
    suggest: Sequence[str | None] | None = None
    info: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        kinds = listing(f"{count:,} {kind}" for kind, count in Counter(self.kind).most_common())
        return short(self, f"{many(len(self.items), 'fault')}{kinds and f': {kinds}'}")


@dataclass(frozen=True, eq=False)
class Consensus(Generic[L]):
    """One aggregator's result, without ids.

    ``skill`` (w,) is the expected share of right votes, ``trace`` the objective after each round.
    """

    labels: L
    skill: Floats | None = None
    trace: Floats = field(default_factory=_nothing)
    info: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        workers = (
            ""
            if self.skill is None
            else f"{many(len(self.skill), 'worker')} with skill {spread(self.skill) or 'unknown'}"
        )
        rounds = many(len(self.trace), "round") if len(self.trace) else ""
        return short(self, repr(self.labels), workers, rounds)

    def _repr_html_(self) -> str:
        skill = () if self.skill is None else self.skill[:FIRST]
        rows = [(worker, float(value)) for worker, value in enumerate(skill)]
        workers = (
            ""
            if self.skill is None
            else f" by {len(self.skill):,} workers, the first {len(rows)} are"
        )
        caption = f"consensus on {len(self.labels):,} items{workers}"
        return html_table(caption, ("worker", "skill"), rows)


@dataclass(frozen=True, eq=False)
class Model:
    """What a learner returns.

    ``predict`` maps features (n, ...) to Soft, SoftMultiLabel or Numbers.  It is a frozen record of
    arrays, numbers and text from ``reliabel.ops`` with a ``__call__``, so that
    ``folders.model_folder`` saves it without pickle.  ``labels`` is the training set as the method
    relabelled it, ``dynamics`` what was recorded in training, ``trace`` the agreement with the
    held-out labels after each epoch.
    """

    predict: Callable[[Any], Labels]
    labels: Labels | None = None
    dynamics: Dynamics | None = None
    trace: Floats = field(default_factory=_nothing)
    info: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        kind = getattr(self.predict, "__name__", type(self.predict).__name__)
        relabelled = "" if self.labels is None else f"relabelled {self.labels!r}"
        epochs = many(len(self.trace), "epoch") if len(self.trace) else ""
        return short(self, f"predicts by {kind}", epochs, relabelled)


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model says of items: ``labels`` as the model predicts them (Soft: the probability of
    each class), and their ``ids``.
    """

    labels: Labels
    ids: Ids = field(default_factory=Ids)
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def predicted(self) -> list[Any]:
        """The most probable class of each item, by name; of several labels an item those above one
        half; of numbers the number.
        """
        p, names = getattr(self.labels, "p", None), getattr(self.labels, "names", ())
        if p is None:
            return list(np.asarray(self.labels.y).tolist())  # type: ignore[attr-defined]
        if isinstance(self.labels, SoftMultiLabel):
            return [[name for name, at in zip(names, row, strict=True) if at > 0.5] for row in p]
        return [names[place] for place in p.argmax(1)]

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return short(self, many(len(self), "item"), repr(self.labels))

    def _repr_html_(self) -> str:
        told = self.predicted[:FIRST]
        rows = [(self.ids.item(row), str(label)) for row, label in enumerate(told)]
        return html_table(
            f"{len(self):,} predictions, the first {len(rows)}", ("id", "label"), rows
        )


@dataclass(frozen=True, eq=False)
class Picks:
    """What to label next, best first: ``item`` (b,), in some methods ``worker`` (b,), and ``score``
    (n,) of every item of the pool.
    """

    item: Ints
    worker: Ints | None = None
    score: Floats | None = None

    def __repr__(self) -> str:
        best = f"best first: {listing(self.item.tolist())}" if len(self.item) else ""
        return short(self, many(len(self.item), "item"), best)

    def _repr_html_(self) -> str:
        rows = [
            (place + 1, int(item), None if self.score is None else float(self.score[item]))
            for place, item in enumerate(self.item[:FIRST])
        ]
        return html_table(f"{len(self.item):,} picks, best first", ("rank", "item", "score"), rows)


@dataclass(frozen=True, eq=False)
class Corrupted:
    """Labels with planted errors.

    ``index`` (m,) is the original row of each item, ``wrong`` (units,) where a label now differs
    from the truth.
    """

    labels: Labels
    index: Ints
    wrong: Bools
    info: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return short(self, repr(self.labels), f"{int(self.wrong.sum()):,} of them wrong")

    def _repr_html_(self) -> str:
        row = (f"{len(self.wrong):,}", f"{int(self.wrong.sum()):,}")
        return html_table("planted errors", ("labels", "wrong"), [row])


@dataclass(frozen=True, eq=False)
class Measure:
    """One number about the data, its interval, and the parts it is computed from.

    The bounds are NaN where no interval can be given; ``info`` then says why.
    """

    value: float
    low: float
    high: float
    parts: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        bounds = f"interval {self.low:.4g} to {self.high:.4g}"
        open_ended = math.isnan(self.low) or math.isnan(self.high)
        parts = f"parts: {listing(self.parts)}" if self.parts else ""
        return short(self, f"{self.value:.4g}", "no interval" if open_ended else bounds, parts)

    def _repr_html_(self) -> str:
        row = (float(self.value), float(self.low), float(self.high))
        return html_table("measure", ("value", "low", "high"), [row])


@dataclass(frozen=True)
class Interval:
    """An estimated number of wrong labels with its interval.

    Where the number is not identified the value is NaN and ``low`` is 0.
    """

    value: float
    low: float
    high: float
    level: float
    method: str
    assumes: str
    identified: bool = True

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class Budget:
    """The share of wrong labels expected among the first ``k`` (b,) reviews: ``found`` (b,) with
    its band ``low``, ``high``.
    """

    k: Ints
    found: Floats
    low: Floats
    high: Floats

    def __repr__(self) -> str:
        last = (
            "" if not len(self.k) else f"{self.found[-1]:.3g} found in {int(self.k[-1]):,} reviews"
        )
        return short(self, many(len(self.k), "point"), last)


@dataclass(frozen=True)
class Finding:
    """A thing to look at: one row of findings.parquet."""

    item: int = field(metadata={"means": "row of the item in the input, from 0"})
    id: str = field(metadata={"means": "the item's id, the row number where there is none"})
    unit: int | None = field(
        metadata={
            "means": "unit within the item (token, class of a multi-label cell); "
            "empty for one label per item"
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
    given: Value | None = field(metadata={"means": "the label as given"})
    suggest: Value | None = field(metadata={"means": "the label it should probably have"})
    others: tuple[int, ...] = field(metadata={"means": "the other items concerned (rows)"})
    where: Mapping[str, Any] | None = field(metadata={"means": "a place inside the item, as JSON"})
    why: str = field(metadata={"means": "the reason, one sentence"})
    agree: str | None = field(
        default=None,
        metadata={
            "means": "how many of the label auditors point at the label: by a rule of their own, "
            "or among as many of their worst as the others flag"
        },
    )

    __repr__ = by_fields


@dataclass(frozen=True)
class Decision:
    """A person's verdict on a label: one row of a decisions file.  "Later" is no decision."""

    id: str = field(metadata={"means": "the item's id"})
    verdict: str = field(
        metadata={"means": "keep, change, drop, unsure, or add (a span where none is listed)"}
    )
    unit: int | None = field(default=None, metadata={"means": "unit within the item"})
    label: Value | None = field(
        default=None, metadata={"means": "the new label, for change and add"}
    )
    who: str | None = field(default=None, metadata={"means": "who decided"})
    at: str | None = field(default=None, metadata={"means": "when, UTC"})
    settles: bool = field(
        default=False,
        metadata={"means": "true: counts instead of what people say who differ; empty is false"},
    )
    comment: str | None = field(
        default=None, metadata={"means": "what who decided adds in words; it changes nothing"}
    )

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class Audit:
    """What ``audit`` returns and ``folders.audit_folder.load`` gives back."""

    data: Dataset  # labels and evidence, with what was made
    opinions: Mapping[str, Suspicion | Faults]  # auditor -> its result
    skipped: Mapping[str, str]  # auditor -> why it did not run
    measures: Mapping[str, Measure]  # name -> numbers about the labels as a whole
    p_wrong: Floats | None  # (units,), None until the evidence allows it
    count: Interval | None  # None when it cannot be estimated, and warnings says why
    budget: Budget | None  # what a review by falling P(wrong) would find
    findings: Sequence[Finding]  # what to look at, worst first
    warnings: Sequence[str]  # sentences for the reader
    info: Mapping[str, Any]  # what audit.json adds: versions, options, model, neighbours, timings
    # (units,) the likeliest other class by P(wrong)'s model, -1 = none; for kinds whose labels are
    # no classes (spans, numbers) a label set with a row a unit
    suggest: Ints | Labels | None = None
    p_suggest: Floats | None = None  # (units,) its chance of being the true one
    # (units, ..., 2) the ends of an interval that holds the true number 9 times in 10, of numbers
    suggest_range: Floats | None = None
    # kind of error -> (units,) the chance of it, where P(wrong) tells kinds apart (boxes): the
    # order for whoever looks for one kind
    p_kinds: Mapping[str, Floats] | None = None

    @property
    def said(self) -> Mapping[str, Suspicion | Faults]:
        """The former name of ``opinions``; it goes after one release."""
        warnings.warn(
            "Audit.said is now Audit.opinions; the old name goes after this release",
            FutureWarning,
            stacklevel=2,
        )
        return self.opinions

    def __repr__(self) -> str:
        auditors = many(len(self.opinions), "auditor")
        found = many(len(self.findings), "finding")
        return short(self, many(len(self.data), "item"), self._wrong(), found, auditors)

    def _repr_html_(self) -> str:
        rows = [
            (f.id, f.finds, f.p_wrong, f.given, f.suggest, f.why) for f in self.findings[:FIRST]
        ]
        found = f"{len(self.findings):,} findings, the first {len(rows)} are"
        caption = f"{len(self.data):,} items, {self._wrong()}, {found}"
        return html_table(caption, ("id", "finds", "P(wrong)", "given", "suggest", "why"), rows)

    def _wrong(self) -> str:
        count = self.count
        if count is None or not count.identified or math.isnan(count.value):
            return "no count of wrong labels"
        return f"about {count.value:,.0f} wrong labels ({count.low:,.0f}-{count.high:,.0f})"
