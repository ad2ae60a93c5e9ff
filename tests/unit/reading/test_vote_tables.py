import numpy as np
import pytest

from reliabel.core.labels import Classes, Numbers
from reliabel.verbs.read import read

LONG = {
    "task": ["t2", "t1", "t2", "t1", "t3"],
    "who": [7, 7, 8, 7, 8],
    "answer": ["b", "a", "a", "b", None],
    "text": ["two", "one", "two", "one", "three"],
}
COLUMNS = {"item": "task", "worker": "who", "label": "answer"}


def said(data):
    return "; ".join(data.source["notes"])


def test_a_long_table_becomes_votes():
    data = read(LONG, **COLUMNS)
    votes = data.labels
    assert data.ids.items == ("t2", "t1", "t3")
    assert data.ids.workers == ("7", "8")
    assert (votes.n, votes.w, votes.item.tolist(), votes.worker.tolist()) == (
        3,
        2,
        [0, 0, 1],
        [0, 1, 0],
    )
    assert [votes.labels.names[c] for c in votes.labels.y] == ["b", "a", "b"]
    assert isinstance(votes.labels, Classes)
    assert data.source["columns"] == {"label": "answer", "item": "task", "worker": "who"}
    assert "1 row without a label is an abstention" in said(data)
    assert "1 repeated vote of a worker on an item: the last one counts" in said(data)
    assert "3 votes of 2 workers on 3 items" in said(data)


@pytest.mark.parametrize(
    ("policy", "kept"),
    [("last", ["b", "a", "b"]), ("first", ["b", "a", "a"]), ("all", ["b", "a", "a", "b"])],
)
def test_repeated_votes(policy, kept):
    labels = read(LONG, **COLUMNS, duplicates=policy).labels.labels
    assert [labels.names[c] for c in labels.y] == kept


def test_repeated_votes_may_be_an_error():
    with pytest.raises(
        ValueError,
        match="1 repeated vote of a worker on an item, the first in row 3; choose duplicates=",
    ):
        read(LONG, **COLUMNS, duplicates="error")
    with pytest.raises(ValueError, match="duplicates must be one of last, first, all, error"):
        read(LONG, **COLUMNS, duplicates="newest")


def test_numbers_texts_and_evidence_a_row_an_item():
    long = {**LONG, "answer": [0.5, 1.5, float("nan"), 2.0, 3.0]}
    data = read(long, **COLUMNS, kind="numbers", text="text", features=np.eye(3))
    assert isinstance(data.labels.labels, Numbers)
    assert data.labels.labels.y.tolist() == [0.5, 2.0, 3.0]
    assert data.evidence["items"] == ["two", "one", "three"]
    assert data.evidence["features"].shape == (3, 3)


@pytest.mark.parametrize(
    ("source", "words", "says"),
    [
        (
            LONG,
            {"item": "task", "label": "answer"},
            "votes need the columns item, worker and label; worker is not given",
        ),
        (
            LONG,
            {**COLUMNS, "worker": "whom"},
            "there is no column 'whom' for worker, did you mean 'who'?",
        ),
        (
            {**LONG, "who": [1, 2, None, 3, 4]},
            COLUMNS,
            "column 'who' is empty in row 2; every vote needs an item and a worker",
        ),
        (LONG, {**COLUMNS, "features": np.eye(2)}, "features has 2 rows"),
    ],
)
def test_bad_votes(source, words, says):
    with pytest.raises(ValueError) as error:
        read(source, **words)
    assert says in str(error.value)
