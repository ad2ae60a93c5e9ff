"""What a network says of rows while it is being trained: without gradients and without dropout;
batch norm takes the statistics of these rows, since those of past batches are of mixed ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reliabel.ops.torch.norms import by_the_batch


def guessed_logits(net: nn.Module, x: Tensor) -> Tensor:
    """(b, k) the logits of the rows ``x``."""
    with by_the_batch(net, len(x)), torch.no_grad():
        return net(x)


def guessed(net: nn.Module, views: Sequence[Tensor]) -> Tensor:
    """(b, k) the mean probabilities over ``views`` of the same rows."""
    said = guessed_logits(net, torch.cat(tuple(views))).softmax(1)
    return said.reshape(len(views), -1, said.shape[1]).mean(0)
