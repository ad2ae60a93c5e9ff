import numpy as np
import pytest

from reliabel.ops.noise import wrong_share
from reliabel.ops.wrong_rate import MOST, wrong_rate

P = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.95, 0.05]])
Y = np.array([0, 0, 1, 1, 1])


def test_what_is_said_counts_else_what_the_probabilities_tell():
    assert wrong_rate(Y, P, 0.35) == 0.35
    assert wrong_rate(Y, P, 0) == 0
    assert wrong_rate(Y, P, None) == wrong_share(Y, P)


def test_an_estimate_leaves_something_to_learn_from():
    assert wrong_rate(1 - (P[:, 1] > 0.5), P, None) <= MOST


@pytest.mark.parametrize("rate", [1, -0.01, float("nan")])
def test_a_rate_that_is_no_share_of_wrong_labels_is_refused(rate):
    with pytest.raises(ValueError, match="from 0 to below 1"):
        wrong_rate(Y, P, rate)
