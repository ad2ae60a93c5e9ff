"""What losses share: a target is a class (b,) or a distribution (b, k), a loss a number a row."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FLOOR = 1e-7


def one_hot(target: Tensor, logits: Tensor) -> Tensor:
    """(b, k) the target as a distribution, in the floating type of the logits."""
    if target.ndim == 1:
        target = nn.functional.one_hot(target, logits.shape[1])
    return target.to(logits.dtype)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """(b,) -sum_k target_k log p_k."""
    if target.ndim == 2:
        target = target.to(logits.dtype)
    return nn.functional.cross_entropy(logits, target, reduction="none")


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """(b,) the Kullback-Leibler divergence KL(p || q) of rows of probabilities."""
    return (p * (p.clamp_min(FLOOR).log() - q.clamp_min(FLOOR).log())).sum(1)


def sharpened(p: Tensor, temperature: float) -> Tensor:
    """(b, k) the rows to the power of 1 / temperature, scaled to sum to one."""
    power = p ** (1 / temperature)
    return power / power.sum(1, keepdim=True)


def mixed(x: Tensor, target: Tensor, alpha: float) -> tuple[Tensor, Tensor, float, Tensor]:
    """Mixup: each row blended with a random partner, the distributions ``target`` (b, k) alike.

    Returns the rows, the targets, the weight of the row itself (drawn from Beta(alpha, alpha), at
    least one half) and the partners (b,).
    """
    weight = float(torch.distributions.Beta(alpha, alpha).sample()) if alpha > 0 else 1.0
    weight = max(weight, 1 - weight)
    partner = torch.randperm(len(x), device=x.device)
    rows, blended = (torch.lerp(one[partner], one, weight) for one in (x, target))
    return rows, blended, weight, partner
