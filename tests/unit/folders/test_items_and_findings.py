"""items.parquet and findings.parquet: what was written is read."""

import numpy as np
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, MultiLabel
from reliabel.core.results import Audit, Finding
from reliabel.core.rows import finding_rows
from reliabel.folders.findings_file import read_findings, write_findings
from reliabel.folders.items_file import item_rows, read_items
from reliabel.folders.parquet import write_table

THREE = Classes(np.array([0, 1, 0]), ("a", "b"))


def rows_of(items, task=None):
    source = {} if task is None else {"task": task}
    evidence = {} if items is None else {"items": items}
    return item_rows(Dataset(THREE, evidence, Ids(["x", "y", "z"]), source))


def test_items_of_every_form_are_rows_of_text():
    assert rows_of(None) == {"id": ["x", "y", "z"]}
    assert rows_of(["one", "two", 3])["text"] == ["one", "two", "3"]
    assert rows_of(["a.png", b"bytes", np.zeros((2, 2))], "image") == {
        "id": ["x", "y", "z"],
        "picture": ["a.png", None, None],
    }
    table = rows_of({"age": np.array([1.5, np.nan, 3.0]), "name": ["ann", None, "bob"]})
    assert table["column_age"] == ["1.5", None, "3.0"]
    assert table["column_name"] == ["ann", None, "bob"]


def test_times_lose_their_time_of_day_only_where_none_has_one():
    days = np.array(["2026-01-02T00:00", "NaT", "2026-01-03T00:00"], dtype="datetime64[s]")
    assert rows_of({"at": days})["column_at"] == ["2026-01-02", None, "2026-01-03"]
    times = np.array(["2026-01-02T00:00", "NaT", "2026-01-03T10:30"], dtype="datetime64[s]")
    assert rows_of({"at": times})["column_at"] == [
        "2026-01-02T00:00:00",
        None,
        "2026-01-03T10:30:00",
    ]


@pytest.mark.parametrize(
    ("items", "form", "back"),
    [
        (["one", "two", "three"], "list", ["one", "two", "three"]),
        ({"column_a": ["1", None, "3"], "id": ["p", "q", "r"]}, "columns", None),
    ],
)
def test_items_are_read_as_they_were_written(tmp_path, items, form, back):
    write_table(tmp_path / "items.parquet", rows_of(items))
    assert read_items(tmp_path / "items.parquet", form) == {
        "items": items if back is None else back
    }
    assert read_items(tmp_path / "items.parquet", None) == {}


def test_findings_are_read_as_they_were_written(tmp_path):
    found = (
        Finding(1, "y", 0, "label", None, 0.9, 0.8, ("knn", "aum"), "a", "b", (), None, "because"),
        Finding(
            2,
            "z",
            None,
            "duplicate",
            "exact",
            0.5,
            None,
            (),
            None,
            None,
            (0, 1),
            {"at": [1, 2]},
            "ü",
        ),
    )
    labels = MultiLabel(np.array([[0, 1], [1, 0], [1, 1]]), ("a", "b"))
    audit = Audit(Dataset(labels), {}, {}, {}, np.zeros(6), None, None, found, (), {})
    write_table(tmp_path / "findings.parquet", finding_rows(audit))
    assert read_findings(tmp_path / "findings.parquet") == found


def test_columns_that_a_kind_of_labels_has_not_are_read_as_nothing(tmp_path):
    found = (
        Finding(1, "y", None, "label", None, 0.9, None, ("knn",), "a", None, (), None, "because"),
    )
    audit = Audit(Dataset(THREE), {}, {}, {}, None, None, None, found, (), {})
    rows = finding_rows(audit)
    assert {"unit", "p_wrong"}.isdisjoint(rows)
    write_table(tmp_path / "findings.parquet", rows)
    assert read_findings(tmp_path / "findings.parquet") == found


VALUES = {
    "text": ("a", None, "b;c"),
    "numbers": (2.0, None, 0.1),
    "several numbers": ((2.0, None), None, (0.1, 3.0)),
    "several words": (("a", "b"), None, ()),
    "places and names": (("car", 0.5), None, (("a", 1), "b")),
    "text and numbers": ("a", 2.0, None),
}


@pytest.mark.parametrize("name", VALUES)
def test_labels_of_every_form_are_read_as_they_were_written(tmp_path, name):
    findings = tuple(
        Finding(i, str(i), None, "label", None, 0.5, None, (), value, value, (), None, "why")
        for i, value in enumerate(VALUES[name])
    )
    audit = Audit(Dataset(THREE), {}, {}, {}, None, None, None, findings, (), {})
    write_findings(tmp_path / "findings.parquet", audit)
    assert read_findings(tmp_path / "findings.parquet") == findings
