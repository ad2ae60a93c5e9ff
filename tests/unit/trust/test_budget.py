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
