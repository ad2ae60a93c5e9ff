"""Any second name of a method gives the method, through every verb."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.book import kinds_of, words_for
from tests.conformance.retold import same
from tests.worlds import WORLDS, WORLDS_OF

import reliabel as rl
from reliabel.core.catalogue import catalogue, find
from reliabel.folders.evidence_store import Store
from reliabel.prepare.features import embedder
from reliabel.prepare.preparation import Preparation

CHANGING = {"timings", "at"}
SECOND = [(entry, name) for entry in catalogue() for name in entry.also]
RUN = [
    pytest.param(entry, name, id=f"{entry.verb}-{name}")
    for entry, name in SECOND
    if entry.verb != "embed"
]
EMBED = [pytest.param(entry, name, id=name) for entry, name in SECOND if entry.verb == "embed"]


def asked(entry, name):
    """The result of a verb that is asked for the method under this name."""
    kind = kinds_of(entry)[0]
    world = WORLDS_OF.get(entry.name, {}).get(kind, WORLDS[kind])(0)
    words = {
        word: value
        for word, value in words_for(entry, world, only_needed=True).items()
        if word != "rng"
    }
    words |= {word: world.evidence[word] for word in entry.one_of if word in world.evidence}
    if entry.verb == "audit":
        return rl.audit(world.labels, by=[name], options={name: dict(entry.options)}, **words)
    return getattr(rl, entry.verb)(world.labels, by=name, **words)


@pytest.mark.parametrize(("entry", "name"), RUN)
def test_a_second_name_gives_the_same_result(entry, name):
    if entry.missing_extras():
        pytest.skip(f"needs the extra {', '.join(entry.missing_extras())}")
    one, other = asked(entry, entry.name), asked(entry, name)
    assert same(one, other)
    kept = [
        {word: value for word, value in done.info.items() if word not in CHANGING}
        for done in (one, other)
    ]
    assert same(*kept)


def test_dashes_and_capitals_too():
    world = WORLDS["Votes[Classes]"](0)
    assert rl.aggregate(world.labels, by="Dawid-Skene").info["by"] == "dawid_skene"


@pytest.mark.parametrize(("entry", "name"), EMBED)
def test_a_second_name_of_an_embedder_chooses_it(entry, name):
    task = entry.reads
    data = rl.Dataset(rl.Classes(np.array([0, 1])), {"items": ["a", "b"]}, source={"task": task})
    work = Preparation(data, Store(), 0, evidence=dict(data.evidence))
    assert embedder(work, name) == embedder(work, entry.name) == (entry, {}, "")


def test_a_majority_under_any_name_says_nothing_of_skills_that_it_does_not_learn():
    """Two groups of workers without a common item: skills cannot be compared."""
    apart = rl.Votes(
        np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3]), rl.Classes.of(list("abab")), n=2, w=4
    )
    for name in ("majority", *find("aggregate", "majority").also):
        assert not any(
            "groups" in warning for warning in rl.aggregate(apart, by=name).info["warnings"]
        ), name
    assert any(
        "groups" in warning for warning in rl.aggregate(apart, by="dawid_skene").info["warnings"]
    )


def test_options_under_two_names_of_one_auditor_are_refused_and_two_names_run_it_once():
    world = WORLDS["Classes"](0)
    probs = world.evidence["probs"]
    with pytest.raises(ValueError, match="options were given twice for confident_learning"):
        rl.audit(world.labels, probs=probs, options={"cl": {}, "confident_learning": {}})
    heard: list[str] = []
    from reliabel.core.run import running

    with running(listener=lambda what, done, of: heard.append(what)):
        rl.audit(world.labels, probs=probs, by=["cl", "confident_learning"])
    assert sum("confident_learning" in what for what in heard) == 1
