import numpy as np
import pytest

from reliabel.core.labels import Soft

TIED = Soft(np.array([[0.5, 0.5, 0.0], [0.1, 0.6, 0.3], [0.4, 0.2, 0.4]]), ("a", "b", "c"))


def test_each_rule_breaks_ties_its_way():
    assert TIED.hard(ties="lowest").y.tolist() == [0, 1, 0]
    assert TIED.hard(ties="balance").y.tolist() == [1, 1, 0], "b is the most frequent class, then a"
    assert TIED.hard().names == ("a", "b", "c")
    many = Soft(np.full((2000, 2), 0.5)).hard(ties="random").y
    assert 0.45 < many.mean() < 0.55
    assert (many == Soft(np.full((2000, 2), 0.5)).hard(ties="random").y).all()


def test_credit_shares_a_tie():
    assert TIED.credit().tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0.5, 0, 0.5]]


def test_unknown_rules_are_refused():
    with pytest.raises(
        ValueError, match=r"'balance', 'lowest' or 'random', got 'share'; credit\(\) shares a tie"
    ):
        TIED.hard(ties="share")
