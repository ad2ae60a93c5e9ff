"""Normalised cross-entropy: cross-entropy divided by its sum over all classes, which bounds it and
makes it robust; with ``gamma`` the same for focal loss.

Assumes wrong labels are less common than right ones in each class.  Weak alone: it underfits,
because it is content when all other classes are unlikely; the active-passive losses add what it
lacks.
Cost: as cross-entropy.
Paper: Ma, Huang, Wang, Romano, Erfani, Bailey. Normalized loss functions for deep learning with
noisy labels. ICML 2020.
"""

from __future__ import annotations

from numpy.random import Generator
from torch import Tensor

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.robust import normalised

ALSO = ("nce",)
SMALL = {"epochs": 5, "lr": 0.2}


def loss(logits: Tensor, target: Tensor, *, gamma: float = 0.0) -> Tensor:
    """(b,) log p_target / sum_k log p_k, between 0 and 1, for a class (b,) or a distribution
    (b, k); its sum over all possible targets is 1.  With ``gamma`` above 0 each logarithm is
    weighted by (1 - p_k)^gamma, through which no gradient goes, as in the authors' program.

    >>> import torch
    >>> loss(torch.tensor([[0.0, 0.0, 0.0, 0.0]]), torch.tensor([0])).tolist()
    [0.25]
    """
    return normalised(logits, target, gamma=gamma)


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    gamma: float = 0.0,
) -> Model:
    """Minimise the loss.

    gamma: 0 is normalised cross-entropy; .5 normalised focal loss as the authors had it.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    recipe = from_loss(loss, gamma=gamma)
    return train(labels, recipe, features=features, rng=rng, training=training).model()
