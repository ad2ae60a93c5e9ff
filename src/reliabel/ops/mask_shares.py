"""Masks averaged with the workers' quality as weights: the chance of each class at each pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Votes
from reliabel.core.objects import Regions
from reliabel.core.short_repr import by_fields
from reliabel.ops.mask_consensus import Laid, laid
from reliabel.ops.mask_quality import Quality, agreement_quality, joined_votes, quality
from reliabel.ops.mask_votes import Decided, decided, shares_of

SURE = 1e9  # the weight of an expert beside the workers
LEAST = 0.01  # the weight of the worst worker


@dataclass(frozen=True, eq=False)
class Averaged:
    """Masks over each other, the answer on each pattern, the workers' ``weight`` (w,), and their
    ``quality`` against an expert, where there is one.
    """

    over: Laid
    answer: Decided
    weight: Floats
    quality: Quality | None

    __repr__ = by_fields


def averaged(votes: Votes[Grouped[Regions]], gold: Any) -> Averaged:
    """The share of the workers' weights behind each class of each pixel.

    A worker weighs by the quality against the expert, or against the other workers where there is
    no expert, or where the worker shares no picture with the expert.  An expert's picture is right.
    """
    over = laid(votes, "merged")
    score = agreement_quality(over.canvases, votes.w)
    found = None
    if isinstance(gold, Grouped):
        found = quality(over.votes, gold)
        score = np.where(np.isnan(found.score), score, found.score)
    usual = float(np.nanmean(score)) if np.isfinite(score).any() else 1.0
    weight = np.maximum(np.where(np.isnan(score), usual, score), LEAST)
    if found is not None and found.pictures.sum():
        over = laid(joined_votes(over.votes, gold), "merged")
    force = np.append(weight, SURE)
    pair, none = shares_of(over.said, force)
    with np.errstate(divide="ignore"):
        answer = decided(over.said, np.log(pair), np.log(none), over.votes.labels.units.k)
    return Averaged(over, answer, weight, found)
