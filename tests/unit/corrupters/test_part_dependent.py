import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.part_dependent import _chances, corrupt

K, D = 5, 20


def planted(rate=0.4, n=5000, d=D, copies=1, seed=1):
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(n // copies, d)), copies, axis=0)
    labels = Classes(np.repeat(rng.integers(0, K, n // copies), copies))
    return labels, corrupt(labels, features=x, rng=np.random.default_rng(seed), rate=rate)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.4, 0.9])
def test_the_realised_share_is_the_rate_within_chance(rate):
    _labels, made = planted(rate)
    assert abs(made.wrong.mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / 5000) + 0.06 * rate
    assert made.info["wrong"] == made.wrong.sum()
    assert (np.diag(made.info["realised_matrix"]) < 1).all()


def test_chances_are_the_cut_normal_distribution_of_the_paper():
    chance = _chances(20_000, 0.4, 0.1, np.random.default_rng(0))
    assert chance.mean() == pytest.approx(0.4, abs=0.004)
    assert chance.std() == pytest.approx(0.1, abs=0.003)
    assert chance.min() >= 0
    assert _chances(3, 1.0, 0.1, np.random.default_rng(0)).tolist() == [1, 1, 1]


def test_flips_of_one_item_go_to_the_same_class_far_more_often_than_by_chance():
    """Twenty copies of each of 250 items: the features alone say where its errors go."""
    _labels, made = planted(0.5, copies=20, d=100)
    given = made.labels.y.reshape(250, 20)
    wrong = made.wrong.reshape(250, 20)
    same = [
        np.bincount(row[bad], minlength=K).max() / bad.sum()
        for row, bad in zip(given, wrong, strict=True)
        if bad.any()
    ]
    assert np.mean(same) > 0.8  # evenly over four classes, the fullest has .46


def test_the_spread_is_a_standard_deviation():
    with pytest.raises(ValueError, match="spread must be a standard deviation"):
        corrupt(
            Classes(np.array([0, 1])),
            features=np.eye(2),
            rng=np.random.default_rng(0),
            spread=2.0,
        )
