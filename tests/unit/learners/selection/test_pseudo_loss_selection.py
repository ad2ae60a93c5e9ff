"""pseudo_loss_selection: gains over cross-entropy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.pseudo_loss_selection import learn


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
