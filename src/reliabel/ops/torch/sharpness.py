"""How much the loss of a network rises when its weights are moved by a share of their size.

Source: Andriushchenko, Croce, Müller, Hein, Flammarion. A modern look at the relationship between
sharpness and generalization. ICML 2023; the ascent is that of Croce, Hein. ICML 2020.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reliabel.core.labels import Floats, Ints
from reliabel.ops.heads import Heads
from reliabel.ops.torch.nets import Nets

STEPS, MOMENTUM, PROGRESS = 20, 0.75, 0.75
DRAWS = 100
Loss = Callable[[], Tensor]
Logits = Callable[[Tensor], Tensor]


def networks(model: Any) -> list[tuple[nn.Module, Logits]]:
    """The networks of a predictor, or a module as it is, each with what gives its logits.

    Raises ValueError for what holds no network.
    """
    if isinstance(model, nn.Module):
        return [(model, model)]
    if isinstance(model, Nets):
        return [(net, net) for net in model.made()]
    if isinstance(model, Heads):
        return [_head(layers, model) for layers in model.heads]
    raise ValueError(
        f"a model that predicts by {type(model).__name__} holds no network whose weights can be "
        "moved; give one that cross_entropy or another learner of networks trained, or a "
        "torch.nn.Module with module="
    )


def _head(layers: Sequence[tuple[Floats, Floats]], heads: Heads) -> tuple[nn.Module, Logits]:
    parts: list[nn.Module] = []
    for weight, bias in layers:
        layer = nn.Linear(*weight.shape)
        layer.weight.data = torch.tensor(np.asarray(weight.T, dtype=np.float32))
        layer.bias.data = torch.tensor(np.asarray(bias, dtype=np.float32))
        parts += [layer, nn.ReLU()]
    net = nn.Sequential(*parts[:-1])
    mean = torch.tensor(np.asarray(heads.mean, dtype=np.float32))
    scale = torch.tensor(np.asarray(heads.scale, dtype=np.float32))
    return net, lambda x: net((x - mean) / scale)


def rise(
    net: nn.Module,
    logits: Logits,
    x: Floats,
    y: Ints,
    rho: float,
    *,
    average: bool,
    normalised: bool,
    rng: np.random.Generator,
) -> float:
    """The rise of the mean cross-entropy of one batch; weights, mode and gradients of the network
    are as before when it returns.

    normalised: each row of logits is divided by its length first.
    """
    weights = [p for p in net.parameters() if p.is_floating_point()]
    where = weights[0].device if weights else torch.device("cpu")
    inputs, given = torch.tensor(x, device=where), torch.tensor(y, device=where)

    def loss() -> Tensor:
        z = logits(inputs)
        z = nn.functional.normalize(z, dim=1) if normalised else z
        return nn.functional.cross_entropy(z, given)

    with _as_in_use(net, weights):
        if average:
            return average_rise(weights, loss, rho, rng)
        return worst_rise(weights, loss, rho)


@contextmanager
def _as_in_use(net: nn.Module, weights: Sequence[Tensor]) -> Iterator[None]:
    """The network in evaluation, with gradients for all its weights."""
    modes = [(part, part.training) for part in net.modules()]
    wanted = [weight.requires_grad for weight in weights]
    net.eval()
    try:
        for weight in weights:
            weight.requires_grad_(True)
        yield
    finally:
        for part, mode in modes:
            part.training = mode
        for weight, want in zip(weights, wanted, strict=True):
            weight.requires_grad_(want)


def worst_rise(weights: Sequence[Tensor], loss: Loss, rho: float, steps: int = STEPS) -> float:
    """The largest rise of ``loss()`` that projected sign ascent finds while each weight moves by
    at most ``rho`` times its size.

    Steps of 2 rho are halved, and the ascent goes back to the best place, where too few of them
    went up.
    """
    with _kept(weights) as (kept, sizes):
        now = [torch.zeros_like(w) for w in kept]
        before, best = now, now
        value, slope = _look(weights, kept, now, sizes, loss)
        start = top = value
        best_slope, step = slope, 2 * rho
        checks, ups, since, top_then = _checks(steps), 0, 0, top
        for turn in range(1, steps + 1):
            ahead = [
                (u + step * g.sign()).clamp(-rho, rho) for u, g in zip(now, slope, strict=True)
            ]
            share = 1.0 if turn == 1 else MOMENTUM
            moved = [
                (u + share * (a - u) + (1 - share) * (u - b)).clamp(-rho, rho)
                for u, a, b in zip(now, ahead, before, strict=True)
            ]
            before, now, last = now, moved, value
            value, slope = _look(weights, kept, now, sizes, loss)
            ups, since = ups + (value > last), since + 1
            if value > top:
                top, best, best_slope = value, now, slope
            if turn in checks:
                if ups < PROGRESS * since or top == top_then:
                    step, now, before, value, slope = step / 2, best, best, top, best_slope
                ups, since, top_then = 0, 0, top
        return top - start


def average_rise(
    weights: Sequence[Tensor],
    loss: Loss,
    rho: float,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> float:
    """The mean rise of ``loss()`` over normal moves of each weight, with a spread of ``rho`` times
    its size.
    """
    with _kept(weights) as (kept, sizes), torch.no_grad():
        start, total = float(loss()), 0.0
        for _ in range(draws):
            for weight, own, size in zip(weights, kept, sizes, strict=True):
                noise = torch.tensor(rng.standard_normal(tuple(own.shape)), dtype=own.dtype)
                weight.copy_(own + rho * size * noise.to(own.device))
            total += float(loss())
        return total / draws - start


@contextmanager
def _kept(weights: Sequence[Tensor]) -> Iterator[tuple[list[Tensor], list[Tensor]]]:
    """Copies of the weights and their sizes; the copies are put back to the last bit."""
    kept = [weight.detach().clone() for weight in weights]
    try:
        yield kept, [weight.abs() for weight in kept]
    finally:
        with torch.no_grad():
            for weight, own in zip(weights, kept, strict=True):
                weight.copy_(own)


def _look(
    weights: Sequence[Tensor],
    kept: Sequence[Tensor],
    move: Sequence[Tensor],
    sizes: Sequence[Tensor],
    loss: Loss,
) -> tuple[float, list[Tensor]]:
    """The loss after a move, and its slope in the move."""
    with torch.no_grad():
        for weight, own, u, size in zip(weights, kept, move, sizes, strict=True):
            weight.copy_(own + u * size)
    value = loss()
    slopes = torch.autograd.grad(value, list(weights), allow_unused=True)
    found = [
        torch.zeros_like(size) if slope is None else slope * size
        for slope, size in zip(slopes, sizes, strict=True)
    ]
    return float(value.detach()), found


def _checks(steps: int) -> set[int]:
    """The steps after which progress is looked at: further apart at first."""
    at, gap, found = 0.22, 0.22, set()
    while at <= 1:
        found.add(math.ceil(at * steps))
        gap = max(gap - 0.03, 0.06)
        at += gap
    return found
