import numpy as np
import pytest

from reliabel.ops.noise import (
    another,
    checked,
    drawn,
    estimated,
    expected_rate,
    how_many,
    noise_matrix_of,
    picked,
    realised,
    scaled,
    wrong_share,
)

MATRIX = np.array([[0.9, 0.1], [0.3, 0.7]])


def test_expected_rate_weighs_by_class():
    assert expected_rate(MATRIX, np.array([100, 0])) == pytest.approx(0.1)
    assert expected_rate(MATRIX, np.array([50, 50])) == pytest.approx(0.2)
    assert expected_rate(MATRIX, np.array([0, 0])) == 0


def test_scaled_meets_the_rate():
    assert expected_rate(
        scaled(MATRIX, np.array([30, 70]), 0.05), np.array([30, 70])
    ) == pytest.approx(0.05)
    assert (scaled(MATRIX, np.array([1, 1]), 0.0) == np.eye(2)).all()


def test_small_rounding_is_mended():
    assert checked(MATRIX * 1.0005, 2).sum(1) == pytest.approx(1, abs=1e-12)


def test_drawn_leaves_the_unlabelled():
    assert drawn(np.array([-1, 0, 1]), np.eye(2), np.random.default_rng(0)).tolist() == [-1, 0, 1]


def test_picked_follows_the_weights_and_never_takes_a_zero():
    p = np.tile([0.0, 1.0, 3.0, 0.0], (8000, 1))
    share = np.bincount(picked(p, np.random.default_rng(0)), minlength=4) / 8000
    assert share[0] == share[3] == 0
    assert share[2] == pytest.approx(0.75, abs=0.02)


def test_picked_refuses_a_row_without_chances():
    with pytest.raises(ValueError, match="row 1 has no chance for any class"):
        picked(np.array([[1.0, 0.0], [0.0, 0.0]]), np.random.default_rng(0))


def test_another_is_never_the_same():
    y = np.arange(1000) % 3
    assert (another(y, 3, np.random.default_rng(0)) != y).all()
    assert len(another(y[:0], 1, np.random.default_rng(0))) == 0


def test_how_many_counts_the_labelled():
    assert how_many(np.array([0, 1, -1, -1]), 2, 0.5) == 1


def test_matrix_of_a_class_never_counted():
    assert noise_matrix_of(np.zeros((2, 2))).tolist() == [[1, 0], [0, 1]]


def test_matrices_that_are_none_are_refused_with_the_row():
    assert checked([[0.9005, 0.1], [0.3, 0.7]], 2).tolist() == [
        pytest.approx([0.9005 / 1.0005, 0.1 / 1.0005]),
        [0.3, 0.7],
    ]
    for bad, row in (
        ([[0.902, 0.1], [0.3, 0.7]], r"row 0 .* got \[0.902, 0.1\]"),
        ([[0.9, 0.1], [0.3, 0.6985]], "row 1"),
        ([[0.9, 0.1], [1.2, -0.2]], "row 1"),
        ([[0.9, 0.1], [np.nan, 1.0]], "row 1"),
    ):
        with pytest.raises(ValueError, match=f"{row}.*sum to one|{row}"):
            checked(np.array(bad), 2)
    with pytest.raises(ValueError, match=r"one column a class, \(3, 3\), got shape \(2, 2\)"):
        checked(MATRIX, 3)


def test_a_matrix_is_scaled_as_far_as_its_worst_row_allows():
    """Two rows with .1 and .3 errors, .2 on average: 2/3 is where the second is always wrong."""
    assert scaled(MATRIX, np.array([1, 1]), 2 / 3) == pytest.approx(
        np.array([[2 / 3, 1 / 3], [1, 0]])
    )
    with pytest.raises(ValueError, match=r"class 1 to be wrong more often.* can give is 0.667"):
        scaled(MATRIX, np.array([1, 1]), 0.7)
    with pytest.raises(ValueError, match="makes no errors in these labels"):
        scaled(np.eye(2), np.array([1, 1]), 0.1)
    assert scaled(np.eye(2), np.array([1, 1]), 0.0).tolist() == np.eye(2).tolist()


def test_drawn_follows_the_row_of_the_true_class():
    given = drawn(np.repeat([0, 1], 5000), MATRIX, np.random.default_rng(0))
    assert given[:5000].mean() == pytest.approx(0.1, abs=0.015)
    assert given[5000:].mean() == pytest.approx(0.7, abs=0.02)


def test_another_takes_all_other_classes_alike():
    found = another(np.zeros(6000, dtype=int), 4, np.random.default_rng(0))
    assert np.bincount(found, minlength=4) / 6000 == pytest.approx(
        [0, 1 / 3, 1 / 3, 1 / 3], abs=0.02
    )


@pytest.mark.parametrize(("rate", "m"), [(0, 0), (0.25, 1), (1, 4)])
def test_how_many_at_the_ends(rate, m):
    assert how_many(np.array([0, 1, 1, 0, -1]), 2, rate) == m


def test_how_many_refuses_what_cannot_be():
    for rate in (-0.1, 1.1):
        with pytest.raises(ValueError, match="a share between 0 and 1"):
            how_many(np.array([0, 1]), 2, rate)
    with pytest.raises(ValueError, match="cannot make 1 labels wrong: there is only one class"):
        how_many(np.array([0, 0]), 1, 0.5)
    assert how_many(np.array([0, 0]), 1, 0.0) == 0


def planted(n=20_000):
    """Labels of separable classes through MATRIX, with the probabilities of the given label."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, n)
    return drawn(true, MATRIX, rng), true, MATRIX[true]


def test_the_confident_joint_finds_a_planted_matrix_and_its_share_of_wrong_labels():
    y, true, p = planted()
    assert estimated(y, p) == pytest.approx(MATRIX, abs=0.015)
    assert wrong_share(y, p) == pytest.approx((y != true).mean(), abs=0.01)


def test_pseudo_counts_are_one_a_row_and_can_be_left_out():
    y, p = np.array([0, 0, 0, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.9, 0.1], [0.1, 0.9]])
    assert estimated(y, p, pseudo=0.0).tolist() == np.eye(2).tolist()
    joint = np.array([[2 + 1 / 2, 1 / 2], [1 / 2, 1 + 1 / 2]])
    joint[0, 0] += 1
    assert estimated(y, p) == pytest.approx(joint / joint.sum(1, keepdims=True))


def test_labels_that_are_missing_tell_nothing():
    y, _, p = planted(400)
    some = np.where(np.arange(400) % 2 == 0, -1, y)
    assert wrong_share(some, p) == wrong_share(y[1::2], p[1::2])
    assert estimated(some, p).tolist() == estimated(y[1::2], p[1::2]).tolist()
    none = np.full(400, -1)
    assert wrong_share(none, p) == 0
    assert estimated(none, p).tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_what_was_planted_is_counted_over_the_labelled():
    found = realised(np.array([0, 0, 0, 0, 1, -1]), np.array([0, 0, 0, 1, 1, -1]), 3)
    assert found["wrong"] == 1
    assert found["realised_rate"] == 0.2
    assert found["realised_matrix"].tolist() == [[0.75, 0.25, 0], [0, 1, 0], [0, 0, 1]]
    assert realised(np.array([-1]), np.array([-1]), 2)["realised_rate"] == 0
