"""Two networks that split the items into those whose label they believe and the rest, exchange the
splits and learn half-supervised (DivideMix); the rule of the split is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from reliabel.core.labels import Floats, Ints
from reliabel.ops.mixture import kept
from reliabel.ops.torch.guesses import guessed
from reliabel.ops.torch.half_supervised import Mix
from reliabel.ops.torch.losses import cross_entropy, sharpened
from reliabel.ops.torch.recipe import Batch, Recipe, Seen

# what one network says of all items -> (n,) the chance of a right label, NaN where that is unknown
Split = Callable[[Seen, int, Ints], Floats]


class Divided(Recipe):
    """``clean`` (2, n) is the chance of a right label as each network sees it, ``believed`` (2, n)
    whether it is learnt from; both are given to the other network.  Until ``mix.warm`` of the
    training is done all labels are learnt from.
    """

    nets = 2
    mixes = True

    def __init__(self, n: int, prior: Tensor, split: Split, mix: Mix, temperature: float) -> None:
        super().__init__()
        self.split, self.mix, self.temperature = split, mix, temperature
        self.prior = nn.Buffer(prior)
        self.clean = nn.Buffer(torch.ones(2, n))
        self.believed = nn.Buffer(torch.ones(2, n, dtype=torch.bool))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        if batch.share < self.mix.warm:
            return torch.stack([cross_entropy(net(batch.x), batch.y).mean() for net in nets]).sum()
        views = batch.view(), batch.view()
        said = torch.stack([guessed(net, views) for net in nets])
        loss = torch.zeros((), device=said.device)
        for me, net in enumerate(nets):
            target = self.target(batch, said, me)
            believed = self.believed[1 - me, batch.index]
            loss = loss + self.mix.loss(net, views, target, believed, self.prior, batch.share)
        return loss

    def target(self, batch: Batch, said: Tensor, me: int) -> Tensor:
        """(b, k) what network ``me`` learns: the label refined by its own word where the other
        network believes it, else the mean word of both; ``said`` (2, b, k).
        """
        clean = self.clean[1 - me, batch.index, None]
        refined = clean * batch.target + (1 - clean) * said[me]
        believed = self.believed[1 - me, batch.index, None]
        return sharpened(torch.where(believed, refined, said.mean(0)), self.temperature)

    def after_epoch(self, seen: Seen) -> None:
        y = self.labels.y
        for me in range(2):
            chance = self.split(seen, me, y)
            found = torch.as_tensor(chance, dtype=torch.float32, device=self.clean.device)
            # where the scores form no groups, the last split stays
            self.clean[me] = torch.where(found.isnan(), self.clean[me], found)
            self.believed[me] = torch.as_tensor(
                kept(self.clean[me].double().cpu().numpy(), y), device=self.clean.device
            )


def trusted(recipe: Divided) -> Floats:
    """(n,) the chance of a right label, the mean of both networks."""
    return np.asarray(recipe.clean.mean(0).double().cpu().numpy())
