"""Pasting a part of one picture into another, and how much of each label is left by evidence."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Box(NamedTuple):
    """Rows ``top`` to ``top + height`` and columns ``left`` to ``left + width`` of a picture."""

    top: int
    left: int
    height: int
    width: int

    def of(self, pictures: Tensor) -> Tensor:
        """The part of pictures (..., h, w) inside the box."""
        rows = slice(self.top, self.top + self.height)
        return pictures[..., rows, self.left : self.left + self.width]


def random_box(height: int, width: int, alpha: float) -> Box:
    """A box of which the share of the area is drawn from Beta(alpha, alpha), anywhere inside."""
    side = math.sqrt(float(torch.distributions.Beta(alpha, alpha).sample()))
    tall, wide = max(1, round(side * height)), max(1, round(side * width))
    top = int(torch.randint(height - tall + 1, ()))
    return Box(top, int(torch.randint(width - wide + 1, ())), tall, wide)


def evidence_map(evidence: Tensor, size: tuple[int, int]) -> Tensor:
    """(b, h, w) evidence for a class resized to ``size``, less its minimum, scaled to sum to one;
    even where there is none.

    >>> evidence_map(torch.tensor([[[1.0, 3.0]], [[2.0, 2.0]]]), (1, 2)).tolist()
    [[[0.0, 1.0]], [[0.5, 0.5]]]
    """
    resized = nn.functional.interpolate(evidence[:, None], size, mode="bilinear")[:, 0]
    above = resized - resized.amin((1, 2), keepdim=True)
    total = above.sum((1, 2), keepdim=True)
    even = torch.full_like(above, 1 / above[0].numel())
    return torch.where(total > 0, above / total.clamp_min(1e-30), even)


def activation_map(maps: Tensor, weight: Tensor) -> Tensor:
    """(b, h, w) the class activation map: feature maps (b, c, h, w) without their negative part,
    weighed by the last layer's weights (b, c) of a class.
    """
    return (maps.relu() * weight[:, :, None, None]).sum(1)


def pasted(x: Tensor, other: Tensor, into: Box, out_of: Box) -> Tensor:
    """Pictures x (b, c, h, w) with the box ``out_of`` of the others resized into ``into``."""
    part, mixed = out_of.of(other), x.clone()
    if part.shape[-2:] != (into.height, into.width):
        part = nn.functional.interpolate(part, (into.height, into.width), mode="bilinear")
    into.of(mixed).copy_(part)
    return mixed


def label_weights(mine: Tensor, other: Tensor, into: Box, out_of: Box) -> tuple[Tensor, Tensor]:
    """(b,) how much evidence is left of the picture itself, and how much came from the other; from
    their maps (b, h, w).  They need not sum to one.
    """
    return 1 - into.of(mine).sum((1, 2)), out_of.of(other).sum((1, 2))
