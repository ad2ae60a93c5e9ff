import numpy as np
import pytest

from reliabel.ops.vote_models import VoteModel, dirichlet, vote_patterns


def _votes(rng, n, right, away=None, share=0.0, k=2):
    """Workers who all vote; on a ``share`` of the items all are right with chance ``away``."""
    true = rng.integers(k, size=n)
    chance = np.tile(right, (n, 1))
    chance[rng.random(n) < share] = away
    shift = rng.integers(1, k, chance.shape)
    label = np.where(rng.random(chance.shape) < chance, true[:, None], (true[:, None] + shift) % k)
    item = np.repeat(np.arange(n), len(right))
    return item, np.tile(np.arange(len(right)), n), label.ravel()


def test_items_with_the_same_votes_are_one_row():
    item = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    worker = np.array([0, 1, 1, 0, 0, 1, 0, 1])
    label = np.array([1, 0, 0, 1, 1, 1, 1, 0])  # items 0, 1 and 3 are alike
    found = vote_patterns(item, worker, label, 2, 1000, 5000, np.random.default_rng(0))
    assert sorted(found.items.tolist()) == [1, 3]
    assert found.votes.toarray()[found.items.argmax()].tolist() == [0, 1, 1, 0]
    assert found.by_class[found.items.argmax()].tolist() == [1, 1]
    assert found.majority[found.items.argmax()].tolist() == [0.5, 0.5]
    most = vote_patterns(item, worker, label, 2, 1000, 3, np.random.default_rng(0))
    assert most.items.sum() == 3


def test_items_are_drawn_through_workers_who_keep_common_items():
    rng = np.random.default_rng(0)
    n, w = 20_000, 10_000
    item, worker = np.repeat(np.arange(n), 3), rng.integers(w, size=3 * n)
    label = rng.integers(2, size=3 * n)
    found = vote_patterns(item, worker, label, 2, 200, 5000, rng)
    assert found.votes.shape == (200, found.workers * 2)
    assert (found.items == 1).all()
    assert found.votes.sum() == 600, "all votes of the items come along"
    each = np.asarray(found.votes.sum(0)).reshape(found.workers, 2).sum(1)
    assert (each >= 3).sum() >= 8, "by chance alone no worker has three of 600 votes"


def test_a_dirichlet_sums_to_one_even_where_alpha_is_tiny():
    p = dirichlet(np.full((5, 3), 1e-12), np.random.default_rng(0))
    assert p.sum(1) == pytest.approx(1)
    assert (p > 0).all()


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("matrices", [True, False])
def test_the_draws_lie_about_the_true_accuracies(k, matrices):
    right = np.array([0.9, 0.85, 0.8, 0.75, 0.7, 0.65])
    item, worker, label = _votes(np.random.default_rng(k), 1500, right, k=k)
    rng = np.random.default_rng(0)
    data = vote_patterns(item, worker, label, k, 1500, 5000, rng)
    model = VoteModel(data, matrices=matrices, hard=False, chains=2, rng=rng)
    found = model.run(60, 30)
    assert found.best.shape == found.majority.shape == found.fit.shape == (30, 2)
    assert found.balance.mean((0, 1)) == pytest.approx(np.full(k, 1 / k), abs=0.05)
    assert (found.best >= found.majority).all(), "nothing is better than the best rule"
    later = model.run(10, 10)
    assert later.fit.mean() == pytest.approx(found.fit.mean(), abs=20), "and it goes on from there"


def test_hard_items_are_found_where_workers_err_together():
    rng = np.random.default_rng(0)
    votes = _votes(rng, 1500, np.full(9, 0.9), away=0.5, share=0.3)
    data = vote_patterns(*votes, 2, 1000, 5000, rng)
    plain, hard = (
        VoteModel(data, matrices=False, hard=hard, chains=2, rng=rng).run(60, 30).fit.mean(0).max()
        for hard in (False, True)
    )
    assert hard > plain + 20
