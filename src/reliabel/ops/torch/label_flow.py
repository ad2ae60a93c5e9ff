"""A conditional flow from noise to label vectors, and its training under constraints: what label
learning flows are made of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields

WIDTH, MOST = 32, 2.0  # of the couplings' hidden layer; the largest log scale of one


@dataclass(frozen=True, eq=False)
class Constraints:
    """Votes as constraints: function ``worker`` (v,) says ``label`` (v,) of ``item`` (v,), and of
    its votes at most the share ``bounds`` (w,) is wrong.
    """

    item: Ints
    worker: Ints
    label: Ints
    bounds: Floats

    __repr__ = by_fields


class Flow(nn.Module):  # type: ignore[misc]
    """Affine couplings, each of which moves every other number of a label vector (n, k) by the rest
    of it and the conditions (n, d).
    """

    def __init__(self, k: int, d: int, pairs: int) -> None:
        super().__init__()
        self.k = k
        self.nets = nn.ModuleList(
            nn.Sequential(nn.Linear(k + d, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 2 * k))
            for _ in range(2 * pairs)
        )

    def forward(self, z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Label vectors, and the log of how much the flow stretches there (n,)."""
        y, stretch = z, torch.zeros(len(z))
        for place, net in enumerate(self.nets):
            moves = ((torch.arange(self.k) + place) % 2 == 0).float()
            scale, shift = net(torch.cat([y * (1 - moves), x], 1)).chunk(2, 1)
            scale = MOST * torch.tanh(scale / MOST) * moves
            y = y * torch.exp(scale) + shift * moves
            stretch = stretch + scale.sum(1)
        return y, stretch


def train_flow(
    condition: Floats,
    k: int,
    held: Constraints,
    *,
    pairs: int,
    steps: int,
    lr: float,
    weight: float,
    seed: int,
) -> tuple[Flow, list[float]]:
    """The flow whose label vectors are likely, on the simplex, and within the bounds; and what the
    bounds were exceeded by at each step.

    condition: (n, d) what is known of each item.
    weight: of the penalties beside the likelihood.
    """
    torch.manual_seed(seed)
    x = torch.as_tensor(condition, dtype=torch.float32)
    flow, over = Flow(k, x.shape[1], pairs), list[float]()
    optimiser = torch.optim.Adam(flow.parameters(), lr=lr)
    votes = (held.item, held.worker, held.label)
    item, worker, label = (torch.as_tensor(np.array(one, dtype=np.int64)) for one in votes)
    bounds = torch.as_tensor(held.bounds, dtype=torch.float32)
    cast = torch.bincount(worker, minlength=len(bounds)).clamp(min=1)
    for _ in track("steps", range(steps)):
        z = torch.randn(len(x), k)
        y, stretch = flow(z, x)
        likely = (0.5 * (z**2).sum(1) + stretch).mean() / (k * np.log(2))
        outside = ((-y).clamp(min=0) ** 2 + (y - 1).clamp(min=0) ** 2).sum(1).mean()
        outside = outside + ((y.sum(1) - 1) ** 2).mean()
        wrong = torch.zeros(len(bounds)).index_add(0, worker, 1 - y[item, label].clamp(0, 1)) / cast
        excess = ((wrong - bounds).clamp(min=0) ** 2).sum()
        loss = likely + weight * (outside + excess)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        over.append(float(excess.detach()))
    return flow, over


def drawn_labels(flow: Flow, condition: Floats, draws: int) -> Floats:
    """(n, k) the mean of label vectors that the flow makes of some noise, the same for all items,
    clipped and made to sum to one.
    """
    x = torch.as_tensor(condition, dtype=torch.float32)
    noise = torch.randn(draws, flow.k)
    with torch.no_grad():
        mean = sum(flow(z.expand(len(x), -1), x)[0].clamp(0, 1) for z in noise) / draws
    p = np.asarray(mean.numpy(), dtype=float) + 1e-6
    return np.asarray(p / p.sum(1, keepdims=True))
