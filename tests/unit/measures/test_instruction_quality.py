import numpy as np
import pytest
from tests.unit.ops.test_exemplars import worlds

from reliabel.core.labels import Classes
from reliabel.measures.instruction_quality import measure


def test_chosen_examples_find_a_class_better_than_random_ones():
    for seed in range(3):
        x, labels, *_ = worlds(seed)
        found = measure(labels, features=x, rng=np.random.default_rng(seed))
        assert found.info["gain"] >= 0.05
        assert found.low <= found.value <= found.high
        assert len(found.parts["folds"]) == 5


def test_probabilities_say_which_labels_are_certain():
    x, labels, true, *_ = worlds(0)
    probs = np.full((len(true), labels.k), 0.02)
    probs[np.arange(len(true)), true] = 0.86
    told = measure(labels, features=x, probs=probs, rng=np.random.default_rng(0))
    assert told.info["gain"] >= 0.05


def test_odd_data_have_an_answer():
    rng = np.random.default_rng(0)
    few = measure(Classes(np.array([0, 1, 0])), features=np.eye(3), rng=rng)
    assert np.isnan(few.value)
    assert "too few" in few.info["interval"]
    y = np.repeat([0, 1, -1], 20)
    x = np.eye(3)[y] + 0.1 * rng.normal(size=(60, 3))
    x[3] = np.nan
    assert measure(Classes(y), features=x, rng=rng).value == pytest.approx(1.0)
    flat = measure(Classes(y), features=np.ones((60, 2)), rng=rng)
    assert np.isnan(flat.value)
    one = measure(
        Classes(np.zeros(40, dtype=np.int64), ("a",)), features=rng.normal(size=(40, 2)), rng=rng
    )
    assert one.value == pytest.approx(1.0)


def test_options_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="folds must be at least 2"):
        measure(
            Classes(np.array([0, 1])), features=np.eye(2), rng=np.random.default_rng(0), folds=1
        )
