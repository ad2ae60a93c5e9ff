"""audit.json: values as JSON has them, and what the card holds."""

import json
from datetime import date

import numpy as np
import pytest

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes
from reliabel.core.results import Audit, Budget, Finding, Interval, Measure
from reliabel.folders.audit_card import card, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (float("nan"), None),
        (float("inf"), None),
        (np.float64("-inf"), None),
        (None, None),
        ("text", "text"),
        ((1, [2.0, None]), [1, [2.0, None]]),
        (np.array([[1.0, np.nan]]), [[1.0, None]]),
        ({3: {"a": np.arange(2)}}, {"3": {"a": [0, 1]}}),
        (date(2026, 1, 2), "2026-01-02"),
        ({1}, "{1}"),
    ],
)
def test_values_as_json_has_them(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def finding(finds):
    return Finding(0, "0", None, finds, None, 1.0, None, (), None, None, (), None, "why")


def test_the_card_counts_findings_by_what_they_are_about_and_writes_the_curve_row_by_row():
    labels = Classes(np.array([0, 1]), ("a", "b"))
    budget = Budget(
        np.array([1, 2]), np.array([0.5, 1.0]), np.array([0.2, 1.0]), np.array([0.9, 1.0])
    )
    count = Interval(1.5, 1.0, np.inf, 0.95, "lapse model", "people err", True)
    audit = Audit(
        Dataset(labels),
        {},
        {"glad": "takes votes"},
        {"share": Measure(0.5, np.nan, 0.75, {}, {})},
        np.zeros(2),
        count,
        budget,
        (finding("label"), finding("duplicate"), finding("label")),
        ("look",),
        {"seed": np.int64(3), "at": "now"},
    )
    found = card(audit)
    assert found == {
        "seed": 3,
        "at": "now",
        "wrong": {
            "value": 1.5,
            "low": 1.0,
            "high": None,
            "level": 0.95,
            "method": "lapse model",
            "assumes": "people err",
            "identified": True,
        },
        "budget": [
            {"k": 1, "found": 0.5, "low": 0.2, "high": 0.9},
            {"k": 2, "found": 1.0, "low": 1.0, "high": 1.0},
        ],
        "found": {"label": 2, "duplicate": 1},
        "measures": {"share": {"value": 0.5, "low": None, "high": 0.75}},
        "skipped": {"glad": "takes votes"},
        "warnings": ["look"],
    }
    bare = card(Audit(Dataset(labels), {}, {}, {}, None, None, None, (), (), {}))
    assert bare == {"found": {}, "measures": {}, "skipped": {}, "warnings": []}
