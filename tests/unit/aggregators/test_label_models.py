"""Label models of labelling functions: planted accuracies and chances are found again, and what
each is weak at is so.
"""

import numpy as np
import pytest

from reliabel.aggregators import (
    constrained_labels,
    data_programming,
    hyper_label_model,
    majority,
    metal,
    triplets,
)
from reliabel.bench.weak_worlds import planted
from reliabel.core.labels import Classes, Votes


def _right(votes, truth, method, **options):
    there = np.bincount(votes.item, minlength=votes.n) > 0
    p = method.aggregate(votes, **options).labels
    return p.credit()[np.arange(votes.n), truth][there].mean()


@pytest.fixture(scope="module")
def binary():
    """Functions of known accuracy that fire on 60 % of the items, two classes of .7 and .3."""
    rng = np.random.default_rng(5)
    n, accuracy = 4000, np.array([0.9, 0.85, 0.8, 0.7, 0.65, 0.6])
    truth = (rng.random(n) < 0.3).astype(int)
    fires = rng.random((n, 6)) < 0.6
    item, worker = np.nonzero(fires)
    y = np.where(rng.random(len(item)) < accuracy[worker], truth[item], 1 - truth[item])
    return Votes(item, worker, Classes(y, ("a", "b")), n, 6), truth, accuracy


@pytest.mark.parametrize(
    ("method", "options", "off"),
    [
        (metal, {"balance": "mean"}, 0.04),
        (metal, {"balance": "learnt"}, 0.05),
        (triplets, {"rng": np.random.default_rng(0)}, 0.05),
        (data_programming, {}, 0.06),
    ],
)
def test_planted_accuracies_are_found(binary, method, options, off):
    votes, truth, accuracy = binary
    found = method.aggregate(votes, **options)
    assert np.abs(found.skill - accuracy).max() < off
    assert _right(votes, truth, method, **options) > _right(votes, truth, majority) + 0.01


def test_metal_finds_the_chances_and_the_balance(binary):
    votes, _, accuracy = binary
    gold = np.where(np.arange(votes.n) < 400, binary[1], -1)
    found = metal.aggregate(votes, balance="gold", gold=gold)
    assert found.info["balance"][1] == pytest.approx(0.3, abs=0.05)
    assert found.info["chances"][0] == pytest.approx(
        0.6 * np.array([[0.9, 0.1], [0.1, 0.9]]), abs=0.05
    )
    assert (np.diff(found.trace) >= 0).all()
    learnt = metal.aggregate(votes, balance="learnt").info["balance"]
    assert learnt[0] > 0.6
    assert accuracy[0] == 0.9


def test_metal_names_its_options():
    votes = Votes([0], [0], Classes([0], ("a", "b")), 1, 1)
    with pytest.raises(ValueError, match="uniform, mean, learnt, gold, got 'flat'"):
        metal.aggregate(votes, balance="flat")
    wide = Votes([0], [0], Classes([0], ("a", "b")), 1, 4000)
    for method in (metal.aggregate, lambda v: triplets.aggregate(v, rng=np.random.default_rng(0))):
        with pytest.raises(ValueError, match="precision_model takes any number"):
            method(wide)


def test_triplets_of_the_paper():
    c = np.array([[1, 0.48, 0.32], [0.48, 1, 0.24], [0.32, 0.24, 1]])
    found = triplets._thirds(c, np.array([0, 1, 2]), np.array([1, 2, 0]), np.array([2, 0, 1]))
    assert found == pytest.approx([0.8, 0.6, 0.4])


def test_triplets_says_which_functions_are_in_none():
    votes = Votes([0, 1, 2], [0, 1, 2], Classes([0, 1, 0]), 3, 3)
    found = triplets.aggregate(votes, rng=np.random.default_rng(0))
    assert "3 of 3 functions are in no triplet" in found.info["warnings"][0]
    assert np.isfinite(found.labels.p).all()


def test_triplets_take_functions_of_one_class():
    """Moments of votes, as in the paper, tell nothing of a function that says one class only."""
    rng = np.random.default_rng(1)
    n, truth = 6000, None
    truth = (rng.random(n) < 0.4).astype(int)
    named = np.array([0, 0, 0, 1, 1, 1])
    chance = np.where(truth[:, None] == named, 0.5, np.linspace(0.05, 0.25, 6))
    item, worker = np.nonzero(rng.random((n, 6)) < chance)
    votes = Votes(item, worker, Classes(named[worker]), n, 6)
    assert _right(votes, truth, triplets, rng=rng) > _right(votes, truth, majority) - 0.005
    skill = triplets.aggregate(votes, rng=rng).skill
    assert skill[0] > skill[2]
    assert skill[3] > skill[5]


def test_data_programming_drifts_on_functions_of_one_class():
    votes, truth = planted("one_class", 6)
    assert _right(votes, truth, data_programming) < _right(votes, truth, majority) - 0.1


def test_constrained_labels_keep_the_bounds_and_stay_near_the_majority():
    votes, truth = planted("adversarial", 0)
    found = constrained_labels.aggregate(votes)
    assert (np.diff(found.trace) >= 0).all()
    assert found.trace[-1] > found.trace[0] or found.trace[0] == 0
    assert _right(votes, truth, constrained_labels) > _right(votes, truth, majority) - 0.01


@pytest.mark.parametrize("world", ["independent", "one_class", "sparse"])
def test_the_network_is_above_a_majority_on_votes_it_never_saw(world):
    gains = []
    for seed in range(3):
        votes, truth = planted(world, seed)
        gains.append(_right(votes, truth, hyper_label_model) - _right(votes, truth, majority))
    assert np.mean(gains) > 0


def test_the_network_reads_any_number_of_classes_the_same_way():
    votes, _ = planted("one_class", 3)
    k = votes.labels.k
    turned = Votes(votes.item, votes.worker, Classes((votes.labels.y + 1) % k), votes.n, votes.w)
    here = hyper_label_model.aggregate(votes).labels.p
    there = hyper_label_model.aggregate(turned).labels.p
    assert there == pytest.approx(np.roll(here, 1, axis=1), abs=1e-9)
    flat = hyper_label_model.aggregate(votes, temperature=3.0).labels.p
    assert flat.max(1).mean() < here.max(1).mean()


def test_its_weights_are_small():
    assert hyper_label_model.TRAINED.stat().st_size < 1_000_000


def test_flows_keep_to_their_bounds(binary):
    pytest.importorskip("torch")
    from reliabel.aggregators import label_learning_flows

    votes, truth, _ = binary
    some = votes.take(votes.item < 800)
    some = Votes(some.item, some.worker, some.labels, 800, votes.w)
    found = label_learning_flows.aggregate(some, rng=np.random.default_rng(0), slack=1.0)
    assert found.info["excess"] < 0.01
    assert (np.diff(found.info["bounds"][[0, 2, 3, 5]]) > 0).all()  # as their accuracies fall
    right = found.labels.credit()[np.arange(800), truth[:800]].mean()
    assert right > 0.7  # a majority has .79: it is experimental
