"""Lifts: how an algorithm for simple labels runs on richer ones.

Grouped[U] -> run on the units.  MultiLabel -> one yes/no question a class.  Votes[Grouped[U]] ->
votes whose items are the units.  An algorithm whose annotation names the rich kind takes it as it
is.  How evidence goes along is said by its record (``core.evidence``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.class_values import YES_NO
from reliabel.core.evidence import EVIDENCE
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Classes, Floats, Grouped, Ints, Labels, MultiLabel, Votes
from reliabel.core.results import Consensus, Corrupted, Faults, Measure, Suspicion
from reliabel.core.votes_on_units import unit_counts, units_are_shared, votes_on_units

VOTES_ON_UNITS = "votes on units"
UNITS_AS_ITEMS = (
    "every unit was counted as an item; where the units of one item are wrong together, the "
    "interval is too narrow"
)
Run = Callable[..., Any]


def kind_of(labels: Labels) -> str:
    """The kind as the grammar of annotations writes it.

    >>> kind_of(Grouped(Classes(np.array([0, 1])), np.array([0, 2])))
    'Grouped[Classes]'
    """
    return kind_for(labels).name


def units_of(labels: Labels) -> int:
    """Number of labels: units of groups (of votes on groups: units of the items voted on), cells of
    a multi-label table, else items.
    """
    if isinstance(labels, Votes) and units_are_shared(labels):
        return int(unit_counts(labels).sum())
    if isinstance(labels, Grouped):
        return len(labels.units)
    return labels.y.size if isinstance(labels, MultiLabel) else len(labels)


def fits(takes: frozenset[str], labels: Labels) -> str | None:
    """How an algorithm that ``takes`` these kinds runs on ``labels``: "native", "units",
    "votes on units", "columns", or None where it cannot.
    """
    kind = kind_of(labels)
    if _as_it_is(takes, kind):
        return "native"
    if isinstance(labels, Grouped) and fits(takes, labels.units):
        return "units"
    if isinstance(labels, Votes) and isinstance(labels.labels, Grouped):
        none = np.empty(0, dtype=np.int64)
        on_units = Votes(none, none, labels.labels.units.take(none), 0, 0)
        return VOTES_ON_UNITS if fits(takes, on_units) else None
    if isinstance(labels, MultiLabel) and "Classes" in takes:
        return "columns"
    return None


def takes_kind(takes: frozenset[str], kind: str) -> bool:
    """Whether an algorithm that ``takes`` these kinds runs on labels of the kind of this name.
    "Votes" alone are votes of any kind, and "Items" need no labels.

    >>> takes_kind(frozenset({"Classes"}), "MultiLabel"), takes_kind(frozenset({"Classes"}), "Soft")
    (True, False)
    """
    if kind in ("Items", "Votes"):
        return any(one.startswith(kind) for one in takes)
    if _as_it_is(takes, kind):
        return True
    if kind.startswith("Grouped["):
        return takes_kind(takes, kind[len("Grouped[") : -1])
    if kind.startswith("Votes[Grouped["):
        return takes_kind(takes, f"Votes[{kind[len('Votes[Grouped[') : -2]}]")
    return kind == "MultiLabel" and "Classes" in takes


def _as_it_is(takes: frozenset[str], kind: str) -> bool:
    votes = kind.startswith("Votes")
    return kind in takes or (votes and "Votes[Any]" in takes) or (not votes and "Labels" in takes)


def lifted(function: Run, takes: frozenset[str], labels: Labels) -> Run:
    """``function`` made to run on ``labels``; raises ValueError where no lift leads there."""
    way = fits(takes, labels)
    if way == "native":
        return function
    if way == "units":
        return lambda rich, **given: on_units(lifted(function, takes, rich.units), rich, **given)
    if way == VOTES_ON_UNITS:
        return lambda rich, **given: on_votes_on_units(function, takes, rich, **given)
    if way == "columns":
        return lambda rich, **given: on_columns(function, rich, **given)
    raise ValueError(f"takes {' or '.join(sorted(takes))}, got {kind_of(labels)}")


def level_problem(
    labels: Labels, evidence: Mapping[str, Any], wanted: frozenset[str], way: str | None
) -> str | None:
    """Why evidence of the wrong level keeps a lifted method from running; None where it fits."""
    specs = [EVIDENCE[name] for name in sorted(wanted & set(evidence))]
    if way in ("units", VOTES_ON_UNITS):
        units = units_of(labels)
        for spec in specs:
            if spec.has_rows and (have := spec.count(evidence[spec.name])) != units:
                return f"needs {spec.name} for each unit ({units}), got them for each item ({have})"
    if way == "columns":
        return next((_of_all_classes(spec.name) for spec in specs if spec.column is None), None)
    return None


def _of_all_classes(name: str) -> str:
    return f"uses {name}, which cannot be given for one class of a multi-label set at a time"


def on_units(function: Run, labels: Grouped[Any], **given: Any) -> Any:
    """Run on the units; a result on units stays one, since units are the labels as given."""
    found = function(labels.units, **given)
    if isinstance(found, Corrupted):
        if (
            len(found.index) != len(labels.units)
            or (found.index != np.arange(len(found.index))).any()
        ):
            raise ValueError(
                "this corrupter drops or repeats rows, which would tear groups apart; "
                "corrupt whole items instead"
            )
        return Corrupted(
            Grouped(found.labels, labels.offsets, labels.shape),
            np.arange(len(labels)),
            found.wrong,
            found.info,
        )
    return found


def on_votes_on_units(
    function: Run, takes: frozenset[str], votes: Votes[Grouped[Any]], **given: Any
) -> Any:
    """Run on votes whose items are the units; a consensus is grouped again, a measure is one of
    units.
    """
    flat, offsets = votes_on_units(votes)
    return regrouped(lifted(function, takes, flat)(flat, **given), offsets)


def regrouped(found: Any, offsets: Ints) -> Any:
    """A result on units as one on items: a consensus is grouped again, a measure is one of units.

    Raises ValueError for a result of another type.
    """
    if isinstance(found, Consensus):
        return replace(found, labels=Grouped(found.labels, offsets))
    if isinstance(found, Measure):
        return replace(found, info={**found.info, "units": UNITS_AS_ITEMS})
    raise ValueError(
        f"a result of type {type(found).__name__} on units cannot be turned into one on items"
    )


def on_columns(function: Run, labels: MultiLabel, **given: Any) -> Any:
    """Ask one yes/no question a class and join the answers, cells item by item."""
    answers = []
    for column in range(labels.k):
        question = Classes(labels.y[:, column], YES_NO)
        mine = {name: _column(name, value, column) for name, value in given.items()}
        answers.append(function(question, **mine))
    first = answers[0]
    if isinstance(first, Suspicion):
        return _join_suspicion(answers, labels)
    if isinstance(first, Corrupted):
        return _join_corrupted(answers, labels)
    if isinstance(first, Measure):
        return _join_measure(answers, labels)
    if isinstance(first, Faults):
        return _join_faults(answers, labels)
    raise ValueError(
        f"a result of type {type(first).__name__} cannot be joined over the columns of a "
        "multi-label set"
    )


def _column(name: str, value: Any, column: int) -> Any:
    spec = EVIDENCE.get(name)
    if spec is None or value is None:  # an option, or evidence left out
        return value
    if spec.column is None:
        raise ValueError(f"this method {_of_all_classes(name)}")
    return spec.column(value, column)


def _join_suspicion(answers: list[Suspicion], labels: MultiLabel) -> Suspicion:
    def cells(pick: Callable[[Suspicion], Any]) -> Any:
        return np.stack([pick(answer) for answer in answers], 1).ravel()

    flag = cells(lambda a: a.flag) if all(a.flag is not None for a in answers) else None
    asked = [a.suggest for a in answers if isinstance(a.suggest, Classes)]
    suggest = (
        Classes(np.stack([a.y for a in asked], 1).ravel(), YES_NO)
        if len(asked) == len(answers)
        else None
    )
    kind = (
        cells(lambda a: np.asarray(a.kind, dtype=object)).tolist()
        if all(a.kind is not None for a in answers)
        else None
    )
    return Suspicion(
        cells(lambda a: a.score),
        flag,
        suggest,
        kind,
        {name: a.info for name, a in zip(labels.names, answers, strict=True)},
    )


def _join_corrupted(answers: list[Corrupted], labels: MultiLabel) -> Corrupted:
    if any(
        len(a.index) != len(labels) or (a.index != np.arange(len(labels))).any() for a in answers
    ):
        raise ValueError(
            "this corrupter drops or repeats rows, which cannot be done class by class"
        )
    y = np.stack([a.labels.y for a in answers], 1)  # type: ignore[attr-defined]
    wrong = np.stack([a.wrong for a in answers], 1).ravel()
    return Corrupted(
        MultiLabel(y, labels.names),
        np.arange(len(labels)),
        wrong,
        {name: a.info for name, a in zip(labels.names, answers, strict=True)},
    )


def _join_measure(answers: list[Measure], labels: MultiLabel) -> Measure:
    value: Floats = np.array([a.value for a in answers])
    known = value[~np.isnan(value)]
    mean = float(known.mean()) if len(known) else float("nan")
    info = {"why": "mean of one yes/no question a class; parts hold each with its interval"}
    return Measure(
        mean, float("nan"), float("nan"), dict(zip(labels.names, answers, strict=True)), info
    )


def _join_faults(answers: list[Faults], labels: MultiLabel) -> Faults:
    def chain(pick: Callable[[Faults], Any]) -> list[Any]:
        return [part for answer in answers for part in pick(answer)]

    why = [
        f"{name}: {sentence}"
        for name, answer in zip(labels.names, answers, strict=True)
        for sentence in answer.why
    ]
    joined = Faults(
        chain(lambda a: a.items), chain(lambda a: a.kind), np.array(chain(lambda a: a.score)), why
    )
    return (
        replace(joined, where=chain(lambda a: a.where))
        if all(a.where is not None for a in answers)
        else joined
    )
