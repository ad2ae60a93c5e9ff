"""Names that look the same, or nearly."""

import pytest

from reliabel.core.alike_names import (
    alike,
    alike_note,
    merged_classes,
    merged_note,
    one_spelling,
    plain_name,
)
from reliabel.core.labels import Classes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("w1", "W1"),
        ("w1", " w1\t"),
        ("new  york", "New York"),
        ("new york", "new\u00a0york"),
        ("café", "cafe\u0301"),
        ("good", "go\u200bod"),
        ("good", "\ufeffgood"),
        ("co\u00adop", "coop"),
        ("ＡＢ１", "ab1"),
        ("ﬁsh", "fish"),
        ("❤", "❤\ufe0f"),
        ("bell", "be\x07ll"),
    ],
)
def test_what_nobody_sees_makes_no_other_name(one, other):
    assert plain_name(one) == plain_name(other)
    assert alike(["x y", one, other]) == [(one, other)]


@pytest.mark.parametrize(
    ("one", "other"), [("x²", "x2"), ("Masse", "Maße"), ("a", "á"), ("a-b", "ab"), ("1", "1.0")]
)
def test_other_differences_are_meant(one, other):
    assert alike([one, other]) == []


@pytest.mark.parametrize(
    "names",
    [["w1", "w2"], ["W1", "W2"], ["1", "2"], [], ["a b", "a c"], ["a\nb", "a c"], ["é", "e"]],
)
def test_names_that_differ_are_not_alike(names):
    assert alike(names) == []


def test_names_with_line_ends_are_looked_at_one_by_one():
    assert alike(["a\nb", "a\n\nb"]) == [("a\nb", "a\n\nb")]


def test_the_spelling_to_use_is_a_frequent_one_without_spaces_around():
    assert one_spelling(["A", "a", "a "], {"A": 3, "a": 5, "a ": 99}) == {"A": "a", "a ": "a"}
    assert one_spelling(["A", "a"], {"A": 3, "a": 3}) == {"a": "A"}
    assert one_spelling(["a", "b"], {}) == {}


def test_classes_that_are_alike_become_one():
    labels = Classes([0, 1, 2, -1, 1], ("Cat", "cat", "dog"))
    merged, new = merged_classes(labels)
    assert (merged.y.tolist(), merged.names, new) == (
        [0, 0, 1, -1, 0],
        ("cat", "dog"),
        {"Cat": "cat"},
    )
    assert merged_classes(merged) == (merged, {})


def test_the_sentences_show_a_difference_that_cannot_be_seen():
    (note,) = alike_note("classes", ["café", "cafe\u0301", "go\u200bod", "good"], "mend them")
    assert "'café', 'cafe\\u0301'; 'go\\u200bod', 'good' (mend them)" in note
    assert alike_note("classes", ["a", "b"], "mend them") == []
    assert merged_note("classes", {"cafe\u0301": "café"}) == [
        "names of classes mended: 'cafe\\u0301' is 'café'"
    ]
    assert merged_note("classes", {}) == []
    many = [name for n in range(7) for name in (f"a{n}", f"A{n}")]
    assert "'A4' and 2 more groups (" in alike_note("items", many, "mend them")[0]
    assert merged_note("items", one_spelling(many, {}))[0].endswith("'A4' is 'a4' and 2 more")
