"""Decisions without people: the largest set of suggestions that is expected to be right to a wanted share."""

from __future__ import annotations

import numpy as np

from reliabel.core.findings import flat, place_of
from reliabel.core.results import Audit, Decision
from reliabel.core.rows import suggested

WHO = "reliabel"


def auto_decisions(audit: Audit, precision: float) -> tuple[list[Decision], float]:
    """Changes by falling p_suggest, as many as are expected to be right to ``precision``, and the expected number of mistakes among them.

    Raises ValueError for a precision outside 0.5..1, and where the count is not identified: then P(wrong) may be true of no label.
    """
    from reliabel.trust.changes import surest

    if not 0.5 <= precision <= 1:
        raise ValueError(f"--auto takes the share of changes that must be right, 0.5 to 1, got {precision}")
    if audit.p_suggest is None or audit.suggest is None or audit.count is None or not audit.count.identified:
        why = "; ".join(audit.warnings) or "the evidence does not allow P(wrong)"
        raise ValueError(f"--auto needs a count that the data can tell, which this audit has not ({why}); have people decide, or review a sample first")
    known = flat(audit.data.labels)
    best, sure = suggested(audit), np.asarray(audit.p_suggest)
    chosen, mistakes = surest(np.where(best >= 0, sure, np.nan) if known is not None else np.empty(0), precision)
    item, unit = place_of(audit.data.labels)
    names = known.names if known is not None else ()
    decisions = [Decision(audit.data.ids.item(int(item[u])), "change", None if unit is None else int(unit[u]), names[best[u]], WHO) for u in chosen.tolist()]
    return decisions, mistakes
