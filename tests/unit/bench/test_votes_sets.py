"""The parts sets and spaces of the suite votes: their worlds, scores and tables."""

import numpy as np
import pytest

from reliabel.bench import votes_sets, votes_spaces
from reliabel.bench.votes import parts
from reliabel.ops.metric_spaces import SPACES


def test_the_parts_are_found():
    assert {"sets", "spaces"} <= set(parts())


@pytest.mark.parametrize("name", [n for n, w in votes_sets.WORLDS.items() if "real" not in w])
def test_worlds_of_sets_are_drawn_again(name):
    words = votes_sets.WORLDS[name]
    (votes, truth), (again, _) = votes_sets.planted(3, **words), votes_sets.planted(3, **words)
    assert (votes.labels.y == again.labels.y).all()
    assert truth.shape == (votes.n, votes.labels.k)
    right = votes.labels.y == truth[votes.item]
    assert right[votes.labels.y >= 0].mean() > 0.7


def test_scores_of_a_worked_example():
    p = np.array([[0.9, 0.2], [0.6, 0.1]])
    found = votes_sets.scores(p, np.array([[1, 0], [0, 0]]))
    assert found["wrong answers"] == 0.25
    assert found["right sets"] == 0.5
    assert found["F1 by label"] == pytest.approx(2 / 3)
    assert found["log loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.9]).mean())
    assert "log loss" not in votes_sets.scores((p > 0.5).astype(float), np.eye(2, dtype=int))


@pytest.mark.parametrize("words", votes_sets.CHOICES.values())
def test_choices_hold_the_true_class_as_often_as_planted(words):
    votes, truth = votes_sets.choices(0, *words)
    held = votes.labels.y[np.arange(len(votes)), truth[votes.item]] != 0
    assert held.mean() == pytest.approx(0.92 if words[0] == 1 else 0.75, abs=0.05)


def test_trees_and_points_are_as_planted():
    votes, _, far = votes_spaces.tree(0, up=0.3)
    assert (votes.labels.y >= len(far)).mean() == pytest.approx(0.3, abs=0.05)
    assert far.max() == 6
    for space in ("euclid", "sphere", "hyperbolic"):
        cast, at, rate = votes_spaces.points(0, space=space)
        off = SPACES[space].distance(at[cast.item], cast.labels.y)
        good = (rate == rate.min())[cast.worker]
        assert np.sqrt(np.square(off[good]).mean()) == pytest.approx(0.05, rel=0.25)


def test_tables():
    rows = votes_spaces._points("spaces-euclid", {"space": "euclid"}, 1)
    title, lines = list(votes_spaces.sections(rows))[-2]
    assert "mean distance" in title
    by = {line[0]: line[1] for line in lines[1:]}
    assert float(by["metric_space"]) < float(by["mean"])
