import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.confusion import corrupt

MATRIX = np.array([[0.8, 0.2, 0.0], [0.0, 0.9, 0.1], [0.3, 0.3, 0.4]])


def drawn(rate=None, n=30_000):
    true = Classes(np.arange(n) % 3)
    return true, corrupt(true, noise_matrix=MATRIX, rng=np.random.default_rng(0), rate=rate)


def test_shares_are_the_rows_of_the_matrix():
    true, made = drawn()
    table = np.histogram2d(true.y, made.labels.y, bins=[range(4), range(4)])[0] / 10_000
    assert np.abs(table - MATRIX).max() < 4 * np.sqrt(0.25 / 10_000)
    assert (table[MATRIX == 0] == 0).all()


def test_rate_scales_the_errors_and_keeps_their_proportions():
    made = drawn(rate=0.1)[1]
    assert made.info["expected"] == pytest.approx(0.1)
    assert made.wrong.mean() == pytest.approx(0.1, abs=0.01)
    assert made.info["matrix"][2, 0] / made.info["matrix"][0, 1] == pytest.approx(1.5)


def test_rate_zero_leaves_all_labels():
    assert not drawn(rate=0.0)[1].wrong.any()


def test_a_rate_beyond_the_matrix_is_refused_with_the_most_it_can_give():
    with pytest.raises(ValueError, match=r"most this noise_matrix can give is 0.5"):
        drawn(rate=0.6)


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        (np.eye(2), r"one row and one column a class, \(3, 3\), got shape \(2, 2\)"),
        (
            np.array([[1, 0, 0], [0.5, 0.6, 0], [0, 0, 1]]),
            r"row 1 of noise_matrix must be chances that sum to one",
        ),
        (np.array([[1, 0, 0], [0, 1, 0], [0, -0.1, 1.1]]), r"row 2 of noise_matrix"),
        (np.full((3, 3), np.nan), r"row 0 of noise_matrix"),
    ],
)
def test_a_bad_matrix_is_refused(matrix, sentence):
    with pytest.raises(ValueError, match=sentence):
        corrupt(Classes(np.array([0, 1, 2])), noise_matrix=matrix, rng=np.random.default_rng(0))


def test_a_matrix_without_errors_cannot_be_scaled():
    with pytest.raises(ValueError, match="makes no errors"):
        corrupt(
            Classes(np.array([0, 1, 2])),
            noise_matrix=np.eye(3),
            rng=np.random.default_rng(0),
            rate=0.5,
        )
