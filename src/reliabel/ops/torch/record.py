"""Training dynamics: how a network came to learn each given label."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from reliabel.core.evidence import Dynamics
from reliabel.ops.torch.recipe import Seen


class Recorder:
    """Margin and probability of the given labels after each epoch, mean of the networks; NaN where
    no label was given.  Labels must be classes.
    """

    def __init__(self) -> None:
        self.margin: list[Any] = []
        self.p_given: list[Any] = []

    def add(self, seen: Seen) -> None:
        """The epoch that was just seen."""
        y, known = seen.y.clamp_min(0)[:, None], seen.y >= 0
        logits = torch.stack([seen.logits(place) for place in range(len(seen.nets))]).mean(0)
        given = logits.gather(1, y)[:, 0]
        margin = given - logits.scatter(1, y, -math.inf).max(1).values
        p = seen.probs().gather(1, y)[:, 0]
        self.margin.append(torch.where(known, margin, math.nan).cpu().numpy())
        self.p_given.append(torch.where(known, p, math.nan).cpu().numpy())

    def dynamics(self) -> Dynamics | None:
        """What was recorded; None where no epoch ended."""
        if not self.margin:
            return None
        margin = np.stack(self.margin)
        return Dynamics(margin, np.stack(self.p_given), margin > 0)
