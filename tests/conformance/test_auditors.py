"""The law books of auditors: Suspicion and Faults."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.book import area, kinds_of, obey, parameters, run, worlds_of
from tests.conformance.every import EVERY, well_formed
from tests.worlds import WORLDS, World

from reliabel.core.catalogue import Entry
from reliabel.core.labels import Classes
from reliabel.core.results import Faults, Suspicion


def said_on(entry: Entry, result: type, seed: int = 0) -> list[tuple[World, object]]:
    """Worlds with what the entry said of them, where it returned this record (an entry may declare
    two).
    """
    made = [
        (world, run(entry, world)) for world in (WORLDS[kind](seed) for kind in kinds_of(entry))
    ]
    mine = [(world, said) for world, said in made if isinstance(said, result)]
    assert mine or len(entry.returns) > 1, (
        f"declares {entry.returns}, returned {[type(said).__name__ for _, said in made]}"
    )
    return mine


def law_one_score_a_unit(entry: Entry) -> None:
    for world, said in said_on(entry, Suspicion):
        well_formed(said, world)
        assert not np.isnan(said.score).all(), "cannot say anything of the easy world"


def law_unlabelled_is_nan(entry: Entry) -> None:
    """An auditor of labels says nothing where there is no label; one of items (FINDS) may."""
    world = WORLDS["Classes"](0)
    if "Classes" in entry.takes and entry.finds == "label":
        y = world.labels.y.copy()
        y[[5, 50, 200]] = -1
        said = run(entry, world.with_labels(Classes(y, world.labels.names)))
        assert np.isnan(said.score[[5, 50, 200]]).all(), "unlabelled items must score NaN"
        assert not np.isnan(said.score[y >= 0]).any(), (
            "labelled items of the easy world must have a score"
        )
        assert said.flag is None or not said.flag[[5, 50, 200]].any(), (
            "unlabelled items cannot be flagged"
        )


def law_planted_errors_are_found(entry: Entry) -> None:
    for world, said in said_on(entry, Suspicion):
        target = world.wrong if entry.finds == "label" else _planted(entry, world)
        assert area(said.score, target) >= 0.8, (
            f"AUROC {area(said.score, target):.3f} on the easy world, at least .8 is due"
        )


def law_equal_items_score_equally(entry: Entry) -> None:
    world = WORLDS["Classes"](0)  # item 1 is a copy of item 0
    if "Classes" in entry.takes or "Labels" in entry.takes:
        said = run(entry, world)
        if isinstance(said, Suspicion):
            assert said.score[0] == pytest.approx(said.score[1], abs=1e-6), (
                f"items 0 and 1 are equal, their scores are {said.score[:2]}"
            )


def law_flags_agree_with_scores(entry: Entry) -> None:
    for _, said in said_on(entry, Suspicion):
        if said.flag is not None:
            assert said.flag.any(), "flags nothing in the easy world"
            assert not said.flag.all()
            assert area(said.score, said.flag) >= 0.8, "flagged units do not have the higher scores"


def law_suggestions_mend_planted_errors(entry: Entry) -> None:
    for world, said in said_on(entry, Suspicion):
        if isinstance(said.suggest, Classes) and entry.finds == "label":
            truth = getattr(world.truth, "units", world.truth).y
            right = (said.suggest.y == truth)[world.wrong].mean()
            assert right >= 0.7, (
                f"only {right:.0%} of the planted errors get their true class suggested"
            )


def law_faults_are_well_formed(entry: Entry) -> None:
    for world, said in said_on(entry, Faults):
        well_formed(said, world)


def law_planted_faults_are_found(entry: Entry) -> None:
    for world, said in said_on(entry, Faults):
        missed = frozenset(np.flatnonzero(_planted(entry, world)).tolist()) - {
            i for group in said.items for i in group
        }
        assert not missed, f"did not find the planted {entry.finds} (items {sorted(missed)})"


def law_few_false_alarms(entry: Entry) -> None:
    for world, said in said_on(entry, Faults):
        alarmed = {i for group in said.items for i in group} - set(
            np.flatnonzero(_planted(entry, world)).tolist()
        )
        assert len(alarmed) <= 0.1 * len(world.labels), (
            f"{len(alarmed)} of {len(world.labels)} items of the easy world are called {entry.finds}"
        )


def _planted(entry: Entry, world: World) -> np.ndarray:
    assert entry.finds in world.planted, (
        f"tests/worlds.py plants no {entry.finds!r} (it plants {sorted(world.planted)}): add one"
    )
    return np.isin(np.arange(len(world.labels)), list(world.planted[entry.finds]))


BOOKS = {
    "Suspicion": (
        *EVERY,
        law_one_score_a_unit,
        law_unlabelled_is_nan,
        law_planted_errors_are_found,
        law_equal_items_score_equally,
        law_flags_agree_with_scores,
        law_suggestions_mend_planted_errors,
    ),
    "Faults": (
        *EVERY,
        law_faults_are_well_formed,
        law_planted_faults_are_found,
        law_few_false_alarms,
    ),
}


@pytest.mark.parametrize(("entry", "law"), parameters("audit", BOOKS))
def test_auditors_keep_the_law(entry, law, record_property):
    obey(entry, law, record_property)


def test_every_kind_an_auditor_takes_has_a_world():
    from reliabel.core.catalogue import catalogue

    for entry in catalogue():
        if entry.verb == "audit":
            assert list(worlds_of(entry)), entry.name
