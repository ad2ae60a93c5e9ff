"""The only training loop.  A method is a ``Recipe``: what to minimise on a batch, and hooks that it
may leave alone.

Here once: batches by index, views, device, optimiser and schedule, the networks, the held-out rows
that pick the epoch, dynamics, progress, checkpoints, and the stop at a loss that is no number.
Nothing here knows a method's name.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from reliabel.core.labels import Classes, Ints
from reliabel.core.run import current, measured, tell
from reliabel.core.training import Training
from reliabel.ops.logistic import scale
from reliabel.ops.torch.batches import Batches, shuffled
from reliabel.ops.torch.keep import keeper
from reliabel.ops.torch.nets import DROPPED, Head, Net
from reliabel.ops.torch.norms import take_statistics
from reliabel.ops.torch.recipe import Batch, Recipe, Seen, Trained, opinion
from reliabel.ops.torch.record import Recorder
from reliabel.ops.torch.table import Table, held_out, labelled, questions

LOOK = 50  # batches between two looks at the sum of losses
SGD_LR, ADAMW_LR, MOMENTUM = 0.05, 0.002, 0.9
Around = Callable[[Optimizer], Optimizer]


def as_it_is(optimiser: Optimizer) -> Optimizer:
    """No wrapper round the optimiser."""
    return optimiser


def train(
    labels: Any,
    recipe: Callable[[], Recipe],
    *,
    features: Any,
    rng: Generator,
    training: Training = Training(),
    rows: Ints | None = None,
    groups: Ints | None = None,
    nets: Sequence[nn.Module] | None = None,
    batches: Batches = shuffled,
    around: Around = as_it_is,
) -> Trained:
    """Train the networks of the recipe that ``recipe()`` makes.

    rows: train on these; None takes all that have a label.  groups: (n,) what is held out together.
    nets: start from copies of these.  batches: which rows come together.  around: what the
    optimiser is wrapped in.
    Raises ValueError where no row has a label, for features that the built-in head cannot take, and
    where the loss is no number in the first epoch.
    """
    with _chance(rng):
        mine = recipe()
        table = Table(features, labels, training, rng)
        usable = np.arange(table.n) if rows is None else np.asarray(rows)
        if not mine.unlabelled:
            usable = usable[labelled(labels, usable)]
        if not len(usable):
            raise ValueError("there is nothing to learn from: no item has a label")
        known = usable[labelled(labels, usable)]
        held = held_out(labels, known, training, groups, rng)
        mine.labels = labels
        made = _networks(table, mine.nets, training, nets)
        if training.balance:
            _lean(made, table, usable, training.balance)
        fit = np.setdiff1d(usable, held)
        run = _Training(mine.to(table.device), made, table, training, fit, held, batches, rng)
        with _threads(made, table):
            return run.go(around)


class _Training:
    """One training, from the first batch to the epoch that is kept."""

    def __init__(
        self,
        recipe: Recipe,
        nets: list[nn.Module],
        table: Table,
        training: Training,
        rows: Ints,
        held: Ints,
        batches: Batches,
        rng: Generator,
    ) -> None:
        self.recipe, self.nets, self.table, self.training = recipe, nets, table, training
        self.rows, self.held, self.batches, self.rng = rows, held, batches, rng
        self.yes_no = questions(recipe.labels)
        self.trace: list[float] = []
        self.loss: list[float] = []
        self.best, self.epoch, self.ended = -math.inf, 0, ""
        plain = isinstance(recipe.labels, Classes) and current().record
        self.recorder = Recorder() if plain else None

    def go(self, around: Around) -> Trained:
        """All epochs, or those that a checkpoint has left to do."""
        self.own = list(self.recipe.begin(self.nets))
        self.optimiser = around(_optimiser(self.nets, self.training))
        self.good = self.picked = self._state()
        self.keeper = keeper()
        start, epochs = self._resumed(), self.training.stop or self.training.epochs
        tell("epochs", start, epochs)
        for epoch in range(start, epochs if not self.ended else start):
            if not self._one_epoch(epoch):
                break
            last = bool(self.ended) or epoch + 1 == epochs
            if self.keeper:
                self.keeper.write(self._whole_state(), at_once=last)
            tell("epochs", epoch + 1, epochs)
            if last:
                break
        return self._result()

    def _one_epoch(self, epoch: int) -> bool:
        """Whether the epoch went well; else the state before it is put back."""
        try:
            self.loss.append(self._pass(epoch))
        except FloatingPointError as broken:
            if not self.loss:
                raise ValueError(str(broken)) from broken
            self.ended = f"{broken}; the state after epoch {epoch} is kept"
            self._restore(self.good)
            return False
        for net in self.nets:
            net.eval()
        if self.recipe.mixes:
            take_statistics({*self.nets, *self.recipe.judges(self.nets)}, self.table, self.rows)
        share = (epoch + 1) / self.training.epochs
        seen = Seen(self.nets, self.table, epoch, share, self.yes_no)
        with torch.no_grad():
            enough = self.recipe.after_epoch(seen)
        if enough:
            self.ended = f"the method had what it wanted after epoch {epoch + 1}"
        self.good = self._state()
        self._judge(epoch + 1)
        if self.recorder:
            self.recorder.add(seen)
        return True

    def _pass(self, epoch: int) -> float:
        """The mean loss of an epoch.  Raises FloatingPointError where it is no number."""
        for net in self.nets:
            net.train()
        size = self.training.rows(len(self.rows))
        per_epoch = max(1, round(len(self.rows) / size))
        total, steps = torch.zeros((), device=self.table.device), 0
        for rows in self.batches(self.rows, size, self.rng):
            share = min((epoch + steps / per_epoch) / self.training.epochs, 1.0)
            self._set_rate(share)
            index = torch.as_tensor(rows, device=self.table.device)
            total += self._step(Batch(index, self.table, epoch, share))
            steps += 1
            self.recipe.after_step(self.nets)
            if steps % LOOK == 0 and not math.isfinite(float(total)):
                break
        mean = float(total) / max(steps, 1)
        if not math.isfinite(mean):
            raise FloatingPointError(
                f"the loss became {mean} in epoch {epoch + 1}, within its first {steps} batches; "
                "a smaller lr may help, or features on a common scale"
            )
        return mean

    def _step(self, batch: Batch) -> Tensor:
        def closure() -> Tensor:
            self.optimiser.zero_grad()
            for own in self.own:
                own.zero_grad()
            loss = self.recipe.step(self.nets, batch)
            loss.backward()
            return loss.detach()

        loss: Tensor = self.optimiser.step(closure)
        for own in self.own:
            own.step()
        return loss

    def _judge(self, epoch: int) -> None:
        """Keep this epoch if it agrees with the held-out labels more than any before."""
        if not len(self.held):
            return
        index = torch.as_tensor(self.held, device=self.table.device)
        probs = opinion(self.recipe.judges(self.nets), self.table, index, self.yes_no)
        self.trace.append(self.recipe.agreement(probs.cpu().numpy(), self.held))
        measured("agreement with held-out labels", epoch, self.trace[-1])
        if self.trace[-1] > self.best:
            self.best, self.epoch, self.picked = self.trace[-1], epoch, self.good

    def _set_rate(self, share: float) -> None:
        cosine = self.training.schedule == "cosine"
        factor = 0.5 * (1 + math.cos(math.pi * share)) if cosine else 1.0
        for group in self.optimiser.param_groups:
            group["lr"] = group.setdefault("first_lr", group["lr"]) * factor

    def _result(self) -> Trained:
        if self.training.keep == "best" and self.epoch:
            self._restore(self.picked)
        else:
            self.epoch = len(self.loss)
        for net in self.nets:
            net.eval()
        return Trained(
            self.nets,
            self.recipe,
            self.table,
            self.recipe.labels,
            self.rows,
            self.held,
            np.array(self.trace),
            np.array(self.loss),
            self.epoch,
            self.recorder.dynamics() if self.recorder else None,
            self.training.module,
            self.ended,
        )

    def _state(self) -> dict[str, Any]:
        nets = [_copied(net.state_dict()) for net in self.nets]
        return {"nets": nets, "recipe": _copied(self.recipe.state_dict())}

    def _restore(self, state: dict[str, Any]) -> None:
        for net, mine in zip(self.nets, state["nets"], strict=True):
            net.load_state_dict(mine)
        self.recipe.load_state_dict(state["recipe"])

    def _whole_state(self) -> dict[str, Any]:
        """All that the training needs to go on to the same bits."""
        recorder = self.recorder
        return {
            "good": self.good,
            "picked": self.picked,
            "optimisers": [each.state_dict() for each in (self.optimiser, *self.own)],
            "told": [self.trace, self.loss, self.best, self.epoch, self.ended],
            "dynamics": [recorder.margin, recorder.p_given] if recorder else [],
            "chance": [torch.get_rng_state(), self.rng.bit_generator.state],
            "cuda": torch.cuda.get_rng_state_all() if self.table.device.type == "cuda" else [],
        }

    def _resumed(self) -> int:
        """How many epochs a checkpoint holds; its state is put in force."""
        try:
            state = self.keeper.read() if self.keeper else None
            return 0 if state is None else self._put_in_force(state)
        except (OSError, BadZipFile, RuntimeError, ValueError, LookupError, TypeError) as wrong:
            raise ValueError(
                f"{self.keeper.folder if self.keeper else ''} holds a checkpoint of another "
                "training, or a damaged one; remove it or give another folder"
            ) from wrong

    def _put_in_force(self, state: dict[str, Any]) -> int:
        """How many epochs the state has behind it."""
        self._restore(state["good"])
        self.good, self.picked = state["good"], state["picked"]
        for each, kept in zip((self.optimiser, *self.own), state["optimisers"], strict=True):
            each.load_state_dict(kept)
        self.trace, self.loss, self.best, self.epoch, self.ended = state["told"]
        if self.recorder and state["dynamics"]:
            self.recorder.margin, self.recorder.p_given = state["dynamics"]
        torch.set_rng_state(state["chance"][0])
        self.rng.bit_generator.state = state["chance"][1]
        if state["cuda"]:
            torch.cuda.set_rng_state_all(state["cuda"])
        return len(self.loss)


@contextmanager
def _chance(rng: Generator) -> Iterator[None]:
    """Within the block torch's own chance follows ``rng``; afterwards it is as it was before."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(int(rng.integers(2**63)))
        yield


