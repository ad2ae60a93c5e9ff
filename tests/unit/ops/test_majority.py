import numpy as np
import pytest

from reliabel.ops.majority import compare_alike, compare_unequal, majority_is_best


@pytest.mark.parametrize(
    ("world", "plain", "best", "optimal"),
    [
        ((0.7, 0.7, 0.6, 3), 0.7840, 0.7840, True),
        ((0.7, 0.7, 0.8, 3), 0.7840, 0.8470, False),
        ((0.9, 0.6, 0.5, 3), 0.8100, 0.8325, False),
    ],
)
def test_workers_who_are_alike(world, plain, best, optimal):
    found = compare_alike(*world)
    assert (found.majority, found.best) == pytest.approx((plain, best), abs=5e-5)
    assert found.optimal is optimal


def test_thresholds():
    assert compare_alike(0.7, 0.7, 0.8, 3).threshold == pytest.approx(0.682, abs=5e-4)
    assert compare_alike(0.9, 0.6, 0.5, 3).threshold == pytest.approx(2.065, abs=5e-4)


@pytest.mark.parametrize(
    ("right", "plain", "best", "optimal"),
    [
        ((0.95, 0.6, 0.6), 0.8160, 0.9500, False),
        ((0.8, 0.7, 0.7), 0.826, 0.826, True),
        ((0.9, 0.7, 0.6), 0.8340, 0.9000, False),
    ],
)
def test_workers_who_differ(right, plain, best, optimal):
    found = compare_unequal(np.array(right), 0.5)
    assert (found.majority, found.best) == pytest.approx((plain, best), abs=5e-4)
    assert found.optimal is optimal


@pytest.mark.parametrize("balance", [0.3, 0.5, 0.69, 0.71, 0.9])
@pytest.mark.parametrize("votes", [3, 5, 9])
def test_symmetric_majority_is_best_if_accuracy_reaches_the_larger_class(balance, votes):
    found = compare_alike(0.7, 0.7, balance, votes)
    assert found.optimal is (max(balance, 1 - balance) <= 0.7)
    assert found.best >= found.majority - 1e-12
    assert (found.best - found.majority < 1e-9) is found.optimal


def test_many_classes():
    assert majority_is_best(0.8, np.full(4, 0.25))
    assert not majority_is_best(0.4, np.array([0.9, 0.05, 0.05]))
    assert majority_is_best(0.8, np.array([1.0, 0.0])), "one class only: nothing can be lost"


def test_too_many_patterns_are_refused():
    with pytest.raises(ValueError, match="21 workers have too many patterns"):
        compare_unequal(np.full(21, 0.7), 0.5)


@pytest.mark.parametrize(("votes", "optimal"), [(2, True), (4, True)])
def test_an_even_number_of_votes_shares_its_ties(votes, optimal):
    """Right in .7, classes alike: of two votes a tie is right half of the time, .49 + .42/2."""
    found = compare_alike(0.7, 0.7, 0.5, votes)
    assert found.optimal is optimal
    expected = {2: 0.49 + 0.42 / 2, 4: 0.7**4 + 4 * 0.7**3 * 0.3 + 6 * 0.49 * 0.09 / 2}[votes]
    assert found.majority == pytest.approx(expected)
    assert found.best == pytest.approx(expected)
    assert found.threshold == pytest.approx(votes / 2)


def test_patterns_of_two_workers_share_their_ties():
    found = compare_unequal(np.array([0.8, 0.6]), 0.5)
    assert found.majority == pytest.approx(0.48 + (0.8 * 0.4 + 0.2 * 0.6) / 2)
    assert found.best == pytest.approx(0.8)
    assert not found.optimal
    assert compare_unequal(np.full(20, 0.7), 0.5).optimal


def test_many_classes_are_decided_by_their_rarest():
    """Accuracy .8 of three classes outweighs odds of .8 x 2/.2 = 8 between two classes, and no
    more.
    """
    assert majority_is_best(0.8, np.array([0.8, 0.1, 0.1]))
    assert not majority_is_best(0.8, np.array([0.81, 0.1, 0.09]))
    assert not majority_is_best(0.8, np.array([0.9, 0.1, 0.0]))  # a class nobody has does not count
    assert majority_is_best(0.8, np.array([0.88, 0.12, 0.0]))
    assert majority_is_best(0.5, np.array([1.0]))


@pytest.mark.parametrize("right", [0.6, 0.7, 0.8, 0.9])
def test_a_majority_is_best_to_the_very_end(right):
    """With a balance up to the accuracy a majority of three such workers is the best rule."""
    for balance in (right, 1 - right):
        assert compare_unequal(np.full(3, right), balance).optimal
        assert compare_alike(right, right, balance, 3).optimal
    assert not compare_unequal(np.full(3, right), right + 0.001).optimal


@pytest.mark.parametrize("votes", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("says", [(0.7, 0.7), (0.9, 0.6), (0.55, 0.8)])
def test_a_majority_is_best_where_both_rules_decide_every_clear_pattern_alike(votes, says):
    """Every number of votes for class 1 is looked at; a tie is no clear majority."""
    says_one, says_zero = says
    for balance in np.linspace(0.03, 0.97, 48):
        alike = True
        for ones in range(votes + 1):
            one = balance * says_one**ones * (1 - says_one) ** (votes - ones)
            zero = (1 - balance) * (1 - says_zero) ** ones * says_zero ** (votes - ones)
            alike &= 2 * ones == votes or (one > zero) == (2 * ones > votes)
        assert compare_alike(says_one, says_zero, balance, votes).optimal == alike
