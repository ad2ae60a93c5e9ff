"""Relations between classes: planted ones are found by their kind, none in shuffled labels."""

import numpy as np
import pytest

from reliabel.core.labels import MultiLabel
from reliabel.measures.label_relations import measure
from reliabel.ops.taxonomy import closed, reduced, relations

NAMES = ("film", "movie", "dog", "animal", "day", "night", "red", "round")


def planted(n=2000, seed=0, slips=0.01):
    rng = np.random.default_rng(seed)
    y = np.zeros((n, 8), dtype=int)
    y[:, 0] = y[:, 1] = rng.random(n) < 0.3
    y[:, 3] = rng.random(n) < 0.4
    y[:, 2] = (y[:, 3] == 1) & (rng.random(n) < 0.4)
    y[:, 4] = rng.random(n) < 0.5
    y[:, 5] = (y[:, 4] == 0) & (rng.random(n) < 0.6)
    y[:, 6] = rng.random(n) < 0.3
    y[:, 7] = np.where(rng.random(n) < 0.5, y[:, 6], rng.random(n) < 0.3)
    flip = rng.random(y.shape) < slips
    return np.where(flip & (rng.random(y.shape) < y.mean(0)), 1 - y, y)


def told(y):
    pairs = measure(MultiLabel(y, NAMES)).parts["pairs"]
    return {(pair["kind"], *sorted((pair["a"], pair["b"]))) for pair in pairs}


@pytest.mark.parametrize("slips", [0.0, 0.01])
def test_planted_relations_are_found_by_their_kind_and_no_others(slips):
    assert told(planted(slips=slips)) == {
        ("identical", "film", "movie"),
        ("subsumed", "animal", "dog"),
        ("exclusive", "day", "night"),
        ("overlapping", "red", "round"),
    }


def test_none_is_found_in_shuffled_labels():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = planted(seed=seed)
        y = np.stack([rng.permutation(column) for column in y.T], 1)
        assert told(y) == set()


def test_unknown_cells_are_no_evidence():
    y = planted(slips=0)
    half = np.random.default_rng(1).random(y.shape) < 0.3
    assert told(np.where(half, -1, y)) == told(y)


def test_names_that_say_the_same_or_stand_below_are_told():
    rng = np.random.default_rng(0)
    y = (rng.random((200, 4)) < 0.3).astype(int)
    names = ("T-shirt", "t shirts", "animal", "animal/dog")
    pairs = measure(MultiLabel(y, names)).parts["pairs"]
    assert [(pair["kind"], pair["a"], pair["b"]) for pair in pairs if "name" in pair["kind"]] in (
        [("same name", "T-shirt", "t shirts"), ("name below", "animal/dog", "animal")],
        [("same name", "t shirts", "T-shirt"), ("name below", "animal/dog", "animal")],
    )


def test_identical_is_an_equivalence_and_no_pair_is_both_exclusive_and_subsumed():
    found = relations(planted())
    assert (found.same == found.same.T).all()
    assert not (found.exclusive & (found.implies | found.implies.T | found.same)).any()
    assert (closed(found.implies) == found.implies).all()
    assert (closed(reduced(found.implies)) == found.implies).all()


def test_a_chain_is_told_by_its_nearest_links():
    rng = np.random.default_rng(0)
    a = rng.random(3000) < 0.5
    b = a & (rng.random(3000) < 0.5)
    c = b & (rng.random(3000) < 0.5)
    y = np.stack([a, b, c], 1).astype(int)
    pairs = measure(MultiLabel(y, ("animal", "dog", "poodle"))).parts["pairs"]
    assert {(pair["a"], pair["b"]) for pair in pairs if pair["kind"] == "subsumed"} == {
        ("poodle", "dog"),
        ("dog", "animal"),
    }


def test_classes_that_nobody_has_or_all_have_are_related_to_none():
    y = planted(300)
    y[:, 6], y[:, 7] = 0, 1
    kinds = {pair for pair in told(y) if {"red", "round"} & set(pair)}
    assert kinds == set()
