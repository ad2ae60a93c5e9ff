"""findings.parquet: findings as a table, and read back.

Labels stand as text, numbers or lists of them; labels of another form stand as JSON text, and the
schema of the file says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, BinaryIO

from reliabel.core.results import Audit, Finding
from reliabel.core.rows import VALUES, as_json, finding_rows
from reliabel.folders.parquet import write_table

# columns that may be absent
OPTIONAL = ("unit", "kind", "p_wrong", "given", "suggest", "where", "agree")
IN_JSON = b"labels in JSON"  # in the schema: the columns whose labels stand as JSON


def write_findings(path: Path, audit: Audit) -> None:
    """Write the findings of an audit, in its order."""
    labels = {name: [getattr(found, name) for found in audit.findings] for name in VALUES}
    coded = [name for name, values in labels.items() if as_json(values)]
    write_table(path, finding_rows(audit), {IN_JSON: ",".join(coded).encode()} if coded else {})


def read_findings(file: BinaryIO) -> tuple[Finding, ...]:
    """The findings of an audit folder, in the order of the audit."""
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    coded = (table.schema.metadata or {}).get(IN_JSON, b"").decode().split(",")
    return tuple(_finding(row, coded) for row in table.to_pylist())


def _finding(row: dict[str, Any], coded: list[str]) -> Finding:
    row = dict.fromkeys(OPTIONAL) | row
    row["where"] = json.loads(row["where"]) if row["where"] else None
    row["by"], row["others"] = tuple(row["by"] or ()), tuple(row["others"] or ())
    for name in VALUES:
        value = row[name]
        row[name] = _value(json.loads(value) if name in coded and value is not None else value)
    return Finding(**row)


def _value(value: Any) -> Any:
    """Lists as tuples, at every depth: a label can be compared and counted."""
    return tuple(map(_value, value)) if isinstance(value, list) else value
