"""The records of the kinds of labels: values, places, changes and bad input, for each kind and in
groups.
"""

import numpy as np
import pytest

from reliabel.core import kinds
from reliabel.core.columns import Coded, chosen, listed, masked, pooled, put
from reliabel.core.free_text import Texts
from reliabel.core.kinds import flat, given_values, item_value, kind_for, known_labels, layout_of
from reliabel.core.label_values import written
from reliabel.core.labels import (
    Classes,
    Grouped,
    MultiLabel,
    Numbers,
    Soft,
    SoftMultiLabel,
    Spans,
    Votes,
)
from reliabel.core.objects import Boxes, Regions
from reliabel.core.orders import Comparisons, Rankings

NAMES = ("cat", "dog")
NAN = float("nan")
SETS = {
    "Classes": (Classes(np.array([0, 1, -1]), NAMES), ["cat", "dog", None]),
    "MultiLabel": (
        MultiLabel(np.array([[1, 0], [-1, 1]]), NAMES),
        ["yes", "no", None, "yes"],
    ),
    "Numbers": (Numbers(np.array([0.5, NAN])), [0.5, None]),
    "several numbers": (
        Numbers(np.array([[0.5, NAN], [NAN, NAN], [1, 2]])),
        [(0.5, None), None, (1.0, 2.0)],
    ),
    "single precision": (Numbers(np.array([0.1], dtype=np.float32)), [0.1]),
    "Soft": (Soft(np.array([[0.25, 0.75]]), NAMES), [(0.25, 0.75)]),
    "Spans": (Spans([0, 2, 4], [1, 4, 5], [0, 1, -1], NAMES), ["cat 0:1", "dog 2:4", None]),
    "Boxes": (
        Boxes([[0, 1, 5, 9], [2.004, 2.5, 6, 40], [1, 2, 3, 4]], [0, 1, -1], NAMES),
        ["cat 0,1,5,9", "dog 2,2.5,6,40", None],
    ),
    "Regions": (
        Regions([0, -1], [0, 4, 1], [2, 2, 3], [0, 2, 3], [[3, 4], [3, 4]], NAMES),
        ["cat", None],
    ),
    "Texts": (Texts(["the cat sat", "", None]), ["the cat sat", "", None]),
    "Comparisons": (
        Comparisons([0, 2, 1, 0], [1, 0, 2, 1], [0, 1, 2, -1], names=("a", "b > c", "d")),
        ["a > b > c", "d < a", "b > c = d", None],
    ),
    "Rankings": (
        Rankings([2, 0, 1, 0], [0, 3, 3, 4], names=("a", "b > c", "d")),
        ["d > a > b > c", None, "a"],
    ),
    "SoftMultiLabel": (SoftMultiLabel(np.array([[0.9, 0.75]]), NAMES), [(0.9, 0.75)]),
}
GROUPED = {
    f"Grouped {name}": (Grouped(labels, np.array([0, 0, len(labels)])), values)
    for name, (labels, values) in SETS.items()
}
ALL = SETS | GROUPED


@pytest.mark.parametrize("name", ALL)
def test_values_one_by_one_and_as_a_column_are_the_same(name):
    labels, values = ALL[name]
    kind, layout = kind_for(labels), layout_of(labels)
    assert layout.rows == len(values)
    assert [kind.value(labels, row) for row in range(layout.rows)] == values
    column = kind.cells_of(labels, np.arange(layout.rows))
    plain = [tuple(v) if isinstance(v, list) else v for v in listed(column)]
    pairs = zip(plain, values, strict=True)
    assert all(a == b or kind.equal(labels, a, b) for a, b in pairs)
    assert given_values(labels) == listed(column)
    assert known_labels(labels) == sum(value is not None for value in values)


@pytest.mark.parametrize("name", ALL)
def test_a_row_is_found_by_item_and_unit_and_back(name):
    labels, _ = ALL[name]
    layout = layout_of(labels)
    rows = np.arange(layout.rows)
    item, unit = layout.place(rows)
    units = [None] * layout.rows if unit is None else unit.tolist()
    assert [layout.row(i, u) for i, u in zip(item.tolist(), units, strict=True)] == rows.tolist()
    assert sum(layout.size(i) for i in range(len(labels))) == layout.rows


@pytest.mark.parametrize("name", ALL)
def test_a_label_that_is_written_and_parsed_again_is_the_same_and_can_be_set(name):
    labels, values = ALL[name]
    kind = kind_for(labels)
    for row, value in enumerate(values):
        if value is None:
            continue
        again = kind.parsed(labels, written(value))
        assert kind.equal(labels, again, value)
        assert kind.parsed(labels, value) == value
        changed = kind.changed(labels, {0: again})
        assert kind.equal(labels, kind.value(changed, 0), value), row
        assert type(changed) is type(labels)


