"""The law book of annotators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.conformance.book import obey, pairs_of, parameters, run, usual, world_of
from tests.conformance.every import EVERY
from tests.conformance.records import well_formed
from tests.conformance.retold import unlabelled
from tests.worlds import World

from reliabel.core.catalogue import Entry
from reliabel.core.lift import units_of
from reliabel.core.votes_on_units import votes_on_units


def little_known(entry: Entry, kind: str) -> tuple[World, np.ndarray]:
    """The easy world where the true label of one unit in ten is known, and which are."""
    world = world_of(entry, kind)
    units = units_of(world.truth)
    known = np.arange(units) % 10 == 7
    return world.with_labels(unlabelled(world.truth, np.flatnonzero(~known))), known


def law_votes_are_on_the_items(entry: Entry, kind: str) -> None:
    well_formed(usual(entry, kind), world_of(entry, kind), entry)


def law_most_votes_are_right(entry: Entry, kind: str) -> None:
    """On units whose label was not known, votes are right half-way from guessing to always."""
    world, known = little_known(entry, kind)
    votes: Any = run(entry, world)
    flat, truth = votes, world.truth
    if hasattr(world.truth, "units"):
        flat, truth = votes_on_units(votes)[0], world.truth.units
        assert flat.n == len(truth), "every item of the easy world has a vote"
    use = ~known[flat.item]
    assert use.any(), "it votes on what is not known"
    right = float((truth.y[flat.item] == flat.labels.y)[use].mean())
    guess = float(np.bincount(truth.y[~known]).max() / (~known).sum())
    assert right >= (1 + guess) / 2, f"{right:.2f} of the votes are right, {guess:.2f} by guessing"


BOOKS = {"Votes": (*EVERY, law_votes_are_on_the_items, law_most_votes_are_right)}


@pytest.mark.parametrize("pair", parameters(pairs_of("annotate", BOOKS)))
def test_annotators_keep_the_law(pair, record_property):
    obey(pair, record_property)
