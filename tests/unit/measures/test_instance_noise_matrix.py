"""One matrix in each half of the feature space, or the same in both."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.measures.instance_noise_matrix import measure
from reliabel.ops.noise import picked

EVEN = np.full((3, 3), 0.05) + 0.85 * np.eye(3)
PAIR = 0.6 * np.eye(3) + 0.4 * np.roll(np.eye(3), 1, axis=1)


def world(n, seed, left=EVEN, right=PAIR, each=3):
    rng = np.random.default_rng(seed)
    half = rng.random(n) < 0.5
    x = rng.normal(size=(n, 2)) + np.where(half, 3, -3)[:, None]
    true = rng.integers(0, 3, n)
    chance = np.where(half[:, None, None], right, left)[np.arange(n), true]
    said = np.concatenate([picked(chance, rng) for _ in range(each)])
    item, worker = np.tile(np.arange(n), each), np.repeat(np.arange(each), n)
    return Votes(item, worker, Classes(said), n=n, w=each), x, half


def test_each_half_gets_its_own_matrix():
    votes, x, half = world(2000, 0)
    found = measure(votes, features=x, rng=np.random.default_rng(0))
    local = found.parts["matrices"][found.parts["nearest"]]
    for mine, true, near in ((~half, EVEN, 0.08), (half, PAIR, 0.12)):
        off = np.abs(local[mine] - true).sum(2).mean()
        assert off < near < np.abs(found.parts["noise_matrix"] - true).sum(1).mean()
    assert found.value > 2 * found.parts["null"].max()
    assert found.info["verdict"].startswith("noise depends on the item")


def test_one_matrix_for_all_gives_no_evidence():
    """A value above all of 19 shuffled ones has a chance of one in twenty: 2 of 12 at most."""
    found = 0
    for seed in range(12):
        votes, x, _ = world(160, seed, right=EVEN)
        said = measure(votes, features=x, rng=np.random.default_rng(seed)).info["verdict"]
        found += not said.startswith("no evidence that noise depends on the item")
    assert found <= 2


def test_fewer_than_three_votes_an_item_are_refused_in_a_sentence():
    votes, x, _ = world(400, 0, each=2)
    with pytest.raises(ValueError, match=r"needs 3 votes an item .* 0 of 400 items have 3 or more"):
        measure(votes, features=x, rng=np.random.default_rng(0))
    votes, x, _ = world(160, 0)
    with pytest.raises(ValueError, match="near must be a number of items"):
        measure(votes, features=x, rng=np.random.default_rng(0), near=0)


def test_a_few_items_with_three_votes_give_no_number():
    votes, x, _ = world(50, 0)
    keep = (votes.item < 30) | (votes.worker < 2)
    few = Votes(votes.item[keep], votes.worker[keep], votes.labels.take(keep), n=50, w=3)
    found = measure(few, features=x, rng=np.random.default_rng(0))
    assert np.isnan(found.value)
    assert "30 of 50 items have 3 or more" in found.info["why"]


def test_items_with_few_votes_are_left_out():
    votes, x, _ = world(200, 0)
    keep = ~((votes.item < 50) & (votes.worker == 2))
    few = Votes(votes.item[keep], votes.worker[keep], votes.labels.take(keep), n=200, w=3)
    found = measure(few, features=x, rng=np.random.default_rng(0))
    assert found.info["items"] == 150
    assert (found.parts["nearest"][:50] == -1).all()
    assert found.parts["places"].min() >= 50
