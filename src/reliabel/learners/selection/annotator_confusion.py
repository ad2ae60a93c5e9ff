"""Annotator confusion: a network says the true class, a matrix for each annotator turns it into
their votes.

Both are learnt from the votes.  A term that rewards sure predictions has doubtful votes explained
by the matrices, not by the network.  Assumes that annotators err by class, not by item, and are on
the whole better than chance: matrices start near the identity.  Weak with few votes an annotator.
Experimental: on the crowds of ``bench run learn-claims`` it is not more accurate than cross-entropy
on the majority of the votes (.004 less, -.014 to .004).
Cost: cross-entropy plus O(votes k) an epoch, memory O(w k^2).
Paper: Hashmi, Zhumabayeva, Kotelevskii, Agafonov, Yaqub, Panov, Takac. Learning confident
classifiers in the presence of label noise. arXiv 2301.00524, 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import FLOOR
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.votes import check_matrices_fit
from reliabel.ops.votes_by_item import order_by_item

ALSO = ("crowd_layer", "confident_classifier")
STATUS = "experimental"
SMALL = {"epochs": 8}
SURE_FROM = 0.2  # share of the training after which sure predictions are rewarded


def vote_likelihood(p: Tensor, matrix: Tensor, said: Tensor) -> Tensor:
    """(v,) chance of votes: sum_a p_a A[a, said], with p (v, k) of the items and the matrices
    (v, k, k) [true, said] of the annotators.

    >>> import torch
    >>> a = torch.tensor([[[0.75, 0.25], [0.25, 0.75]]])
    >>> vote_likelihood(torch.tensor([[0.5, 0.5]]), a, torch.tensor([0])).tolist()
    [0.5]
    """
    return (p * matrix[torch.arange(len(said)), :, said]).sum(1)


def entropy(p: Tensor) -> Tensor:
    """(b,) -sum_a p_a log p_a."""
    return -(p * p.clamp_min(FLOOR).log()).sum(1)


class Annotators(Recipe):
    """``matrix`` (w, k, k) [true, said] in logits.  Votes are sorted by item: those of item i are
    ``start[i]`` to ``start[i + 1]``.
    """

    def __init__(
        self, votes: Votes[Classes], information: float, matrix_lr: float, clarity: float
    ) -> None:
        super().__init__()
        order, start = order_by_item(votes.item, votes.n)
        self.start = _whole_numbers(start)
        self.worker = _whole_numbers(votes.worker[order])
        self.said = _whole_numbers(votes.labels.y[order])
        self.information, self.matrix_lr = information, matrix_lr
        self.matrix = nn.Parameter(clarity * torch.eye(votes.labels.k).repeat(votes.w, 1, 1))

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        return [Adam([self.matrix], lr=self.matrix_lr)]

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        p = nets[0](batch.x).softmax(1)
        loss = -self.log_likelihood(p, batch.index).mean()
        if batch.share < SURE_FROM:
            return loss
        return loss + self.information * entropy(p).mean()

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def agreement(self, probs: Floats, rows: Ints) -> float:
        """Mean log chance of the votes on the held-out items."""
        there = self.matrix.device
        p, index = torch.as_tensor(probs, device=there), torch.as_tensor(rows, device=there)
        return float(self.log_likelihood(p, index).mean())

    def log_likelihood(self, p: Tensor, rows: Tensor) -> Tensor:
        """(votes,) the log chance of each vote on these items, whose classes have chances p."""
        mine, vote = self._votes_on(rows)
        matrix = self.matrix.softmax(2)[self.worker[vote]]
        return vote_likelihood(p[mine], matrix, self.said[vote]).clamp_min(FLOOR).log()

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def consensus(self, p: Floats) -> Floats:
        """(n, k) the chance of each class given the network's p (n, k) and the votes."""
        mine, vote = self._votes_on(torch.arange(len(p), device=self.start.device))
        says = self.matrix.log_softmax(2)[self.worker[vote], :, self.said[vote]].double()
        prior = torch.as_tensor(p, device=says.device).double().clamp_min(FLOOR).log()
        found: Floats = prior.index_add(0, mine, says).softmax(1).cpu().numpy()
        return found

    def _votes_on(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The votes on these items, and which of the items (0 .. len - 1) each is on."""
        size = self.start[rows + 1] - self.start[rows]
        mine = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), size)
        within = torch.arange(len(mine), device=rows.device) - (size.cumsum(0) - size)[mine]
        return mine, self.start[rows][mine] + within


def learn(
    labels: Votes[Classes],
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    information: float = 0.1,
    matrix_lr: float = 0.02,
    clarity: float = 2.0,
) -> Model:
    """Train network and matrices together; ``labels`` of the model is the consensus of network and
    votes, ``info["confusion"]`` (w, true, said) holds the annotators' matrices.

    information: weight of the term for sure predictions, which starts after a fifth of the
    training.  matrix_lr: step of the matrices.  clarity: logit of the diagonal they start with.
    The epoch is picked by the likelihood of the votes on held-out items.

    >>> import numpy as np
    >>> x, true = np.repeat([[0.0], [4.0]], 40, 0), np.repeat([0, 1], 40)
    >>> item, worker = np.repeat(np.arange(80), 3), np.tile(np.arange(3), 80)
    >>> said = np.where(worker == 2, 1, true[item])  # the third one always says 1
    >>> votes = Votes(item, worker, Classes(said), n=80, w=3)
    >>> model = learn(votes, features=x, rng=np.random.default_rng(0))
    >>> bool(model.info["confusion"][2, 0, 1] > model.info["confusion"][0, 0, 1] + 0.2)
    True
    """
    check_matrices_fit(labels)
    recipe = partial(Annotators, labels, information, matrix_lr, clarity)
    done = train(labels, recipe, features=features, rng=rng, training=training)
    confusion = done.recipe.matrix.detach().softmax(2).cpu().numpy()
    consensus = Soft(done.recipe.consensus(done.probs()), labels.labels.names)
    return done.model(labels=consensus, confusion=confusion)


def _whole_numbers(values: Ints) -> nn.Buffer:
    return nn.Buffer(torch.tensor(np.asarray(values, dtype=np.int64)))
