"""The findings of an audit as CSV, one row a finding, with the columns of ``core.results.Finding``;
the same as findings.csv of the audit folder.
"""

from __future__ import annotations

from reliabel.core.results import Audit
from reliabel.core.rows import findings_csv


def render(audit: Audit) -> str:
    """Lists are joined by ``;``, places are JSON, unknown values are empty; there is no ``p_wrong``
    unless the audit has it.
    """
    return findings_csv(audit)
