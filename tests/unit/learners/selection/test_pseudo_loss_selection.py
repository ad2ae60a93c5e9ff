"""pseudo_loss_selection: the two detectors, and gains over cross-entropy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.pseudo_loss_selection import beyond_a_line, high_losses, learn


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


@pytest.mark.parametrize("pair", [False, True])
def test_beats_cross_entropy_at_the_last_epoch_and_keeps_right_labels(pair):
    gains, right = [], []
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        labels = Classes(flipped(truth, 0.3, seed=seed, pair=pair))
        words = {"features": x, "training": Training(keep="last", hold_out=0.0, decay=0.001)}
        mine = learn(labels, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
        kept = mine.labels.y >= 0
        right.append((mine.labels.y == truth)[kept].mean() - (labels.y == truth).mean())
    assert np.mean(gains) > 0.03, gains
    assert np.mean(right) > 0.08, right


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"detector": "eye"}, "detector must be one of alternate, loss, linear, got 'eye'"),
        ({"alpha": -1}, "alpha must be a number from 0 up, got -1"),
    ],
)
def test_options_that_make_no_sense_are_refused(option, message):
    with pytest.raises(ValueError, match=message):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), **option)
