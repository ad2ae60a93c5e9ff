"""Plausible labellings: the posterior of a flip, typical draws, ambiguity and regret by hand."""

import numpy as np
import pytest

from reliabel.ops.plausible import clean_shares, item_prior, plausible, true_chances


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.4])
def test_even_shares_and_symmetric_flips_make_the_rate_the_chance_of_a_flip(rate):
    matrix = np.array([[1 - rate, rate], [rate, 1 - rate]])
    chance = true_chances(np.array([0, 1, -1]), matrix, np.full(2, 0.5))
    assert chance[:2] == pytest.approx(np.array([[1 - rate, rate], [rate, 1 - rate]]))
    assert chance[2].tolist() == [0.5, 0.5]


def test_bayes_by_hand_with_uneven_shares():
    """True shares .9 and .1, true 0 becomes 1 in one of ten: most labels 1 are wrong."""
    matrix = np.array([[0.9, 0.1], [0.0, 1.0]])
    y = np.repeat([0, 1], [81, 19])
    shares = clean_shares(y, matrix)
    assert shares == pytest.approx([0.9, 0.1])
    chance = true_chances(np.array([1]), matrix, shares)
    assert chance[0, 0] == pytest.approx(0.09 / 0.19)


def test_item_probabilities_are_cleaned_by_the_matrix():
    matrix = np.array([[0.8, 0.2], [0.2, 0.8]])
    clean = np.array([[1.0, 0.0], [0.3, 0.7]])
    assert item_prior(clean @ matrix, matrix) == pytest.approx(clean)


def test_a_model_that_knows_the_truth_is_regretted_where_the_label_may_be_wrong():
    y = np.repeat([0, 1], 50)
    matrix = np.array([[0.9, 0.1], [0.1, 0.9]])
    chances = true_chances(y, matrix, np.full(2, 0.5))
    found = plausible(y, chances, lambda labels: y, draws=40, rng=np.random.default_rng(0))
    assert found.ambiguity == pytest.approx(np.full(100, 0.1))
    assert found.regret == pytest.approx(np.full(100, 0.1))
    assert found.mistakes.mean() == pytest.approx(0.1, abs=0.01)
    typical = np.abs(found.mistakes - 0.1).max()
    assert typical <= 0.1 * found.width + 1e-9


def test_draws_are_typical_in_each_class_and_say_where_they_cannot_be():
    """One item in five hundred flips in a class of four: no whole number is near."""
    y = np.repeat([0, 1], [400, 4])
    chances = np.where((y == 0)[:, None], [0.9, 0.1], [0.002, 0.998])
    seen = []

    def predict(labels):
        seen.append(((labels != y)[:400].mean(), (labels != y)[400:].sum()))
        return labels

    found = plausible(y, chances, predict, draws=30, rng=np.random.default_rng(0))
    shares, rare = np.array(seen[1:]).T
    assert (np.abs(shares - 0.1) <= 0.1 * found.width + 1e-9).all()
    assert rare.max() <= 1


def test_nothing_is_said_without_a_label():
    y = np.array([0, 1, -1])
    found = plausible(
        y, np.full((3, 2), 0.5), lambda labels: y.clip(0), draws=3, rng=np.random.default_rng(0)
    )
    assert np.isnan(found.ambiguity).tolist() == [False, False, True]
    assert np.isnan(found.regret[2])
