"""The law book of corrupters."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.book import obey, pairs_of, parameters, run, world_of
from tests.conformance.every import EVERY
from tests.conformance.records import codes, well_formed
from tests.conformance.retold import unlabelled
from tests.worlds import World

from reliabel.core.catalogue import Entry
from reliabel.core.lift import units_of


def clean(entry: Entry, kind: str, n: int = 400) -> World:
    """The world with its true labels."""
    world = world_of(entry, kind, 0, n)
    return world.with_labels(world.truth)


def law_rate_is_met(entry: Entry, kind: str) -> None:
    assert "rate" in entry.options, "a corrupter has an option rate"
    world = clean(entry, kind)
    for rate in (0.05, 0.25):
        wrong = run(entry, world, rate=rate).wrong
        slack = 4 * np.sqrt(rate * (1 - rate) / len(wrong)) + 1 / len(wrong)
        assert abs(wrong.mean() - rate) <= slack, f"asked for {rate}, got {wrong.mean():.3f}"


def law_rate_zero_changes_nothing(entry: Entry, kind: str) -> None:
    world = clean(entry, kind)
    made = run(entry, world, rate=0.0)
    assert not made.wrong.any()
    assert (codes(made.labels) == codes(world.labels.take(made.index))).all()


def law_wrong_is_the_truth(entry: Entry, kind: str) -> None:
    world = clean(entry, kind)
    made = run(entry, world, rate=0.2)
    well_formed(made, world, entry)
    assert made.wrong.any()
    before = codes(world.labels.take(made.index))
    differs = (codes(made.labels) != before).reshape(len(made.wrong), -1).any(1)
    assert (differs == made.wrong).all(), "wrong must say which labels differ"
    assert getattr(made.labels, "names", None) == getattr(world.labels, "names", None)


def law_unlabelled_stays_unlabelled(entry: Entry, kind: str) -> None:
    world = clean(entry, kind)
    labels = unlabelled(world.labels, np.arange(0, units_of(world.labels), 3))
    made = run(entry, world.with_labels(labels), rate=0.3)
    before, after = _missing(labels.take(made.index)), _missing(made.labels)
    assert after[before].all(), "a unit without a label got one"
    assert not after[~before].any(), "a label was lost"


def law_another_seed_another_draw(entry: Entry, kind: str) -> None:
    world = clean(entry, kind)
    once, again = (run(entry, world, seed=seed, rate=0.2).wrong for seed in (0, 1))
    assert np.array_equal(once, again) != ("rng" in entry.accepts), (
        "chance comes from rng alone, and is used where it is asked for"
    )


def _missing(labels) -> np.ndarray:
    values = codes(labels)
    return np.isnan(values) if values.dtype.kind == "f" else values < 0


BOOKS = {
    "Corrupted": (
        *EVERY,
        law_rate_is_met,
        law_rate_zero_changes_nothing,
        law_wrong_is_the_truth,
        law_unlabelled_stays_unlabelled,
        law_another_seed_another_draw,
    )
}


@pytest.mark.parametrize("pair", parameters(pairs_of("corrupt", BOOKS)))
def test_corrupters_keep_the_law(pair, record_property):
    obey(pair, record_property)
