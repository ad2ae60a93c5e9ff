"""What a network says of rows while it is being trained: without gradients and as in use, so
without dropout and with the batch norm of past batches.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def guessed_logits(net: nn.Module, x: Tensor) -> Tensor:
    """(b, k) the logits of the rows ``x``."""
    was = net.training
    net.eval()
    with torch.no_grad():
        said = net(x)
    net.train(was)
    return said


def guessed(net: nn.Module, views: Sequence[Tensor]) -> Tensor:
    """(b, k) the mean probabilities over ``views`` of the same rows."""
    said = guessed_logits(net, torch.cat(tuple(views))).softmax(1)
    return said.reshape(len(views), -1, said.shape[1]).mean(0)
