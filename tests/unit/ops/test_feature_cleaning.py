"""Features made fit to compute with, and probabilities that look odd."""

import numpy as np

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


def test_half_precision_maps_are_read_in_blocks(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(3000, 3)).astype(np.float16))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert cleaned(mapped).features is mapped


def test_no_rows_are_no_crash():
    assert cleaned(np.zeros((0, 3))).facts["rows"] == 0


def test_probabilities_that_look_in_sample():
    y = np.arange(1000) % 4
    p = np.full((1000, 4), 0.0005)
    p[np.arange(1000), y] = 0.9985
    assert "trained on these very labels" in odd_probabilities(y, p)[0]


def test_probabilities_that_look_random_or_shuffled():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 1000)
    assert "look random" in odd_probabilities(y, rng.dirichlet(np.ones(4), 1000))[0]
    p = np.full((1000, 4), 0.1)
    p[np.arange(1000), y] = 0.7
    assert odd_probabilities(y, p) == []
    assert "another order" in odd_probabilities(y, rng.permutation(p))[0]


def test_few_or_unlabelled_rows_are_not_judged():
    assert odd_probabilities(np.zeros(10, int), np.tile([1.0, 0.0], (10, 1))) == []
    assert odd_probabilities(np.full(100, -1), np.full((100, 2), 0.5)) == []
    assert odd_probabilities(np.zeros(100, int), np.ones((100, 1))) == []
