"""Which of the findings on labels are worth a look, so that the page opens with those alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.kinds import layout_of
from reliabel.core.labels import Bools
from reliabel.core.results import Finding, Suspicion
from reliabel.reporters.sentences import AuditView
from reliabel.reporters.shell import several

ONE_IN_FIVE = 0.2  # P(wrong) from which one look in five or better finds a wrong label
FEWEST = 10  # findings that are shown whatever their P(wrong), so that the margin can be seen
UNRANKED = 50  # findings shown where nothing says which are worth a look


def worth_a_look(view: AuditView, findings: Sequence[Finding]) -> Bools:
    """(findings,) which label findings are worth a look: those with a P(wrong) of .2 or more; where
    there is no P(wrong) those that an auditor flags; where there are no flags the first fifty.  The
    first ten always are.
    """
    return np.asarray(_by_rule(view, findings) | (np.arange(len(findings)) < FEWEST))


def _by_rule(view: AuditView, findings: Sequence[Finding]) -> Bools:
    if view.audit.p_wrong is not None:
        p = np.array([-1.0 if f.p_wrong is None else f.p_wrong for f in findings], dtype=float)
        return np.asarray(np.nan_to_num(p, nan=-1.0) >= ONE_IN_FIVE)
    word = view.audit.opinions.get(view.flagger or "")
    if isinstance(word, Suspicion) and word.flag is not None:
        layout = layout_of(view.audit.data.labels)
        rows = [layout.row(f.item, f.unit) for f in findings]
        return np.asarray(word.flag, dtype=bool)[rows]
    return np.arange(len(findings)) < UNRANKED


def rule_in_words(view: AuditView, findings: Sequence[Finding]) -> str:
    """What is shown at first and what is hidden, in sentences; "" where all are shown."""
    shown = int(worth_a_look(view, findings).sum())
    hidden, reach = len(findings) - shown, int(_by_rule(view, findings).sum())
    if not hidden:
        return ""
    left = several(hidden, "less suspect one is hidden", "less suspect ones are hidden")
    if view.audit.p_wrong is None and view.flagger is None:
        return f"The {shown} most suspect labels are shown; {left}."
    rule = "with a P(wrong) of .20 or more"
    if view.audit.p_wrong is None:
        rule = "flagged by a check"
    if reach == shown:
        return f"{several(shown, 'label is', 'labels are')} worth a look ({rule}); {left}."
    many = "none" if not reach else f"{reach:,}"
    return f"The {shown} most suspect labels are shown, {many} of them {rule}; {left}."
