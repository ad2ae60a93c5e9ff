"""The order of classes: told to the reader, held by a column, given to an audit."""

import numpy as np
import pyarrow as pa
import pytest

import reliabel as rl
from reliabel.core.class_order import by_place, places

WORDS = ["low", "high", "low", "middle", "high", None]
LOW_TO_HIGH = ["low", "middle", "high"]


def ordered_names(data):
    return by_place(data.labels.names, data.evidence.get("class_order"))


def test_the_reader_puts_the_classes_in_the_order_that_it_is_told():
    data = rl.read({"grade": WORDS}, label="grade", order=LOW_TO_HIGH)
    assert data.labels.names == ("low", "middle", "high")
    assert data.labels.y.tolist() == [0, 2, 0, 1, 2, -1]
    assert data.evidence["class_order"].tolist() == [0, 1, 2]
    assert "the classes are ordered: low < middle < high" in data.source["notes"]


def test_arrays_and_numbers_take_an_order_too():
    data = rl.read(label=np.array([3, 1, 2, 1]), order=[3, 2, 1])
    assert data.labels.names == ("3", "2", "1")
    assert data.labels.y.tolist() == [0, 2, 1, 2]
    many = {"stars": list(range(1, 31)) * 2}
    assert rl.read(many, label="stars", order=list(range(1, 31))).labels.k == 30


@pytest.mark.parametrize("ordered", [True, False])
def test_an_ordered_categorical_brings_its_order(ordered):
    pd = pytest.importorskip("pandas")
    column = pd.Series(pd.Categorical(WORDS, LOW_TO_HIGH, ordered=ordered))
    table = pa.Table.from_pandas(pd.DataFrame({"grade": column}))
    sources = [
        rl.read(pd.DataFrame({"grade": column}), label="grade"),
        rl.read({"grade": column}, label="grade"),
        rl.read(table, label="grade"),
        rl.read(label=column),
    ]
    for data in sources:
        assert ordered_names(data) == (tuple(LOW_TO_HIGH) if ordered else ())
        assert set(data.labels.names) == set(LOW_TO_HIGH)


def test_parquet_keeps_the_order_of_a_categorical(tmp_path):
    pd = pytest.importorskip("pandas")
    column = pd.Categorical(WORDS, LOW_TO_HIGH, ordered=True)
    pd.DataFrame({"grade": column}).to_parquet(tmp_path / "grades.parquet")
    assert ordered_names(rl.read(tmp_path / "grades.parquet", label="grade")) == tuple(LOW_TO_HIGH)


def test_an_order_overrules_that_of_the_column():
    pd = pytest.importorskip("pandas")
    column = pd.Categorical(WORDS, ["high", "low", "middle"], ordered=True)
    data = rl.read(pd.DataFrame({"grade": column}), label="grade", order=LOW_TO_HIGH)
    assert ordered_names(data) == tuple(LOW_TO_HIGH)


def test_a_class_that_no_label_has_keeps_its_step():
    data = rl.read({"grade": WORDS}, label="grade", order=["none", *LOW_TO_HIGH])
    assert data.labels.names == ("none", "low", "middle", "high")
    assert any("'none' has no label" in note for note in data.source["notes"])
    assert places(("high", "low"), LOW_TO_HIGH).tolist() == [2, 0]


def test_some_rows_keep_the_order_of_all():
    data = rl.read({"grade": WORDS * 9}, label="grade", order=LOW_TO_HIGH, rows=12)
    assert len(data.labels) == 12
    assert ordered_names(data) == tuple(LOW_TO_HIGH)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (["low", "high"], "order lacks the class 'middle'; name each class"),
        (
            ["low", "midle", "high"],
            "order lacks the class 'middle' and names 'midle', which no label has",
        ),
        (["low", "low", "middle", "high"], "order names 'low' twice"),
        ("low", "order must list the classes from low to high"),
    ],
)
def test_a_wrong_order_is_refused_with_a_sentence(order, sentence):
    with pytest.raises(ValueError, match=sentence):
        rl.read({"grade": WORDS}, label="grade", order=order)


def test_an_order_of_what_is_no_class_an_item_is_refused():
    with pytest.raises(ValueError, match="order is for classes, and kind='numbers'"):
        rl.read({"x": [1.5, 2.5]}, label="x", kind="numbers", order=[1, 2])
    with pytest.raises(ValueError, match="order is for labels that are one class an item"):
        rl.read({"x": [["a"], ["a", "b"]]}, label="x", order=["a", "b"])
    votes = {"item": [1, 1], "worker": [1, 2], "label": ["a", "b"]}
    with pytest.raises(ValueError, match="give it to the method"):
        rl.read(votes, item="item", worker="worker", label="label", order=["a", "b"])


def graded(n=400):
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, n)
    p = np.exp(-2.0 * np.abs(np.arange(3) - true[:, None] - rng.normal(0, 0.2, n)[:, None]))
    p /= p.sum(1, keepdims=True)
    y = true.copy()
    y[:8] = 2 - true[:8]
    return np.array(LOW_TO_HIGH)[y], p


def test_an_audit_of_ordered_classes_asks_for_the_distance_by_itself():
    pd = pytest.importorskip("pandas")
    words, p = graded()
    plain = rl.audit(words.tolist(), probs=p[:, [2, 0, 1]])
    assert "ordinal_distance" in plain.skipped
    data = rl.read({"grade": words.tolist()}, label="grade", order=LOW_TO_HIGH)
    found = rl.audit(data, probs=p)
    assert "severe" in found.opinions["ordinal_distance"].kind
    as_column = rl.audit(pd.Categorical(words, LOW_TO_HIGH, ordered=True), probs=p)
    said = rl.audit(rl.Classes.of(words.tolist()), probs=p[:, [2, 0, 1]], class_order=LOW_TO_HIGH)
    for other in (as_column, said):
        score = other.opinions["ordinal_distance"].score
        assert score == pytest.approx(found.opinions["ordinal_distance"].score)


def test_the_report_names_the_order(tmp_path):
    words, p = graded()
    data = rl.read({"grade": words.tolist()}, label="grade", order=LOW_TO_HIGH)
    audit = rl.audit(data, probs=p)
    rl.save(audit, tmp_path / "a")
    rl.report(audit, tmp_path / "page.html")
    assert "low &lt; middle &lt; high" in (tmp_path / "page.html").read_text()
    assert ordered_names(rl.load(tmp_path / "a").data) == tuple(LOW_TO_HIGH)
