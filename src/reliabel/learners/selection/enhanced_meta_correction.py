"""Enhanced meta label correction: a teacher's guess and the given label are weighed so that a step
of the student does most for trusted items.

Assumes some hundred items known to be right, of every class.  Weak with fewer; on good features
cross-entropy on the same labels, the trusted ones counted more, is a strong rival.
Experimental: given the same trusted labels, cross-entropy is as accurate (``bench run
learn-claims``: .002 more, -.007 to .012).
Cost: four to six times cross-entropy.
Paper: Taraday, Baskin. Enhanced meta label correction for coping with label corruption. ICCV 2023.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from reliabel.core.labels import Bools, Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.short_repr import listing
from reliabel.core.training import Training
from reliabel.ops.torch.batches import both
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe, Trained, logits_of
from reliabel.ops.torch.steps import ahead
from reliabel.ops.torch.table import even_target

ALSO = ("emlc",)
STATUS = "experimental"
SMALL = {"epochs": 5}
UNITS = 64  # of the enhancer
CLEAN = 0.25  # share of trusted items in a batch
MISSING = (
    "no trusted item has the label {classes}: given labels of such classes are kept as they are"
)


class Enhancer(nn.Module):  # type: ignore[misc]
    """(b,) the logit of trust in a label, from what the teacher says (b, k) and the label (b,)."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.label = nn.Embedding(k, UNITS)
        self.body = nn.Sequential(nn.Linear(k + UNITS, UNITS), nn.Tanh(), nn.Linear(UNITS, 1))

    def forward(self, said: Tensor, y: Tensor) -> Tensor:
        return self.body(torch.cat([said, self.label(y)], 1))[:, 0]


def corrected(trust: Tensor, label: Tensor, said: Tensor) -> Tensor:
    """(b, k) the label by ``trust`` (b,), the teacher's word by the rest."""
    return trust[:, None] * label + (1 - trust[:, None]) * said


class MetaCorrection(Recipe):
    """A copy of the student is the teacher; it and the enhancer learn from trusted items."""

    def __init__(self, k: int, trusted: Bools, known: Bools, meta_lr: float, ahead_lr: float):
        super().__init__()
        self.meta_lr, self.ahead_lr = meta_lr, ahead_lr
        self.trusted = nn.Buffer(torch.as_tensor(trusted))
        self.known = nn.Buffer(torch.as_tensor(known))  # classes with trusted items
        self.enhancer, self.teacher = Enhancer(k), nn.Module()

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        self.teacher = copy.deepcopy(nets[0])
        own = [*self.teacher.parameters(), *self.enhancer.parameters()]
        return [Adam(own, lr=self.meta_lr)]

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        clean = self.trusted[batch.index]
        rest = batch.take(batch.index[~clean])
        if not clean.any() or not len(rest.index):
            return cross_entropy(nets[0](batch.x), batch.y).mean()
        known = batch.take(batch.index[clean])
        target = self.target(rest.y, rest.target, self.teacher(rest.x))
        after = ahead(nets[0], lambda net: cross_entropy(net(rest.x), target).mean(), self.ahead_lr)
        meta = cross_entropy(after(known.x), known.y).mean()
        told = torch.cat([target.detach(), known.target])
        student = cross_entropy(nets[0](torch.cat([rest.x, known.x])), told).mean()
        return student + meta + self._supervised(known)

    def target(self, y: Tensor, label: Tensor, logits: Tensor) -> Tensor:
        """(b, k) the corrected labels; those of a class without trusted items are kept."""
        said = logits.softmax(1)
        trust = self.enhancer(said.detach(), y.clamp_min(0)).sigmoid()
        trust = torch.where(self.known[y.clamp_min(0)], trust, 1.0)
        return corrected(torch.where(y >= 0, trust, 0.0), label, said)

    def _supervised(self, known: Batch) -> Tensor:
        """On trusted items the teacher should be right, and the enhancer tell the label from the
        likeliest wrong class.
        """
        logits = self.teacher(known.x)
        wrong = logits.detach().scatter(1, known.y[:, None], -torch.inf).argmax(1)
        swap = torch.rand(len(wrong), device=wrong.device) < 0.5
        said = logits.detach().softmax(1)
        trust = self.enhancer(said, torch.where(swap, wrong, known.y))
        judged = nn.functional.binary_cross_entropy_with_logits(trust, (~swap).float())
        return cross_entropy(logits, known.y).mean() + judged


def learn(
    labels: Classes,
    *,
    features: Floats,
    trusted: Bools,
    rng: Generator,
    training: Training = Training(),
    meta_lr: float = 0.005,
    ahead_lr: float = 1.0,
) -> Model:
    """The student; ``labels`` of the model are the corrected ones.

    meta_lr: learning rate of teacher and enhancer.  ahead_lr: length of the student's step that
    they are judged by.  Where no trusted item has some class, given labels of that class are kept,
    and ``info["warnings"]`` says so.
    Raises ValueError where no labelled item is trusted.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15], sure = 1 - y[::15], np.arange(60) % 15 > 9
    >>> model = learn(Classes(y), features=x, trusted=sure, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist(), model.info["trusted"]
    ([0, 1], 20)
    """
    clean = np.asarray(trusted, dtype=bool) & (labels.y >= 0)
    if not clean.any():
        raise ValueError(
            "no labelled item is trusted: say which labels are known to be right (trusted=), some "
            "of every class, or take a learner that needs none"
        )
    known = np.bincount(labels.y[clean], minlength=labels.k) > 0
    done = train(
        labels,
        lambda: MetaCorrection(labels.k, clean, known, meta_lr, ahead_lr),
        features=features,
        rng=rng,
        training=training,
        batches=both(clean, CLEAN),
    )
    target = _corrected_set(done)
    missing = [labels.names[c] for c in np.flatnonzero(~known)]
    said = [MISSING.format(classes=listing(missing))] if missing else []
    return done.model(labels=Soft(target, labels.names), trusted=int(clean.sum()), warnings=said)


@torch.no_grad()  # type: ignore[untyped-decorator]
def _corrected_set(done: Trained) -> Floats:
    """(n, k) the corrected labels of all items; trusted ones as they are."""
    recipe, table = done.recipe, done.table
    label = even_target(table.y, table.k)
    target = recipe.target(table.y, label, logits_of(recipe.teacher, table))
    target = torch.where(recipe.trusted[:, None], label, target)
    return np.asarray(target.double().cpu().numpy())
