"""The order of classes: told to the reader, held by a column, given to an audit."""

import numpy as np
import pyarrow as pa
import pytest

import reliabel as rl
from reliabel.core.class_order import by_place, places
from reliabel.core.class_scales import scale_of

WORDS = ["bronze", "gold", "bronze", "silver", "gold", None]
LOW_TO_HIGH = ["bronze", "silver", "gold"]


def ordered_names(data):
    return by_place(data.labels.names, data.evidence.get("class_order"))


def test_the_reader_puts_the_classes_in_the_order_that_it_is_told():
    data = rl.read({"grade": WORDS}, label="grade", order=LOW_TO_HIGH)
    assert data.labels.names == ("bronze", "silver", "gold")
    assert data.labels.y.tolist() == [0, 2, 0, 1, 2, -1]
    assert data.evidence["class_order"].tolist() == [0, 1, 2]
    assert "the classes are ordered: bronze < silver < gold" in data.source["notes"]


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
    column = pd.Categorical(WORDS, ["gold", "bronze", "silver"], ordered=True)
    data = rl.read(pd.DataFrame({"grade": column}), label="grade", order=LOW_TO_HIGH)
    assert ordered_names(data) == tuple(LOW_TO_HIGH)


def test_a_class_that_no_label_has_keeps_its_step():
    data = rl.read({"grade": WORDS}, label="grade", order=["none", *LOW_TO_HIGH])
    assert data.labels.names == ("none", "bronze", "silver", "gold")
    assert any("'none' has no label" in note for note in data.source["notes"])
    assert places(("gold", "bronze"), LOW_TO_HIGH).tolist() == [2, 0]


def test_some_rows_keep_the_order_of_all():
    data = rl.read({"grade": WORDS * 9}, label="grade", order=LOW_TO_HIGH, rows=12)
    assert len(data.labels) == 12
    assert ordered_names(data) == tuple(LOW_TO_HIGH)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (["bronze", "gold"], "order lacks the class 'silver'; name each class"),
        (
            ["bronze", "silber", "gold"],
            "order lacks the class 'silver' and names 'silber', which no label has",
        ),
        (["bronze", "bronze", "silver", "gold"], "order names 'bronze' twice"),
        ("bronze", "order must list the classes from low to high"),
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
    plain = rl.audit(words.tolist(), probs=p[:, [0, 2, 1]])
    assert "ordinal_distance" in plain.skipped
    data = rl.read({"grade": words.tolist()}, label="grade", order=LOW_TO_HIGH)
    found = rl.audit(data, probs=p)
    assert "several steps off" in found.opinions["ordinal_distance"].kind
    as_column = rl.audit(pd.Categorical(words, LOW_TO_HIGH, ordered=True), probs=p)
    said = rl.audit(rl.Classes.of(words.tolist()), probs=p[:, [0, 2, 1]], class_order=LOW_TO_HIGH)
    for other in (as_column, said):
        score = other.opinions["ordinal_distance"].score
        assert score == pytest.approx(found.opinions["ordinal_distance"].score)


def test_the_report_names_the_order(tmp_path):
    words, p = graded()
    data = rl.read({"grade": words.tolist()}, label="grade", order=LOW_TO_HIGH)
    audit = rl.audit(data, probs=p)
    rl.save(audit, tmp_path / "a")
    rl.report(audit, tmp_path / "page.html")
    assert "bronze &lt; silver &lt; gold" in (tmp_path / "page.html").read_text()
    assert ordered_names(rl.load(tmp_path / "a").data) == tuple(LOW_TO_HIGH)


@pytest.mark.parametrize(
    ("names", "column", "order"),
    [
        (("high", "low", "medium"), "y", ("low", "medium", "high")),
        (("Severe", "mild", "NONE", "moderate"), "y", ("NONE", "mild", "moderate", "Severe")),
        (("agree", "neutral", "strongly_disagree"), "", ("strongly_disagree", "neutral", "agree")),
        (("18-25", "<18", "26+"), "", ("<18", "18-25", "26+")),
        (("(10.0, 20.0]", "(0.0, 10.0]", "(20.0, inf]"), "", None),
        (("5 stars", "1 star", "3 stars"), "", ("1 star", "3 stars", "5 stars")),
        (("stage II", "stage IV", "stage I"), "", ("stage I", "stage II", "stage IV")),
        (("10", "9", "8"), "wineQuality", ("8", "9", "10")),
        (("10", "9", "8"), "digit", None),
        (("10", "nine", "8"), "quality", None),
        (("class 1", "class 2", "class 3"), "", None),
        (("low", "high"), "", None),
        (("medium", "moderate", "low"), "", None),  # two words for one place
        (("cat", "small", "large"), "", None),
        (("1-5", "3-8", "9-12"), "", None),  # they overlap
    ],
)
def test_names_that_say_an_order(names, column, order):
    found = scale_of(names, column)
    assert (None if found is None else found[0]) == order


def test_an_order_in_the_names_is_told_and_can_be_refused(tmp_path):
    table = {"stars": [5, 1, 3, 1], "x": [0.5, 1.5, 2.5, 3.5]}
    data = rl.read(table, label="stars")
    assert ordered_names(data) == ("1", "3", "5")
    note = "the classes are ordered, as the name of their column, 'stars', says: 1 < 3 < 5"
    assert any(one.startswith(note) for one in data.source["notes"])
    assert "class_order" not in rl.read(table, label="stars", order="none").evidence
    words = ["low", "medium", "high", "low"]
    assert ordered_names(rl.read(label=words)) == ("low", "medium", "high")
    assert not ordered_names(rl.read(label=words, order="none"))
    audit = rl.audit(rl.read(label=words), probs=np.eye(3)[[1, 2, 0, 1]], class_order="none")
    assert "class_order" not in audit.data.evidence


def test_numbers_from_one_may_be_a_scale():
    data = rl.read({"answer": [2, 1, 3, 1], "x": [0.5, 1.5, 2.5, 3.5]}, label="answer")
    assert not ordered_names(data)
    assert any("where they are a scale, order=1,2,3 lets" in one for one in data.source["notes"])


@pytest.mark.parametrize(
    ("more", "order", "found"),
    [
        ("very high", None, ("low", "medium", "high", "very high")),
        ("very high", ["low", "medium", "high"], ("low", "medium", "high", "very high")),
        ("other", ["low", "medium", "high"], ()),
    ],
)
def test_classes_that_probabilities_bring_get_a_place_or_end_the_order(more, order, found):
    pd = pytest.importorskip("pandas")
    probs = pd.DataFrame(np.full((4, 4), 0.25), columns=["high", "low", "medium", more])
    words = ["low", "medium", "high", "low"]
    data = rl.read({"grade": words}, label="grade", order=order, probs=probs)
    assert data.labels.k == 4
    assert ordered_names(data) == found
    audit = rl.audit(rl.read(label=words, order=order), probs=probs)
    assert ordered_names(audit.data) == found
    lacking = [one for one in data.source["notes"] if f"lacks {more!r}" in one]
    assert bool(lacking) != bool(found)


def test_findings_and_the_map_of_confusions_say_how_many_steps_a_label_is_off(tmp_path):
    words, p = graded()
    data = rl.read(label=words.tolist(), order=LOW_TO_HIGH)
    audit = rl.audit(data, probs=p)
    whys = {finding.why for finding in audit.findings if finding.given == "gold"}
    assert any("2 steps above 'bronze'" in why for why in whys)
    rl.report(audit, tmp_path / "page.html")
    assert "of them one step off" in (tmp_path / "page.html").read_text()
