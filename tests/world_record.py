"""What a seeded world of the tests is, and the sizes and names that worlds share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from reliabel.core.labels import Labels

K, D = 3, 8
NAMES = ("ape", "bee", "cat")


@dataclass(frozen=True)
class World:
    """``truth`` is a label set like ``labels`` without errors (for votes: what was voted on);
    ``wrong`` (units,) where the two differ.
    """

    labels: Labels
    truth: Any
    wrong: np.ndarray
    evidence: Mapping[str, Any]
    planted: Mapping[str, frozenset[int]] = field(
        default_factory=dict
    )  # what is found -> items concerned

    def with_labels(self, labels: Labels) -> World:
        """The same evidence under other labels."""
        return replace(self, labels=labels)
