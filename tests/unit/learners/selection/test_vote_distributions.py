"""vote_distributions: the four losses, and what the distribution teaches about doubtful items."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import clouds
from tests.unit.learners.selection.crowds import crowd

from reliabel.core.labels import Classes, Votes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.vote_distributions import (
    CHOICES,
    VoteTargets,
    drawn_loss,
    learn,
    multi_loss,
)

LOGITS = torch.tensor([[2.0, 1.0, -1.0]])


def doubtful(seed: int, each: int = 10, n: int = 600):
    """Votes drawn from the true chances of the classes, which a linear model says; fresh items."""
    rng = np.random.default_rng(seed)
    x, _, fresh, _ = clouds(n, seed=seed)
    w = rng.normal(size=(x.shape[1], 4)) / 5
    p, chance = (np.exp(z @ w) for z in (x, fresh))
    p, chance = p / p.sum(1, keepdims=True), chance / chance.sum(1, keepdims=True)
    said = (rng.random((n, each, 1)) > p.cumsum(1)[:, None]).sum(2).clip(0, 3)
    item, worker = np.repeat(np.arange(n), each), np.tile(np.arange(each), n)
    return Votes(item, worker, Classes(said.ravel()), n, each), said, x, fresh, chance


def test_multi_is_content_with_any_right_class():
    two, one = torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[1.0, 0.0, 0.0]])
    p = LOGITS.softmax(1)[0]
    assert torch.allclose(multi_loss(LOGITS, two), -(0.5 * p[0]).log())
    assert torch.allclose(multi_loss(LOGITS, one), -p[0].log())
    assert torch.allclose(multi_loss(LOGITS, torch.tensor([[0.2, 0.8, 0.0]])), -(0.8 * p[1]).log())


def test_drawn_is_the_distribution_on_average():
    torch.manual_seed(0)
    target = torch.tensor([[0.5, 0.25, 0.25]])
    drawn = drawn_loss(LOGITS.repeat(20_000, 1), target.repeat(20_000, 1)).mean()
    due = torch.nn.functional.cross_entropy(LOGITS, target)
    assert float(drawn) == pytest.approx(float(due), rel=0.02)


def test_held_out_rows_are_judged_by_the_share_of_votes_for_the_predicted_class():
    shares = np.array([[0.75, 0.25], [0.0, 1.0]])
    recipe = VoteTargets(shares, shares, "distribution")
    found = recipe.agreement(np.array([[0.6, 0.4], [0.6, 0.4]]), np.array([0, 1]))
    assert found == pytest.approx(0.375, abs=1e-3)


def test_the_distribution_knows_better_how_doubtful_an_item_is_than_one_class():
    told = {name: [] for name in ("distribution", "majority", "one vote")}
    right = {name: [] for name in told}
    for seed in range(2):
        votes, said, x, fresh, chance = doubtful(seed)
        words = {"features": x, "training": Training(keep="last", hold_out=0.0)}
        models = {
            name: learn(votes, rng=np.random.default_rng(seed), target=name, **words)
            for name in ("distribution", "majority")
        }
        models["one vote"] = cross_entropy.learn(
            Classes(said[:, 0]), rng=np.random.default_rng(seed), **words
        )
        for name, model in models.items():
            p = model.predict(fresh).p
            told[name].append(-(chance * np.log(p)).sum(1).mean())
            right[name].append((p.argmax(1) == chance.argmax(1)).mean())
    loss = {name: np.mean(each) for name, each in told.items()}
    assert loss["distribution"] < loss["majority"] - 0.05, loss
    assert loss["distribution"] < loss["one vote"] - 0.05, loss
    assert np.mean(right["distribution"]) > np.mean(right["one vote"]) + 0.1, right


@pytest.mark.parametrize("target", sorted(CHOICES))
def test_every_target_learns_from_a_crowd(target):
    votes, x, _, fresh, true, _ = crowd(0)
    model = learn(
        votes, features=x, rng=np.random.default_rng(0), target=target, training=Training(epochs=8)
    )
    assert (model.predict(fresh).p.argmax(1) == true).mean() > 0.6
    assert len(model.labels) == votes.n == len(model.info["clear"])


def test_unclear_items_are_left_out_unless_all_are():
    item, worker = np.repeat(np.arange(30), 2), np.tile([0, 1], 30)
    split = Votes(item, worker, Classes(np.tile([0, 1], 30)), n=30, w=2)
    x = np.random.default_rng(0).normal(size=(30, 2))
    words = {"features": x, "rng": np.random.default_rng(0), "training": Training(epochs=2)}
    assert not learn(split, target="majority", **words).info["clear"].any()
    with pytest.raises(ValueError, match="target must be one of majority, multi, drawn"):
        learn(split, target="median", **words)
