"""What a planted fault of the data is, in the suite faults."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from reliabel.core.catalogue import find
from reliabel.core.labels import Labels
from reliabel.core.results import Faults

Kept = Faults
Planted = tuple[frozenset[int], str]  # items that a fault must hold, and the name it must have


@dataclass(frozen=True)
class World:
    """Data with planted faults, and one auditor on it, with its evidence made beforehand.

    before, after: the auditor on the data as they were, and on those with what is planted; the
    rows of the former come first in the latter.
    """

    dataset: str
    n: int
    by: str  # the auditor
    planted: list[Planted]
    after: Callable[[], Faults]
    before: Callable[[], Faults] | None = None
    folder: AbstractContextManager[Any] = field(default_factory=nullcontext)  # files until the end


def asked(by: str, labels: Labels, **evidence: Any) -> Callable[[], Faults]:
    """The call of an auditor, whose neighbours are made beforehand where there are features."""
    from reliabel.ops.neighbours import nearest

    if "neighbours" in find("audit", by).accepts and evidence.get("features") is not None:
        evidence["neighbours"] = nearest(evidence["features"], j=min(50, len(labels) - 1))
    auditor = find("audit", by).load()
    return lambda: auditor(labels, **evidence)
