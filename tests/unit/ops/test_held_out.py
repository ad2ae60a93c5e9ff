import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.ops.held_out import held_out_scores, model_share, predict_votes


@pytest.fixture
def world():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=300)
    item, worker = np.repeat(np.arange(300), 4), np.tile(np.arange(4), 300)
    said = np.where(
        rng.random(1200) < np.array([0.9, 0.8, 0.7, 0.6])[worker], truth[item], 1 - truth[item]
    )
    return Votes(item, worker, Classes(said), 300, 4), truth


def test_the_truth_foretells_better_than_nothing_and_than_a_lie(world):
    votes, truth = world
    fits = {
        "truth": lambda some: np.eye(2)[truth],
        "even": lambda some: np.full((300, 2), 0.5),
        "first": lambda some: np.eye(2)[np.zeros(300, dtype=int)],
    }
    score = held_out_scores(votes, fits, rng=np.random.default_rng(0))
    expected = np.mean([p * np.log(p) + (1 - p) * np.log(1 - p) for p in (0.9, 0.8, 0.7, 0.6)])
    assert score["truth"] == pytest.approx(expected, abs=0.03)
    assert score["truth"] > score["even"] + 0.1
    assert score["even"] == pytest.approx(np.log(0.5), abs=0.03)


def test_held_out_votes_are_not_shown(world):
    votes, _ = world
    sizes = []
    held_out_scores(
        votes,
        {
            "spy": lambda some: (
                sizes.append(np.bincount(some.item, minlength=300)) or np.full((300, 2), 0.5)
            )
        },
        rng=np.random.default_rng(0),
    )
    assert [size.tolist() for size in sizes] == [[3] * 300] * 2


def test_nothing_is_held_out_of_pairs():
    votes = Votes(np.array([0, 0]), np.array([0, 1]), Classes(np.array([0, 1])), 1, 2)
    assert (
        held_out_scores(
            votes, {"any": lambda some: np.full((1, 2), 0.5)}, rng=np.random.default_rng(0)
        )
        == {}
    )


def test_forecasts_are_matrices_shrunk_to_the_crowd(world):
    votes, truth = world
    says = predict_votes(votes, np.eye(2)[truth])
    assert says.sum(2) == pytest.approx(np.ones((4, 2)))
    assert np.einsum("waa->wa", says).mean(1) == pytest.approx([0.9, 0.8, 0.7, 0.6], abs=0.05)


def test_a_model_weighs_what_it_foretells(world):
    votes, truth = world

    def plain(some):
        ones = (np.bincount(some.item, some.labels.y, 300) + 0.5) / (
            np.bincount(some.item, minlength=300) + 1
        )
        return np.stack([1 - ones, ones], axis=1)

    assert (
        model_share(votes, plain, np.eye(2)[truth] * 0.9 + 0.05, rng=np.random.default_rng(0))
        == 0.7
    )
    assert (
        model_share(votes, plain, np.eye(2)[1 - truth] * 0.9 + 0.05, rng=np.random.default_rng(0))
        <= 0.1
    )
    single = votes.take(votes.worker == 0)
    assert model_share(single, plain, np.eye(2)[truth], rng=np.random.default_rng(0)) == 0
