"""T-revision: importance reweighting whose noise matrix is corrected by a small slack that is
learnt with the model.

Two trainings: reweighting by the estimated matrix, and from there by the matrix plus its slack.
(The first stage of the paper, cross-entropy to estimate the matrix, is what makes ``probs``.)
Assumes noise by class alone, and a matrix that is near the truth already.  The slack mends a matrix
with too many errors, as overlap of classes gives; it does not find errors that the matrix lacks,
and the model is no better than by reweighting alone.
Cost: 3 times cross-entropy, memory O(batch + d k + k^2).
Paper: Xia, Liu, Wang, Han, Gong, Niu, Sugiyama. Are anchor points really indispensable in
label-noise learning? NeurIPS 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops import given
from reliabel.ops.anchors import learner_matrix
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.through_matrix import ThroughMatrix, importance

STATUS = "experimental"
ALSO = ("revision",)
SMALL = {"epochs": 4}


def revised(matrix: Tensor, slack: Tensor) -> Tensor:
    """(k, k) the matrix plus the slack, without negative entries, rows divided by their sums.

    >>> import torch
    >>> revised(torch.tensor([[0.8, 0.2], [0.0, 1.0]]), torch.tensor([[0.0, 0.2], [-0.1, 0.0]]))
    tensor([[0.6667, 0.3333],
            [0.0000, 1.0000]])
    """
    summed = (matrix + slack).clamp_min(0)
    return summed / summed.sum(1, keepdim=True).clamp_min(1e-12)


class Revision(ThroughMatrix):
    """``slack`` (k, k) is learnt where ``reach`` is above 0: it moves by that much at most."""

    def __init__(self, matrix: Floats, reach: float, steps: int) -> None:
        super().__init__(matrix)
        self.lr = reach / max(steps, 1)  # Adam moves an entry by at most lr a step
        self.slack = nn.Parameter(torch.zeros_like(self.matrix), requires_grad=reach > 0)

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        return (Adam([self.slack], lr=self.lr),) if self.lr else ()

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = nets[0](batch.x)
        matrix = revised(self.matrix, self.slack)
        weight = importance(logits.detach().softmax(1), batch.y, matrix)  # moves the slack
        return (weight * cross_entropy(logits, batch.y)).mean()

    def agreement(self, probs: Floats, rows: Ints) -> float:
        return given.agreement(self.labels.take(rows), probs @ self.final())

    def final(self) -> Floats:
        """(k, k) the revised matrix as it stands."""
        found = revised(self.matrix, self.slack.detach())
        return np.asarray(found.double().cpu().numpy())


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    noise_matrix: Floats | None = None,
    training: Training = Training(),
    reach: float = 0.04,
) -> Model:
    """Revise ``noise_matrix`` [true, given], or the confident joint of ``probs`` where none is
    given; ``info`` holds the matrix before ("first_matrix") and after ("noise_matrix").

    reach: how far an entry of the slack can move over the training; .04 is what the published
        learning rate and number of steps allow.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::3] = 1  # a third of class 0 is labelled 1
    >>> words = {"probs": np.eye(2)[y], "rng": np.random.default_rng(0)}
    >>> model = learn(Classes(y), features=x, noise_matrix=[[0.67, 0.33], [0, 1]], **words)
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not reach >= 0:
        raise ValueError(f"reach must be 0 or more, got {reach!r}")
    matrix, said = learner_matrix(labels.y, probs, noise_matrix)
    seed = int(rng.integers(2**63))  # one seed, so that both hold out the same rows
    rows = int((labels.y >= 0).sum())
    steps = training.epochs * max(1, round(rows / training.rows(max(rows, 1))))
    nets = None
    for far in (0.0, reach):
        done = train(
            labels,
            partial(Revision, matrix, far, steps),
            features=features,
            rng=np.random.default_rng(seed),
            training=training,
            nets=nets,
        )
        nets = done.nets
    said |= {"first_matrix": matrix, "noise_matrix": done.recipe.final()}
    return done.model(**said)
