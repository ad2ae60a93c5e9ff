"""Generalised cross-entropy: a bounded loss between cross-entropy and the mean absolute error,
which gives labels that the model finds unlikely little weight.

Assumes wrong labels are unlikely under the model before they are learnt.  Weak with many classes at
a small learning rate: from even probabilities its slope is 1/k of that of cross-entropy.
Cost: 1.2 times cross-entropy, memory O(batch + d k).
Paper: Zhang, Sabuncu. Generalized cross entropy loss for training deep neural networks with noisy
labels. NeurIPS 2018.
"""

from __future__ import annotations

from numpy.random import Generator
from torch import Tensor

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, one_hot
from reliabel.ops.torch.recipe import from_loss

STATUS = "default"
ALSO = ("gce",)
SMALL = {"epochs": 8, "lr": 0.2}


def loss(logits: Tensor, target: Tensor, power: float = 0.7) -> Tensor:
    """(b,) sum_k target_k (1 - p_k^power) / power; cross-entropy at 0, mean absolute error at 1.

    >>> import torch
    >>> loss(torch.zeros(1, 4), torch.tensor([0]), power=1.0).tolist()
    [0.75]
    """
    if power == 0:
        return cross_entropy(logits, target)
    p = logits.log_softmax(1)
    return (one_hot(target, logits) * (1 - (power * p).exp()) / power).sum(1)


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    power: float = 0.7,
) -> Model:
    """Minimise the loss.

    power: 0 is cross-entropy, 1 the mean absolute error.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not 0 <= power <= 1:
        raise ValueError(f"power must be from 0 to 1, got {power}")
    made = from_loss(loss, power=power)
    return train(labels, made, features=features, rng=rng, training=training).model()
