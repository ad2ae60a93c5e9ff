"""How often reviewers agree: on the labels that two or more of them judged, by what each said
first.  What is settled afterwards, and a verdict changed after a talk, are not agreement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.label_values import shown
from reliabel.core.labels import Classes, Votes
from reliabel.core.results import Measure
from reliabel.core.short_repr import by_fields
from reliabel.review.board import WITHDRAWN, Board, Judged
from reliabel.review.store import Log
from reliabel.verbs.measure import measure

NOTHING = Measure(np.nan, np.nan, np.nan, info={"why": "no label was judged by two people"})
MOST = 10  # pairs of people that are told in sentences
APART = "\x00"  # before verdicts that are no label, so that none is taken for a class


@dataclass(frozen=True)
class Pair:
    """Two people: on how many labels both judged, and on how many they said the same."""

    one: str | None
    other: str | None
    n: int
    same: int

    __repr__ = by_fields


@dataclass(frozen=True)
class Agreement:
    """How often people agree about the same label: ``labels`` were judged by two people or more, of
    which ``same`` alike by all.

    raw: the share of equal pairs of verdicts on a label, the mean over labels.  corrected: the
    agreement beyond chance by the measure that ``corrected_by`` names, 1 is perfect and 0 is
    chance, NaN where all verdicts are equal.  Both have an interval of 95 %.
    pairs: of people, those with the most labels in common first.
    """

    labels: int
    same: int
    raw: Measure
    corrected: Measure
    pairs: tuple[Pair, ...]
    corrected_by: str = ""

    __repr__ = by_fields


def agreement(log: Log) -> Agreement:
    """How often the reviewers of a log agree on what a label should be: the label it keeps or gets,
    dropped, or unsure.
    """
    with log.looking() as board:
        said = {row: first for row in sorted(board.twice) if len(first := _first(board, row)) > 1}
    if not said:
        return Agreement(0, 0, NOTHING, NOTHING, ())
    votes, (plain, *_, beyond) = _votes(said), _usual()
    return Agreement(
        len(said),
        sum(len(set(one.values())) == 1 for one in said.values()),
        measure(votes, by=plain.name),
        measure(votes, by=beyond.name),
        tuple(_pairs(said)),
        beyond.shown_as or beyond.name,
    )


def _usual() -> list[Entry]:
    """The usual measures of agreement, from the plain share to the one that fits most votes."""
    found = [entry for entry in catalogue() if entry.agreement_rank]
    return sorted(found, key=lambda entry: entry.agreement_rank)


def sentences(found: Agreement) -> list[str]:
    """What to say of it, nothing where no label was judged twice."""
    if not found.labels:
        return []
    several, raw = found.labels > 1, found.raw
    told = [
        f"{found.labels:,} label{'s were' if several else ' was'} judged by two people or more; "
        f"equal pairs of verdicts: {raw.value:.0%}{_interval(raw, '.0%')}, {found.corrected_by} "
        f"{_alpha(found.corrected)}"
    ]
    return told + [
        f"{pair.one or 'nobody named'} and {pair.other or 'nobody named'}: the same on "
        f"{pair.same:,} of {pair.n:,}"
        for pair in found.pairs[:MOST]
    ]


def as_plain(found: Agreement) -> dict[str, Any]:
    """It as JSON has it; what is not known is None."""
    return {
        "labels": found.labels,
        "same": found.same,
        "raw": _numbers(found.raw),
        "corrected": _numbers(found.corrected),
        "corrected_by": found.corrected_by,
        "pairs": [asdict(pair) for pair in found.pairs],
    }


def _numbers(measured: Measure) -> dict[str, float | None]:
    return {
        name: None if np.isnan(value := float(getattr(measured, name))) else value
        for name in ("value", "low", "high")
    }


def _alpha(measured: Measure) -> str:
    if np.isnan(measured.value):
        return "is not defined where all verdicts are equal"
    return f"{measured.value:.2f}{_interval(measured, '.2f')} (1 is perfect, 0 is chance)"


def _interval(measured: Measure, form: str) -> str:
    if np.isnan(measured.low) or np.isnan(measured.high):
        return ""
    return f" ({format(measured.low, form)} to {format(measured.high, form)})"


def _first(board: Board, row: int) -> dict[str | None, str]:
    """What each person said of a label first; where they took that back, what they say now."""
    found = {}
    for who, one in board.looks[row].items():
        said = board.people[row][who] if one.seq in board.undone else one
        if said.verdict != WITHDRAWN:
            found[who] = _meant(board, row, said)
    return found


def _meant(board: Board, row: int, said: Judged) -> str:
    """The label that somebody wants, or what they want instead of one."""
    if said.verdict == "keep":
        return shown(board.kind.value(board.data.labels, row))
    return shown(said.value) if said.verdict == "change" else APART + said.verdict


def _votes(said: Mapping[int, Mapping[str | None, str]]) -> Votes[Classes]:
    """What people said as votes on the labels."""
    people = list(dict.fromkeys(who for one in said.values() for who in one))
    names = sorted({label for one in said.values() for label in one.values()})
    worker, code = {who: w for w, who in enumerate(people)}, {n: c for c, n in enumerate(names)}
    told = [
        (item, worker[who], code[label])
        for item, one in enumerate(said.values())
        for who, label in one.items()
    ]
    item, by, label = np.array(told, dtype=np.int64).T
    return Votes(item, by, Classes(label, tuple(names)), n=len(said), w=len(people))


def _pairs(said: Mapping[int, Mapping[str | None, str]]) -> Iterator[Pair]:
    both: dict[tuple[str | None, str | None], list[bool]] = {}
    for one in said.values():
        for first, second in combinations(sorted(one, key=str), 2):
            both.setdefault((first, second), []).append(one[first] == one[second])
    for (first, second), alike in sorted(both.items(), key=lambda pair: -len(pair[1])):
        yield Pair(first, second, len(alike), sum(alike))
