"""Bootstrapping: part of each target is what the model itself says, softly or as its best class, so
that a label the model is sure against counts less.

Assumes the model is right more often than the labels are, once it has been trained for a while.
Weak where it starts early or trains long: it locks in its own errors, and the label keeps most of
the weight.
Cost: as cross-entropy.
Paper: Reed, Lee, Anguelov, Szegedy, Erhan, Rabinovich. Training deep neural networks on noisy
labels with bootstrapping. ICLR 2015 workshop.
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, one_hot
from reliabel.ops.torch.recipe import Batch, Recipe

SMALL = {"epochs": 5}
KEPT = {"soft": 0.95, "hard": 0.8}  # share of the given label in the target, the authors' values


def loss(
    logits: Tensor,
    target: Tensor,
    *,
    form: str = "hard",
    kept: float | None = None,
    through: bool = False,
) -> Tensor:
    """(b,) cross-entropy to kept * target + (1 - kept) * opinion, where the opinion is p ("soft")
    or its best class ("hard"); target: class (b,) or distribution (b, k).  Options as in ``learn``.

    >>> import torch
    >>> round(loss(torch.tensor([[2.0, 0.0]]), torch.tensor([1])).item(), 3)
    1.727
    """
    opinion = logits.softmax(1) if form == "soft" else one_hot(logits.argmax(1), logits)
    share = KEPT[form] if kept is None else kept
    own = (1 - share) * (opinion if through else opinion.detach())
    return -((share * one_hot(target, logits) + own) * logits.log_softmax(1)).sum(1)


class Bootstrapped(Recipe):
    """Plain cross-entropy at first; remembers nothing."""

    def __init__(self, form: str, kept: float | None, through: bool, warm_up: float) -> None:
        super().__init__()
        self.form, self.kept, self.through, self.warm_up = form, kept, through, warm_up

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = nets[0](batch.x)
        if batch.share < self.warm_up:
            return cross_entropy(logits, batch.y).mean()
        return loss(logits, batch.y, form=self.form, kept=self.kept, through=self.through).mean()


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    form: str = "hard",
    kept: float | None = None,
    through: bool = False,
    warm_up: float = 0.2,
) -> Model:
    """Minimise cross-entropy to the mixed targets.

    form: "hard" takes the model's best class, "soft" its probabilities.
    kept: share of the given label in the target; None is .8 for hard and .95 for soft.
    through: whether the gradient also goes through the soft opinion, as in the authors' program;
        it then rewards being sure as such.
    warm_up: share of the training by plain cross-entropy before that.
    Raises ValueError for another form.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if form not in KEPT:
        raise ValueError(f"form must be one of {', '.join(KEPT)}, got {form!r:.40}")
    return train(
        labels,
        lambda: Bootstrapped(form, kept, through, warm_up),
        features=features,
        rng=rng,
        training=training,
    ).model()
