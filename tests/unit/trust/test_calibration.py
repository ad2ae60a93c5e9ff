"""What P(wrong) said against what turned out."""

import numpy as np
import pytest

from reliabel.ops.agreement import wilson
from reliabel.trust.calibration import calibration
from reliabel.trust.count import draw


def test_bins_hold_shares_and_wilson_intervals():
    p, bad = (
        np.r_[np.full(20, 0.05), np.full(10, 1.0), np.nan],
        np.r_[np.zeros(18), 1, 1, np.ones(8), 0, np.nan, 1],
    )
    low, high = calibration(p, bad)
    assert (low.predicted, low.wrong, low.size) == (pytest.approx(0.05), pytest.approx(0.1), 20)
    assert (low.low, low.high) == pytest.approx(
        [float(end) for end in wilson(np.array(2.0), np.array(20.0))]
    )
    assert (high.wrong, high.size) == (pytest.approx(8 / 9), 9)


def test_a_weighted_draw_shows_the_share_of_the_whole_bin():
    rng = np.random.default_rng(0)
    p = rng.beta(0.4, 1, 20_000)
    bad = (rng.random(20_000) < p).astype(float)
    item, q = draw(p, 4000, rng)
    found = calibration(p[item], bad[item], 1 / q, bins=5)
    assert [int(one.predicted * 5) for one in found] == [0, 1, 2, 3, 4]
    for place, one in enumerate(found):
        truth = bad[np.minimum((p * 5).astype(int), 4) == place].mean()
        assert one.wrong == pytest.approx(truth, abs=0.06)
        assert one.low <= truth <= one.high
    low, high = wilson(np.array(found[0].wrong * found[0].size), np.array(float(found[0].size)))
    assert (
        found[0].high - found[0].low > high - low
    )  # unequal weights tell less than as many even draws


def test_nothing_known_is_no_bin():
    assert calibration(np.full(3, np.nan), np.ones(3)) == []


def test_a_chance_of_one_belongs_to_the_last_bin():
    (last,) = calibration(np.array([0.95, 1.0]), np.array([0.0, 1.0]))
    assert (last.wrong, last.size) == (0.5, 2)
    first, second = calibration(np.array([0.29, 0.3]), np.array([0.0, 1.0]))
    assert (first.wrong, second.wrong) == (0, 1)


def test_weights_are_what_each_label_stands_for():
    (one,) = calibration(np.array([0.1, 0.2]), np.array([0.0, 1.0]), np.array([3.0, 1.0]), bins=1)
    assert one.wrong == 0.25
    effective = 16 / (9 + 1)  # (sum w)^2 / sum w^2
    low, high = wilson(np.array(0.25 * effective), np.array(effective))
    assert (one.low, one.high) == (pytest.approx(float(low)), pytest.approx(float(high)))
