import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.nearest_class import corrupt


def test_the_items_at_the_border_take_the_class_beyond_it():
    x = np.array([[0.0], [1], [2], [3], [10], [11], [12], [13]])
    made = corrupt(Classes(np.repeat([0, 1], 4)), features=x, rate=0.25)
    assert made.wrong.tolist() == [False, False, False, True, True, False, False, False]
    assert made.labels.y.tolist() == [0, 0, 0, 1, 0, 1, 1, 1]


def test_it_agrees_with_the_definition_item_by_item():
    rng = np.random.default_rng(0)
    y, x = rng.integers(0, 3, 60), rng.normal(size=(60, 4)).astype(np.float32)
    lead = np.array(
        [
            min(np.linalg.norm(x[i] - x[y == c].mean(0)) for c in range(3) if c != y[i])
            - np.linalg.norm(x[i] - x[(y == y[i]) & (np.arange(60) != i)].mean(0))
            for i in range(60)
        ]
    )
    made = corrupt(Classes(y), features=x, rate=0.2)
    assert set(np.flatnonzero(made.wrong)) == set(np.argsort(lead)[:12])


def test_unlabelled_items_and_classes_without_items_have_no_part():
    x = np.array([[0.0], [1], [5], [6], [3]])
    made = corrupt(Classes(np.array([0, 0, 2, 2, -1]), ("a", "b", "c")), features=x, rate=0.5)
    assert made.labels.y[4] == -1
    assert set(made.labels.y[:4].tolist()) == {0, 2}
    assert made.wrong.sum() == 2


def test_one_class_with_items_is_refused():
    with pytest.raises(ValueError, match="only one class with items"):
        corrupt(Classes(np.zeros(4, dtype=int), ("a", "b")), features=np.zeros((4, 2)), rate=0.5)
