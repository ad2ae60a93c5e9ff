"""Forward correction: the model says the true class, a noise matrix turns that into the given one,
and the loss compares given with given.

Assumes noise by class alone, and a matrix near the truth.  Weak where overlap of classes passes for
noise in the estimate, and with many classes and few items.
Cost: 1.1 times cross-entropy, memory O(batch + d k + k^2).
Paper: Patrini, Rozza, Menon, Nock, Qu. Making deep neural networks robust to label noise: a loss
correction approach. CVPR 2017. The bound: Toner, Storkey. Label noise: correcting the forward
correction. 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.anchors import balance_under, learner_matrix
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.through_matrix import ThroughMatrix, forward_loss

STATUS = "default"
ALSO = ("forward",)
SMALL = {"epochs": 5}


def loss(logits: Tensor, target: Tensor, matrix: Tensor) -> Tensor:
    """(b,) -log of the chance p T of the given label, with the matrix (k, k) [true, given].

    >>> import torch
    >>> loss(torch.zeros(1, 2), torch.tensor([0]), torch.tensor([[1.0, 0], [0.5, 0.5]])).exp()
    tensor([1.3333])
    """
    return forward_loss(logits, target, matrix)


def least_loss(y: Ints, matrix: Floats) -> float:
    """The mean entropy of the given label (n,) once the true one is known: no model that does not
    know wrong labels by heart has a lower loss.

    >>> round(least_loss(np.array([0, 0, 1, 1]), np.array([[0.8, 0.2], [0.2, 0.8]])), 3)
    0.5
    """
    prior = balance_under(matrix, y)
    terms = np.where(matrix > 0, -matrix * np.log(np.maximum(matrix, 1e-12)), 0.0)
    return float(prior @ terms.sum(1))


class Forward(ThroughMatrix):
    """Trains through the matrix and answers without it; the loss of a batch is kept from falling
    below ``least``.
    """

    def __init__(self, matrix: Floats, least: float = 0.0) -> None:
        super().__init__(matrix)
        self.least = least

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        mean = loss(nets[0](batch.x), batch.y, self.matrix).mean()
        return (mean - self.least).abs() + self.least


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    noise_matrix: Floats | None = None,
    training: Training = Training(),
    bounded: bool = False,
) -> Model:
    """Train through ``noise_matrix`` [true, given], or through the confident joint of ``probs``
    where none is given; ``info`` holds the one that was used.

    bounded: keep the loss of a batch above the least one that the matrix allows (flooding), for
        networks that could learn wrong labels by heart; info says which.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::3] = 1  # a third of class 0 is labelled 1
    >>> words = {"probs": np.eye(2)[y], "rng": np.random.default_rng(0)}
    >>> model = learn(Classes(y), features=x, noise_matrix=[[0.67, 0.33], [0, 1]], **words)
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    matrix, said = learner_matrix(labels.y, probs, noise_matrix)
    least = least_loss(labels.y, matrix) if bounded else 0.0
    recipe = partial(Forward, matrix, least)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    return done.model(**said, least_loss=least)
