"""The law book of measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.conformance.book import NothingToCheck, obey, pairs_of, parameters, run, usual, world_of
from tests.conformance.every import EVERY
from tests.conformance.records import items_in, well_formed
from tests.hard_worlds import changes

from reliabel.core.catalogue import Entry
from reliabel.core.results import Measure

DRAWS: dict[tuple[Any, ...], Any] = {}  # what several laws ask for, and takes seconds to make


def law_a_number_and_an_interval_around_it(entry: Entry, kind: str) -> None:
    said = usual(entry, kind)
    well_formed(said, world_of(entry, kind), entry)
    assert not np.isnan(said.value), "no number for the easy world"


def law_no_interval_without_a_reason(entry: Entry, kind: str) -> None:
    said = usual(entry, kind)
    if not open_ended(said):
        raise NothingToCheck("has an interval")
    reasons = [w for w in said.info.values() if isinstance(w, str) and len(w.split()) >= 4]
    assert reasons, "info must say in a sentence why there is no interval"


def law_the_interval_covers(entry: Entry, kind: str) -> None:
    """Twenty draws of the easy world against one that is eight times as large and stands for all
    there is.
    """
    large = _large(entry, kind)
    small = [_easy(entry, kind, seed) for seed in range(20)]
    slack = (large.high - large.low) / 2  # what the large draw itself is off by
    covered = sum(m.low - slack <= large.value <= m.high + slack for m in small)
    assert covered >= 17, f"{covered} of 20 intervals hold {large.value:.4f}"


def law_more_data_narrow_the_interval(entry: Entry, kind: str) -> None:
    """Eight times the data make it at most .7 as wide: an interval that holds anything is none."""
    large = _large(entry, kind)
    small = [_easy(entry, kind, seed) for seed in range(4)]
    wide, narrow = np.mean([said.high - said.low for said in small]), large.high - large.low
    assert narrow <= 0.7 * wide, f"{wide:.4f} wide, with eight times the data {narrow:.4f}"


def law_the_value_answers_to_the_data(entry: Entry, kind: str) -> None:
    """Of several changes of the easy world, or of a larger one, at least one moves the value far
    beyond its scatter.
    """
    moved = (
        _moved(entry, kind, n, only_needed) for n in (None, 800) for only_needed in (False, True)
    )
    assert any(moved), "no change of the easy world moves the value by four standard errors"


def open_ended(said: Measure) -> bool:
    """Whether an end of the interval is missing."""
    return bool(np.isnan(said.low) or np.isnan(said.high))


def _large(entry: Entry, kind: str) -> Measure:
    """What is said of a world eight times as large as the easy one."""
    if open_ended(_easy(entry, kind, 0)):
        raise NothingToCheck("gives no interval")
    n = 8 * items_in(world_of(entry, kind).labels)
    world = _once(("world", kind, entry.takes), lambda: world_of(entry, kind, 99, n))
    large: Measure = _once((entry.module, kind), lambda: run(entry, world))
    assert not open_ended(large), "an interval, but none with more data"
    return large


def _easy(entry: Entry, kind: str, seed: int) -> Measure:
    if seed == 0:
        said: Measure = usual(entry, kind)
        return said
    made: Measure = _once(
        (entry.module, kind, seed), lambda: run(entry, world_of(entry, kind, seed))
    )
    return made


def _once(key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    if key not in DRAWS:
        DRAWS[key] = make()
    return DRAWS[key]


def _moved(entry: Entry, kind: str, n: int | None, only_needed: bool) -> bool:
    worlds = [changes(kind, world_of(entry, kind, seed, n)) for seed in range(4)]

    def values(way: str) -> np.ndarray:
        return np.array([run(entry, each[way](), only_needed=only_needed).value for each in worlds])

    was = values("as it is")
    return any(_apart(was, values(way)) >= 4 for way in worlds[0] if way != "as it is")


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    """How many standard errors lie between two means."""
    error = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))
    return float(abs(a.mean() - b.mean()) / max(error, 1e-12)) if (a != b).any() else 0.0


BOOKS = {
    "Measure": (
        *EVERY,
        law_a_number_and_an_interval_around_it,
        law_no_interval_without_a_reason,
        law_the_interval_covers,
        law_more_data_narrow_the_interval,
        law_the_value_answers_to_the_data,
    )
}


@pytest.mark.parametrize("pair", parameters(pairs_of("measure", BOOKS)))
def test_measures_keep_the_law(pair, record_property):
    obey(pair, record_property)
