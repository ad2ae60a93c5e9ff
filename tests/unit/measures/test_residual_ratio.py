"""The error residual ratio: worked example, a selection that tells nothing, and a perfect one."""

import numpy as np
import pytest

from reliabel.core.labels import Numbers
from reliabel.measures.residual_ratio import measure


def found(y, gold, keep=0.8, **scores):
    rng = np.random.default_rng(0)
    return measure(Numbers(y), gold=gold, scores=scores, rng=rng, keep=keep, resamples=100)


def test_a_worked_example():
    y, gold = np.array([0.0, 1, 4, 8]), np.array([0.0, 0, 0, 0])
    made = found(y, gold, keep=0.5, far=y)  # keeps errors 0 and 1 of a mean of 3.25
    assert made.value == pytest.approx(0.5 / 3.25)
    assert made.low <= made.value <= made.high


def test_a_blind_selection_leaves_all_and_a_perfect_one_nothing():
    rng = np.random.default_rng(1)
    gold = rng.normal(size=2000)
    y = gold + (rng.random(2000) < 0.1) * 5
    assert found(y, gold, blind=rng.random(2000)).value == pytest.approx(1, abs=0.15)
    assert found(y, gold, sure=np.abs(y - gold)).value == 0
    several = found(y, gold, blind=rng.random(2000), sure=np.abs(y - gold))
    assert set(several.parts) == {"blind", "sure"}
    assert several.value < 0.6


def test_what_cannot_be_measured_says_why():
    y = np.arange(4.0)
    assert found(y, y, far=y).info["why"] == "no number is known to be wrong"
    with pytest.raises(ValueError, match="keep must be a share"):
        found(y, y + 1, keep=0, far=y)
