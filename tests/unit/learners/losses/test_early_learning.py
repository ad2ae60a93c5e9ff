"""early_learning: the sign of the regulariser, the memory, and accuracy at the last epoch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.losses.early_learning import learn, regulariser


def test_the_regulariser_pushes_towards_the_memory():
    logits = torch.zeros(1, 3, requires_grad=True)
    regulariser(logits.softmax(1), torch.tensor([[0.0, 1.0, 0.0]])).sum().backward()
    assert logits.grad[0, 1] < 0 < logits.grad[0, 0]


def test_keeps_its_accuracy_to_the_last_epoch_and_remembers_the_truth():
    gains, right = [], []
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        labels = Classes(flipped(truth, 0.4, seed=seed))
        words = {"features": x, "training": Training(keep="last", hold_out=0.0, decay=0.001)}
        mine = learn(labels, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
        right.append((mine.labels.p.argmax(1) == truth).mean())
    assert np.mean(gains) > 0.03
    assert np.mean(right) > 0.75, "the memory is nearer to the truth than the labels (.6)"
