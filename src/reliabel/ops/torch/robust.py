"""Parts of robust losses that several of them share: each gives one number a row.

A target is a class (b,) or a distribution (b, k), as in ``reliabel.ops.torch.losses``.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import torch
from torch import Tensor

from reliabel.ops.torch.losses import divergence, one_hot

FLOOR = 1e-4  # of a target inside a logarithm, as the symmetric cross-entropy has it
LEAST = 1e-7  # of a probability inside a logarithm


def absolute_error(logits: Tensor, target: Tensor) -> Tensor:
    """(b,) 1 - <target, p>: half the sum of absolute differences to a single class."""
    return 1 - (one_hot(target, logits) * logits.softmax(1)).sum(1)


def reverse_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """(b,) -sum_k p_k log target_k, where a target below 1e-4 counts as 1e-4: 9.21 times the
    absolute error for a single class.
    """
    return -(logits.softmax(1) * one_hot(target, logits).clamp(FLOOR, 1).log()).sum(1)


def normalised(logits: Tensor, target: Tensor, *, gamma: float = 0.0) -> Tensor:
    """(b,) cross-entropy divided by its sum over all classes, or focal loss where ``gamma`` is
    above 0: between 0 and 1.

    No gradient goes through the focal factor (1 - p)^gamma, as in the authors' program.
    """
    log_p = logits.log_softmax(1)
    weighted = log_p * (1 - log_p.detach().exp()).clamp_min(0) ** gamma if gamma else log_p
    total = weighted.sum(1).clamp_max(-LEAST)  # 0 where there is one class alone
    return (one_hot(target, logits) * weighted).sum(1) / total


def jensen_shannon(views: Sequence[Tensor], target: Tensor, *, weight: float) -> Tensor:
    """(b,) the Jensen-Shannon divergence of the target, which has this ``weight``, and of what the
    model says of one or more ``views`` (b, k) as logits, which share the rest; divided by
    -(1 - weight) log(1 - weight).

    Raises ValueError for a weight that does not lie between 0 and 1.
    """
    if not 0 < weight < 1:
        raise ValueError(f"weight must lie between 0 and 1, both left out; got {weight!r:.40}")
    label, share = one_hot(target, views[0]), (1 - weight) / len(views)
    said = [logits.softmax(1) for logits in views]
    mean = weight * label + share * torch.stack(said).sum(0)
    total = weight * divergence(label, mean)
    for p in said:
        total = total + share * divergence(p, mean)
    return total / (-(1 - weight) * log(1 - weight))


def label_margins(logits: Tensor, target: Tensor, *, margin: float) -> Tensor:
    """(b, k) by how much each class is ahead of the target, plus ``margin`` for all others.

    Logits whose mean size is above one are divided by it, as in the authors' program, which
    bounds the loss; smaller ones are left alone, since dividing by a size near zero has no end.
    """
    size = logits.abs().mean(1, keepdim=True).clamp_min(1.0)
    scores, label = logits / size, one_hot(target, logits)
    return scores - (label * scores).sum(1, keepdim=True) + margin * (1 - label)


def label_robust(margins: Tensor, temperature: Tensor | float) -> Tensor:
    """(b,) temperature log mean_k exp(margin_k / temperature); temperature: one, or one a row."""
    mild = torch.as_tensor(temperature, dtype=margins.dtype, device=margins.device)
    k = margins.shape[1]
    return mild * ((margins / mild.reshape(-1, 1)).logsumexp(1) - log(k))


def smoothed(logits: Tensor, target: Tensor, rate: float) -> Tensor:
    """(b,) cross-entropy to the target with ``rate`` of it spread over all classes; below 0 the
    other classes are pushed away.
    """
    log_p = logits.log_softmax(1)
    return -(1 - rate) * (one_hot(target, logits) * log_p).sum(1) - rate * log_p.mean(1)
