"""What goes into the last linear layer of a network, with its gradient."""

from __future__ import annotations

from torch import Tensor, nn


def last_layer(net: nn.Module) -> nn.Linear:
    """The last linear layer.  Raises ValueError where a network has none."""
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    if not layers:
        raise ValueError(
            "the method looks at what goes into the last linear layer of the network, and the "
            "network of module= has no torch.nn.Linear"
        )
    return layers[-1]


def penultimate(net: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """(b, h) what goes into the last linear layer, and (b, k) the logits; gradients reach the
    network through both.

    >>> import torch
    >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 4))
    >>> hidden, logits = penultimate(net, torch.ones(5, 2))
    >>> hidden.shape, bool(torch.equal(net[2](hidden), logits))
    (torch.Size([5, 3]), True)
    """
    found: list[Tensor] = []
    hook = last_layer(net).register_forward_pre_hook(lambda _, given: found.append(given[0]))
    try:
        logits = net(x)
    finally:
        hook.remove()
    return found[-1], logits
