"""Learning from vote distributions (FER+): cross-entropy with what the votes on an item say, in one
of four ways.

The target is the majority's class, every class with enough votes, a class drawn anew at each visit,
or the distribution of the leading classes.  Assumes that disagreement comes from the items, not
from annotators of different skill.  Weak where a few annotators are bad at the task:
annotator_confusion learns them.
Experimental: on the crowds of ``bench run learn-claims`` it is not more accurate than cross-entropy
on the majority of the votes (.002 less, -.028 to .024).
Cost: cross-entropy, memory O(n k).
Paper: Barsoum, Zhang, Canton Ferrer, Zhang. Training deep networks for facial expression
recognition with crowd-sourced label distribution. ICMI 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Bools, Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.chunks import rows
from reliabel.ops.given import TIE
from reliabel.ops.targets import leading_classes, majority_class, right_classes, training_targets
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import FLOOR, cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.votes import vote_shares, votes_matrix

ALSO = ("fer_plus",)
STATUS = "experimental"
SMALL = {"epochs": 5}
EVEN = 0.001  # of the even distribution that the classes with enough votes are mixed with
CHOICES: dict[str, Callable[[Floats], tuple[Floats, Bools]]] = {
    "majority": majority_class,
    "multi": right_classes,
    "drawn": leading_classes,
    "distribution": leading_classes,
}


def multi_loss(logits: Tensor, target: Tensor) -> Tensor:
    """(b,) -log max_a target_a p_a: any of the right classes will do.

    >>> import torch
    >>> target = torch.tensor([[0.5, 0.5, 0.0]])
    >>> multi_loss(torch.tensor([[9.0, -9.0, -9.0]]), target).exp().tolist()
    [2.0]
    """
    best: Tensor = (target.clamp_min(FLOOR).log() + logits.log_softmax(1)).max(1).values
    return -best


def drawn_loss(logits: Tensor, target: Tensor) -> Tensor:
    """(b,) cross-entropy with one class drawn from each target distribution."""
    return cross_entropy(logits, torch.multinomial(target, 1)[:, 0])


LOSSES = {"multi": multi_loss, "drawn": drawn_loss}


class VoteTargets(Recipe):
    """``said`` (n, k) is the target of each item, ``shares`` (n, k) its shares of votes."""

    def __init__(self, said: Floats, shares: Floats, target: str) -> None:
        super().__init__()
        self.said = nn.Buffer(torch.as_tensor(said, dtype=torch.float32))
        self.shares, self.loss = shares, LOSSES.get(target, cross_entropy)

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        return self.loss(nets[0](batch.x), self.said[batch.index]).mean()

    def agreement(self, probs: Floats, rows: Ints) -> float:
        """Mean share of votes for the predicted class; ties by the log probability of a vote."""
        shares = self.shares[rows]
        right = shares[np.arange(len(rows)), probs.argmax(1)].mean()
        likely = (shares * np.log(np.maximum(probs, FLOOR))).sum(1).mean()
        return float(right + TIE * likely)


def learn(
    labels: Votes[Classes],
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    target: str = "distribution",
) -> Model:
    """Train on the items whose votes are clear enough; on all, where none are.

    target: "majority", the class with more than half of the votes; "multi", any class with 30 % of
        them; "drawn", a class drawn at each visit from the leading classes (until they hold three
        quarters of the votes, at most three); "distribution", the shares of the leading classes.
    ``labels`` of the model holds the targets, ``info["clear"]`` (n,) which items are clear.  The
    epoch is picked by the share of held-out votes for the predicted class.
    Raises ValueError for another target.

    >>> x, true = np.repeat([[0.0], [4.0]], 40, 0), np.repeat([0, 1], 40)
    >>> item, worker = np.repeat(np.arange(80), 3), np.tile(np.arange(3), 80)
    >>> said = np.where((worker == 2) & (item % 4 == 0), 1 - true[item], true[item])
    >>> votes = Votes(item, worker, Classes(said), n=80, w=3)
    >>> model = learn(votes, features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [4.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if target not in CHOICES:
        raise ValueError(f"target must be one of {', '.join(CHOICES)}, got {target!r}")
    said, clear = training_targets(labels, CHOICES[target])
    if target == "multi":
        said = (1 - EVEN) * said + EVEN / labels.labels.k
    shares = rows(vote_shares, votes_matrix(labels))
    chosen = np.flatnonzero(clear) if clear.any() else None
    done = train(
        labels,
        lambda: VoteTargets(said, shares, target),
        features=features,
        rng=rng,
        training=training,
        rows=chosen,
    )
    return done.model(labels=Soft(said, labels.labels.names), clear=clear)
