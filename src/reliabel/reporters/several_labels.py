"""Items with several labels: what is likely missing and what is likely too much, item by item."""

from __future__ import annotations

import numpy as np

from reliabel.core.kinds import kind_for
from reliabel.core.labels import MultiLabel
from reliabel.reporters.class_numbers import HALF
from reliabel.reporters.page_context import NAME, PageContext
from reliabel.reporters.shell import Html, join, several, short, table
from reliabel.trust.multilabel import item_scores

FIRST = 15  # items that are listed
NAMED = 4  # labels of an item that are named


def items_in_doubt(context: PageContext) -> Html:
    """The items most surely wrong by all their labels together; nothing for other kinds, or where
    no item has a label with a P(wrong) of one half or more.
    """
    audit = context.audit
    labels = kind_for(audit.data.labels).bare(audit.data.labels)
    if not isinstance(labels, MultiLabel) or audit.p_wrong is None or not labels.y.size:
        return Html("")
    p = np.asarray(audit.p_wrong, dtype=np.float64).reshape(labels.y.shape)
    wrong = np.nan_to_num(p) >= HALF
    many = int(wrong.any(1).sum())
    if not many:
        return Html("")
    score = np.where(wrong.any(1), item_scores(p), -np.inf)
    worst = np.argsort(-score, kind="stable")[: min(FIRST, many)]
    rows = [
        (
            str(audit.data.ids.item(int(i))),
            _named(labels, p[i], wrong[i] & (labels.y[i] == 0)),
            _named(labels, p[i], wrong[i] & (labels.y[i] == 1)),
        )
        for i in worst.tolist()
    ]
    left = f", the {len(rows)} most suspect" if many > len(rows) else ""
    caption = f"{several(many, 'item')} with labels that look wrong (P(wrong) of .5 or more){left}"
    head = ("item", "likely missing", "likely too much")
    return join(Html("<div>"), table(head, rows, caption=caption), Html("</div>"))


def _named(labels: MultiLabel, p: np.ndarray, which: np.ndarray) -> str:
    """Labels of an item with their P(wrong), the surest first."""
    order = [c for c in np.argsort(-p, kind="stable").tolist() if which[c]]
    told = [f"{short(labels.names[c], NAME)} ({p[c]:.2f})" for c in order[:NAMED]]
    more = len(order) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")
