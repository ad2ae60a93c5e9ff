"""The state of one preparation: the data set, the evidence made so far, and where it is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Labels, Votes
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields
from reliabel.folders.evidence_keys import (
    Features,
    LearningDynamics,
    NearestItems,
    PixelModels,
    Predictions,
    Probabilities,
    TagProbabilities,
)
from reliabel.folders.evidence_store import Store

# the evidence that is made here
MADE = frozenset(
    key.NAME
    for key in (
        *(Features, Probabilities, Predictions, TagProbabilities, NearestItems, LearningDynamics),
        PixelModels,
    )
)


@dataclass
class Preparation:
    """What the steps of one preparation hand on.

    ``info`` goes into that of the audit, ``warnings`` are sentences for the reader; ``evidence`` is
    what is given and what was made so far.  ``hashes`` names the content of the pieces that others
    are made from (``features``), ``digests`` that of each picture.  ``vectors`` holds those of all
    items by the embedder that made them when embedders were compared.  ``lasting`` asks for
    ``embedder``, which says what makes the same features of other items (``prepare.embedding``);
    ``mending`` says what was mended in them, ``axes`` on which principal axes they lie.
    """

    data: Dataset
    store: Store
    seed: int
    info: dict[str, Any] = field(default_factory=lambda: {"timings": {}})
    warnings: list[str] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list)
    vectors: dict[str, Any] = field(default_factory=dict)
    lasting: bool = False
    embedder: dict[str, Any] = field(default_factory=dict)
    axes: dict[str, Any] = field(default_factory=dict)
    mending: dict[str, Any] = field(default_factory=dict)

    __repr__ = by_fields

    def rng(self, name: str) -> np.random.Generator:
        """A generator of its own for the step ``name``."""
        return np.random.default_rng([self.seed, crc32(name.encode())])

    @contextmanager
    def timed(self, piece: str) -> Iterator[None]:
        """Note the seconds of a block under ``info["timings"]``."""
        started = time.perf_counter()
        yield
        self.info["timings"][piece] = round(time.perf_counter() - started, 3)


def items_in(labels: Labels) -> int:
    """How many items the labels are of."""
    return labels.n if isinstance(labels, Votes) else len(labels)


def digests_of(work: Preparation, pictures: Sequence[Any]) -> list[bytes]:
    """A hash of the bytes of each picture; every file is read once in a preparation."""
    from reliabel.ops.pictures import digest

    if not work.digests:
        work.digests = [digest(picture) for picture in track("reading pictures", pictures)]
    return work.digests
