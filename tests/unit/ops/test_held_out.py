import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.ops import held_out
from reliabel.ops.held_out import (
    held_out_scores,
    model_share,
    predict_votes,
    temperature,
    temperature_from_gold,
    tempered,
)
from reliabel.ops.variational import crowd_prior


@pytest.fixture
def world():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=300)
    item, worker = np.repeat(np.arange(300), 4), np.tile(np.arange(4), 300)
    label = np.where(
        rng.random(1200) < np.array([0.9, 0.8, 0.7, 0.6])[worker], truth[item], 1 - truth[item]
    )
    return Votes(item, worker, Classes(label), 300, 4), truth


def test_the_truth_predicts_better_than_nothing_and_than_swapped_classes(world):
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
    chance = predict_votes(votes, np.eye(2)[truth])
    assert chance.sum(2) == pytest.approx(np.ones((4, 2)))
    assert np.einsum("waa->wa", chance).mean(1) == pytest.approx([0.9, 0.8, 0.7, 0.6], abs=0.05)


def test_a_model_gets_weight_for_what_it_predicts(world):
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


def test_predictions_are_counts_shrunk_by_four_votes_a_row(world):
    votes, truth = world
    votes = votes.take(votes.worker < 2)
    counts = np.zeros((4, 2, 2))
    np.add.at(counts, (votes.worker, truth[votes.item], votes.labels.y), 1)
    base = crowd_prior(counts, 4.0, learn=False)[0]
    for strength in (4.0, 1.0):
        expected = counts + strength * base
        expected /= expected.sum(2, keepdims=True)
        words = {} if strength == 4.0 else {"strength": strength}
        np.testing.assert_allclose(predict_votes(votes, np.eye(2)[truth], **words), expected)


def test_scores_are_the_mean_over_the_rounds(world):
    """Each round holds out one vote an item; the chance of a vote is that of its worker, over the
    classes.
    """
    votes, truth = world
    seen = []

    def spy(some):
        seen.append(some)
        return np.eye(2)[truth] * 0.8 + 0.1

    score = held_out_scores(votes, {"spy": spy}, rng=np.random.default_rng(0), rounds=3)["spy"]
    assert len(seen) == 3
    expected = []
    for kept in seen:
        left = np.ones(len(votes), dtype=bool)
        left[
            [
                i
                for i in range(len(votes))
                if votes.worker[i] in kept.worker[kept.item == votes.item[i]]
            ]
        ] = False
        away = votes.take(left)
        assert np.bincount(away.item).tolist() == [1] * 300
        p = np.eye(2)[truth] * 0.8 + 0.1
        chance = predict_votes(kept, p)[away.worker, :, away.labels.y]
        expected.append(np.log((p[away.item] * chance).sum(1)).mean())
    assert score == pytest.approx(np.mean(expected))


def test_items_with_three_votes_take_part_and_at_most_so_many(world):
    votes, truth = world
    keep = (votes.worker < 3) & (votes.item < 100) | (votes.worker < 2)
    seen = []
    held_out_scores(
        votes.take(keep),
        {"spy": lambda some: seen.append(some) or np.eye(2)[truth]},
        rng=np.random.default_rng(0),
    )
    assert [len(some) for some in seen] == [100 * 2 + 200 * 2] * 2
    seen.clear()
    held_out_scores(
        votes,
        {"spy": lambda some: seen.append(some) or np.eye(2)[truth]},
        rng=np.random.default_rng(0),
        most=50,
    )
    assert [len(np.unique(some.item)) for some in seen] == [50, 50]


def sharp(votes):
    """A consensus that is too sure: shares of votes to the sixth power."""
    ones = (np.bincount(votes.item, votes.labels.y, votes.n) + 0.5) / (
        np.bincount(votes.item, minlength=votes.n) + 1
    )
    both = np.stack([1 - ones, ones], axis=1) ** 6
    return both / both.sum(1, keepdims=True)


def crowd_of(each, n=400, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=n)
    item, worker = np.repeat(np.arange(n), each), np.tile(np.arange(each), n)
    y = np.where(rng.random(n * each) < 0.65, truth[item], 1 - truth[item])
    return Votes(item, worker, Classes(y), n, each), truth


@pytest.mark.parametrize(("each", "told"), [(4, False), (5, True)])
def test_a_temperature_takes_five_votes_an_item(each, told):
    found = temperature(crowd_of(each)[0], sharp, rng=np.random.default_rng(0))
    assert (found is not None) == told
    assert not told or found > 1


