import numpy as np
import pytest
from scipy.stats import chi2_contingency

from reliabel.ops.dependence_of_tables import chi_square, cramers_v


def test_chi_square_is_that_of_the_table():
    table = np.array([[12, 30, 4], [25, 11, 9]])
    assert chi_square(table) == pytest.approx(chi2_contingency(table, correction=False)[0])
    assert chi_square(np.zeros((2, 2))) == 0


def test_cramers_v_has_no_upward_bias_and_leaves_out_the_unknown():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 10, (2, 300))
    plain = np.sqrt(chi_square(np.histogram2d(a, b, (10, 10))[0]) / 300 / 9)
    assert plain > 0.15
    assert cramers_v(a, b) < 0.08
    known = np.arange(300) % 2 == 0
    assert cramers_v(np.where(known, a, -1), np.where(known, a, 3)) == pytest.approx(1, abs=0.02)
    assert cramers_v(np.zeros(5, int), np.arange(5)) == 0
