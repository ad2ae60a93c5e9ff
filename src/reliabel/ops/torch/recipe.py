"""What a method does in the training loop: ``Recipe``, and what the loop hands to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Floats, Ints
from reliabel.core.results import Model
from reliabel.ops import given
from reliabel.ops.torch.nets import Average, Head, embedding, heads_of, nets_of
from reliabel.ops.torch.table import Rows, Table, class_names, even_target, questions, squashed

Nets = Sequence[nn.Module]


class Recipe(nn.Module):  # type: ignore[misc]
    """A method: ``step`` says what to minimise on a batch; the hooks may be left alone.

    What it remembers from batch to batch are buffers (``nn.Buffer``), what it learns beside the
    networks are parameters, teachers are submodules: they are moved, restored and kept in
    checkpoints with the networks.  Chance comes from torch's generator, which the loop seeds.
    """

    nets: int = 1  # networks that are trained together
    unlabelled: bool = False  # whether rows without a label come in batches, too
    mixes: bool = False  # whether networks are trained on other inputs than plain rows (norms.py)
    labels: Any = None  # the whole label set, put here by the loop

    def begin(self, nets: Nets) -> Sequence[Optimizer]:
        """Before the first batch: what depends on the networks.  Returns the optimisers of the
        recipe's own parameters.
        """
        return ()

    def step(self, nets: Nets, batch: Batch) -> Tensor:
        """The number to minimise; its gradient reaches the networks and the recipe's parameters."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what to minimise: write its step(nets, batch)"
        )

    def after_step(self, nets: Nets) -> None:
        """Moving averages."""

    def after_epoch(self, seen: Seen) -> bool | None:
        """Split, reweigh, relabel; True ends the training here."""

    def judges(self, nets: Nets) -> Nets:
        """The networks whose mean probability is the answer."""
        return nets

    def agreement(self, probs: Floats, rows: Ints) -> float:
        """How well the answer (b, k) agrees with the held-out labels; higher is better."""
        return given.agreement(self.labels.take(rows), probs)


class LossRecipe(Recipe):
    """The recipe of a method that is only a loss."""

    def __init__(self, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.loss = loss

    def step(self, nets: Nets, batch: Batch) -> Tensor:
        return self.loss(nets[0](batch.x), batch.y).mean()


def from_loss(loss: Callable[..., Tensor], **options: Any) -> Callable[[], Recipe]:
    """What makes the recipe of ``loss(logits, target, **options)`` -> (b,), one number a row."""
    return lambda: LossRecipe(partial(loss, **options))


@dataclass
class Batch:
    """Some rows: ``index`` (b,), and when: ``epoch`` from 0, ``share`` of the training done (0 to
    1, for every ramp and warm-up).
    """

    index: Tensor
    table: Table
    epoch: int
    share: float

    @cached_property
    def x(self) -> Tensor:
        """(b, ...) the features, augmented where the user said how."""
        return self.table.x(self.index, view=True)

    @cached_property
    def y(self) -> Tensor:
        """The target: classes (b,), or a row an item (b, k), as the label kind has it."""
        return self.table.y[self.index]

    @cached_property
    def target(self) -> Tensor:
        """(b, k) the label as a distribution; even where it is unknown."""
        return even_target(self.y, self.table.k)

    def view(self) -> Tensor:
        """Another view of the rows (``Table.other_view``)."""
        return self.table.other_view(self.index)

    def take(self, rows: Tensor | Ints) -> Batch:
        """Other rows of the same data, at the same time."""
        index = torch.as_tensor(rows, device=self.index.device)
        return Batch(index, self.table, self.epoch, self.share)


class Seen:
    """What the networks say of all n rows after an epoch, in evaluation mode and without gradients;
    computed when asked for, and once.  ``y`` is the target of all rows.
    """

    def __init__(self, nets: Nets, table: Table, epoch: int, share: float, yes_no: bool) -> None:
        self.nets, self.table, self.epoch, self.share = nets, table, epoch, share
        self.yes_no, self.y = yes_no, table.y
        self._known: dict[int, Tensor] = {}

    def logits(self, net: int = 0) -> Tensor:
        """(n, k) the logits of one network."""
        if net not in self._known:
            self._known[net] = logits_of(self.nets[net], self.table)
        return self._known[net]

    def probs(self, net: int | None = None) -> Tensor:
        """(n, k) the probabilities of one network, or the mean of all."""
        if net is None:
            return torch.stack([self.probs(place) for place in range(len(self.nets))]).mean(0)
        return squashed(self.logits(net), self.yes_no)

    def embed(self, net: int = 0) -> Floats:
        """(n, hidden) what goes into the last linear layer of one network."""
        found: Floats = embedding(self.nets[net], self.table)
        return found


@dataclass(eq=False)
class Trained:
    """Networks and recipe as after the epoch that was kept, and how the training went.

    rows: trained on.  held: picked the epoch.  trace: agreement with the held-out labels after
    each epoch.  loss: mean of each epoch.  epoch: kept, from 1.  stopped: why it ended early.
    module: what made the networks, None for built-in heads.
    """

    nets: list[nn.Module]
    recipe: Any
    table: Table
    labels: Any
    rows: Ints
    held: Ints
    trace: Floats
    loss: Floats
    epoch: int
    dynamics: Dynamics | None = None
    module: Callable[[], Any] | None = None
    stopped: str = ""

    def probs(self, rows: Ints | None = None) -> Floats:
        """(b, k) the answer for these rows, for all if not said."""
        index = None if rows is None else torch.as_tensor(rows, device=self.table.device)
        judges = self.recipe.judges(self.nets)
        found = opinion(judges, self.table, index, questions(self.labels))
        return np.asarray(found.cpu().numpy())

    def embed(self) -> Floats:
        """(n, hidden) what goes into the last linear layer of the first network."""
        found: Floats = embedding(self.nets[0], self.table)
        return found

    def model(self, *, labels: Any = None, **info: Any) -> Model:
        """The result of ``learn``; ``labels``: the training set as the method relabelled it."""
        judges = self.recipe.judges(self.nets)
        nets = [judge.net if isinstance(judge, Average) else judge for judge in judges]
        names, yes_no = class_names(self.labels), questions(self.labels)
        plain = all(type(net) is Head for net in nets)
        predict: Any = (
            heads_of(nets, names, yes_no) if plain else nets_of(nets, names, yes_no, self.module)
        )
        facts: dict[str, Any] = {"epoch": self.epoch, "held_out": len(self.held), "loss": self.loss}
        if self.stopped:
            facts["stopped"] = self.stopped
        return Model(predict, labels, self.dynamics, self.trace, facts | info)


@torch.no_grad()  # type: ignore[untyped-decorator]
def logits_of(net: nn.Module, table: Table, rows: Rows | None = None) -> Tensor:
    """(b, k) the logits of these rows (all, if not said) in evaluation mode."""
    net.eval()
    return torch.cat([net(table.x(part)) for part in table.blocks(rows)])


def opinion(nets: Nets, table: Table, rows: Rows | None, yes_no: bool) -> Tensor:
    """(b, k) the mean of the probabilities of several networks."""
    return torch.stack([squashed(logits_of(net, table, rows), yes_no) for net in nets]).mean(0)
