"""crossfit_relabel: the blend, and its gain at the last epoch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped
from tests.unit.learners.selection.evidence import out_of_fold_probs

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.crossfit_relabel import LEAST, blended, learn


def test_the_blend_at_its_ends():
    y, p = np.array([0, 1, -1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    assert np.allclose(blended(y, p, 1.0), p), "well calibrated: as it is"
    assert np.allclose(blended(y, p, 0.0), [[1, 0], [0, 1], [0.3, 0.7]])


def test_a_model_that_is_too_sure_is_tempered():
    y, p = np.tile([0, 1], 50), np.tile([0.999, 0.001], (100, 1))
    assert blended(y, p, 1.0)[:, 0].max() < 0.85
    assert (blended(y, p, 1.0).argmax(1) == 0).all()


def test_keeps_its_accuracy_to_the_last_epoch_and_wrong_labels_share_with_the_truth():
    gains, right = [], []
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        labels = Classes(flipped(truth, 0.4, seed=seed))
        words = {"features": x, "training": Training(keep="last", hold_out=0.0, decay=0.001)}
        probs = out_of_fold_probs(x, labels, seed=seed)
        mine = learn(labels, probs=probs, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
        others = mine.labels.p.copy()
        others[np.arange(len(x)), labels.y] = 0
        right.append((others.argmax(1) == truth)[labels.y != truth].mean())
        assert mine.info["share"] >= LEAST
    assert np.mean(gains) > 0.04, gains
    assert np.mean(right) > 0.6, "of three other classes, by chance .33"


def test_a_share_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="share must be from 0 to 1, got 2"):
        learn(Classes([0, 1]), features=np.eye(2), probs=np.eye(2), rng=None, share=2)
