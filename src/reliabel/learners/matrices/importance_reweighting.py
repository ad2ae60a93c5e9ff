"""Importance reweighting: each item counts by how much likelier its label is as the true class than
as a given one, under a noise matrix and the model itself.

Assumes noise by class alone, and a matrix near the truth.  Weak early on, when the model is unsure
and all weights are alike, and where it has learnt wrong labels by heart.
Cost: 1.2 times cross-entropy, memory O(batch + d k + k^2).
Paper: Liu, Tao. Classification with noisy labels by importance reweighting. TPAMI 38 (2016).
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.anchors import learner_matrix
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.through_matrix import ThroughMatrix, importance

ALSO = ("reweighting",)
SMALL = {"epochs": 5}


def loss(logits: Tensor, target: Tensor, matrix: Tensor) -> Tensor:
    """(b,) cross-entropy with the given classes (b,), weighted by p_y / (p T)_y, which takes no
    gradient.

    >>> import torch
    >>> loss(torch.zeros(1, 2), torch.tensor([0]), torch.eye(2)).exp()
    tensor([2.])
    """
    weight = importance(logits.detach().softmax(1), target, matrix)
    return weight * cross_entropy(logits, target)


class Reweighting(ThroughMatrix):
    """Weighs every item anew in each batch."""

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        return loss(nets[0](batch.x), batch.y, self.matrix).mean()


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    noise_matrix: Floats | None = None,
    training: Training = Training(),
) -> Model:
    """Weigh items by ``noise_matrix`` [true, given], or by the confident joint of ``probs`` where
    none is given; ``info`` holds the one that was used.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::3] = 1  # a third of class 0 is labelled 1
    >>> words = {"probs": np.eye(2)[y], "rng": np.random.default_rng(0)}
    >>> model = learn(Classes(y), features=x, noise_matrix=[[0.67, 0.33], [0, 1]], **words)
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    matrix, said = learner_matrix(labels.y, probs, noise_matrix)
    done = train(labels, lambda: Reweighting(matrix), features=features, rng=rng, training=training)
    return done.model(**said)