@contextmanager
def _threads(nets: Sequence[nn.Module], table: Table) -> Iterator[None]:
    """One thread for built-in heads: their batches are too small to share, and waiting for each
    other costs more than it saves.
    """
    before = torch.get_num_threads()
    if table.device.type == "cpu" and all(type(net) is Head for net in nets):
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _networks(
    table: Table, count: int, training: Training, nets: Sequence[nn.Module] | None
) -> list[nn.Module]:
    """Copies of ``nets``, or new ones by the user's function, or built-in heads."""
    if nets:
        return [copy.deepcopy(net).to(table.device) for net in nets]
    if training.module is None:
        make = _head_maker(table, count, training)
        return [make().to(table.device) for _ in range(count)]
    return [_made(training.module, table) for _ in range(count)]


def _made(make: Callable[[], Any], table: Table) -> nn.Module:
    """A network by a function of the user.  Raises ValueError where it does not fit the data."""
    net = make()
    if not isinstance(net, nn.Module):
        raise ValueError(f"module= must return a torch.nn.Module, got {type(net).__name__}")
    net = net.to(table.device)
    if not isinstance(make, Net):
        _fits(net.eval(), table)
    return net


@torch.no_grad()  # type: ignore[untyped-decorator]
def _fits(net: nn.Module, table: Table) -> None:
    """Show two rows to a network, before a training is spent on it."""
    x = table.x(range(min(table.n, 2)))
    try:
        out = net(x)
    except (RuntimeError, TypeError, ValueError, LookupError, NotImplementedError) as wrong:
        why = " ".join(str(wrong).split())[:200]
        raise ValueError(
            f"the network of module= cannot take features of shape {tuple(x.shape)}: {why}"
        ) from wrong
    if isinstance(out, Tensor) and (out.ndim != 2 or out.shape[1] != table.k):
        raise ValueError(
            f"the network of module= must give {table.k} logits an item, shape (b, {table.k}); it "
            f"gives {tuple(out.shape)} for {len(x)} items"
        )


