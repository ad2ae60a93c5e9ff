"""How many consensus labels are wrong: by the model with an empirical interval, by gold items with
Wilson's.
"""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.crowd.consensus_errors import ABOVE, BELOW, ENOUGH, consensus_errors
from reliabel.ops.agreement import wilson


def agreeing(n, wrong=0):
    """n items with three equal votes each for the true class, the first ``wrong`` items for the
    other class.
    """
    truth = np.arange(n) % 2
    y = np.where(np.arange(n) < wrong, 1 - truth, truth)
    votes = Votes(
        np.repeat(np.arange(n), 3),
        np.tile(np.arange(3), n),
        Classes(np.repeat(y, 3), ("a", "b")),
        n,
        3,
    )
    return votes, truth


def test_the_model_s_interval_is_a_step_in_log_odds():
    """Votes that say nothing of the item: independent errors would leave no fewer wrong labels."""
    rng = np.random.default_rng(0)
    votes = Votes(
        np.repeat(np.arange(400), 3),
        np.tile(np.arange(3), 400),
        Classes(rng.integers(0, 2, 1200), ("a", "b")),
        400,
        3,
    )
    found = consensus_errors(votes, np.tile([0.9, 0.1], (400, 1)))
    odds = 0.1 / 0.9
    low, high = (odds * np.exp(step) for step in (-BELOW, ABOVE))
    assert found.count.value == pytest.approx(40)
    assert found.count.low == pytest.approx(400 * low / (1 + low))
    assert found.count.high == pytest.approx(400 * high / (1 + high))
    assert found.count.method == "model"
    assert found.gold is None


def test_the_low_end_reaches_down_to_what_independent_errors_leave():
    """Fifteen good workers who err alone: hardly any of 300 labels is wrong, whatever a cautious
    consensus expects.
    """
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 300)
    item, worker = np.repeat(np.arange(300), 7), rng.integers(0, 15, 2100)
    y = np.where(rng.random(2100) < 0.9, truth[item], 1 - truth[item])
    votes = Votes(item, worker, Classes(y, ("a", "b")), 300, 15)
    cautious = np.where(np.eye(2)[truth] > 0, 0.88, 0.12)
    count = consensus_errors(votes, cautious).count
    assert count.value == pytest.approx(36)
    assert count.low < 3


def test_items_without_votes_do_not_count():
    votes, _ = agreeing(40)
    more = Votes(votes.item, votes.worker, votes.labels, 100, 3)
    found = consensus_errors(more, np.tile([0.9, 0.1], (100, 1)))
    assert found.items == 40
    assert found.count.value == pytest.approx(4)


@pytest.mark.parametrize("wrong", [0, 9])
def test_gold_items_make_the_estimate_though_the_consensus_has_learnt_them(wrong):
    n, checked = 200, 60
    votes, truth = agreeing(n, wrong)
    gold = np.where(np.arange(n) < checked, truth, -1)
    posterior = np.eye(2)[np.where(gold >= 0, gold, truth)]  # right on every gold item
    found = consensus_errors(votes, posterior, gold)
    assert found.gold == (checked, wrong)
    low, high = wilson(np.array(float(wrong)), np.array(float(checked)))
    assert found.count.value == pytest.approx(n * (wrong + 0.5) / (checked + 1))
    assert found.count.low == pytest.approx(n * float(low))
    assert found.count.high == pytest.approx(n * float(high))
    assert found.count.method == "gold"


def test_a_few_gold_items_are_counted_but_make_no_estimate():
    votes, truth = agreeing(200)
    gold = np.where(np.arange(200) < ENOUGH - 1, truth, -1)
    found = consensus_errors(votes, np.tile([0.9, 0.1], (200, 1)), gold)
    assert found.count.method == "model"
    assert found.gold == (ENOUGH - 1, found.gold[1])


def test_a_consensus_that_is_sure_of_everything_expects_no_error():
    votes, truth = agreeing(40)
    count = consensus_errors(votes, np.eye(2)[truth]).count
    assert (count.value, count.low, count.high) == (0, 0, 0)
