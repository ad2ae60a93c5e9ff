import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.long_tail import corrupt


def planted(count, rate=0.2, imbalance=10.0, seed=0):
    labels = Classes(np.random.default_rng(1).permutation(np.repeat(np.arange(len(count)), count)))
    rng = np.random.default_rng(seed)
    return labels, corrupt(labels, rng=rng, rate=rate, imbalance=imbalance)


def test_the_kept_numbers_fall_by_one_factor_from_class_to_class():
    labels, made = planted([1000] * 5, imbalance=16.0)
    assert made.info["kept"] == [1000, 500, 250, 125, 62]
    kept = np.bincount(labels.y[made.index], minlength=5)
    assert kept.tolist() == made.info["kept"]
    assert (np.diff(made.index) > 0).all()
    assert made.wrong.sum() == round(0.2 * kept.sum())


def test_errors_go_to_classes_by_their_numbers():
    _labels, made = planted([40_000] * 3, rate=0.3, imbalance=4.0)
    matrix, kept = made.info["realised_matrix"], np.array(made.info["kept"])
    off = kept * (1 - np.eye(3))
    expected = 0.7 * np.eye(3) + 0.3 * off / off.sum(1, keepdims=True)
    assert np.abs(matrix - expected).max() < 0.02


def test_the_largest_class_leads_and_a_set_that_is_steeper_already_loses_little():
    assert planted([30, 90, 60], imbalance=9.0)[1].info["kept"] == [10, 90, 30]
    assert planted([100, 2], imbalance=10.0)[1].info["kept"] == [20, 2]
    assert planted([50, 0, 50], imbalance=1.0)[1].info["kept"] == [50, 0, 50]


def test_rows_without_a_label_stay():
    labels = Classes(np.array([0, -1, 0, 1, -1, 1]))
    made = corrupt(labels, rng=np.random.default_rng(0), rate=0.0, imbalance=2.0)
    assert {1, 4} <= set(made.index.tolist())
    assert (made.labels.y == labels.y[made.index]).all()


def test_an_imbalance_below_one_is_refused():
    with pytest.raises(ValueError, match=r"imbalance must be 1 or more, got 0\.5"):
        planted([3, 3], imbalance=0.5)
