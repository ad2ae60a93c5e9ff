"""audit.json: what an audit found and how, for other programs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.results import Audit, Budget, Interval

COUNT = ("value", "low", "high", "level", "method", "assumes", "identified")
CURVE = ("k", "found", "low", "high")


def card(audit: Audit) -> dict[str, Any]:
    """The content of audit.json: what was run (``Audit.info``), the count of wrong labels, the
    budget curve, findings by what they are about, measures, skipped auditors and warnings.
    """
    found: dict[str, int] = {}
    for finding in audit.findings:
        found[finding.finds] = found.get(finding.finds, 0) + 1
    return {
        **{key: plain(value) for key, value in audit.info.items()},
        **({} if audit.count is None else {"wrong": _count(audit.count)}),
        **({} if audit.budget is None else {"budget": _curve(audit.budget)}),
        "found": found,
        "measures": {
            name: {"value": plain(m.value), "low": plain(m.low), "high": plain(m.high)}
            for name, m in audit.measures.items()
        },
        "skipped": dict(audit.skipped),
        "warnings": list(audit.warnings),
    }


def _count(count: Interval) -> dict[str, Any]:
    return {name: plain(getattr(count, name)) for name in COUNT}


def _curve(budget: Budget) -> list[dict[str, Any]]:
    columns = [getattr(budget, name) for name in CURVE]
    return [dict(zip(CURVE, map(plain, row), strict=True)) for row in zip(*columns, strict=True)]


def plain(value: Any) -> Any:
    """A value as JSON has it: arrays as lists, NaN and infinities as null, anything without a form
    in JSON as text.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [
            plain(part) for part in (value.tolist() if isinstance(value, np.ndarray) else value)
        ]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
