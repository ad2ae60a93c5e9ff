"""Rotation-decoupled consistency (RDCR): the network agrees with its own moving average across
views, and tells by how much pictures were turned.

Assumes pictures whose classes are not turned versions of each other (6 and 9 are), and a network
that learns labels by heart.  On plain features nothing can be turned: consistency alone is left.
Reconstructed from the paper's abstract.  Digits of 8 x 8, 600 with half of the labels wrong, last
epoch of 40: cross-entropy .75, this .80, without the rotation task .84 (one draw); where pictures
are shifted (``views``) cross-entropy is better (.90 for .76), with a smaller network it is as good.
Hence experimental.
Cost: three to four times cross-entropy, memory of one more network.
Paper: Rotation-decoupled consistency regularisation for learning with noisy labels; its text was
not at hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.nets import Average
from reliabel.ops.torch.penultimate import last_layer, penultimate
from reliabel.ops.torch.recipe import Batch, Recipe, Seen

STATUS = "experimental"
ALSO = ("rdcr",)
SMALL = {"epochs": 5}
WARM, AFTER = 0.1, 0.3  # share of the training in which labels count 1; what they count afterwards
RATE = 0.99  # share of the average that is kept at each step
TURNS = 4
PLAIN = "features are one vector an item, so nothing could be turned: consistency alone was trained"


def turned(x: Tensor, turns: Tensor) -> Tensor:
    """Square pictures (b, ..., s, s), each turned by ``turns`` (b,) quarters.

    >>> turned(torch.tensor([[[1, 2], [3, 4]]]), torch.tensor([1])).tolist()
    [[[2, 4], [1, 3]]]
    """
    out = x.clone()
    for quarter in range(1, TURNS):
        mine = turns == quarter
        out[mine] = torch.rot90(x[mine], quarter, (-2, -1))
    return out


class Consistency(Recipe):
    """The moving average is the answer.  ``told`` (k,) is the share of turns that were told right
    in each given class in the last epoch, ``right`` and ``seen`` count them.
    """

    mixes = True

    def __init__(self, k: int, pictures: bool, weight: float, turn: float) -> None:
        super().__init__()
        self.pictures, self.weight, self.turn = pictures, weight, turn
        self.average: nn.Module = nn.Module()
        self.turner: nn.Module = nn.Module()
        self.right, self.seen = nn.Buffer(torch.zeros(k)), nn.Buffer(torch.zeros(k))
        self.told = nn.Buffer(torch.zeros(k))

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        self.average = Average(nets[0], RATE)
        if not self.pictures:
            return ()
        layer = last_layer(nets[0])
        self.turner = nn.Linear(layer.in_features, TURNS).to(layer.weight.device)
        return [AdamW(self.turner.parameters(), lr=0.002)]

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        net, x = nets[0], batch.x
        with torch.no_grad():
            told = self.average(x).softmax(1)
        apart = (net(batch.view()).softmax(1) - told).square().sum(1)
        given = cross_entropy(net(x), batch.y)
        loss = (given * (1.0 if batch.share < WARM else AFTER) + self.weight * apart).mean()
        return loss + self.turn * self._turns(net, x, batch.y) if self.pictures else loss

    def after_step(self, nets: Sequence[nn.Module]) -> None:
        self.average.follow(nets[0])

    def after_epoch(self, seen: Seen) -> None:
        self.told.copy_(self.right / self.seen.clamp_min(1))
        self.right.zero_()
        self.seen.zero_()

    def judges(self, nets: Sequence[nn.Module]) -> Sequence[nn.Module]:
        return [self.average]

    def _turns(self, net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        turns = torch.randint(TURNS, (len(x),), device=x.device)
        logits = self.turner(penultimate(net, turned(x, turns))[0])
        self.right.index_add_(0, y, (logits.argmax(1) == turns).float())
        self.seen.index_add_(0, y, torch.ones(len(y), device=x.device))
        return cross_entropy(logits, turns).mean()


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    weight: float = 3.0,
    turn: float = 0.3,
) -> Model:
    """The moving average of the network; ``info["turns_told"]`` (k,) is the share of turns told
    right in each class.

    weight: of the agreement with the average.  turn: of the rotation task.
    Raises ValueError for pictures that are not square.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    pictures = features.ndim > 2
    if pictures and features.shape[-1] != features.shape[-2]:
        raise ValueError(
            "rotation_consistency turns pictures by quarters, so they have to be square, got "
            f"features of shape {features.shape}; crop or resize them"
        )
    for name, value in (("weight", weight), ("turn", turn)):
        if not value >= 0:
            raise ValueError(f"{name} must be a number from 0 up, got {value!r}")
    done = train(
        labels,
        lambda: Consistency(labels.k, pictures, weight, turn),
        features=features,
        rng=rng,
        training=training,
    )
    if not pictures:
        return done.model(warnings=[PLAIN])
    return done.model(turns_told=done.recipe.told.double().cpu().numpy())