BAD = {
    "Classes": (
        "cot",
        r"there is no class 'cot', did you mean 'cat'\?; the classes are 'cat', 'dog'",
    ),
    "MultiLabel": ("cat", "there is no class 'cat'; the classes are 'no', 'yes'"),
    "Numbers": ("1,5", "the label '1,5' is not a number; write it with a decimal point"),
    "single precision": (float("inf"), "the label inf is not a finite number"),
    "several numbers": ("1;2;3", "has 3 numbers, labels here have 2; write them with semicolons"),
    "Soft": ("0.5;0.6", "must sum to one, it sums to 1.1"),
    "Spans": (
        "cot 0:1",
        "there is no class 'cot', did you mean 'cat'\\?; the classes are 'cat', 'd",
    ),
    "Boxes": ("cat 9,1,5,9", "is no box: right must not lie left of left"),
    "Regions": ("cot", "there is no class 'cot', did you mean 'cat'"),
    "Texts": (["a", "b"], "is no text; write what the item should say"),
    "Comparisons": (
        "a > e",
        r"there is no thing 'e'; the things are 'a', 'b > c', 'd'; write two n",
    ),
    "Rankings": (
        "d > e",
        "there is no thing 'e'; the things are 'a', 'b > c', 'd'; write names wi",
    ),
    "SoftMultiLabel": ("0.5;2", "must be 2 probabilities with semicolons between, for the classes"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_label_gets_a_sentence(name):
    label, sentence = BAD[name]
    for labels in (SETS[name][0], GROUPED[f"Grouped {name}"][0]):
        with pytest.raises(ValueError, match=sentence):
            kind_for(labels).parsed(labels, label)


@pytest.mark.parametrize(("name", "label"), [("Numbers", ""), ("several numbers", ";")])
def test_a_number_that_is_not_there_is_no_label(name, label):
    with pytest.raises(ValueError, match="holds no number; to take a label away, drop it"):
        kind_for(SETS[name][0]).parsed(SETS[name][0], label)


def test_unknown_is_a_change_except_for_distributions():
    several = ("MultiLabel", "several numbers", "Spans", "Boxes", "Regions", "Texts")
    for name in ("Classes", "Numbers", "Comparisons", "Rankings", *several):
        labels = SETS[name][0]
        assert kind_for(labels).value(kind_for(labels).changed(labels, {0: None}), 0) is None
    soft = SETS["Soft"][0]
    with pytest.raises(ValueError, match="cannot be unknown; drop the whole item"):
        kind_for(soft).changed(soft, {0: None})


def test_numbers_are_equal_in_the_precision_that_they_are_kept_in():
    single, double = SETS["single precision"][0], SETS["Numbers"][0]
    third = float(np.float32(1 / 3))
    assert kind_for(single).equal(single, 1 / 3, third)
    assert not kind_for(double).equal(double, 1 / 3, third)
    assert kind_for(double).equal(double, None, None)
    assert not kind_for(double).equal(double, 0.0, None)


def test_new_classes_come_last_and_fit_narrow_codes():
    labels = Classes(np.array([0, 1], dtype=np.int8), tuple(map(str, range(128))))
    changed = kind_for(labels).changed(labels, {1: "new"})
    assert changed.names[-1] == "new"
    assert changed.y.tolist() == [0, 128]


def test_several_labels_an_item_are_one_value_where_they_are_yes_and_no():
    assert item_value(SETS["MultiLabel"][0], 0) == "cat"
    assert item_value(SETS["MultiLabel"][0], 1) == "dog"
    assert item_value(SETS["Numbers"][0], 0) == 0.5
    assert item_value(GROUPED["Grouped Classes"][0], 1) is None


def test_a_group_of_tables_has_a_unit_for_each_answer():
    labels = Grouped(MultiLabel(np.array([[1, 0], [0, 1], [1, 1]]), NAMES), np.array([0, 1, 3]))
    assert [part.tolist() for part in kinds.place_of(labels)] == [
        [0, 0, 1, 1, 1, 1],
        [0, 1, 0, 1, 2, 3],
    ]
    assert flat(labels).y.tolist() == [1, 0, 0, 1, 1, 1]
    assert kind_for(labels).name == "Grouped[MultiLabel]"
    assert kind_for(labels).cells(labels, 3, "no") == {1: "no"}


def test_votes_lead_to_no_findings_on_labels():
    votes = Votes(np.array([0]), np.array([0]), Numbers(np.array([1.0])), 1, 1)
    assert kind_for(votes).name == "Votes[Numbers]"
    assert kind_for(votes).finds == frozenset()
    assert kind_for(votes).parsed is None


def test_what_is_no_label_set_is_refused():
    with pytest.raises(ValueError, match="a list is no kind of labels; the kinds are Classes, Mul"):
        kind_for([1, 2])
    assert not kinds.is_labels([1, 2])
    assert not kinds.is_labels(object())
    with pytest.raises(ValueError, match=r"need take\(index\) and a length, int lacks"):
        kinds.add_kind(kinds.Kind(int, "counting", lambda labels, row: 0))


def test_columns_of_numbers_text_and_anything_are_pooled_alike():
    numbers = [
        masked(np.array([[1.0, 2], [1, NAN], [NAN, NAN]])),
        masked(np.array([[1.0, NAN]] * 3)),
    ]
    codes, pool = pooled(numbers)
    assert codes[0].tolist() == [0, 1, -1] or codes[0].tolist() == [1, 0, -1]
    assert codes[1].tolist() == [codes[0][1]] * 3
    assert listed(chosen(pool, np.array([codes[0][1], -1]))) == [[1.0, None], None]
    text = [Coded(np.array([0, -1]), ("a", "b")), Coded(np.array([1, 0]), ("b", "a"))]
    codes, pool = pooled(text)
    assert [[pool[c] if c >= 0 else None for c in code] for code in codes] == [
        ["a", None],
        ["a", "b"],
    ]
    assert listed(put(text[0], np.array([1]), ["z"])) == ["a", "z"]
    assert listed(put(numbers[1], np.array([2]), [(3.0, None)]))[2] == [3.0, None]
    assert listed(numbers[1])[2] == [1.0, None]
