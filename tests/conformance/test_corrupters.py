"""The law book of corrupters."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.book import kinds_of, obey, parameters, run
from tests.conformance.every import EVERY, well_formed
from tests.worlds import WORLDS, World

from reliabel.core.catalogue import Entry
from reliabel.core.labels import Classes, Grouped


def clean(kind: str, n: int = 400) -> World:
    """The world with its true labels."""
    world = WORLDS[kind](0, n)
    return world.with_labels(world.truth)


def _codes(labels):
    return labels.units.y if isinstance(labels, Grouped) else labels.y


def law_rate_is_met(entry: Entry) -> None:
    assert "rate" in entry.options, "a corrupter has an option rate"
    for kind in kinds_of(entry):
        world = clean(kind)
        for rate in (0.05, 0.25):
            wrong = run(entry, world, rate=rate).wrong
            assert abs(wrong.mean() - rate) <= 4 * np.sqrt(
                rate * (1 - rate) / len(wrong)
            ) + 1 / len(wrong), f"asked for {rate}, got {wrong.mean():.3f}"


def law_rate_zero_changes_nothing(entry: Entry) -> None:
    for kind in kinds_of(entry):
        made = run(entry, clean(kind), rate=0.0)
        assert not made.wrong.any()


def law_wrong_is_the_truth(entry: Entry) -> None:
    for kind in kinds_of(entry):
        world = clean(kind)
        made = run(entry, world, rate=0.2)
        well_formed(made, world)
        assert made.wrong.any()
        before = _codes(world.labels.take(made.index))
        assert ((_codes(made.labels) != before).ravel() == made.wrong).all(), (
            "wrong must say which labels differ"
        )
        assert made.labels.names == world.labels.names if hasattr(made.labels, "names") else True


def law_unlabelled_stays_unlabelled(entry: Entry) -> None:
    if "Classes" in entry.takes:
        world = clean("Classes")
        y = np.where(np.arange(400) % 3 == 0, -1, world.labels.y)
        made = run(entry, world.with_labels(Classes(y, world.labels.names)), rate=0.3)
        assert (made.labels.y[y[made.index] < 0] == -1).all(), "an item without a label got one"
        assert (made.labels.y[y[made.index] >= 0] >= 0).all(), "a label was lost"


def law_another_seed_another_draw(entry: Entry) -> None:
    for kind in kinds_of(entry):
        world = clean(kind)
        once, again = (run(entry, world, seed=seed, rate=0.2).wrong for seed in (0, 1))
        assert (once != again).any() == ("rng" in entry.accepts), (
            "chance comes from rng alone, and is used where it is asked for"
        )


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


@pytest.mark.parametrize(("entry", "law"), parameters("corrupt", BOOKS))
def test_corrupters_keep_the_law(entry, law, record_property):
    obey(entry, law, record_property)
