"""P(wrong) of regions: given regions and the parts of them that may be another class are units that
a person counts, and "no region" is one class more where a model knows it.

Evidence on each unit is the mean probability of each class over the pixels that it shows; pixels of
a region err together, so that a region is one case, however large it is.  A model errs in small
blobs more often than in large ones, so that the evidence grows with the area.  A part of a region
that a model confidently sees in another class stands for itself, and the region is judged on the
rest.  Where what belongs to no region is judged too, each picture's pixels without a region are one
case more, which no person counts: without them every place without a region would be a suspect one.

Regions stand in the order of that evidence.  A model's own errors are whole blobs, as those of
people are: no count is told where the model agrees with few regions, or where the tenth of them
that it is surest of shows no error, and the low end of a count is what that tenth tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Classes, Floats, Grouped
from reliabel.core.objects import Regions
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields
from reliabel.ops.pixel_confident import (
    CORE,
    Seen,
    area_weights,
    region_odds,
    seen_in_regions,
)
from reliabel.trust.count import before_review
from reliabel.trust.p_wrong import PWrong, p_wrong
from reliabel.trust.tables import tables

NO_REGION = "no region"
EVEN = 1e-3  # added to each probability
COUNTED = 0.7  # share of the regions that the model must agree with, so that a count is told


@dataclass(frozen=True, eq=False)
class RegionsPWrong:
    """P(wrong) of each region (NaN where nothing is known), the class to suggest (-1: no region)
    with its chance, and the count of wrong regions, of which ``parts`` are parts of given ones and
    ``missing`` stand where none is given.
    """

    p: Floats
    suggest: Regions
    p_suggest: Floats
    count: Interval
    parts: float
    missing: float
    found: PWrong
    warnings: tuple[str, ...]

    __repr__ = by_fields


def p_wrong_regions(
    labels: Grouped[Regions],
    *,
    pixel_probs: PixelProbs,
    noise: str = "human",
    rng: np.random.Generator,
) -> RegionsPWrong:
    """P(wrong) of each region.  noise: as in ``p_wrong``."""
    units, m = labels.units, len(labels.units)
    seen = seen_in_regions(labels, pixel_probs)
    k, c = units.k, seen.mean.shape[1]
    bare = np.isfinite(seen.bare).all(1) if c > k else np.zeros(len(labels), dtype=bool)
    mean = np.concatenate([seen.mean, seen.bare[bare]])
    y = np.where(units.y >= 0, units.y, k if c > k else -1)
    known = np.isfinite(seen.mean).all(1) & ((seen.area >= CORE) | seen.speck)
    known &= ~units.crowd if units.crowd is not None else True
    y = np.concatenate([np.where(known, y, -1), np.full(int(bare.sum()), k)])
    classes = Classes(y, (*units.names, NO_REGION)[:c])
    weight = np.concatenate(
        [area_weights(seen.area, units.size), _bare_weights(labels, seen)[bare]]
    )
    probs = (np.nan_to_num(mean, nan=1.0) + EVEN) ** weight[:, None]
    probs /= probs.sum(1, keepdims=True)
    found = p_wrong(classes, tables(classes, probs=probs, rng=rng), noise=noise, rng=rng)
    p, best = found.p[:m], found.suggest[:m]
    odds, _ = region_odds(seen, np.where(units.y >= 0, units.y, k), units.size)
    told_p, p = p, _in_order(p, odds)
    p_suggest = found.p_suggest[:m] * p / np.maximum(told_p, 1e-12)
    best = np.where(best < k, best, -1)
    shape = (units.start, units.length, units.offsets, units.size)
    suggest = Regions(np.where(known, best, -1), *shape, units.names, units.crowd)
    total, counted = float(np.nansum(found.p)), float(np.nansum(p))
    share = counted / total if total > 0 else 1.0
    before, why = _count(found)
    count = replace(
        before, value=before.value * share, low=before.low * share, high=before.high * share
    )
    part = seen.part & (units.y >= 0)
    scale = count.value / max(counted, 1e-12)  # NaN where there is no count
    parts, missing = (scale * float(np.nansum(p[rows])) for rows in (part, units.y < 0))
    other = ("probabilities only", *(("no errors that can be told",) if why else ()))
    told = (w for w in found.warnings if not w.startswith(other))
    warnings = (*told, *why, *unfit(seen))
    return RegionsPWrong(p, suggest, p_suggest, count, parts, missing, found, warnings)


def _in_order(p: Floats, odds: Floats) -> Floats:
    """The probabilities in the order of the log-odds: how many regions are wrong is a matter of the
    fit, which of them of what the model sees; where half of the labels are wrong, the fit loses
    the order.
    """
    out = np.array(p)
    known = np.flatnonzero(np.isfinite(p) & np.isfinite(odds))
    out[known[np.argsort(odds[known], kind="stable")]] = np.sort(p[known])
    return out


def _bare_weights(labels: Grouped[Regions], seen: Seen) -> Floats:
    """(n,) the weight of each picture's pixels without a region."""
    n, first = len(labels), labels.offsets[:-1]
    some = np.diff(labels.offsets) > 0
    size = np.ones((n, 2), dtype=np.int64)
    size[some] = labels.units.size[first[some]]
    shown = np.bincount(labels.item, seen.area, minlength=n)
    return area_weights(size.prod(1) - shown, size)


def _count(found: PWrong) -> tuple[Interval, tuple[str, ...]]:
    """The number of wrong cases, and a sentence where none is told."""
    before = before_review(found)
    agreement = float(found.sure.get("agreement", np.nan))
    why = ""
    if agreement < COUNTED:
        why = f"the model agrees with {agreement:.0%} of them (less than {COUNTED:.0%})"
    elif before.identified and not found.sure["d"]:
        why = "the tenth that the model is surest of shows none"
    if why:
        none = replace(before, value=np.nan, low=0.0, high=np.nan, identified=False)
        return none, (
            f"no count of wrong regions: {why}, so that their errors cannot be told from the "
            "model's own; have 100 drawn regions reviewed",
        )
    if not before.identified:
        return before, ()
    surest, seen = found.sure["n"], found.sure["d"]
    least = float(chi2.ppf(0.025, 2 * seen)) / 2 / max(surest, 1)
    return replace(before, low=min(before.low, least * found.sure["cases"])), ()


def unfit(seen: Seen) -> list[str]:
    """A sentence on pictures whose probabilities have another shape than their mask."""
    if not seen.unfit:
        return []
    item, shape, size = seen.unfit[0]
    return [
        f"{len(seen.unfit):,} pictures were not judged, because pixel_probs has another shape than "
        f"their mask: picture {item} has probabilities for {shape[0]} x {shape[1]} pixels, its "
        f"mask is {size[0]} x {size[1]}"
    ]
