"""The findings of an audit as CSV, one row a finding, the columns of ``core.results.Finding``; what
findings.csv of the audit folder holds.
"""

from __future__ import annotations

from reliabel.core.results import Audit
from reliabel.core.rows import findings_csv


def render(audit: Audit) -> str:
    """Lists are joined by ``;``, places are JSON, what is unknown is empty; ``p_wrong`` is left out
    until the audit has it.
    """
    return findings_csv(audit)
