"""SnapMix: a part of one picture is pasted into another, and each label counts as much as the
evidence for it that is left.

The evidence is the network's own class activation map, so that a box of background brings no label
along.  On plain features a run of columns is exchanged, and the evidence is the slope of the given
class times the feature.  Assumes that the map shows where the class is.  Weak early in training and
under much label noise, where maps follow wrong labels and shares of the area do better.
Cost: three times cross-entropy, memory O(batch).
Paper: Huang, Wang, Tao. SnapMix: semantically proportional mixing for augmenting fine-grained data.
AAAI 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.mixing import (
    activation_map,
    evidence_map,
    label_weights,
    pasted,
    random_box,
)
from reliabel.ops.torch.penultimate import last_layer
from reliabel.ops.torch.recipe import Batch, Recipe

SMALL = {"epochs": 8}


def loss(logits: Tensor, y: Tensor, other: Tensor, mine: Tensor, theirs: Tensor) -> Tensor:
    """(b,) mine * CE(y) + theirs * CE(other); weights of equal labels add up.

    >>> import torch
    >>> zero, one = torch.zeros(1), torch.ones(1)
    >>> loss(torch.zeros(1, 4), torch.tensor([0]), torch.tensor([1]), zero, one).exp().tolist()
    [4.0]
    """
    return mine * cross_entropy(logits, y) + theirs * cross_entropy(logits, other)


def picture_evidence(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """(b, h, w) the class activation map of the class y of each picture x (b, c, h, w)."""
    return activation_map(net.maps(x), last_layer(net).weight[y])


def column_evidence(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """(b, 1, d) how much each column of x (b, d) speaks for y: slope times feature, if positive."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        mine = net(x).gather(1, y[:, None]).sum()
        (slope,) = torch.autograd.grad(mine, x)
    return (slope * (x - x.mean(0))).relu().detach()[:, None]


class Pasting(Recipe):
    """Remembers nothing."""

    mixes = True

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[torch.optim.Optimizer]:
        self.columns = not hasattr(nets[0], "maps")
        return ()

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        net, x, y = nets[0], batch.x, batch.y
        if self.columns and x.ndim != 2:
            raise ValueError(
                "snapmix looks at where the evidence is in a picture: give the network of module= "
                "a method maps(x) that returns the feature maps (b, c, h, w) before pooling"
            )
        partner = torch.randperm(len(x), device=x.device)
        pictures = x[:, None, None] if self.columns else x
        evidence = self._evidence(net, x, y, (pictures.shape[2], pictures.shape[3]))
        into = random_box(pictures.shape[2], pictures.shape[3], self.alpha)
        out_of = into
        if not self.columns:
            out_of = random_box(pictures.shape[2], pictures.shape[3], self.alpha)
        mixed = pasted(pictures, pictures[partner], into, out_of).reshape(x.shape)
        mine, theirs = label_weights(evidence, evidence[partner], into, out_of)
        return loss(net(mixed), y, y[partner], mine, theirs).mean()

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _evidence(self, net: nn.Module, x: Tensor, y: Tensor, size: tuple[int, int]) -> Tensor:
        net.eval()
        found = column_evidence(net, x, y) if self.columns else picture_evidence(net, x, y)
        net.train()
        return evidence_map(found, size)


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    alpha: float = 5.0,
) -> Model:
    """Train on mixed items only.

    alpha: the share of the area of a box is drawn from Beta(alpha, alpha).
    For pictures (n, c, h, w) the network of ``module`` needs a method maps(x), the feature maps
    (b, c, h, w) before pooling, and a linear layer as its last one.
    Raises ValueError where pictures are given and the network has no such method.

    >>> import numpy as np
    >>> x = np.repeat([[0.0, 1.0], [1.0, 0.0]], 30, 0)
    >>> model = learn(Classes(np.repeat([0, 1], 30)), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.eye(2)).p.argmax(1).tolist()
    [1, 0]
    """
    if not alpha > 0:
        raise ValueError(f"alpha must be above 0, got {alpha!r}")
    recipe = partial(Pasting, alpha)
    return train(labels, recipe, features=features, rng=rng, training=training).model()
