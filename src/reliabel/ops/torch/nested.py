"""Nested dropout: in training a network sees only the first features of what goes into its last
layer, how many is drawn for each batch; so the first ones come to hold what matters most, and the
rest can be cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Floats
from reliabel.core.training import Training
from reliabel.ops.principal_axes import axes_of, on_axes
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.nets import Head, embedding
from reliabel.ops.torch.recipe import Batch, Recipe, Trained
from reliabel.ops.torch.table import Table

REACH = 3  # widths beyond so many times the spread are never drawn in practice
BLOCK = 4096  # rows that are looked at together
PENALTY = 1e-5  # of agreement, for each feature more


def last_layer(net: nn.Module) -> nn.Linear:
    """The layer that makes the logits.  Raises ValueError for a network without a linear one."""
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    if not layers:
        raise ValueError(
            "nested dropout orders what goes into the last linear layer, and the network of "
            "module= has no torch.nn.Linear"
        )
    return layers[-1]


class Nesting(Recipe):
    """Cross-entropy of ``nets`` networks, each behind its own random width."""

    def __init__(self, spread: float, nets: int = 1) -> None:
        super().__init__()
        self.spread, self.nets = spread, nets

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        loss = torch.zeros((), device=batch.index.device)
        for net in nets:
            with narrowed(net, drawn_width(last_layer(net).in_features, self.spread)):
                loss = loss + cross_entropy(net(batch.x), batch.y).mean()
        return loss


def drawn_width(features: int, spread: float) -> int:
    """A width from 1 to ``features``, drawn with weight exp(-(width / spread)^2)."""
    width = torch.arange(1, features + 1, dtype=torch.float64)
    weight = torch.exp((1 - width**2) / spread**2)  # 1 for the first, however small the spread
    return int(torch.multinomial(weight, 1)) + 1


@contextmanager
def narrowed(net: nn.Module, width: int) -> Iterator[None]:
    """Within the block only the first ``width`` features go into the last layer; of a linear head
    those are the features themselves.
    """
    linear_head = isinstance(net, Head) and net.body is None
    place = net if linear_head else last_layer(net)

    def cut_off(_: nn.Module, given: tuple[Tensor]) -> Tensor:
        return given[0] * (torch.arange(given[0].shape[-1], device=given[0].device) < width)

    hook = place.register_forward_pre_hook(cut_off)
    try:
        yield
    finally:
        hook.remove()


def best_width(done: Trained, place: int) -> int:
    """How many features of network ``place`` agree best with the held-out given labels, a little
    less for each more; all where no rows are held out.
    """
    layer, held = last_layer(done.nets[place]), done.held
    if not len(held):
        return int(layer.in_features)
    h = embedding(done.nets[place], done.table)[held]
    weight = layer.weight.detach().cpu().numpy()
    logits = np.zeros((len(held), len(weight)), dtype=np.float64)
    if layer.bias is not None:
        logits += layer.bias.detach().cpu().numpy()
    agreements = np.empty(h.shape[1])
    for last in range(h.shape[1]):
        logits += h[:, last, None] * weight[:, last]
        right = float((logits.argmax(1) == done.labels.y[held]).mean())
        agreements[last] = right - PENALTY * (last + 1)
    return int(agreements.argmax()) + 1


def cut(net: nn.Module, width: int) -> None:
    """Let only the first ``width`` features reach the logits, for good."""
    with torch.no_grad():
        last_layer(net).weight[:, width:] = 0


@dataclass(frozen=True, eq=False)
class Turned:
    """Features on their principal axes: ``mean`` (d,), ``basis`` (d, axes), ``features`` (n, axes);
    without a basis, as they are.
    """

    features: Any
    mean: Floats | None = None
    basis: Floats | None = None

    def back(self, done: Trained, features: Any, training: Training) -> Trained:
        """The same training with linear heads on the features as they were."""
        if self.basis is None or self.mean is None:
            return done
        nets = [self._head(net) for net in done.nets]
        table = Table(features, done.labels, training, done.table.rng)
        return replace(done, nets=[net.to(table.device) for net in nets], table=table)

    def _head(self, net: Head) -> Head:
        basis = np.asarray(self.basis)
        mean = np.asarray(self.mean) + basis @ net.mean.cpu().numpy()
        with torch.random.fork_rng(devices=[]):  # its random start is overwritten
            head = Head(len(basis), net.out.out_features, mean=mean, spread=float(net.spread))
        with torch.no_grad():
            weight = net.out.weight.detach().cpu().numpy() @ basis.T
            head.out.weight.copy_(torch.as_tensor(weight))
            head.out.bias.copy_(net.out.bias)
        head.eval()
        return head


def turned(features: Any, training: Training, spread: float, rng: Generator) -> Turned:
    """The features of a linear head on their principal axes, so that their order means something;
    a hidden layer and a network of the user's order their own.

    Raises ValueError for features that hold NaN or infinite values.
    """
    if training.module is not None or training.hidden or features.ndim != 2:
        return Turned(features)
    x = np.asarray(features)
    if not all(np.isfinite(x[start : start + BLOCK]).all() for start in range(0, len(x), BLOCK)):
        raise ValueError("features hold NaN or infinite values; fill them first")
    mean, basis = axes_of(x, min(x.shape[1], int(np.ceil(REACH * spread))), rng=rng)
    return Turned(on_axes(x, mean, basis), mean, basis)


def usual_spread(k: int) -> float:
    """The spread of widths for ``k`` classes: 10 for ten, 100 for a hundred.

    >>> usual_spread(4), usual_spread(77)
    (10.0, 77.0)
    """
    return float(max(10, k))
