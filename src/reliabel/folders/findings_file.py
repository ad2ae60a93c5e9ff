"""findings.parquet, read back as findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reliabel.core.results import Finding

OPTIONAL = ("unit", "kind", "p_wrong", "given", "suggest", "where")  # columns that may be absent


def read_findings(path: Path) -> tuple[Finding, ...]:
    """The findings of an audit folder, in the order of the audit."""
    import pyarrow.parquet as pq

    return tuple(_finding(row) for row in pq.read_table(path).to_pylist())


def _finding(row: dict[str, Any]) -> Finding:
    row = dict.fromkeys(OPTIONAL) | row
    row["where"] = json.loads(row["where"]) if row["where"] else None
    row["by"], row["others"] = tuple(row["by"] or ()), tuple(row["others"] or ())
    return Finding(**row)
