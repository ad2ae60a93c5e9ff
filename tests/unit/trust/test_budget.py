"""The budget curve: rises to one, lies in its band, and the truth lies in it too."""

import numpy as np
import pytest

from reliabel.core.results import Interval
from reliabel.trust.budget import curve


def test_the_curve_rises_to_one_within_its_band():
    p = np.r_[np.random.default_rng(0).beta(0.2, 3, 5000), np.nan]
    n = 5000 * np.nanmean(p)
    c = curve(p, Interval(n, n / 2, 2 * n, 0.95, "", ""))
    assert (np.diff(c.found) >= 0).all()
    assert c.k[-1] == 5000
    assert c.found[-1] == c.low[-1] == c.high[-1] == 1
    assert (c.low <= c.found).all()
    assert (c.found <= c.high).all()


def test_the_band_holds_the_truth_when_p_is_calibrated():
    rng = np.random.default_rng(1)
    p = rng.beta(0.2, 3, 8000)
    n = p.sum()
    inside = []
    for _ in range(20):
        bad = rng.random(8000) < p
        c = curve(p, Interval(n, 0.7 * n, 1.4 * n, 0.95, "", ""))
        truth = np.cumsum(bad[np.argsort(-p)])[c.k - 1] / bad.sum()
        inside.append(((truth >= c.low - 1e-9) & (truth <= c.high + 1e-9)).mean())
    assert np.mean(inside) > 0.98


def test_without_a_count_the_band_is_open():
    c = curve(np.linspace(0, 1, 50), Interval(np.nan, 0, np.nan, 0.95, "", "", False))
    assert c.low.max() == 0
    assert c.high.min() == 1
    assert c.found[0] == pytest.approx(1 / 25)


def test_nothing_to_review_is_a_sentence():
    with pytest.raises(ValueError, match="none of the 4 labels has a P"):
        curve(np.full(4, np.nan), Interval(np.nan, 0, np.nan, 0.95, "", "", False))


def test_the_band_is_two_deviations_and_three_points_wide():
    """Equal labels, a count without doubt: the curve is k/n, and only chance and the three points
    widen it.
    """
    c = curve(np.full(10_000, 0.5), Interval(5000, 5000, 5000, 0.95, "", ""))
    at = c.k.tolist().index(2500)
    half = 1.96 * np.sqrt(0.25 * 0.75 / 5000) + 0.03  # .0420
    assert (c.low[at], c.found[at], c.high[at]) == pytest.approx((0.25 - half, 0.25, 0.25 + half))
    assert c.k[0] == 1
    assert c.high[0] == pytest.approx(
        1e-4 + 1.96 * np.sqrt(0.02 / 5000) + 0.03
    )  # a share near 0 is given the deviation of .02
    assert c.low[0] == 0
    assert c.high.max() == 1


def test_the_ends_of_the_count_move_the_band_and_its_value_the_curve():
    """Chances of .8 and .2 (odds 4 and 1/4) moved by the factors 1, 4 and 16 of the odds, at a
    quarter of the reviews.
    """
    p = np.repeat([0.2, 0.8], 5000)
    moved = [
        np.array([4 * factor / (4 * factor + 1), factor / (factor + 4)]) for factor in (1, 4, 16)
    ]
    totals = [5000 * both.sum() for both in moved]  # 5,000, 7,206 and 8,923 wrong labels
    c = curve(p, Interval(totals[1], totals[0], totals[2], 0.95, "", ""), points=2)
    assert c.k.tolist() == [2500, 10_000]
    most, found, least = (
        2500 * both[0] / total for both, total in zip(moved, totals, strict=True)
    )  # .4, .327 and .276
    assert c.found[0] == pytest.approx(found, abs=1e-6)
    assert c.low[0] == pytest.approx(
        least - 1.96 * np.sqrt(least * (1 - least) / totals[1]) - 0.03, abs=1e-6
    )
    assert c.high[0] == pytest.approx(
        most + 1.96 * np.sqrt(most * (1 - most) / totals[1]) + 0.03, abs=1e-6
    )


def test_the_curve_is_dense_at_the_start_and_no_place_comes_twice():
    assert curve(np.full(64, 0.5), Interval(32, 30, 40, 0.95, "", ""), points=8).k.tolist() == [
        1,
        4,
        9,
        16,
        25,
        36,
        49,
        64,
    ]
    assert curve(np.full(3, 0.5), Interval(1.5, 1, 2, 0.95, "", "")).k.tolist() == [1, 2, 3]
    assert len(curve(np.full(10**6, 0.5), Interval(5e5, 4e5, 6e5, 0.95, "", "")).k) == 200


def test_a_count_below_one_error_widens_as_if_it_were_one():
    c = curve(np.full(1000, 1e-4), Interval(0.1, 0.05, 0.2, 0.95, "", ""))
    assert c.high[0] == pytest.approx(0.001 + 1.96 * np.sqrt(0.02) + 0.03)
