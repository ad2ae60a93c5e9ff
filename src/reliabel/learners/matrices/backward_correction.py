"""Backward correction: the losses of all classes, combined through the inverse of the noise matrix,
are in the mean the loss at the true class.

Assumes noise by class alone, and a matrix near the truth that is far from singular.  Weak wherever
the matrix is estimated: the loss has no lower bound, and errors of the inverse are large, so that
it gains with the true matrix and may lose with an estimated one.  A matrix with a condition number
above 1,000 is not inverted: forward correction takes its place, with a warning.
Cost: 1.1 times cross-entropy, memory O(batch + d k + k^2).
Paper: Patrini, Rozza, Menon, Nock, Qu. Making deep neural networks robust to label noise: a loss
correction approach. CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.anchors import learner_matrix
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.through_matrix import ThroughMatrix, forward_loss

STATUS = "experimental"
ALSO = ("backward",)
SMALL = {"epochs": 5}
MOST = 1000.0  # condition number of a matrix that is inverted


def loss(logits: Tensor, target: Tensor, inverse: Tensor) -> Tensor:
    """(b,) sum_j inverse[y, j] (-log p_j) for given classes ``target`` (b,) and the inverse (k, k)
    of the noise matrix.

    >>> import torch
    >>> loss(torch.zeros(1, 2), torch.tensor([0]), torch.eye(2)).exp()
    tensor([2.])
    """
    return -(inverse[target] * logits.log_softmax(1)).sum(1)


class Backward(ThroughMatrix):
    """Trains through the inverse, or through the matrix itself where there is none."""

    def __init__(self, matrix: Floats, inverse: Floats | None) -> None:
        super().__init__(matrix)
        self.inverted = inverse is not None
        self.inverse = nn.Buffer(torch.as_tensor(matrix if inverse is None else inverse).float())

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = nets[0](batch.x)
        if not self.inverted:
            return forward_loss(logits, batch.y, self.matrix).mean()
        return loss(logits, batch.y, self.inverse).mean()


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    noise_matrix: Floats | None = None,
    training: Training = Training(),
) -> Model:
    """Train through the inverse of ``noise_matrix`` [true, given], or of the confident joint of
    ``probs`` where none is given; ``info`` holds the matrix and its "condition" number.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::3] = 1  # a third of class 0 is labelled 1
    >>> words = {"probs": np.eye(2)[y], "rng": np.random.default_rng(0)}
    >>> model = learn(Classes(y), features=x, noise_matrix=[[0.67, 0.33], [0, 1]], **words)
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    matrix, said = learner_matrix(labels.y, probs, noise_matrix)
    condition = float(np.linalg.cond(matrix))
    fits = condition <= MOST
    inverse = np.linalg.inv(matrix) if fits else None
    if not fits:
        said["warning"] = (
            f"the condition number of the noise matrix is {condition:.3g}, above {MOST:g}, so that "
            "its inverse is of no use: forward correction was used instead"
        )
    done = train(
        labels,
        lambda: Backward(matrix, inverse),
        features=features,
        rng=rng,
        training=training,
    )
    return done.model(condition=condition, **said)
