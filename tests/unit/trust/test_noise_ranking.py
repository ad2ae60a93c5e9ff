"""Ranking as the share of wrong labels rises: the protocol by hand."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.trust.evaluation import UNKNOWN, Looks
from reliabel.trust.noise_ranking import crosses, ranking


def study(by_first: float, by_second: float):
    """100 items with right labels, 20 corrected ones: the first model is right on 90 and the second
    on 80 of the first; on a share of the corrected ones each.
    """
    given = np.zeros(120, dtype=int)
    truth = np.r_[np.zeros(100, int), np.ones(20, int)]
    first, second = np.zeros(120, int), np.zeros(120, int)
    first[:10], second[:20] = 1, 1
    first[100 : 100 + round(20 * by_first)] = 1
    second[100 : 100 + round(20 * by_second)] = 1
    item = np.arange(120)
    looks = Looks(item, truth, np.zeros(120, dtype=bool), np.zeros(120, int))
    return given, [first, second], looks


def run(given, predicted, looks, now=1 / 6):
    p = np.full(len(given), 0.1)
    return ranking(given, predicted, p, looks, now, np.random.default_rng(0))


def test_accuracies_and_the_crossing_by_hand():
    found = run(*study(0.2, 0.7))
    assert found.right == pytest.approx([0.9, 0.8])
    assert found.corrected == pytest.approx([0.2, 0.7])
    assert found.given == pytest.approx([0.8, 0.3])
    # .9 (1 - nu) + .2 nu = .8 (1 - nu) + .7 nu at nu = 1 / 6
    (cross,) = found.crossings
    assert (cross.first, cross.second) == (0, 1)
    assert cross.at == pytest.approx(1 / 6)
    assert cross.low < 1 / 6 < cross.high
    nu = np.array([0.0, 1 / 6, 0.5])
    assert found.accuracy(nu)[:, 0] == pytest.approx([0.9, 0.8])
    assert found.accuracy(nu)[0, 1] == pytest.approx(found.accuracy(nu)[1, 1])
    assert found.agreement(nu)[[0, 2]].tolist() == [1.0, -1.0]


def test_a_model_that_is_better_throughout_never_crosses():
    assert run(*study(0.7, 0.2)).crossings == ()
    assert np.isnan(crosses(0.0, -0.3))


def test_unreviewed_labels_count_by_how_likely_they_are_right():
    given, predicted, looks = study(0.2, 0.7)
    few = Looks(np.arange(90, 120), looks.truth[90:], np.zeros(30, bool), np.zeros(30, int))
    p = np.zeros(120)
    p[:5] = 0.9  # the first model errs on these by the label
    found = ranking(given, predicted, p, few, 0.1, np.random.default_rng(0))
    assert found.right[0] == pytest.approx(90 / (95.5))


def test_few_corrected_labels_say_nothing_and_unknown_ones_are_left_out():
    given, predicted, looks = study(0.2, 0.7)
    cut = Looks(looks.item[:109], looks.truth[:109], looks.drawn[:109], looks.unseen[:109])
    assert run(given, predicted, cut) is None
    unknown = looks.truth.copy()
    unknown[100:105] = UNKNOWN
    left = Looks(looks.item, unknown, looks.drawn, looks.unseen)
    assert run(given, predicted, left).items == 15
