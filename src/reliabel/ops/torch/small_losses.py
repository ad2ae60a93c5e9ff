"""Learning from the rows of a batch whose losses are small."""

from __future__ import annotations

from torch import Tensor


def kept_share(rate: float, ramp: float, share: float) -> float:
    """The share of a batch that is learnt from: all of it at first, 1 - ``rate`` once the share
    ``ramp`` of the training is done.

    >>> [round(kept_share(0.4, 0.5, done), 2) for done in (0.0, 0.25, 0.5, 1.0)]
    [1.0, 0.8, 0.6, 0.6]
    """
    return 1 - rate * (share / ramp if share < ramp else 1.0)


def smallest(loss: Tensor, share: float) -> Tensor:
    """Indices of the ``share`` of the rows with the smallest ``loss`` (b,), at least one row; none
    of them carries a gradient.
    """
    return loss.detach().topk(max(1, round(share * len(loss))), largest=False).indices


def taught(one: Tensor, two: Tensor, share: float) -> Tensor:
    """The sum of two networks' mean losses, each over the rows whose loss (b,) is small for the
    other network (co-teaching).

    >>> import torch
    >>> float(taught(torch.tensor([0.0, 5.0]), torch.tensor([3.0, 1.0]), 0.5))
    8.0
    """
    return one[smallest(two, share)].mean() + two[smallest(one, share)].mean()
