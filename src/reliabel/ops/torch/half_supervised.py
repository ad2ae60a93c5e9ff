"""Learning from some labels and from guesses for the rest, on mixed inputs (MixMatch), as the
methods do that split labels into believed and doubted ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from reliabel.core.labels import Ints
from reliabel.ops.torch.losses import cross_entropy, divergence, mixed

FULL = 0.3  # share of the training in which the weight of the guesses rises to the full one


@dataclass(frozen=True)
class Mix:
    """How to learn from guesses: ``alpha`` of the mixing, ``weight`` of the guessed part, from 0 at
    the share ``warm`` of the training on.
    """

    warm: float
    weight: float
    alpha: float

    def weight_at(self, share: float) -> float:
        """The weight of the guessed part once ``share`` of the training is done.

        >>> [round(Mix(0.2, 10.0, 4.0).weight_at(done), 2) for done in (0.1, 0.2, 0.35, 0.5, 1.0)]
        [0.0, 0.0, 5.0, 10.0, 10.0]
        """
        return self.weight * min(1.0, max(0.0, share - self.warm) / FULL)

    def loss(
        self,
        net: nn.Module,
        views: Sequence[Tensor],
        target: Tensor,
        believed: Tensor,
        prior: Tensor,
        share: float,
    ) -> Tensor:
        """What to minimise on a batch: the cross-entropy of the ``believed`` rows (b,), the squared
        error of the others with their weight, and the divergence of the mean answer from ``prior``
        (k,).  All ``views`` have the same ``target`` (b, k).
        """
        times = len(views)
        x, goal, _, _ = mixed(torch.cat(tuple(views)), target.repeat(times, 1), self.alpha)
        believed, logits = believed.repeat(times), net(x)
        p = logits.softmax(1)
        fit = mean(cross_entropy(logits[believed], goal[believed]))
        guess = mean(((p[~believed] - goal[~believed]) ** 2).mean(1))
        apart = divergence(prior[None], p.mean(0, keepdim=True)).sum()
        return fit + self.weight_at(share) * guess + apart


def class_shares(y: Ints, k: int) -> Tensor:
    """(k,) what the mean answer is held near: the shares of the given labels, one more of each.
    Those of out-of-fold probabilities lean further than the labels where the model is poor, and
    what is held near them ends in the class that they favour.

    >>> class_shares(np.array([0, 0, 1, -1]), 2).tolist()
    [0.6000000238418579, 0.4000000059604645]
    """
    count = np.bincount(y[y >= 0], minlength=k) + 1.0
    return torch.as_tensor(count / count.sum(), dtype=torch.float32)


def mean(loss: Tensor) -> Tensor:
    """The mean of ``loss`` (b,), 0 of none."""
    return loss.sum() / max(1, len(loss))


def guess_weight(rate: float, k: int) -> float:
    """The weight of the guessed part by the share of wrong labels: 0 up to a quarter, 25 from one
    half on, in between in between; six times that from a hundred classes on.

    >>> guess_weight(0.2, 10), guess_weight(0.375, 10), guess_weight(0.6, 100)
    (0.0, 12.5, 150.0)
    """
    return 25 * min(1.0, max(0.0, (rate - 0.25) / 0.25)) * (6 if k >= 100 else 1)
