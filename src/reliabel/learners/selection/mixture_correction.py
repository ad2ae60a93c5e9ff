"""M-correction: two beta groups of losses say how likely a label is wrong; label and predicted
class are learnt in these shares, on mixed inputs.

Assumes that the losses of right and wrong labels form two groups while the inputs are mixed.  Weak
where they overlap, and with few wrong labels, where the higher group holds hard items.
Cost: 2.1 times cross-entropy, memory O(n).
Paper: Arazo, Ortego, Albert, O'Connor, McGuinness. Unsupervised label noise modeling and loss
correction. ICML 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.mixture import BINS, EDGE, BetaGroups, beta_groups
from reliabel.ops.relabelled import softened
from reliabel.ops.torch.guesses import guessed_logits
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, divergence, mixed, one_hot
from reliabel.ops.torch.recipe import Batch, Recipe, Seen

ALSO = ("m_correction",)
SMALL = {"epochs": 8}


class Corrected(Recipe):
    """``chance`` (bins,) is that of a wrong label by its loss, of which ``low`` is the least that
    counts and ``width`` the range; mixing alone until ``warm`` of the training is done.
    """

    mixes = True

    def __init__(self, warm: float, alpha: float, evenness: float) -> None:
        super().__init__()
        self.warm, self.alpha, self.evenness = warm, alpha, evenness
        self.chance = nn.Buffer(torch.zeros(BINS))
        self.low, self.width = nn.Buffer(torch.zeros(())), nn.Buffer(torch.ones(()))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        target = batch.target if batch.share < self.warm else self.target(nets[0], batch)
        x, goal, _, _ = mixed(batch.x, target, self.alpha)
        logits = nets[0](x)
        loss = cross_entropy(logits, goal).mean()
        if self.evenness:
            p = logits.softmax(1).mean(0, keepdim=True)
            loss = loss + self.evenness * divergence(torch.full_like(p, 1 / p.shape[1]), p).sum()
        return loss

    def target(self, net: nn.Module, batch: Batch) -> Tensor:
        """(b, k) the label and the predicted class, shared out by the chance of a wrong label."""
        logits = guessed_logits(net, batch.x)
        wrong = self.wrong(cross_entropy(logits, batch.y))[:, None]
        return (1 - wrong) * batch.target + wrong * one_hot(logits.argmax(1), logits)

    def wrong(self, loss: Tensor) -> Tensor:
        """(b,) the chance of a wrong label by its loss."""
        unit = ((loss - self.low) / self.width).clamp(0, 1)
        return self.chance[(unit * (BINS - 1)).round().long()].clamp(EDGE, 1 - EDGE)

    def after_epoch(self, seen: Seen) -> None:
        known = seen.y >= 0
        loss = cross_entropy(seen.logits()[known], seen.y[known]).double().cpu().numpy()
        groups: BetaGroups = beta_groups(loss)
        if not groups.width:  # all losses are the same: the last groups stay
            return
        grid = groups.low + groups.width * np.linspace(0, 1, BINS)
        self.chance.copy_(torch.as_tensor(groups.higher(grid)))
        self.low.fill_(groups.low)
        self.width.fill_(groups.width)


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    warm: float = 0.2,
    alpha: float = 4.0,
    evenness: float = 0.0,
) -> Model:
    """Train on corrected targets; ``labels`` of the model are the given ones, softened by what the
    network says in the share of its doubt.

    warm: share of the training before targets are corrected.
    alpha: of the mixing; 4 for heads, 32 in the paper for pictures, 0 for none.
    evenness: weight of a term that keeps the mean prediction near even, against collapse.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.labels.p[[0, 1, 30, 31]].argmax(1).tolist()
    [0, 0, 1, 1]
    """
    recipe = partial(Corrected, warm, alpha, evenness)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    said = done.probs()
    given = np.take_along_axis(said, np.maximum(labels.y, 0)[:, None], 1)[:, 0]
    loss = torch.as_tensor(-np.log(np.maximum(given, 1e-12)), device=done.table.device)
    wrong = done.recipe.wrong(loss).double().cpu().numpy()
    return done.model(labels=softened(labels, 1 - wrong, said))
