"""The findings of an audit as CSV, one row a finding, the columns of ``core.results.Finding``.

Values are exact: a text that begins with = + - @ is written as it is, since a changed id or label could not be joined again.
Whoever opens the file in a spreadsheet imports these columns as text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from reliabel.core.results import Audit, Finding


def render(audit: Audit) -> str:
    """Lists are joined by ``;``, places are JSON, what is unknown is empty; ``p_wrong`` is left out until the audit has it."""
    names = [column.name for column in fields(Finding) if column.name != "p_wrong" or audit.p_wrong is not None]
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(names)
    rows.writerows([_cell(getattr(finding, name)) for name in names] for finding in audit.findings)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return ";".join(map(str, value))
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)
    return "" if value is None else repr(float(value)) if isinstance(value, float) else value
