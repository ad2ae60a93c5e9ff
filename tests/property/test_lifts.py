"""Lifts: running on the rich kind is running on its parts and putting them together."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.retold import same
from tests.property.kinds import ANY, grouped, multilabel

from reliabel.core.kinds import flat, place_of
from reliabel.core.labels import Classes, MultiLabel
from reliabel.core.lift import fits, kind_of, lifted, units_of
from reliabel.core.results import Corrupted, Measure, Suspicion

TAKES = frozenset(["Classes"])


def audit(labels, *, probs):
    """As simple as an auditor gets."""
    own = np.take_along_axis(probs, np.maximum(labels.y, 0)[:, None], 1)[:, 0]
    return Suspicion(
        np.where(labels.y >= 0, 1 - own, np.nan),
        flag=(labels.y >= 0) & (own < 0.5),
        suggest=Classes(probs.argmax(1), labels.names),
    )


def corrupt(labels):
    y = np.where(labels.y >= 0, (labels.y + 1) % labels.k, -1)
    return Corrupted(Classes(y, labels.names), np.arange(len(y)), y != labels.y)


@given(grouped(), st.integers(0, 99))
def test_an_auditor_of_groups_is_the_auditor_of_their_units(groups, seed):
    probs = np.random.default_rng(seed).dirichlet(np.ones(groups.units.k), len(groups.units))
    assert same(lifted(audit, TAKES, groups)(groups, probs=probs), audit(groups.units, probs=probs))


@given(multilabel(), st.integers(0, 99))
def test_an_auditor_of_cells_says_of_each_what_it_says_of_its_question(labels, seed):
    probs = np.random.default_rng(seed).random((len(labels), labels.k))
    said = lifted(audit, TAKES, labels)(labels, probs=probs)
    cells = flat(labels)
    yes = probs.ravel()
    assert same(said.score, audit(cells, probs=np.stack([1 - yes, yes], 1)).score, tolerance=1e-12)
    assert len(said.score) == units_of(labels) == len(place_of(labels)[0])


@given(grouped())
def test_corrupted_groups_are_the_units_corrupted(groups):
    made = lifted(corrupt, TAKES, groups)(groups)
    assert same(made.labels.units, corrupt(groups.units).labels)
    assert same(made.labels.offsets, groups.offsets)
    assert (made.wrong == (made.labels.units.y != groups.units.y)).all()


@given(multilabel())
def test_corrupted_cells_differ_where_they_say(labels):
    made = lifted(corrupt, TAKES, labels)(labels)
    assert isinstance(made.labels, MultiLabel)
    assert ((made.labels.y != labels.y).ravel() == made.wrong).all()
    assert ((labels.y < 0) == (made.labels.y < 0)).all()


@given(multilabel())
def test_the_measure_of_questions_is_their_mean(labels):
    said = lifted(lambda question: Measure(float(question.k), 0.0, 9.0), TAKES, labels)(labels)
    assert said.value == 2
    assert list(said.parts) == list(labels.names)


@given(ANY)
def test_every_kind_fits_what_takes_it_and_what_takes_any(labels):
    kind = kind_of(labels)
    assert fits(frozenset([kind]), labels) == "native"
    assert (fits(frozenset(["Labels"]), labels) == "native") == (not kind.startswith("Votes"))
    assert fits(frozenset(["Nothing"]), labels) is None
