"""What labelling functions said as a data set of votes, and what became of them in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Labels, Votes
from reliabel.core.short_repr import listing, many
from reliabel.core.spelling import nearest
from reliabel.rules.running import PATIENCE, Answers, Course

FEW = 8  # functions that a sentence names


def votes_of_functions(
    found: Answers,
    labels: Labels,
    use: Any,
    *,
    names: tuple[str, ...],
    ids: Any,
    n: int,
    seconds: float | None,
    evidence: Mapping[str, Any],
    source: Mapping[str, Any],
    says: str = "says anything about",
) -> Dataset:
    """The answers as votes, with the records of the functions and notes in ``source``.

    labels: of the answers that are votes, ``use`` (answers,).  names: of the classes.  n: items.
    Raises ValueError where no function says anything.
    """
    courses = found.courses
    if not use.any():
        raise ValueError(
            f"none of {many(len(courses), 'labelling function')} {says} {many(n, 'item')}"
            f"{why_nothing(courses)}"
        )
    votes = Votes(found.item[use], found.function[use], labels, n, len(courses))
    records = records_of(votes, courses)
    notes = [*source.get("notes", ()), *remarks(records, votes, names, seconds)]
    workers = Ids(ids, tuple(one.name for one in courses))
    return Dataset(votes, dict(evidence), workers, {**source, "functions": records, "notes": notes})


def records_of(votes: Votes[Any], courses: Sequence[Course]) -> list[dict[str, Any]]:
    """What became of each function, with the number of its votes."""
    cast = np.bincount(votes.worker, minlength=votes.w).tolist()
    return [{**asdict(one), "votes": v} for one, v in zip(courses, cast, strict=True)]


def why_nothing(courses: Sequence[Course]) -> str:
    """The first error or unknown answer of functions none of which said anything."""
    first = next((c for c in courses if c.errors), None)
    if first is not None:
        failed = sum(c.errors > 0 for c in courses)
        return f": {many(failed, 'function')} failed, {first.name!r} with {first.first_error}"
    strange = next((c for c in courses if c.unknown), None)
    if strange is not None:
        return f": {strange.name!r} says {next(iter(strange.unknown))!r}, which is no class"
    return ": all of them abstain"


def remarks(
    records: Sequence[Mapping[str, Any]],
    votes: Votes[Any],
    names: tuple[str, ...],
    seconds: float | None,
) -> list[str]:
    """What was odd about functions, in sentences."""
    notes = []
    for one in [r for r in records if r["errors"]][:FEW]:
        notes.append(
            f"the labelling function {one['name']!r} failed on {many(one['errors'], 'item')} of "
            f"{one['asked']:,} and said nothing there; the first error: {one['first_error']}"
        )
    for one in [r for r in records if r["unknown"]][:FEW]:
        said = ", ".join(
            f"{name!r} ({count:,})" for name, count in list(one["unknown"].items())[:4]
        )
        near = nearest(next(iter(one["unknown"])), list(names))
        notes.append(
            f"the labelling function {one['name']!r} says answers that are no class, which were "
            f"left out: {said}{near}"
        )
    for one in [r for r in records if r["slow"]][:FEW]:
        stopped = "; it was then asked no more" if one["slow"] >= PATIENCE else ""
        notes.append(
            f"the labelling function {one['name']!r} took longer than {seconds:g} s on "
            f"{many(one['slow'], 'item')}, where it says nothing{stopped}; seconds= gives it more"
        )
    silent = [r["name"] for r in records if not r["votes"] and not r["errors"] and not r["unknown"]]
    if silent:
        notes.append(
            f"{many(len(silent), 'labelling function')} of {len(records)} never said anything: "
            f"{listing(silent)}"
        )
    covered = len(np.unique(votes.item))
    if covered < votes.n:
        notes.append(
            f"{votes.n - covered:,} of {many(votes.n, 'item')} have no vote: no labelling function "
            "says anything of them"
        )
    return notes
