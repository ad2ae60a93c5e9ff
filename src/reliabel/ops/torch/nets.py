"""The built-in head, the moving average of a network, and the predictor that holds the weights of
any network as arrays.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reliabel.core.labels import Floats, Soft, SoftMultiLabel
from reliabel.core.short_repr import classes, many, short
from reliabel.ops.heads import Heads
from reliabel.ops.torch.table import Table, squashed

ROWS = 512  # that a module predicts together
DROPPED = 0.2  # share of the columns left out of a batch where two heads have to differ


class Head(nn.Module):  # type: ignore[misc]
    """Standardise, perhaps one hidden layer of ReLU, one output a class.

    mean (d,), spread: the features less the mean, divided by one common spread.
    drop: share of the columns that are left out of each batch in training, so that two heads
        differ.  A linear head starts from zero, where bounded losses are steepest.
    """

    def __init__(
        self,
        d: int,
        k: int,
        *,
        hidden: int = 0,
        drop: float = 0.0,
        mean: Floats | float = 0.0,
        spread: float = 1.0,
    ) -> None:
        super().__init__()
        self.mean = nn.Buffer(torch.tensor(np.broadcast_to(mean, d).astype(np.float32)))
        self.spread = nn.Buffer(torch.tensor(float(spread)))
        self.drop = drop
        self.body = nn.Linear(d, hidden) if hidden else None
        self.out = nn.Linear(hidden or d, k)
        if not hidden:
            nn.init.normal_(self.out.weight, std=0.01 if drop else 0.0)
            nn.init.zeros_(self.out.bias)

    def embed(self, x: Tensor) -> Tensor:
        """(b, hidden) the hidden layer; the standardised features of a linear head."""
        if self.body is None:
            return (x - self.mean) / self.spread
        return self._first(self.body, x).relu()

    def forward(self, x: Tensor) -> Tensor:
        return self._first(self.out, x) if self.body is None else self.out(self.embed(x))

    def _first(self, layer: nn.Linear, x: Tensor) -> Tensor:
        scale = 1 / self.spread
        if self.drop and self.training:  # whole columns: a tenth of the cost of single numbers
            kept = torch.rand_like(self.mean) >= self.drop
            scale = scale * kept / (1 - self.drop)
        # the weights are scaled, which are fewer numbers than the rows
        return nn.functional.linear(x - self.mean, layer.weight * scale, layer.bias)


class Average(nn.Module):  # type: ignore[misc]
    """The moving average of the weights of a network; buffers, as of batch norm, are copied.

    rate: share of the average that is kept at each step, less in the first ones.
    """

    def __init__(self, net: nn.Module, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.net = copy.deepcopy(net).requires_grad_(False).eval()
        self.steps = nn.Buffer(torch.zeros(()))

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def follow(self, net: nn.Module) -> None:
        """Move towards the network as it is now."""
        self.steps += 1
        rate = min(self.rate, 1 - 1 / (float(self.steps) + 1))
        for mine, theirs in zip(self.net.parameters(), net.parameters(), strict=True):
            mine.lerp_(theirs, 1 - rate)
        for mine, theirs in zip(self.net.buffers(), net.buffers(), strict=True):
            mine.copy_(theirs)

    def train(self, mode: bool = True) -> Average:
        """An average always answers as it would in use."""
        return self

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


@dataclass(frozen=True)
class Net:
    """Makes a network of ``reliabel.ops.torch``: its ``form``, such as "nets:Head", and sizes.

    A model of such a network is loaded without the user giving a function again.
    """

    form: str
    sizes: Mapping[str, Any]

    def __call__(self) -> nn.Module:
        module, _, name = self.form.partition(":")
        if not module.isidentifier() or not name.isidentifier():
            raise ValueError(f"{self.form!r} names no network of reliabel.ops.torch")
        return getattr(import_module(f"reliabel.ops.torch.{module}"), name)(**self.sizes)


@dataclass(frozen=True, eq=False)
class Nets:
    """The mean of the probabilities of one or more torch networks, kept as arrays.

    weights: "0.conv.weight" and so on, the number of the network first.  net: what makes an empty
    network, where it is one of ours; else give your function to ``with_module``.
    """

    weights: Mapping[str, Floats]
    nets: int
    names: tuple[str, ...]
    yes_no: bool = False
    net: Net | None = None
    module: Callable[[], Any] | None = field(default=None, init=False, repr=False)

    def with_module(self, module: Callable[[], Any]) -> Nets:
        """The same predictor with the function that makes an empty network.

        Raises ValueError where the weights do not fit its networks.
        """
        ready = Nets(self.weights, self.nets, self.names, self.yes_no, self.net)
        object.__setattr__(ready, "module", module)
        ready.made()
        return ready

    def made(self) -> list[nn.Module]:
        """The networks with their weights."""
        make = self.module or self.net
        if make is None:
            raise ValueError(
                "this model is a network of your own, of which the folder holds the weights only; "
                "give the function that makes it: module=make_network"
            )
        return [self._one(make().eval(), f"{place}.") for place in range(self.nets)]

    def _one(self, net: nn.Module, start: str) -> nn.Module:
        mine = {key[len(start) :]: v for key, v in self.weights.items() if key.startswith(start)}
        try:
            net.load_state_dict({key: torch.as_tensor(value) for key, value in mine.items()})
        except RuntimeError as wrong:
            seen = " ".join(str(wrong).split())[:200]
            raise ValueError(
                f"the weights of the model do not fit the network of module: {seen}"
            ) from wrong
        return net

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def __call__(self, features: Any) -> Soft | SoftMultiLabel:
        """The class probabilities of each row of ``features`` (n, ...), read in blocks."""
        nets = self.made()
        parts = [np.empty((0, len(self.names)), dtype=np.float32)]
        for start in range(0, len(features), ROWS):
            block = np.ascontiguousarray(features[start : start + ROWS], dtype=np.float32)
            x = torch.from_numpy(block)
            p = torch.stack([squashed(net(x), self.yes_no) for net in nets]).mean(0)
            parts.append(p.numpy())
        p = np.concatenate(parts)
        return SoftMultiLabel(p, self.names) if self.yes_no else Soft(p, self.names)

    def __repr__(self) -> str:
        numbers = many(sum(int(np.size(v)) for v in self.weights.values()), "number")
        return short(self, many(self.nets, "network"), numbers, classes(self.names))


def heads_of(nets: Sequence[Head], names: tuple[str, ...], yes_no: bool) -> Heads:
    """Built-in heads as plain arrays, for predictions without torch."""
    heads = []
    for net in nets:
        layers = (net.out,) if net.body is None else (net.body, net.out)
        heads.append(tuple((_array(layer.weight).T, _array(layer.bias)) for layer in layers))
    spread = float(nets[0].spread)
    return Heads(tuple(heads), _array(nets[0].mean), spread, names, yes_no)


def nets_of(
    nets: Sequence[nn.Module],
    names: tuple[str, ...],
    yes_no: bool,
    module: Callable[[], Any] | None,
) -> Nets:
    """Any networks as plain arrays, with what made them."""
    weights = {
        f"{place}.{key}": _array(value)
        for place, net in enumerate(nets)
        for key, value in net.state_dict().items()
    }
    ours = module if isinstance(module, Net) else None
    found = Nets(weights, len(nets), names, yes_no, ours)
    return found if ours or module is None else found.with_module(module)


@torch.no_grad()  # type: ignore[untyped-decorator]
def embedding(net: nn.Module, table: Table) -> Floats:
    """(n, hidden) what goes into the last linear layer of a network, of all rows."""
    net.eval()
    if isinstance(net, Head):
        return np.concatenate([net.embed(table.x(rows)).cpu().numpy() for rows in table.blocks()])
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    if not layers:
        raise ValueError(
            "the method looks at what goes into the last linear layer of the network, and the "
            "network of module= has no torch.nn.Linear"
        )
    parts: list[Floats] = []
    hook = layers[-1].register_forward_pre_hook(
        lambda _, given: parts.append(given[0].detach().cpu().numpy())
    )
    try:
        for rows in table.blocks():
            net(table.x(rows))
    finally:
        hook.remove()
    return np.concatenate(parts)


def _array(tensor: Tensor) -> Floats:
    return np.asarray(tensor.detach().cpu().numpy().copy())
