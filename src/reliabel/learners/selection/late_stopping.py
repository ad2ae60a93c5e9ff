"""Late stopping: train afresh round after round, each time on the items that the last network was
the first to predict as labelled.

Assumes that a wrong label is learnt later than any right one, hard items included.  Weak with few
wrong labels, where every round drops right ones, and on rare classes, which are learnt late.
Experimental: on heads it selects labels no better than the losses of plain training do (share of
right labels among the kept .88 against .94 on planted symmetric noise, .73 against .70 on pairs,
.60 as given), although it is more accurate than plain training at the last epoch (by 5 to 15
points).
Cost: 75 times cross-entropy (13 partial trainings, in small batches), memory O(n).
Paper: Yuan, Feng, Liu. Late stopping: avoiding confidently learning from mislabeled examples. ICCV
2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.core.run import track
from reliabel.core.training import Training
from reliabel.ops.mixture import kept
from reliabel.ops.relabelled import only
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe, Seen, from_loss
from reliabel.ops.wrong_rate import wrong_rate

STATUS = "experimental"
SMALL = {"epochs": 5, "rounds": 2}
NEVER = 10**6  # later than any epoch
BATCH, LR = 32, 0.05  # of the rounds, at a constant rate, so that items are learnt one by one
LONGEST = 2  # times the epochs of the training, for a round in which too few items are learnt


class Soonest(Recipe):
    """``hit`` (n,) is the epoch after which an item has been predicted as labelled for ``times``
    epochs in a row, of which the first ``skip`` do not count; the training ends when ``enough`` of
    the ``rows`` are there.
    """

    def __init__(self, n: int, rows: Ints, enough: int, times: int, skip: int) -> None:
        super().__init__()
        self.rows, self.enough, self.times, self.skip = rows, enough, times, skip
        self.run = nn.Buffer(torch.zeros(n, dtype=torch.long))
        self.hit = nn.Buffer(torch.full((n,), NEVER))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        return cross_entropy(nets[0](batch.x), batch.y).mean()

    def after_epoch(self, seen: Seen) -> bool:
        right = seen.logits().argmax(1) == seen.y
        counts = seen.epoch >= self.skip
        self.run = torch.where(right, self.run + 1, 0) * counts
        first = (self.run >= self.times) & (self.hit == NEVER)
        self.hit = torch.where(first, seen.epoch, self.hit)
        return int((self.hit[self.rows] < NEVER).sum()) >= self.enough


def times_of(turn: int, rounds: int) -> int:
    """How often in a row an item has to be predicted as labelled: 1 in the first third of the
    rounds, then 2, then 3.

    >>> [times_of(turn, 12) for turn in range(12)]
    [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    """
    return 1 + turn * 3 // rounds


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats,
    training: Training = Training(),
    rate: float | None = None,
    rounds: int = 12,
    skip: int = 2,
) -> Model:
    """The model of the items kept after all rounds; ``labels`` of the model are theirs, the others
    -1.

    rate: share of wrong labels; None takes what out-of-fold ``probs`` say.
    rounds: each keeps the same share of the items, all together 1 - ``rate``.
    skip: first epochs of a round, which do not count; the paper takes 6 for pictures.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> given, p = Classes(y), np.repeat([[0.9, 0.1], [0.1, 0.9]], 30, 0)
    >>> model = learn(given, features=x, rng=np.random.default_rng(0), probs=p)
    >>> np.flatnonzero(model.labels.y < 0).tolist()
    [0, 15, 30, 45]
    """
    if rounds < 1:
        raise ValueError(f"rounds must be a whole number from 1 up, got {rounds}")
    rate = wrong_rate(labels.y, probs, rate)
    keep = labels.y >= 0
    total = int(keep.sum())
    slow = _slow(training)
    for turn in track("rounds", range(rounds)):
        rows = np.flatnonzero(keep)
        enough = max(1, round(total * (1 - rate) ** ((turn + 1) / rounds)))
        recipe = partial(Soonest, len(labels), rows, enough, times_of(turn, rounds), skip)
        done = train(labels, recipe, features=features, rng=rng, training=slow, rows=rows)
        keep = _soonest(done.recipe.hit.cpu().numpy(), keep, labels.y, enough)
    rows, loss = np.flatnonzero(keep), from_loss(cross_entropy)
    done = train(labels, loss, features=features, rng=rng, training=training, rows=rows)
    return done.model(labels=only(labels, keep), rate=rate)


def _slow(training: Training) -> Training:
    """How a round is trained: without schedule and decay, in small batches, to a hidden end."""
    return replace(
        training,
        epochs=LONGEST * training.epochs,
        stop=0,
        batch=min(BATCH, training.batch),
        optimiser="sgd",
        lr=LR,
        decay=0.0,
        schedule="constant",
        hold_out=0.0,
        fold=0,
        keep="last",
    )


def _soonest(hit: Ints, keep: Bools, y: Ints, enough: int) -> Bools:
    """(n,) the ``enough`` items of ``keep`` that were learnt first, and a few of each class."""
    rows = np.flatnonzero(keep)
    order = rows[np.argsort(hit[rows], kind="stable")]
    chance = np.full(len(y), np.nan)
    chance[order] = np.where(np.arange(len(order)) < enough, 1.0, 0.5 / (1 + np.arange(len(order))))
    return kept(chance, np.where(keep, y, -1))
