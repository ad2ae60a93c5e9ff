"""Automatic changes: the largest set of suggestions expected to be right to a wanted share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from reliabel.core.columns import blank
from reliabel.core.kinds import flat, is_labels, kind_for, place_of
from reliabel.core.labels import Floats, Ints, Value
from reliabel.core.results import Audit, Decision
from reliabel.core.rows import suggested

WHO = "reliabel"

# Of the surest suggestions more are mistakes than the model expects. Three is the smallest whole
# number with which the shares .8 and .9 are kept, as means over people's errors in rows 0-24,999 of
# CIFAR-10N, with weak and with strong features (docs/trust.md, "Automatic changes").
DOUBT = 3.0


def surest(p_suggest: Floats, precision: float) -> tuple[Ints, float]:
    """The labels to change, surest suggestion first, and the expected mistakes among them.

    The expected number by the model is tripled, because selecting the surest suggestions selects
    for overconfidence.  NaN (no suggestion) is never chosen.

    >>> surest(np.array([0.99, np.nan, 0.9, 0.98]), 0.95)[0].tolist()
    [0, 3]
    """
    able = np.flatnonzero(np.isfinite(p_suggest))
    order = able[np.argsort(-p_suggest[able], kind="stable")]
    mistake = np.minimum(DOUBT * (1 - p_suggest[order]), 1)
    mean = np.cumsum(mistake) / np.arange(1, len(order) + 1)
    # the running mean never falls, so these are the first ones
    chosen = int((mean <= 1 - precision + 1e-12).sum())
    return order[:chosen], float(mistake[:chosen].sum())


def auto_decisions(audit: Audit, precision: float) -> tuple[list[Decision], float]:
    """Changes by falling p_suggest, as many as are expected to be right to ``precision``, and the
    expected number of mistakes among them.

    Raises ValueError for a precision outside 0.5..1, and where the count is not identified: then
    P(wrong) may be true of no label.
    """
    if not 0.5 <= precision <= 1:
        raise ValueError(
            f"auto= takes the share of changes that must be right, 0.5 to 1, got {precision}"
        )
    if kind_for(audit.data.labels).p_wrong == "numbers":
        raise ValueError(
            "auto= cannot change numbers: a suggested number is one of many within its interval "
            "(suggest_low to suggest_high); have people decide"
        )
    if (
        audit.p_suggest is None
        or audit.suggest is None
        or audit.count is None
        or not audit.count.identified
    ):
        why = "; ".join(audit.warnings) or "the evidence does not allow P(wrong)"
        raise ValueError(
            f"auto= needs a count that the data can tell, which this audit has not ({why}); have "
            "people decide, or review a sample first"
        )
    known, whole = flat(audit.data.labels), audit.suggest
    sure = np.asarray(audit.p_suggest)
    value: Callable[[int], Value | None]
    if is_labels(whole):
        kind = kind_for(whole)
        able, value = ~blank(kind.cells_of(whole, slice(0, len(sure)))), partial(kind.value, whole)
    else:
        best, names = suggested(audit), known.names if known is not None else ()
        able, value = best >= 0, lambda row: names[best[row]]
    fit = known is not None or is_labels(whole)
    chosen, mistakes = surest(np.where(able, sure, np.nan) if fit else np.empty(0), precision)
    item, unit = place_of(audit.data.labels)
    decisions = [
        Decision(
            audit.data.ids.item(int(item[u])),
            "change",
            None if unit is None else int(unit[u]),
            value(u),
            WHO,
        )
        for u in chosen.tolist()
    ]
    return decisions, mistakes
