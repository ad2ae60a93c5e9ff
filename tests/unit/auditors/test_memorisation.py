"""Memorisation: the figures of heads, pairs, singletons and wrong labels, and the closed form."""

import numpy as np
import pytest

from reliabel.auditors import memorisation
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest

K, D = 10, 32


def tail(seed=0, heads=1500, pairs=100, alone=100, rate=0.05):
    """Ten classes that are each one large cluster, pairs and single items: features, labels and
    what each item is ("head", "pair", "single", "wrong").
    """
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=(K, D)) * 3
    y = rng.integers(0, K, heads + pairs + alone)
    at = np.concatenate([centre[y[:heads]], rng.normal(size=(pairs + alone, D)) * 3])
    y = np.concatenate([y, y[heads : heads + pairs]])
    at = np.concatenate([at, at[heads : heads + pairs]])
    what = np.repeat(["head", "pair", "single", "pair"], [heads, pairs, alone, pairs])
    x = at + rng.normal(size=at.shape) * 0.3
    wrong = (what == "head") & (rng.random(len(y)) < rate)
    y = np.where(wrong, (y + rng.integers(1, K, len(y))) % K, y)
    return x, Classes(y), np.where(wrong, "wrong", what)


def test_heads_pairs_singles_and_wrong_labels_have_their_figures():
    x, labels, what = tail()
    score = memorisation.audit(labels, neighbours=nearest(x, j=20)).score
    for name, due in (("head", 0.05), ("pair", 0.28), ("single", 0.91), ("wrong", 1.0)):
        assert score[what == name].mean() == pytest.approx(due, abs=0.05), name


def test_it_is_the_mean_over_models_that_learnt_random_parts():
    x, labels, _ = tail(heads=150, pairs=15, alone=15)
    around = nearest(x, j=40)
    score = memorisation.audit(labels, neighbours=around, share=0.6).score
    rng, n = np.random.default_rng(0), len(labels)
    right, times = np.zeros(n), np.zeros(n)
    for _ in range(600):
        part = rng.random(n) < 0.6
        first = part[around.index].argmax(1)
        said = labels.y[around.index[np.arange(n), first]]
        right[~part] += (said == labels.y)[~part]
        times[~part] += 1
    assert score == pytest.approx(1 - right / times, abs=0.15)
    assert np.abs(score - (1 - right / times)).mean() < 0.015


def test_a_second_view_says_which_are_wrong():
    x, labels, what = tail()
    truth = np.where(what == "wrong", (labels.y + 1) % K, labels.y)
    p = np.full((len(truth), K), 0.05) + 0.5 * np.eye(K)[truth]
    said = memorisation.audit(labels, neighbours=nearest(x, j=20), probs=p)
    kind = np.array(said.kind)
    assert set(kind[what == "wrong"]) == {"contradicted"}
    assert (kind[what == "single"] == "atypical").mean() > 0.8
    assert said.info["histogram"].sum() == len(labels)


def test_copies_support_each_other_and_lone_items_have_nobody():
    around = Neighbours(np.array([[1, 2], [0, 2], [-1, -1]]), np.full((3, 2), np.inf))
    said = memorisation.audit(Classes(np.array([0, 0, 1])), neighbours=around)
    assert said.score[:2] == pytest.approx([0.3 / 1.3] * 2)  # (.7 * .3) / (.7 + .21)
    assert np.isnan(said.score[2]), "no neighbour, nothing to say"


def test_unlabelled_neighbours_teach_nothing():
    around = Neighbours(np.array([[1, 2], [0, 2], [0, 1]]), np.ones((3, 2)))
    said = memorisation.audit(Classes(np.array([0, -1, 0])), neighbours=around)
    assert said.score[[0, 2]].tolist() == [0, 0]
    assert np.isnan(said.score[1])
    with pytest.raises(ValueError, match="share must lie between 0 and 1"):
        memorisation.audit(Classes(np.array([0])), neighbours=around, share=1.0)
