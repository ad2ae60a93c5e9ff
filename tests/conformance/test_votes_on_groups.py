"""Every aggregator and measure of votes on classes or numbers runs on votes on groups as well, and
says of the units what it says of items.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.conformance.book import words_for
from tests.conformance.retold import same
from tests.worlds import WORLDS, World

import reliabel as rl
from reliabel.core.catalogue import catalogue
from reliabel.core.labels import Classes, Grouped, Labels, Numbers, Votes

PLAIN = ("Votes[Classes]", "Votes[Numbers]")


def in_groups(world: World) -> tuple[World, World, np.ndarray]:
    """The world with its items as units of items of one to three units, the same world with its
    votes in the order that the lift brings them into, and the offsets.

    A worker who voted on some units of an item leaves the others unlabelled.
    """
    votes = world.labels
    size = np.resize([1, 2, 3], votes.n)
    size = size[np.cumsum(size) <= votes.n]
    assert size.sum() == votes.n
    offsets = np.concatenate([[0], np.cumsum(size)])
    group = np.repeat(np.arange(len(size)), size)[votes.item]
    pairs, first = np.unique(np.stack([group, votes.worker]), axis=1, return_index=True)
    pairs = pairs[:, np.argsort(first)]  # in the order of each pair's first vote
    units, order = [], []
    for item, worker in pairs.T:
        mine = np.flatnonzero((group == item) & (votes.worker == worker))
        mine = mine[np.argsort(votes.item[mine], kind="stable")]
        cells = np.full(size[item], -1)
        cells[votes.item[mine] - offsets[item]] = mine
        units.append(cells)
        order.append(mine)
    whole = np.concatenate(units)
    lengths = np.concatenate([[0], np.cumsum([len(cells) for cells in units])])
    labels = Votes(
        pairs[0], pairs[1], Grouped(_picked(votes.labels, whole), lengths), len(size), votes.w
    )
    return (
        replace(world, labels=labels),
        replace(world, labels=votes.take(np.concatenate(order))),
        offsets,
    )


def _picked(labels: Labels, place: np.ndarray) -> Labels:
    """The labels at these places, unlabelled where the place is -1."""
    if isinstance(labels, Classes):
        return Classes(np.where(place >= 0, labels.y[place], -1), labels.names)
    return Numbers(np.where(place >= 0, labels.y[place], np.nan))


CASES = [
    pytest.param(entry, kind, id=f"{entry.verb}-{entry.name}-{kind}")
    for entry in catalogue()
    if entry.verb in ("aggregate", "measure")
    for kind in PLAIN
    if kind in entry.takes
]


@pytest.mark.parametrize(("entry", "kind"), CASES)
def test_votes_on_groups_are_votes_on_their_units(entry, kind):
    grouped, flat, offsets = in_groups(WORLDS[kind](0, 60))
    verb = getattr(rl, entry.verb)
    words = {name: value for name, value in words_for(entry, flat).items() if name != "rng"}
    here, there = (
        verb(world.labels, by=entry.name, **words, **entry.small) for world in (grouped, flat)
    )
    if entry.verb == "measure":
        assert same(here, there)
        assert here.info["units"].startswith("every unit was counted as an item")
        return
    assert here.labels.offsets.tolist() == offsets.tolist()
    assert same(here.labels.units, there.labels)
    assert same((here.skill, here.trace), (there.skill, there.trace))
    assert here.info["votes"] == len(grouped.labels)
    assert len(here.labels) == grouped.labels.n


def test_there_are_many_such_methods():
    assert len(CASES) > 30
