"""ReaL accuracy: by hand, empty sets left out, unknown answers, several guesses."""

import numpy as np
import pytest

from reliabel.core.labels import MultiLabel
from reliabel.measures.real_accuracy import measure

Y = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0], [1, -1, 0]])
P = np.array([[0.1, 0.8, 0.1], [0.2, 0.3, 0.5], [0.6, 0.2, 0.2], [0.3, 0.3, 0.4], [0.2, 0.5, 0.3]])


def test_a_guess_in_the_set_is_right_and_empty_sets_are_left_out():
    found = measure(MultiLabel(Y), probs=P)
    assert found.value == 0.5
    assert (found.parts["items"], found.parts["empty"]) == (4, 1)
    assert found.low < found.value < found.high
    assert found.parts["lenient"] == 0.75
    assert found.parts["by_size"] == {"1": pytest.approx(1 / 3), "2": 1.0}


def test_several_guesses_and_numbers_out_of_range():
    assert measure(MultiLabel(Y), probs=P, first=2).value == 0.75
    with pytest.raises(ValueError, match="first must be from 1 to 3"):
        measure(MultiLabel(Y), probs=P, first=4)


def test_without_any_right_label_there_is_no_number_but_a_reason():
    found = measure(MultiLabel(np.zeros((3, 2), dtype=int)), probs=np.ones((3, 2)) / 2)
    assert np.isnan(found.value)
    assert "no item has a right label" in found.info["why"]
