"""Batch norm where a network is trained on other inputs than it is used on.

Mixed pictures vary less than plain ones.  Running statistics of mixtures mislead a network that is
used on plain rows, and a method that learns its own guesses then learns this error until one class
is left (seen with every method that mixes and guesses: .25 to .34 of four classes after 30 epochs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from reliabel.core.labels import Ints
from reliabel.ops.torch.table import Table

LEAST = 8  # rows from which statistics of a batch are worth more than the running ones


def batch_norms(net: nn.Module) -> list[_BatchNorm]:
    """The layers of a network that keep running statistics of batches."""
    return [
        layer
        for layer in net.modules()
        if isinstance(layer, _BatchNorm) and layer.running_mean is not None
    ]


@contextmanager
def by_the_batch(net: nn.Module, rows: int) -> Iterator[None]:
    """Within the block the network is in evaluation mode, but for batch norm, which takes the
    statistics of the batch and leaves the running ones alone; those count for fewer than 8 rows.
    """
    was, layers = net.training, batch_norms(net) if rows >= LEAST else []
    kept = [(layer.momentum, layer.num_batches_tracked.clone()) for layer in layers]
    net.eval()
    for layer in layers:
        layer.momentum = 0.0
        layer.train()
    try:
        yield
    finally:
        for layer, (momentum, batches) in zip(layers, kept, strict=True):
            layer.momentum = momentum
            layer.num_batches_tracked.copy_(batches)
        net.train(was)


@torch.no_grad()  # type: ignore[untyped-decorator]
def take_statistics(nets: Iterable[nn.Module], table: Table, rows: Ints) -> None:
    """Replace the running statistics of batch norm by those of plain rows, as the networks now are;
    leaves them in evaluation mode.
    """
    index = torch.as_tensor(rows, device=table.device)
    for net in nets:
        net.eval()
        layers = batch_norms(net)
        kept = [layer.momentum for layer in layers]
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # the plain mean over all blocks
            layer.train()
        if layers:
            for part in table.blocks(index):
                net(table.x(part))
        for layer, momentum in zip(layers, kept, strict=True):
            layer.momentum = momentum
            layer.eval()
