import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.symmetric import corrupt


def test_the_number_of_errors_is_the_rate_rounded_and_never_an_unlabelled_item():
    y = np.where(np.arange(1000) % 4 == 0, -1, np.arange(1000) % 5)
    made = corrupt(Classes(y), rng=np.random.default_rng(1), rate=0.1)
    assert made.wrong.sum() == 75
    assert (made.labels.y[y == -1] == -1).all()
    assert (made.index == np.arange(1000)).all()


def test_wrong_classes_are_even():
    made = corrupt(
        Classes(np.zeros(9000, dtype=int), ("a", "b", "c", "d")),
        rng=np.random.default_rng(2),
        rate=1.0,
    )
    assert made.wrong.all()
    assert np.bincount(made.labels.y, minlength=4)[0] == 0
    assert np.abs(np.bincount(made.labels.y)[1:] - 3000).max() < 4 * np.sqrt(9000 * 2 / 9)


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan")])
def test_a_rate_is_a_share(rate):
    with pytest.raises(ValueError, match=r"rate must be a share between 0 and 1"):
        corrupt(Classes(np.array([0, 1])), rng=np.random.default_rng(0), rate=rate)


def test_one_class_has_no_other():
    with pytest.raises(ValueError, match=r"cannot make 2 labels wrong: there is only one class"):
        corrupt(Classes(np.zeros(4, dtype=int)), rng=np.random.default_rng(0), rate=0.5)
