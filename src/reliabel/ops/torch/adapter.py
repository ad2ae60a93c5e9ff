"""A small trainable change of frozen features, with a linear head on it."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Adapter(nn.Module):  # type: ignore[misc]
    """h = f + MLP(f) of the standardised features f, with one hidden layer of ReLU, and a linear
    head on h.  It starts as h = f, and the head from zero.
    """

    def __init__(self, d: int, k: int, hidden: int) -> None:
        super().__init__()
        self.mean, self.spread = nn.Buffer(torch.zeros(d)), nn.Buffer(torch.ones(()))
        self.change = nn.Sequential(nn.Linear(d, hidden), nn.ReLU(), nn.Linear(hidden, d))
        self.out = nn.Linear(d, k)
        for layer in (self.change[2], self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        f = (x - self.mean) / self.spread
        return self.out(f + self.change(f))
