"""Sparse over-parameterisation (SOP): each item has a noise term of its own that may explain its
label away.

The terms are learnt beside the network, and stay near zero for most items by how they start.
Assumes that few labels are wrong, so that explaining them away costs less than learning them.  Weak
where the steps of the terms do not fit the number of visits an item gets.
Cost: twice cross-entropy on a linear head, memory O(n k).
Paper: Liu, Zhu, Qu, You. Robust training under label noise by over-parameterization. ICML 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import Batch, Recipe, Trained
from reliabel.ops.torch.table import even_target

SMALL = {"epochs": 5}
START = 1e-8  # spread of the terms' roots at the start
FLOOR = 1e-4  # of probabilities in logarithms


def explained(target: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """(b, k) what u (b, 1) takes off the given class, and what v (b, k) puts on the others, both
    from 0 to 1.

    >>> import torch
    >>> target, v = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.3, 2.0]])
    >>> off, on = explained(target, torch.tensor([[0.5]]), v)
    >>> off.tolist(), on.tolist()
    ([[0.25, 0.0]], [[0.0, 1.0]])
    """
    return (u**2 * target).clamp(0, 1), (v**2 * (1 - target)).clamp(0, 1)


def steps_for(visits: float) -> tuple[float, float]:
    """The step of the terms at each visit, and the spread they start with, under which the term of
    an item that the network always contradicts has grown to one after so many visits.

    A step of s multiplies such a term by 1 + 4 s.  The paper's 10 in batches of 128 is .08, which
    takes 68 of its 120 epochs; steps of more than one half would overshoot, so the start is larger
    where visits are few.

    >>> step, start = steps_for(68.0)
    >>> round(step, 3), start == START, steps_for(4.0)
    (0.078, True, (0.5, 0.012345679012345678))
    """
    step = (START ** (-1 / visits) - 1) / 4
    return (step, START) if step <= 0.5 else (0.5, 3.0**-visits)


class OverParameterised(Recipe):
    """``u`` (n, 1) takes weight off the given class of an item, ``v`` (n, k) puts it on others."""

    def __init__(self, n: int, k: int, visits: float, batch: int) -> None:
        super().__init__()
        step, start = steps_for(visits)
        self.lr = step * batch  # the loss is a mean over the batch
        self.u, self.v = nn.Embedding(n, 1, sparse=True), nn.Embedding(n, k, sparse=True)
        nn.init.normal_(self.u.weight, std=start)
        nn.init.normal_(self.v.weight, std=start)

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        return [SGD(self.parameters(), lr=self.lr)]

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        p, target = nets[0](batch.x).softmax(1), batch.target
        off, on = explained(target, self.u(batch.index), self.v(batch.index))
        given = (p + off - on.detach()).clamp_min(FLOOR)
        given = given / given.sum(1, keepdim=True)
        guess = nn.functional.one_hot(p.argmax(1), p.shape[1])
        plain = -(target * given.log()).sum(1)
        return (plain + ((guess + off - on - target) ** 2).sum(1)).mean()


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    grown: float = 0.6,
) -> Model:
    """Train network and terms together; ``labels`` of the model are the given ones with the terms
    taken out.

    grown: share of the training after which the term of an item that the network always
        contradicts has grown to one.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.labels.p[[0, 1, 30, 31]].argmax(1).tolist()
    [0, 0, 1, 1]
    """
    if not 0 < grown <= 1:
        raise ValueError(f"grown must be a share of the training above 0 up to 1, got {grown!r}")
    n, k = len(labels), labels.k
    recipe = partial(OverParameterised, n, k, grown * training.epochs, training.rows(n))
    done = train(labels, recipe, features=features, rng=rng, training=training)
    return done.model(labels=Soft(_relabelled(done), labels.names))


@torch.no_grad()  # type: ignore[untyped-decorator]
def _relabelled(done: Trained) -> Floats:
    """(n, k) the given labels less what was taken off, plus what was put on."""
    target = even_target(done.table.y, done.table.k).cpu()
    off, on = explained(target, done.recipe.u.weight.cpu(), done.recipe.v.weight.cpu())
    left = ((target - off) + on).double().numpy() + 1e-6
    found: Floats = left / left.sum(1, keepdims=True)
    return found
