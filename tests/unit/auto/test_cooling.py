"""The temperature of an item, by hand, and what cooling keeps."""

import numpy as np
import pytest

from reliabel.auto.cooling import cooled, temperatures, with_shrunk_matrices
from reliabel.core.labels import Classes, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.crowd import confusion_matrices, votes_posterior
from reliabel.ops.dependence import Dependence

# three votes on item 0, one on item 1, none on item 2
VOTES = Votes(
    np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), Classes(np.zeros(4, int), ("a", "b")), 3, 3
)


def shares(shared, group=(0, 1, 2)):
    nothing = np.zeros((0, 2), dtype=int)
    return Dependence(shared, np.array(group), nothing, np.zeros(0), np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("shared", "group", "first"),
    [
        (0.0, (0, 1, 2), 2 * (1 + 2 * 0.2)),  # a fifth is missing even where votes do not show it
        (0.2, (0, 1, 2), 2 * (1 + 2 * 0.2)),
        (0.5, (0, 1, 2), 2 * (1 + 2 * 0.5)),
        (0.5, (0, 0, 2), 2 * 3 / 2 * (1 + 0.5)),  # two near copies count as one
        (0.5, (0, 0, 0), 2 * 3),
    ],
)
def test_the_temperature_is_twice_the_votes_over_the_independent_ones(shared, group, first):
    assert temperatures(VOTES, shares(shared, group)) == pytest.approx([first, 2.0, 1.0])


def test_cooling_divides_log_posteriors_and_keeps_the_order_of_classes():
    p = np.array([[0.99, 0.01], [0.2, 0.8], [0.3, 0.7]])
    found = cooled(VOTES, Consensus(Soft(p, ("a", "b"))), shares(0.5)).labels.p
    odds = np.array([99 ** (1 / 4), 0.25 ** (1 / 2), 3 / 7])
    assert found[:, 0] / found[:, 1] == pytest.approx(odds)
    assert found.argmax(1).tolist() == p.argmax(1).tolist()
    sure = cooled(VOTES, Consensus(Soft(np.array([[1.0, 0.0]] * 3), ("a", "b"))), shares(0.5))
    assert np.isfinite(sure.labels.p).all()
    assert (sure.labels.p[:2, 1] < 1e-70).all()


def test_a_quarter_of_the_posterior_comes_from_shrunk_matrices():
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    found = with_shrunk_matrices(VOTES, Consensus(Soft(p, ("a", "b")), info={"balance": 1}))
    confusion, balance = confusion_matrices(VOTES, p)
    again = votes_posterior(VOTES, confusion, balance)
    assert found.labels.p == pytest.approx(0.75 * p + 0.25 * again)
    assert found.info["confusion"].tolist() == confusion.tolist()
    assert found.info["balance"] == 1
