"""Mean absolute error: one minus the probability of the given label, so that a label the model
finds unlikely pulls hardly at all.

Assumes wrong labels are less common than right ones in each class; then the minimiser is that of
clean labels.  Weak where training is short for many classes: at the start the pull is 1 / k of
cross-entropy's, so it needs a larger learning rate (lr), and some classes may never be learnt.
Cost: as cross-entropy.
Paper: Ghosh, Kumar, Sastry. Robust loss functions under label noise for deep neural networks. AAAI
2017.
"""

from __future__ import annotations

from numpy.random import Generator
from torch import Tensor

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.robust import absolute_error

ALSO = ("mae",)
SMALL = {"epochs": 5, "lr": 0.2}


def loss(logits: Tensor, target: Tensor) -> Tensor:
    """(b,) 1 - <target, p> for a class (b,) or a distribution (b, k).  Its sum over all possible
    targets is k - 1, whatever the logits: that is why symmetric noise cannot move the minimiser.

    >>> import torch
    >>> round(loss(torch.tensor([[2.0, 0.0]]), torch.tensor([0])).item(), 3)
    0.119
    """
    return absolute_error(logits, target)


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
) -> Model:
    """Minimise the mean of 1 - p(given label).

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    return train(labels, from_loss(loss), features=features, rng=rng, training=training).model()
