"""Which models ``auto`` combines, and why."""

import numpy as np
import pytest

from reliabel.auto.aggregate import combined_consensus
from reliabel.core.labels import Classes, Votes


def rules(share, each=40, w=4):
    """Rules over 2 ``each`` items: half say class 0, half class 1, on ``share`` of their items; the rest is the other class."""
    n = 2 * each
    own = np.arange(w) % 2
    item = np.concatenate([np.arange(each) + each * (j // 2 % 2) for j in range(w)])
    worker = np.repeat(np.arange(w), each)
    y = np.where(np.tile(np.arange(each), w) < round(share * each), own[worker], 1 - own[worker])
    return Votes(item, worker, Classes(y, ("a", "b")), n, w)


@pytest.mark.parametrize(
    ("share", "one_class"),
    [(0.6, False), (0.8, False), (0.95, False), (0.975, True), (1.0, True)],
)
def test_sources_of_one_class_say_it_more_than_nineteen_times_of_twenty(share, one_class):
    """People whose votes lean to a class, even to nine of ten, are no rules that can say one class only."""
    assert (
        combined_consensus(rules(share)).info["models"] == {"precision_model": 1.0}
    ) == one_class


@pytest.mark.parametrize(("each", "one_class"), [(19, False), (20, True)])
def test_sources_with_fewer_than_twenty_votes_are_no_rules(each, one_class):
    assert (
        combined_consensus(rules(1.0, each)).info["models"] == {"precision_model": 1.0}
    ) == one_class


@pytest.mark.parametrize(("first", "one_class"), [(89, True), (91, False)])
def test_a_crowd_that_says_one_class_as_a_whole_makes_nobody_a_rule(first, one_class):
    """One worker always says a, the other gives the rest of the 200 votes: 89 or 91 % are a in all."""
    y = np.r_[np.zeros(120, dtype=int), np.where(np.arange(80) < 2 * first - 120, 0, 1)]
    item, worker = np.r_[np.arange(120), np.arange(80)], np.repeat([0, 1], [120, 80])
    votes = Votes(item, worker, Classes(y, ("a", "b")), 120, 2)
    models = combined_consensus(votes).info["models"]
    assert (models == {"precision_model": 1.0}) == one_class


def test_rules_are_read_backwards_only_where_they_give_most_votes():
    """Half of the votes, and just over half of them, come from a worker who says one class only."""
    for own, rule in ((100, False), (102, True)):
        y = np.r_[np.zeros(own, dtype=int), np.arange(100) % 2]
        item, worker = np.r_[np.arange(own), np.arange(100)], np.repeat([0, 1], [own, 100])
        models = combined_consensus(Votes(item, worker, Classes(y, ("a", "b")), own, 2)).info[
            "models"
        ]
        assert (models == {"precision_model": 1.0}) == rule