def _head_maker(table: Table, count: int, training: Training) -> Callable[[], Head]:
    shape = table.features.shape
    if len(shape) != 2:
        raise ValueError(
            f"the built-in head takes one vector an item, got features of shape {shape}; give "
            "module=, a function that makes a torch.nn.Module"
        )
    mean, spread = scale(table.features)
    drop = DROPPED if count > 1 else 0.0
    return lambda: Head(
        shape[1], table.k, hidden=training.hidden, drop=drop, mean=mean, spread=spread
    )


def _lean(nets: Sequence[nn.Module], table: Table, rows: Ints, balance: float) -> None:
    """Add ``balance`` times the log frequency of each given class to the logits in training, not
    afterwards (logit adjustment): rare classes then need no head start.
    """
    y = table.y[torch.as_tensor(rows, device=table.device)]
    if y.ndim != 1:
        raise ValueError("balance needs one class an item; set balance=0 for other labels")
    count = torch.bincount(y[y >= 0], minlength=table.k) + 1.0
    lean = balance * (count / count.sum()).log()

    def leaning(net: nn.Module, _: Any, logits: Tensor) -> Tensor:
        return logits + lean if net.training else logits

    for net in nets:
        if not getattr(net, "leans", False):  # a network of an earlier training leans already
            net.leans = True
            net.register_forward_hook(leaning)


def _optimiser(nets: Sequence[nn.Module], training: Training) -> Optimizer:
    """Gradient descent for linear heads: it learns first what varies much, and wrong labels lie in
    what varies little; Adam learns both alike.
    """
    params = [p for net in nets for p in net.parameters() if p.requires_grad]
    linear = all(type(net) is Head and net.body is None for net in nets)
    if training.optimiser == "sgd" or (training.optimiser == "auto" and linear):
        lr = training.lr or SGD_LR
        return SGD(params, lr=lr, momentum=MOMENTUM, weight_decay=training.decay)
    return AdamW(params, lr=training.lr or ADAMW_LR, weight_decay=training.decay, fused=True)


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value.detach().clone() for name, value in state.items()}
