import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, Numbers, Soft
from reliabel.core.results import Audit, Consensus, Finding, Measure, Picks, Suspicion
from reliabel.verbs.table import table

FOUND = Finding(
    1,
    "y",
    None,
    "label",
    None,
    1.0,
    None,
    ("self_confidence",),
    "b",
    "a",
    (0,),
    {"at": np.int64(3)},
    "because",
)


def audited(kind):
    data = Dataset(
        Classes(np.array([0, 1, -1]), ("a", "b")), ids=Ids(["x", "y", "z"]), source={"table": kind}
    )
    said = {
        "self_confidence": Suspicion(
            np.array([0.1, 0.9, np.nan]), suggest=Classes(np.array([1, 0, 0]), ("a", "b"))
        )
    }
    return Audit(data, said, {}, {}, None, None, None, (FOUND,), (), {})


@pytest.mark.parametrize(
    ("kind", "library"),
    [
        ("pandas", pd.DataFrame),
        ("polars", pl.DataFrame),
        ("pyarrow", pa.Table),
        ("arrays", pa.Table),
    ],
)
def test_labels_come_in_the_kind_of_table_that_came_in(kind, library):
    rows = table(audited(kind))
    assert isinstance(rows, library)
    columns = (
        rows.to_pydict()
        if isinstance(rows, pa.Table)
        else {name: list(rows[name]) for name in rows.columns}
    )
    assert list(columns) == ["item", "id", "given", "suggest", "score_self_confidence"]
    assert columns["id"] == ["x", "y", "z"]
    assert columns["given"][:2] == ["a", "b"]
    assert columns["suggest"] == ["b", "a", "a"]


def test_findings_and_another_kind():
    rows = table(audited("pandas"), rows="findings", kind="polars")
    assert rows.height == 1
    assert rows["by"].to_list() == [["self_confidence"]]
    assert rows["where"].to_list() == ['{"at": 3}']


def test_a_consensus_has_a_row_an_item():
    soft = Consensus(
        Soft(np.array([[0.9, 0.1], [0.25, 0.75]]), ("a", "b")),
        info={"votes": np.array([3, 4]), "ids": Ids(["u", "v"])},
    )
    assert table(soft).to_pydict() == {
        "id": ["u", "v"],
        "label": ["a", "b"],
        "p": [0.9, 0.75],
        "probs": [[0.9, 0.1], [0.25, 0.75]],
        "votes": [3, 4],
    }
    assert table(Consensus(Numbers(np.array([0.5, np.nan])))).to_pydict() == {
        "id": ["0", "1"],
        "label": [0.5, None],
    }
    tokens = Consensus(Grouped(Classes(np.array([0, 1, 1]), ("a", "b")), np.array([0, 1, 3])))
    assert table(tokens, ids=Ids(["s", "t"])).to_pydict() == {
        "id": ["s", "t", "t"],
        "unit": [0, 0, 1],
        "label": ["a", "b", "b"],
    }


def test_picks_are_ranked():
    picks = Picks(np.array([2, 0]), worker=np.array([1, 0]), score=np.array([0.2, 0.1, 0.9]))
    assert table(picks, ids=Ids(["x", "y", "z"], ["ann", "bob"])).to_pydict() == {
        "rank": [1, 2], "id": ["z", "x"], "worker": ["bob", "ann"], "score": [0.9, 0.2],
    }  # fmt: skip


def test_a_measure_lists_its_parts():
    parts = {
        "share": {"a": 0.25, "b": 0.75},
        "matrix": np.eye(2),
        "inner": Measure(1.0, 0.5, 1.5),
        "word": "skipped",
    }
    rows = table(Measure(0.5, 0.4, 0.6, parts), kind="pandas")
    assert rows["part"].tolist() == [
        "value",
        "share[a]",
        "share[b]",
        "matrix[0, 0]",
        "matrix[0, 1]",
        "matrix[1, 0]",
        "matrix[1, 1]",
        "inner",
    ]
    assert rows["value"].tolist() == [0.5, 0.25, 0.75, 1, 0, 0, 1, 1.0]
    assert rows["high"].tolist()[-1] == 1.5


def test_what_has_no_table():
    for words, says in (
        ({"kind": "excel"}, "kind must be one of pandas, polars, pyarrow"),
        ({"rows": "items"}, "rows must be labels or findings"),
    ):
        with pytest.raises(ValueError, match=says):
            table(audited("pandas"), **words)
    with pytest.raises(ValueError, match="no table of a int"):
        table(3)
