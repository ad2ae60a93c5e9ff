"""What learners share that go through a noise transition matrix [true, given]."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reliabel.core.labels import Floats, Ints
from reliabel.ops import given
from reliabel.ops.torch.losses import one_hot
from reliabel.ops.torch.recipe import Recipe

LEAST = 1e-6  # chance of a given label, below which its log is cut
MOST = 10.0  # weight of an item


class ThroughMatrix(Recipe):
    """The network says the true class; held-out given labels are compared with p T."""

    def __init__(self, matrix: Floats) -> None:
        super().__init__()
        self.matrix = nn.Buffer(torch.as_tensor(matrix, dtype=torch.float32))

    def agreement(self, probs: Floats, rows: Ints) -> float:
        through = probs @ self.matrix.cpu().numpy()
        return given.agreement(self.labels.take(rows), through)


def forward_loss(logits: Tensor, target: Tensor, matrix: Tensor) -> Tensor:
    """(b,) -log of the chance of the given label, p T; cross-entropy where T is the identity."""
    noisy = logits.softmax(1) @ matrix
    return -(one_hot(target, logits) * noisy.clamp_min(LEAST).log()).sum(1)


def importance(p: Tensor, target: Tensor, matrix: Tensor) -> Tensor:
    """(b,) how much likelier the given label (b,) is as the true class than as a given one,
    p_y / (p T)_y, at most ``MOST``.
    """
    row = target[:, None]
    true, noisy = p.gather(1, row)[:, 0], (p @ matrix).gather(1, row)[:, 0]
    return (true / noisy.clamp_min(LEAST)).clamp_max(MOST)
