"""Which votes to buy, by hand."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.crowd.next_votes import expected_gain, next_votes

SURE, FAIR = np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.7, 0.3], [0.3, 0.7]])


def voted(pairs, n, w):
    item, worker = np.array(pairs).T
    return Votes(item, worker, Classes(np.zeros(len(item), dtype=int), ("a", "b")), n, w)


def test_the_gain_of_votes_by_hand():
    """Chances .6 and .4, a worker who is right in .9: a vote for b (.06 + .36) changes the best
    class, which gains .36 - .06.
    """
    p = np.array([[0.6, 0.4]])
    assert expected_gain(p, SURE, 1)[0] == pytest.approx(0.36 - 0.06)
    two = 0.6 * 0.81 + max(0.6 * 2 * 0.09, 0.4 * 2 * 0.09) + 0.4 * 0.81
    assert expected_gain(p, SURE, 2)[0] == pytest.approx(two - 0.6)
    skewed = np.array([[1.0, 0.0], [0.5, 0.5]])  # votes for b on items b only, in half of the cases
    assert expected_gain(p, skewed, 1)[0] == pytest.approx(0.6 + 0.2 - 0.6)


def test_classes_beyond_the_third_are_taken_together():
    p = np.array([[0.4, 0.3, 0.15, 0.1, 0.05]])
    a = 0.6 * np.eye(5) + 0.08
    rest = np.zeros((4, 4))  # the three likeliest, and the others as one class
    rest[:3, :3] = a[:3, :3]
    rest[:3, 3] = 0.16
    rest[3, :3] = 0.08
    rest[3, 3] = 0.76
    chances = np.array([0.4, 0.3, 0.15, 0.15])
    assert expected_gain(p, a, 1)[0] == pytest.approx((chances[:, None] * rest).max(0).sum() - 0.4)


def test_an_item_takes_as_many_votes_as_gain_most_a_vote():
    votes = voted([(0, 0), (1, 0), (2, 0)], 3, 2)
    p = np.array([[0.9, 0.1], [0.6, 0.4], [0.97, 0.03]])
    found = next_votes(votes, p, np.stack([FAIR, FAIR]), ahead=5)
    each = np.array([[expected_gain(p, FAIR, m)[i] / m for m in range(1, 6)] for i in range(3)])
    assert found.need.tolist() == [1 + each[0].argmax(), 1, 0]
    assert found.need[0] > 2
    assert found.value[:2] == pytest.approx(each.max(1)[:2])
    assert found.value[2] == 0
    assert found.item.tolist() == [1, 0]
    assert found.votes.tolist() == [1, found.need[0]]
    assert found.why == ("", "", "sure")
    near = next_votes(votes, p, np.stack([FAIR, FAIR]), ahead=2)
    assert near.why == ("not worth it", "", "sure")


@pytest.mark.parametrize(("best", "why"), [(0.95, "sure"), (0.9499, "")])
def test_an_item_is_sure_from_its_error_on(best, why):
    votes = voted([(0, 0)], 1, 1)
    assert next_votes(votes, np.array([[best, 1 - best]]), SURE[None], price=0.0).why == (why,)


@pytest.mark.parametrize(("cap", "why"), [(3, "enough votes"), (4, "")])
def test_an_item_has_enough_votes_at_the_cap(cap, why):
    votes = voted([(0, 0), (0, 1), (0, 2)], 1, 3)
    assert next_votes(votes, np.array([[0.5, 0.5]]), np.stack([SURE] * 3), cap=cap).why == (why,)


def test_the_worker_who_tells_most_is_asked_unless_they_have_voted():
    votes = voted([(0, 1), (1, 0), (2, 0), (2, 1), (2, 2)], 3, 3)
    confusion = np.stack([FAIR, SURE, FAIR])
    found = next_votes(votes, np.full((3, 2), 0.5), confusion)
    asked = dict(zip(found.item.tolist(), found.worker.tolist(), strict=True))
    assert asked == {0: 0, 1: 1, 2: -1}
    cheap = next_votes(votes, np.full((3, 2), 0.5), confusion, cost=np.array([1.0, 100.0, 1.0]))
    assert dict(zip(cheap.item.tolist(), cheap.worker.tolist(), strict=True))[1] == 2


def test_nobody_is_handed_more_than_their_share():
    votes = voted([(i, 3) for i in range(5)], 5, 4)
    confusion = np.stack([SURE, FAIR, np.full((2, 2), 0.5), SURE])
    found = next_votes(votes, np.full((5, 2), 0.5), confusion, most=2)
    assert found.worker.tolist() == [0, 0, 1, 1, 2]
    assert next_votes(votes, np.full((5, 2), 0.5), confusion).worker.tolist() == [0] * 5


def test_ties_of_gain_go_to_the_worker_whose_answer_tells_more():
    """On an item that one vote cannot turn, the gain of every worker is nought."""
    votes = voted([(0, 2)], 1, 3)
    found = next_votes(
        votes, np.array([[0.92, 0.08]]), np.stack([FAIR, SURE * 0.9 + 0.05, FAIR]), price=0.0
    )
    assert found.worker.tolist() == [1]


def test_the_budget_takes_the_best_items():
    votes = voted([(i, 0) for i in range(4)], 4, 2)
    p = np.array([[0.8, 0.2], [0.5, 0.5], [0.7, 0.3], [0.5, 0.5]])
    found = next_votes(votes, p, np.stack([SURE, SURE]), budget=3)
    assert found.item.tolist() == [1, 3, 2]
    assert found.gain == pytest.approx(expected_gain(p, SURE, 1)[[1, 3, 2]])
    assert len(next_votes(votes, p, np.stack([SURE, SURE]), budget=0).worker) == 0


def test_the_crowds_matrix_weighs_workers_by_their_votes():
    votes = voted([(0, 0), (1, 0), (2, 0), (0, 1)], 3, 3)
    p = np.array([[0.5, 0.5]] * 3)
    crowd = (3 * SURE + FAIR) / 4
    found = next_votes(votes, p, np.stack([SURE, FAIR, np.full((2, 2), 0.5)]), ahead=1)
    assert found.value == pytest.approx(expected_gain(p, crowd, 1))
