"""The two detectors of LSA: by loss and by a line."""

import numpy as np

from reliabel.ops.separation import beyond_a_line, chance_beyond, high_losses


def test_high_losses_are_those_of_the_upper_group():
    loss = np.r_[np.linspace(0, 0.2, 50), np.linspace(2, 2.2, 10), np.nan]
    assert np.flatnonzero(high_losses(loss)).tolist() == list(range(50, 60))
    assert not high_losses(np.zeros(5)).any(), "all the same: nobody is noisy"


def test_a_line_finds_items_that_the_loss_missed():
    rng = np.random.default_rng(0)
    odd = np.arange(600) < 150
    x = rng.normal(size=(600, 5)) + 3.0 * odd[:, None] * [1, 0, 0, 0, 0]
    found = beyond_a_line(x, odd & (rng.random(600) < 0.5))  # half of them have a low loss
    assert (found == odd).mean() > 0.85
    assert found[odd].mean() > 0.75


def test_too_few_noisy_items_teach_no_line():
    noisy = np.arange(10) < 2
    assert (beyond_a_line(np.eye(10), noisy) == noisy).all()


def test_the_held_out_line_does_not_know_random_splits_by_heart():
    rng = np.random.default_rng(0)
    x, noisy, fold = rng.normal(size=(60, 80)), rng.random(60) < 0.5, np.arange(60) % 5
    assert (beyond_a_line(x, noisy) == noisy).mean() > 0.9
    assert abs(((chance_beyond(x, noisy, fold) > 0.5) == noisy).mean() - 0.5) < 0.2


def test_items_of_no_fold_are_asked_but_not_learnt():
    rng = np.random.default_rng(1)
    noisy = np.arange(90) % 3 == 0
    x = rng.normal(size=(90, 2)) + 4.0 * noisy[:, None]
    fold = np.where(np.arange(90) < 60, np.arange(90) % 4, -1)
    chance = chance_beyond(x, noisy, fold)
    other = chance_beyond(x, np.where(fold < 0, ~noisy, noisy), fold)
    assert ((chance > 0.5) == noisy).mean() > 0.95
    assert np.array_equal(chance, other)
