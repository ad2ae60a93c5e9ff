"""The count of a planned review, and what reviewers miss."""

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.special import expit

from reliabel.trust.planned_count import DIFFERENCE, EXACT, exact, planned_count
from reliabel.trust.reviewer_errors import most_missed, most_wrong


def test_exact_ends() -> None:
    assert exact(10_000, 500, 3) == (14, 171)
    assert exact(10_000, 500, 0) == (0, 71)
    assert exact(50, 50, 7) == (7, 7)
    assert exact(10, 3, 3)[1] == 10


def test_few_wrong_ones_are_counted_exactly() -> None:
    told = planned_count(40, 10_000, np.arange(500) < 3)
    assert (told.method, told.low, told.high) == (EXACT, 54, 211)
    assert told.value == pytest.approx(40 + 10_000 * 3 / 500)


def test_all_drawn_is_known() -> None:
    wrong = np.arange(100) < 20
    told = planned_count(1, 100, wrong, np.linspace(1, 0, 100), 50.0)
    assert (told.low, told.value, told.high) == (21, 21, 21)


def test_nothing_drawn_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="judge the drawn labels"):
        planned_count(3, 100, np.empty(0, dtype=bool))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_coverage_and_width(share: float) -> None:
    """Over 300 reviews of 400 draws the interval with P(wrong) holds the truth in 93 % or more, and
    is not wider than the exact one.
    """
    rng, held, narrower = default_rng(5), 0, []
    n, reviews, size = 4000, 300, 400
    for _ in range(reviews):
        z = rng.random(n) < share
        score = rng.normal(size=n) + 2.3 * z
        p = expit(np.log(share / (1 - share)) + 2.3 * score - 2.3**2 / 2)
        drawn = rng.choice(n, size, replace=False)
        told = planned_count(0, n, z[drawn], p[drawn], float(p.sum()))
        held += told.low <= z.sum() <= told.high
        low, high = exact(n, size, int(z[drawn].sum()))
        if told.method == DIFFERENCE:
            narrower.append((told.high - told.low) / (high - low))
    assert held / reviews >= 0.93
    assert np.median(narrower) < 0.95


def test_useless_p_wrong_costs_nothing() -> None:
    rng = default_rng(0)
    wrong = rng.random(400) < 0.1
    told = planned_count(0, 4000, wrong, rng.random(400), 2000.0)
    plain = exact(4000, 400, int(wrong.sum()))
    assert told.high - told.low < 1.1 * (plain[1] - plain[0])


def test_share_that_reviewers_miss() -> None:
    for trials, largest in ((10, 0.40), (30, 0.17), (60, 0.094), (100, 0.060)):
        assert most_missed(trials, 0) == pytest.approx(largest, abs=0.005)
    assert most_missed(5, 5) == 1.0
    with pytest.raises(ValueError, match="cannot have been missed"):
        most_missed(3, 4)


def test_more_are_wrong_than_reviewers_flag() -> None:
    assert most_wrong(150, 0.05, n=10_000) == 166
    assert most_wrong(150, 0.1, n=10_000) == 179
    assert most_wrong(150, 0.1, n=160) == 160
    assert most_wrong(0, 0.0, n=100) == 0
