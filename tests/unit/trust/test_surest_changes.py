"""Suggestions that are taken without people."""

import numpy as np
import pytest

from reliabel.trust.surest_changes import surest


def test_the_expected_mistakes_are_tripled_and_bound_the_choice():
    p = np.array([0.5, 0.99, 0.98, np.nan, 0.93, 0.6])
    chosen, mistakes = surest(p, 0.95)
    assert chosen.tolist() == [1, 2]  # with 0.93 a tenth would be wrong: (.03 + .06 + .21) / 3
    assert mistakes == pytest.approx(0.09)
    chosen, mistakes = surest(p, 0.9)
    assert chosen.tolist() == [1, 2, 4]
    assert mistakes == pytest.approx(0.3)
    assert surest(p, 0.91)[0].tolist() == [1, 2]


def test_nothing_sure_is_nothing_chosen():
    assert surest(np.full(5, 0.9), 0.95)[0].size == 0
    assert surest(np.full(5, np.nan), 0.5)[0].size == 0
    assert surest(np.ones(3), 1.0)[0].tolist() == [0, 1, 2]
