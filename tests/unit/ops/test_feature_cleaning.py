"""Features made fit to compute with, and probabilities that look odd."""

import numpy as np
import pytest

from reliabel.ops.feature_cleaning import cleaned, odd_probabilities


def test_good_features_are_given_back_as_they_are():
    x = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    found = cleaned(x)
    assert found.features is x
    assert found.warnings == []
    assert found.facts == {"rows": 50, "columns": 3, "constant": 0, "zero_rows": 0, "replaced": 0}


def test_gaps_take_the_median_and_are_counted_by_column():
    x = np.arange(20.0).reshape(10, 2)
    x[3, 0], x[4, 1], x[5, 1] = np.nan, np.inf, -np.inf
    found = cleaned(x)
    assert found.features[3, 0] == np.median(np.delete(x[:, 0], 3))
    assert found.features[4, 1] == np.median(np.delete(x[:, 1], [4, 5]))
    assert found.warnings == [
        "1 NaN and 2 infinite values in columns 0, 1 of the features were replaced by the median "
        "of the column"
    ]
    assert np.isnan(x[3, 0])  # the input is left alone


def test_items_without_any_feature_are_told_apart_from_gaps():
    x = np.random.default_rng(0).normal(size=(10, 4))
    x[2] = np.nan
    said = cleaned(x).warnings
    assert said == [
        "1 items have no features at all (broken or missing input); they get the median of "
        "every column"
    ]


def test_constant_columns_and_zero_rows_are_counted():
    x = np.random.default_rng(0).normal(size=(10, 4))
    x[:, 1], x[7] = 3.3, 0
    x[7, 1] = 3.3
    assert cleaned(x).facts["constant"] == 1
    x[:, 1] = 0
    found = cleaned(x)
    assert found.facts["zero_rows"] == 1
    assert found.warnings == [
        "1 items have a feature vector of zeros, so that no item is more like them than another"
    ]
    assert cleaned(np.full((5, 2), 3.3)).warnings == [
        "all features are constant, so no item can be told from another"
    ]


def test_a_column_that_dominates_is_scaled():
    x = np.random.default_rng(0).normal(size=(100, 5)) * [1, 1, 1, 1, 5000] + 100
    found = cleaned(x)
    assert np.allclose(found.features.std(0), 1, atol=1e-3)
    assert "column 4 of the features would dominate the others" in found.warnings[0]


def test_half_precision_does_not_overflow():
    """300 squared is more than half precision holds, and so is the sum of 300 rows of 300."""
    x = np.tile(np.array([[300.0, 299.0], [298.0, 301.0]], dtype=np.float16), (150, 1))
    x[0, 0] = np.nan
    found = cleaned(x)
    assert found.warnings == [
        "1 NaN and 0 infinite values in column 0 of the features were replaced by the median of "
        "the column"
    ]
    assert found.features.dtype == np.float32
    assert found.features[0].tolist() == [298.0, 299.0]
    x[0, 0], x[:, 1] = 300, np.arange(300) % 2 * 20_000
    uneven = cleaned(np.concatenate([x[:, :1], x], axis=1))
    assert "column 2 of the features would dominate" in uneven.warnings[0]
    assert uneven.features[:2, 2] == pytest.approx([0, 2], abs=1e-3)


def test_a_column_dominates_from_thirty_times_the_median_spread_on():
    base = np.tile([[-1.0], [1.0]], (20, 3))
    for times, uneven in ((29, False), (31, True)):
        found = cleaned(base * [1, 1, times])
        assert bool(found.warnings) == uneven
        expected = base if uneven else base * [1, 1, times]
        assert np.allclose(found.features, expected)
    two = cleaned(
        np.tile([[-1.0], [1.0]], (20, 2)) * [1, 100]
    )  # the median of two lies between them
    assert two.warnings == []


def test_many_columns_are_named_up_to_eight():
    x = np.arange(40.0).reshape(4, 10)
    x[0] = np.nan
    x[1, :9] = np.nan
    said = cleaned(x).warnings
    assert said[0].startswith("1 items have no features at all")
    assert said[1].startswith(
        "9 NaN and 0 infinite values in columns 0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    )


def test_no_rows_and_no_columns_are_given_back():
    for shape in ((0, 3), (3, 0)):
        found = cleaned(np.empty(shape))
        assert found.facts == {
            "rows": shape[0],
            "columns": shape[1],
            "constant": 0,
            "zero_rows": 0,
            "replaced": 0,
        }
        assert found.warnings == []


def test_a_column_without_any_number_becomes_nought():
    x = np.stack([np.arange(5.0), np.full(5, np.nan)], axis=1)
    assert cleaned(x).features[:, 1].tolist() == [0] * 5


def test_probabilities_that_know_no_label():
    y = np.arange(200) % 2
    assert odd_probabilities(y, np.where(np.eye(2)[y] > 0, 0.95, 0.05)) == []
    swapped = odd_probabilities(y, np.where(np.eye(2)[y] > 0, 0.3, 0.7))
    assert "another order" in swapped[0]
    assert odd_probabilities(y[:49], np.full((49, 2), 0.5)) == []
    assert odd_probabilities(np.where(np.arange(200) < 151, -1, y), np.full((200, 2), 0.5)) == []
    assert odd_probabilities(y, np.ones((200, 1))) == []


def test_the_ninth_column_is_one_more():
    x = np.arange(36.0).reshape(4, 9)
    x[1] = np.nan
    x[2, :9] = [np.nan] * 8 + [np.inf]
    assert "columns 0, 1, 2, 3, 4, 5, 6, 7 and 1 more of the features" in cleaned(x).warnings[1]