def test_the_temperature_is_that_of_the_best_prediction():
    """A calibrated posterior is not tempered; an overconfident one is, from gold as from votes."""
    votes, truth = crowd_of(7)
    hot = temperature(votes, sharp, rng=np.random.default_rng(0))
    assert hot >= 2
    assert (
        temperature(votes, lambda some: tempered(sharp(some), 6.0), rng=np.random.default_rng(0))
        == 1
    )
    assert temperature_from_gold(sharp(votes), truth) >= 2
    told = np.where(np.arange(400) < 200, truth, -1)
    losses = {
        t: -np.log(tempered(sharp(votes), t)[np.arange(200), truth[:200]]).mean()
        for t in (1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
    }
    assert temperature_from_gold(sharp(votes), told) == min(losses, key=losses.get)


def test_tempering_by_hand():
    p = np.array([[0.64, 0.04, 0.32], [1.0, 0.0, 0.0]])
    root = np.sqrt(p[0])
    assert tempered(p, 2.0)[0] == pytest.approx(root / root.sum())
    assert tempered(p, 2.0)[1] == pytest.approx([1, 0, 0])
    assert tempered(p, 1.0) is p


def test_a_model_is_weighed_on_items_with_two_votes_and_at_most_so_many(world):
    votes, truth = world
    seen = []

    def plain(some):
        seen.append(some)
        return np.full((300, 2), 0.5)

    pairs = votes.take((votes.worker < 2) & (votes.item < 200) | (votes.worker == 0))
    assert model_share(
        pairs, plain, np.eye(2)[truth] * 0.9 + 0.05, rng=np.random.default_rng(0)
    ) in (0.0, 0.7)
    assert np.bincount(seen[0].item, minlength=300).tolist() == [1] * 300
    model_share(votes, plain, np.eye(2)[truth], rng=np.random.default_rng(0), most=40)
    assert len(np.unique(seen[1].item)) == 40


def test_nothing_is_cooled_by_more_than_four():
    truth = np.arange(100) % 2
    sure = np.where(np.eye(2)[truth] > 0, 1 - 1e-9, 1e-9)
    half_wrong = np.where(np.arange(100)[:, None] < 50, sure, sure[:, ::-1])
    assert temperature_from_gold(half_wrong, truth) == 4
    assert temperature_from_gold(sure, truth) == 1


def test_as_many_items_as_are_looked_at_at_most_are_all_looked_at(world):
    """No item is drawn then, so that chance goes on as with a larger limit."""
    votes, truth = world
    fits = {"truth": lambda some: np.eye(2)[truth]}

    def scores(most):
        return held_out_scores(votes, fits, rng=np.random.default_rng(0), most=most)

    assert scores(300) == scores(50_000)
    shares = [
        model_share(
            votes, fits["truth"], np.full((300, 2), 0.5), rng=np.random.default_rng(0), most=most
        )
        for most in (300, 50_000)
    ]
    assert shares[0] == shares[1]
    five = crowd_of(5)[0]
    heat = [
        temperature(five, sharp, rng=np.random.default_rng(0), most=most) for most in (400, 50_000)
    ]
    assert heat[0] == heat[1]


@pytest.mark.parametrize("part", [1, 200, 10_000])
def test_chances_from_pairs_are_those_from_whole_matrices(monkeypatch, part):
    rng = np.random.default_rng(3)
    n, w, k = 60, 7, 5
    item, worker = np.repeat(np.arange(n), 4), rng.integers(0, w - 1, 4 * n)  # one never votes
    votes = Votes(item, worker, Classes(rng.integers(0, k - 1, 4 * n), tuple("abcde")), n, w)
    posterior = rng.dirichlet(np.ones(k), n)
    away = Votes(
        np.arange(30), rng.integers(0, w, 30), Classes(rng.integers(0, k, 30), tuple("abcde")), n, w
    )
    whole = held_out.vote_chances(votes, posterior, away)
    monkeypatch.setattr(held_out, "SMALL", 0)
    monkeypatch.setattr(held_out, "PART", part)
    in_pairs = held_out.vote_chances(votes, posterior, away)
    np.testing.assert_allclose(in_pairs, whole, rtol=1e-12)
    np.testing.assert_allclose(
        whole, predict_votes(votes, posterior)[away.worker, :, away.labels.y], rtol=0
    )
