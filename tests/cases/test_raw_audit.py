"""rl.audit of labels as they are: lists, arrays, columns and tables of any library, with the index
of pandas as ids.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch

import reliabel as rl

N = 90
CODE = np.arange(N) % 3
NAMES = np.array(["cat", "dog", "owl"])
WORDS = NAMES[CODE].copy()
WORDS[4] = "owl"  # the model says dog
P = np.eye(3)[CODE] * 0.8 + 0.2 / 3
X = np.eye(3)[CODE] + np.random.default_rng(0).normal(size=(N, 3)) * 0.2
IDS = [f"r{row}" for row in range(N)]


def refusal(*given: Any, **words: Any) -> str:
    with pytest.raises(ValueError, match=r".") as refused:
        rl.audit(*given, **words)
    return str(refused.value)


GIVEN = {
    "list": WORDS.tolist(),
    "array": WORDS,
    "objects": WORDS.astype(object),
    "generator": None,
    "pandas": pd.Series(WORDS),
    "categories": pd.Categorical(WORDS),
    "column": WORDS[:, None],
    "frame": pd.DataFrame({"label": WORDS}),
    "polars": pl.Series(WORDS),
    "arrow": pa.array(WORDS.tolist()),
    "set": rl.Classes.of(WORDS),
}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize(
    "probs", [P, P.tolist(), torch.tensor(P), pd.DataFrame(P), pl.DataFrame(P, schema=list(NAMES))]
)
def test_labels_and_probabilities_of_any_library(name, probs):
    given = (word for word in WORDS) if name == "generator" else GIVEN[name]
    done = rl.audit(given, probs=probs)
    assert done.data.labels.names == ("cat", "dog", "owl")
    assert (done.findings[0].item, done.findings[0].suggest) == (4, "dog")
    assert done.data.ids.items is None


@pytest.mark.parametrize("features", [X, X.tolist(), torch.tensor(X), pd.DataFrame(X)])
def test_labels_and_features_of_any_library(features):
    assert rl.audit(torch.tensor(CODE), features=features).data.labels.names == ("0", "1", "2")


def test_several_labels_an_item():
    table = np.stack([CODE == 0, CODE > 0, CODE < 2], axis=1)
    for given in (table, table.astype(int), table.astype(float).tolist(), pd.DataFrame(table)):
        done = rl.audit(given, features=X)
        assert done.data.labels.y.tolist() == table.astype(int).tolist()
    frame = pd.DataFrame(table, columns=["a", "b", "c"])
    assert rl.audit(frame, features=X).data.labels.names == ("a", "b", "c")
    lists = [[name for name, yes in zip("abc", row, strict=True) if yes] for row in table]
    assert rl.audit(lists, features=X).data.labels.y.tolist() == table.astype(int).tolist()


def test_one_hot_labels_are_pointed_out():
    done = rl.audit(np.eye(3)[CODE], features=X)
    assert "give the classes themselves (y.argmax(1))" in done.warnings[0]


def test_the_index_of_pandas_becomes_the_ids():
    labels = pd.Series(WORDS, index=IDS)
    done = rl.audit(labels, probs=P)
    assert done.data.ids.item(done.findings[0].item) == "r4"
    assert rl.table(done)["id"].to_pylist() == IDS
    assert rl.audit(WORDS, probs=pd.DataFrame(P, index=IDS)).data.ids.items == tuple(IDS)
    assert rl.audit(labels.to_frame(), features=X).data.ids.items == tuple(IDS)
    part = pd.Series(WORDS)[10:60]
    assert rl.audit(part, probs=P[10:60]).data.ids.items == tuple(map(str, range(10, 60)))
    pairs = pd.MultiIndex.from_product([["a", "b", "c"], range(30)])
    assert rl.audit(pd.Series(WORDS, index=pairs), probs=P).data.ids.item(31) == "b / 1"


def test_a_plain_row_number_is_no_id():
    assert rl.audit(pd.Series(WORDS), probs=P).data.ids.items is None
    by_hand = pd.Series(WORDS, index=list(range(N)))
    assert rl.audit(by_hand, probs=P).data.ids.items is None
    plain = rl.audit(pd.Series(WORDS), probs=pd.DataFrame(P, index=IDS))
    assert plain.data.ids.items == tuple(IDS)
    assert plain.findings[0].item == 4


def test_a_repeated_index_gives_no_ids():
    twice = pd.Series(WORDS, index=[*IDS[:-1], "r0"])
    assert rl.audit(twice, probs=P).data.ids.items is None


def test_evidence_is_put_in_the_order_of_the_index_of_the_labels():
    labels, probs = pd.Series(WORDS, index=IDS), pd.DataFrame(P, index=IDS)
    mixed = probs.sample(frac=1, random_state=0)
    done = rl.audit(labels, probs=mixed)
    assert done.data.evidence["probs"].tolist() == P.tolist()
    assert done.findings[0].item == 4
    assert "the rows of probs were put in the order of the index of the labels" in done.warnings
    fewer = rl.audit(labels[:60], probs=probs)
    assert fewer.data.evidence["probs"].tolist() == P[:60].tolist()
    assert "30 rows that the labels lack are left out" in fewer.warnings[0]
    data = rl.read(label=labels, probs=mixed)
    assert data.evidence["probs"].tolist() == P.tolist()
    assert data.ids.items == tuple(IDS)


def test_rows_that_are_numbered_in_another_order_are_put_in_order():
    order = np.random.default_rng(1).permutation(N)
    folds = pd.DataFrame(P, columns=NAMES)[["cat", "dog", "owl"]].iloc[order]  # folds put together
    done = rl.audit(pd.Series(WORDS), probs=folds)
    assert done.data.evidence["probs"].tolist() == P.tolist()
    assert done.data.ids.items is None
    assert "the rows of probs were put in the order of the index of the labels" in done.warnings
    frame = pd.DataFrame({"label": WORDS})
    assert rl.read(frame, label="label", probs=folds).evidence["probs"].tolist() == P.tolist()
    chosen = pd.DataFrame(P[order[:50]], index=order[:50])  # a part of a table, in its order
    data = rl.read(label=WORDS[order[:50]], probs=chosen)
    assert data.evidence["probs"].tolist() == P[order[:50]].tolist()
    assert data.ids.items == tuple(map(str, order[:50]))


def test_an_index_that_disagrees_is_refused():
    labels = pd.Series(WORDS, index=IDS)
    other = pd.DataFrame(P, index=[*IDS[:3], "q", *IDS[4:]])
    said = refusal(labels, probs=other)
    assert "row 3 is 'r3' in the labels and 'q' in probs, and 89 names are in both" in said
    assert "probs.reset_index(drop=True)" in said
    said = refusal(labels, probs=pd.DataFrame(P[:80], index=IDS[:80]))
    assert "the labels have 90 rows, probs has 80" in said
    both = {"probs": pd.DataFrame(P, index=IDS), "features": pd.DataFrame(X, index=IDS[::-1])}
    assert rl.audit(WORDS, **both).data.evidence["features"].tolist() == X[::-1].tolist()


def test_the_index_of_a_table_becomes_its_ids():
    frame = pd.DataFrame({"label": WORDS, "x": X[:, 0]}, index=IDS)
    data = rl.read(frame, label="label", probs=pd.DataFrame(P, index=IDS)[::-1])
    assert data.ids.items == tuple(IDS)
    assert data.evidence["probs"].tolist() == P.tolist()
    assert "ids: the index" in data.source["notes"]
    named = rl.read(frame.assign(id=range(N)), label="label")
    assert named.ids.items == tuple(map(str, range(N)))
    assert rl.read(frame.reset_index(drop=True), label="label").ids.items is None
    some = rl.read(frame, label="label", rows=5)
    assert [IDS[row] for row in some.source["row"]] == list(some.ids.items)
    done = rl.audit(data)
    mended = rl.apply(done, decisions={"id": ["r4"], "verdict": ["change"], "label": ["dog"]})
    assert mended["table"]["label"].tolist()[3:6] == ["cat", "dog", "owl"]


def test_a_column_of_the_table_may_stand_for_its_name():
    frame = pd.DataFrame({"label": WORDS, "x": X[:, 0]})
    assert rl.read(frame, label=frame["label"]).labels.names == ("cat", "dog", "owl")
    with pytest.raises(ValueError, match="label is the name of a column, got ndarray of 90 values"):
        rl.read(frame, label=WORDS)


def test_what_is_no_label_is_refused_with_the_way_to_go():
    frame = pd.DataFrame({"label": WORDS, "x": X[:, 0]})
    assert "name it with label= in rl.read" in refusal(frame)
    assert "got the text 'a.csv' (a file is read first: rl.read)" in refusal("a.csv")
    assert "shares of classes are rl.Soft(p)" in refusal(P, features=X)
    assert "quantities are rl.Numbers" in refusal(X[:, 0], features=X)


def test_labels_alone_say_what_is_missing():
    done = rl.audit(WORDS)
    assert done.findings == ()
    assert "give features=, probs= or items=" in done.warnings[0]


def test_every_verb_takes_labels_as_they_are():
    assert rl.measure(WORDS, by="class_imbalance").parts["count"].tolist() == [30, 29, 31]
    assert rl.corrupt(WORDS.tolist(), by="symmetric", rate=0.1).wrong.sum() == 9


def test_case_39_results_are_a_few_lines_at_a_prompt():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 300)
    done = rl.audit(rl.Classes(y), features=np.eye(3)[y] + rng.normal(size=(300, 3)))
    data = rl.read(pd.DataFrame({"label": y, "text": ["a long text " * 50] * 300}), label="label")
    item, worker = np.divmod(np.arange(900), 3)
    votes = rl.Votes(item, worker, rl.Classes(y[item]), 300, 3)
    agreed = rl.aggregate(votes, by="majority")
    shown = [done, data, votes, agreed, done.findings[0], done.count, done.data.ids, rl.Classes(y)]
    for thing in shown:
        assert len(repr(thing)) < 1000, type(thing)
        assert repr(thing).count("\n") < 12
        page = getattr(thing, "_repr_html_", lambda: "")()
        assert len(page) < 5000
