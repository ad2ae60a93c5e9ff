"""Parts of regions in which a model confidently sees another class: they join the labels as regions
of their own, so that what is partly wrong or missing is judged, counted and reviewed like what is
given.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reliabel.core.evidence import EVIDENCE, PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.prepare.preparation import Preparation

if TYPE_CHECKING:
    from reliabel.ops.confident_parts import Parts


def with_candidate_regions(work: Preparation, labels: Grouped[Regions]) -> Grouped[Regions]:
    """The labels with the parts of regions in which a model confidently sees another class, after
    the given regions of their picture.

    Each has the class that is given there, so that painting all regions gives the same class map
    as before; -1 where no region is.  A part that is most of a given region joins as no row, since
    that region is what looks wrong.
    """
    from reliabel.ops.confident_parts import confident_parts

    probs = work.evidence.get("pixel_probs")
    if not isinstance(probs, PixelProbs) or len(probs) != len(labels):
        return labels
    rows = [n for n, value in work.evidence.items() if _of_units(n, value, labels)]
    if rows:
        work.warnings.append(
            f"parts of regions were not looked at: {', '.join(rows)} has a row for each region "
            "that is given"
        )
        return labels
    # a record of this audit's own: auditors and P(wrong) take up what was learnt in passes before
    own = work.evidence["pixel_probs"] = replace(probs, kept={})
    found = confident_parts(labels, own)
    more = joined(labels, found) if len(found) else labels
    own.keep("thresholds", more, own.known("thresholds", labels))  # the class maps are the same
    return more


def joined(labels: Grouped[Regions], found: Parts) -> Grouped[Regions]:
    """The labels with more regions, ``found.item`` says of which picture, after those of it."""
    from reliabel.ops.regions import Runs

    units, more, extra = labels.units, found, len(found)
    runs = Runs(
        np.concatenate([units.start, more.start.astype(units.start.dtype)]),
        np.concatenate([units.length, more.length.astype(units.length.dtype)]),
        np.concatenate([units.offsets, units.offsets[-1] + more.offsets[1:]]),
    )
    item = np.concatenate([labels.item, more.item])
    order = np.argsort(item, kind="stable")  # the given ones stand first
    runs = runs.take(order)
    y = np.concatenate([units.y, more.y])[order]
    size = np.concatenate([units.size, more.size])[order]
    crowd = None if units.crowd is None else np.append(units.crowd, np.zeros(extra, bool))[order]
    score = None if units.score is None else np.append(units.score, np.full(extra, np.nan))[order]
    count = np.bincount(item, minlength=len(labels))
    shape = (runs.start, runs.length, runs.offsets, size)
    made = Regions(y, *shape, units.names, crowd, score)
    return Grouped(made, np.concatenate([[0], np.cumsum(count)]))


def _of_units(name: str, value: object, labels: Grouped[Regions]) -> bool:
    spec = EVIDENCE.get(name)
    if spec is None or not spec.has_rows or len(labels.units) == len(labels):
        return False
    return spec.count(value) == len(labels.units)
