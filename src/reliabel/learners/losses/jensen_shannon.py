"""Jensen-Shannon loss: how far label and prediction are from their mean; between cross-entropy (a
label weight near 0) and mean absolute error (near 1).

Assumes wrong labels are the ones the model finds unlikely.  Weak early on with many classes, where
all labels are unlikely: it needs a larger learning rate (lr) or a smaller label weight there.
Cost: 1.2 times cross-entropy.
Paper: Englesson, Azizpour. Generalized Jensen-Shannon divergence loss for learning with noisy
labels. NeurIPS 2021.
"""

from __future__ import annotations

from numpy.random import Generator
from torch import Tensor

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.robust import jensen_shannon

ALSO = ("js",)
SMALL = {"epochs": 5}


def loss(logits: Tensor, target: Tensor, *, weight: float = 0.5) -> Tensor:
    """(b,) the divergence of a class (b,) or a distribution (b, k) that has this ``weight`` and of
    the prediction that has the rest, divided by -(1 - weight) log(1 - weight).

    >>> import torch
    >>> round(loss(torch.zeros(1, 2), torch.tensor([0])).item(), 3)
    0.623
    """
    return jensen_shannon((logits,), target, weight=weight)


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    weight: float = 0.5,
) -> Model:
    """Minimise the loss.

    weight: of the label, between 0 (cross-entropy) and 1 (mean absolute error); the authors took
        .7 to .9 for symmetric noise on 10 classes, .3 for asymmetric noise and for 100 classes.
    Raises ValueError for a weight that does not lie between 0 and 1.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    recipe = from_loss(loss, weight=weight)
    return train(labels, recipe, features=features, rng=rng, training=training).model()
