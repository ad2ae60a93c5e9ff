import numpy as np
import pytest

from reliabel.ops.variational import counts_per_worker, crowd_prior


def test_matrices_turn_counts_round():
    count = np.arange(8.0).reshape(4, 2)  # (worker, voted), true
    assert counts_per_worker(count, 2)[1].tolist() == [[4, 6], [5, 7]]


def test_the_crowds_matrix_keeps_each_accuracy_and_shares_errors():
    count = np.array(
        [[[80.0, 15, 5], [10, 80, 10], [4, 16, 80]], [[4.0, 4, 2], [4, 4, 2], [4, 2, 4]]]
    )
    base, faith = crowd_prior(count, 4.0, learn=False)
    assert faith == 4.0
    common = (count[:, [0, 1, 2], [0, 1, 2]].sum() + 7) / (count.sum() + 10)
    assert base[0, 0, 0] == pytest.approx((240 + 4 * common) / (300 + 4))
    assert base.sum(2) == pytest.approx(np.ones((2, 3)))
    both = count.sum(0)
    assert base[1, 0, 1] / base[1, 0, 2] == pytest.approx(
        (both[0, 1] + 1 / 3) / (both[0, 2] + 1 / 3)
    )


def test_workers_who_are_alike_are_believed_to_be_alike():
    alike = np.tile(np.array([[8.0, 2], [2, 8]]), (50, 1, 1))
    apart = alike.copy()
    apart[::2] = [[1, 9], [9, 1]]
    faith = {}
    for name, count in (("alike", alike), ("apart", apart)):
        value = 4.0
        for _ in range(30):
            value = crowd_prior(count, value, learn=True)[1]
        faith[name] = value
    assert faith["alike"] > 10 > 5 > faith["apart"]
