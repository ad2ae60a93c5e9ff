"""Label sharpness: the definition, the faults of the paper's code, and quantiles that stand."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Numbers
from reliabel.measures.label_sharpness import measure


def sharpness(labels, x, seed=0, **options):
    return measure(labels, features=np.asarray(x), rng=np.random.default_rng(seed), **options)


def brute_force(y, x, classes):
    x = x - x.min()
    x = x / x.max()
    far = np.linalg.norm(x[:, None] - x, axis=2)
    change = np.linalg.norm((y[:, None] - y).reshape(len(y), len(y), -1), axis=2)
    change = change > 0 if classes else change
    np.fill_diagonal(far, np.inf)
    return (change / far).max()


def test_all_pairs_of_several_classes_are_compared_for_inequality():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 4)), rng.integers(0, 4, 200)
    found = sharpness(Classes(y), x)
    assert found.value == pytest.approx(brute_force(y, x, True))
    assert found.parts["median"] < found.parts["q99"] < found.parts["q99.9"] <= found.value
    assert "no interval" in found.info["why"]


def test_one_class_has_no_sharpness():
    """The paper's code, which compares for equality, would report the nearest pair."""
    found = sharpness(
        Classes(np.zeros(30, dtype=np.int64)), np.random.default_rng(0).random((30, 2))
    )
    assert np.isnan(found.value)
    assert "no two items with different labels" in found.info["why"]


def test_two_classes_differ_by_one():
    found = sharpness(Classes(np.array([0, 0, 1])), [[0.0], [5.0], [10.0]])
    assert found.value == pytest.approx(2)
    assert found.parts["relative"] == pytest.approx(1)


@pytest.mark.parametrize("width", [1, 2])
def test_numbers_by_their_difference(width):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(150, 3)), rng.normal(size=(150, width))
    found = sharpness(Numbers(y[:, 0] if width == 1 else y), x)
    assert found.value == pytest.approx(brute_force(y, x, False))


def test_draws_give_an_interval_and_more_items_are_sharper():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(3000, 3)), rng.integers(0, 2, 3000)
    few, more = (sharpness(Classes(y), x, most=most) for most in (100, 1000))
    assert 0 <= few.low < few.value < few.high
    assert len(few.parts["draws"]) == 20
    assert len(more.parts["draws"]) == 3
    assert more.value > few.value


def test_wrong_labels_and_near_copies_move_the_largest_value_not_the_median():
    rng = np.random.default_rng(3)
    y = np.repeat([0, 1], 200)
    x = rng.random((400, 2)) + 3 * y[:, None]
    plain = sharpness(Classes(y), x)
    given = np.where(np.arange(400) == 7, 1, y)
    wrong = sharpness(Classes(given), x)
    assert wrong.value > 20 * plain.value
    assert wrong.parts["q99"] > 2 * plain.parts["q99"]
    x = np.concatenate([x, x[:1] + 1e-5])
    copied = sharpness(Classes(np.append(y, 1)), x)
    assert copied.value == pytest.approx((x.max() - x.min()) / (1e-5 * np.sqrt(2)), rel=1e-3)


def test_equal_features_with_other_labels_are_counted():
    found = sharpness(Classes(np.array([0, 1, 1, -1])), [[0.0], [0.0], [1.0], [0.5]])
    assert found.value == pytest.approx(1)
    assert found.info["equal_features"] == 2
    assert found.info["items"] == 3


def test_pictures_are_flattened_and_gaps_left_out():
    x = np.random.default_rng(0).random((20, 3, 2, 2))
    y = np.arange(20) % 2
    flat = sharpness(Classes(y), x.reshape(20, -1))
    assert sharpness(Classes(y), x).value == flat.value
    x[0, 0, 0, 0] = np.nan
    assert sharpness(Classes(y), x).info["items"] == 19


@pytest.mark.parametrize("options", [{"most": 1}, {"draws": 0}, {"level": 1.0}])
def test_bad_options(options):
    with pytest.raises(ValueError, match="most must be 2 items or more"):
        sharpness(Classes(np.array([0, 1])), [[0.0], [1.0]], **options)
