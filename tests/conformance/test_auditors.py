"""The law books of auditors: Suspicion and Faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.conformance.book import (
    NothingToCheck,
    leaves_out,
    obey,
    pairs_of,
    parameters,
    run,
    usual,
    world_of,
)
from tests.conformance.every import EVERY
from tests.conformance.records import items_in, well_formed
from tests.conformance.retold import area, shuffled, twinned, unlabelled
from tests.worlds import World

from reliabel.core.catalogue import Entry
from reliabel.core.labels import Grouped, Spans
from reliabel.core.objects import Boxes
from reliabel.core.results import Faults, Suspicion

DRAWS = 3


def said_on(entry: Entry, world: World | str, result: type) -> Any:
    """What the entry says of a world, or of the easy one of a kind; an entry that declares two
    records may answer with the other one.
    """
    said = usual(entry, world) if isinstance(world, str) else run(entry, world)
    if not isinstance(said, result):
        told = f"declares {entry.returns}, returned {type(said).__name__}"
        assert len(entry.returns) > 1, told
        raise NothingToCheck(told)
    return said


def moved_worlds(entry: Entry, kind: str) -> list[World]:
    """Several draws with the items in random order, so that no place tells what is planted."""
    worlds = [world_of(entry, kind, seed) for seed in range(DRAWS)]
    rng = np.random.default_rng(0)
    return [shuffled(world, rng.permutation(items_in(world.labels))) for world in worlds]


def of_items(entry: Entry) -> bool:
    """Whether the entry judges items, not their labels."""
    return entry.finds != "label"


def law_one_score_a_unit(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    said = said_on(entry, kind, Suspicion)
    well_formed(said, world, entry)
    assert not np.isnan(said.score).all(), "cannot say anything of the easy world"


@leaves_out(of_items)
def law_unlabelled_is_nan(entry: Entry, kind: str) -> None:
    """An auditor of labels says nothing where there is no label."""
    world = world_of(entry, kind)
    units = np.array([5, 50, 200])
    said = said_on(entry, world.with_labels(unlabelled(world.labels, units)), Suspicion)
    others = np.delete(said.score, units)
    assert np.isnan(said.score[units]).all(), "unlabelled units must score NaN"
    assert not np.isnan(others).any(), "labelled units of the easy world must have a score"
    assert said.flag is None or not said.flag[units].any(), "unlabelled units cannot be flagged"


@leaves_out(of_items)
def law_planted_errors_are_found(entry: Entry, kind: str) -> None:
    worlds = moved_worlds(entry, kind)
    found = [area(said_on(entry, world, Suspicion).score, world.wrong) for world in worlds]
    assert min(found) >= 0.8, f"AUROC {min(found):.3f} on the easy world, at least .8 is due"


@leaves_out(lambda entry: not of_items(entry))
def law_planted_items_are_found(entry: Entry, kind: str) -> None:
    """The few items planted stand at the top, wherever they lie."""
    worlds = moved_worlds(entry, kind)
    found = [
        area(said_on(entry, world, Suspicion).score, _planted(entry, world)) for world in worlds
    ]
    assert min(found) >= 0.98, f"AUROC {min(found):.3f} for the planted {entry.finds}"


def law_equal_items_score_equally(entry: Entry, kind: str) -> None:
    world = twinned(world_of(entry, kind))
    score = said_on(entry, world, Suspicion).score
    rows = score if isinstance(world.labels, Grouped) else score.reshape(len(world.labels), -1)
    assert rows[0] == pytest.approx(rows[1], abs=1e-6, nan_ok=True), (
        f"rows 0 and 1 are equal, their scores are {rows[:2].tolist()}"
    )


def law_flags_agree_with_scores(entry: Entry, kind: str) -> None:
    said = said_on(entry, kind, Suspicion)
    if said.flag is None:
        raise NothingToCheck("flags nothing")
    assert said.flag.any(), "flags nothing in the easy world"
    assert not said.flag.all()
    assert area(said.score, said.flag) >= 0.8, "flagged units do not have the higher scores"


def law_flags_hit_what_is_planted(entry: Entry, kind: str) -> None:
    """At least half of what is planted is flagged, and at most twice as much as is planted (of few
    items planted, one in twenty more).
    """
    for world in moved_worlds(entry, kind):
        said = said_on(entry, world, Suspicion)
        if said.flag is None:
            raise NothingToCheck("flags nothing")
        planted = _planted(entry, world) if of_items(entry) else world.wrong
        hit, of = int((said.flag & planted).sum()), int(planted.sum())
        assert hit >= of / 2, f"{hit} of {of} planted are flagged"
        allowed = 2 * of + (0.05 * len(planted) if of_items(entry) else 0)
        assert said.flag.sum() <= allowed, f"{said.flag.sum()} flags for {of} planted"


@leaves_out(of_items)
def law_suggestions_mend_planted_errors(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    said = said_on(entry, kind, Suspicion)
    if said.suggest is None:
        raise NothingToCheck("suggests nothing")
    off = [abs(_values(labels) - _values(world.truth)) for labels in (said.suggest, world.labels)]
    mended = float((off[0] < 0.5 * off[1])[world.wrong].mean())  # classes: the true one
    assert mended >= 0.7, f"{mended:.0%} of the planted errors get their true label suggested"


def law_faults_are_well_formed(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    well_formed(said_on(entry, kind, Faults), world, entry)


def law_planted_faults_are_found(entry: Entry, kind: str) -> None:
    for world in moved_worlds(entry, kind):
        said = said_on(entry, world, Faults)
        planted = set(np.flatnonzero(_planted(entry, world)).tolist())
        missed = planted - {i for group in said.items for i in group}
        assert not missed, f"did not find the planted {entry.finds} (items {sorted(missed)})"


def law_few_false_alarms(entry: Entry, kind: str) -> None:
    for world in moved_worlds(entry, kind):
        said = said_on(entry, world, Faults)
        planted = set(np.flatnonzero(_planted(entry, world)).tolist())
        alarmed = {i for group in said.items for i in group} - planted
        assert len(alarmed) <= 0.02 * len(world.labels), (
            f"{len(alarmed)} of {len(world.labels)} items of the easy world are called "
            f"{entry.finds}"
        )


def _planted(entry: Entry, world: World) -> np.ndarray:
    assert entry.finds in world.planted, (
        f"tests/worlds.py plants no {entry.finds!r} (it plants {sorted(world.planted)}): add one"
    )
    return np.isin(np.arange(len(world.labels)), list(world.planted[entry.finds]))


def _values(labels: Any) -> np.ndarray:
    flat = labels.units if isinstance(labels, Grouped) else labels
    if isinstance(flat, Boxes):  # and a box where it lies, too
        return flat.y * 1e6 + flat.xyxy @ [1.0, 1.3, 1.7, 1.9]
    if isinstance(flat, Spans):  # a span is as it should be where its words are, too
        return flat.y * 1e6 + flat.start * 1e3 + flat.end
    return (flat.p.argmax(1) if hasattr(flat, "p") else flat.y).ravel()


BOOKS = {
    "Suspicion": (
        *EVERY,
        law_one_score_a_unit,
        law_unlabelled_is_nan,
        law_planted_errors_are_found,
        law_planted_items_are_found,
        law_equal_items_score_equally,
        law_flags_agree_with_scores,
        law_flags_hit_what_is_planted,
        law_suggestions_mend_planted_errors,
    ),
    "Faults": (
        *EVERY,
        law_faults_are_well_formed,
        law_planted_faults_are_found,
        law_few_false_alarms,
    ),
}


@pytest.mark.parametrize("pair", parameters(pairs_of("audit", BOOKS)))
def test_auditors_keep_the_law(pair, record_property):
    obey(pair, record_property)
