"""Places without a span where a tagger sees one: they join the labels as spans without a class
(-1), so that what is missing is judged, counted and reviewed like what is given.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import EVIDENCE, TokenProbs
from reliabel.core.labels import Grouped, Spans
from reliabel.prepare.preparation import Preparation

LEAST = 0.1  # chance of a span from which it is looked at


def with_candidates(work: Preparation, labels: Grouped[Spans]) -> Grouped[Spans]:
    """The labels with the likely spans that share no word with any that stands there already.

    A likely span on the words of a given one is what that one may be mended to, no label of its
    own.  Of likely spans that share words the likeliest is kept.
    """
    from reliabel.ops.span_probs import apart, crossing, likely, span_probs

    units, item = labels.units, labels.item
    probs = work.evidence.get("token_probs")
    if not isinstance(probs, TokenProbs) or len(probs) != len(labels):
        return labels
    found = likely(span_probs(probs, units.names), LEAST)
    taken, _ = crossing(found.item, found.start, found.end, (item, units.start, units.end))
    free = np.ones(len(found), dtype=bool)
    free[taken] = False
    found = apart(found.take(np.flatnonzero(free)))
    if not len(found):
        return labels
    rows = [n for n, value in work.evidence.items() if _of_units(n, value, labels)]
    if rows:
        work.warnings.append(
            f"places without a span were not looked at: {', '.join(rows)} has a row for each span "
            "that is given"
        )
        return labels
    owner = np.concatenate([item, found.item])
    start = np.concatenate([units.start, found.start])
    end = np.concatenate([units.end, found.end])
    y = np.concatenate([units.y, np.full(len(found), -1)])
    order = np.lexsort([end, start, owner])
    count = np.bincount(owner, minlength=len(labels))
    offsets = np.concatenate([[0], np.cumsum(count)])
    return Grouped(Spans(start[order], end[order], y[order], units.names), offsets)


def _of_units(name: str, value: object, labels: Grouped[Spans]) -> bool:
    spec = EVIDENCE.get(name)
    if spec is None or not spec.has_rows or len(labels.units) == len(labels):
        return False
    return spec.count(value) == len(labels.units)
