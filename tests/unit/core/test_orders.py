"""Comparisons and rankings: what they check, how they are written and read."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.kinds import kind_for
from reliabel.core.order_values import names_in_order

BAD = [
    (lambda: rl.Comparisons([0], [1], [0, 1]), "got 1 left, 1 right, 2 answers"),
    (lambda: rl.Comparisons([0], [0], [0], 2), "have one twice; the first is row 0: '0' beside"),
    (lambda: rl.Comparisons([0], [5], [0], 2), r"must be places of 2 things, 0..1, got 5 .. 5"),
    (lambda: rl.Comparisons([-1], [1], [0], 2), "Comparisons.left must be places of 2 things"),
    (lambda: rl.Comparisons([0], [1], [3]), r"labels must be -1 \(unknown\) or 0..2 .*got \[3\]"),
    (lambda: rl.Comparisons([0], [1], ["left"]), "0 the left thing is better, 1 the right one"),
    (lambda: rl.Comparisons([0], [1], [0], "two"), "n must be the number of things"),
    (lambda: rl.Comparisons([0], [1], [0], 3, ("a", "b")), "2 class names for 3 columns"),
    (lambda: rl.Rankings([0, 1], [0, 1]), r"must rise from 0 to the length of order \(2\), got"),
    (lambda: rl.Rankings([0, 1, 1], [0, 1, 3]), "ranking 1 holds '1' twice"),
    (lambda: rl.Rankings([0, 3], [0, 2], 2), "Rankings.order must be places of 2 things"),
    (lambda: rl.Rankings.of([3.5]), "3.5 is no ranking; write names with > between them"),
    (lambda: rl.Rankings.of([["a", ["b", "c"]]]), "ties cannot be ranked: give them as comparis"),
    (lambda: rl.Rankings.of(["a > > b"]), "has a place with no name in it"),
]


@pytest.mark.parametrize(("make", "sentence"), BAD)
def test_bad_input_gets_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_the_number_of_things_follows_from_what_is_known():
    assert rl.Comparisons([0], [4], [0]).n == 5
    assert rl.Comparisons([0], [1], [0], names=("a", "b", "c")).n == 3
    assert rl.Comparisons([], [], []).n == 0
    assert rl.Rankings([], [0], 3).names == ("0", "1", "2")
    assert rl.Comparisons([0], [1], [0], 4).take(np.array([], int)).n == 4


def test_rankings_are_read_from_text_lists_and_json():
    told = ["b > a>c", ["a", "c"], '["c", "b"]', "['a']", None, "", float("nan"), ("b",)]
    labels = rl.Rankings.of(told)
    assert labels.names == ("a", "b", "c")
    kind = kind_for(labels)
    said = [kind.value(labels, row) for row in range(len(labels))]
    assert said == ["b > a > c", "a > c", "c > b", "a", None, None, None, "b"]
    assert labels.place.tolist() == [0, 1, 2, 0, 1, 0, 1, 0, 0]
    assert names_in_order([{"id": "x", "title": "Ten"}, {"id": "y"}]) == ["x", "y"]
    assert names_in_order([2, 1]) == ["2", "1"]
    assert rl.Rankings.of(["b > a"], ["b", "a", "z"]).n == 3


def test_a_comparison_is_the_same_whichever_thing_stands_first():
    labels = rl.Comparisons([0], [1], [0], names=("a", "b"))
    equal = kind_for(labels).equal
    assert equal(labels, "a > b", "b < a")
    assert equal(labels, "a = b", "b = a")
    assert not equal(labels, "a > b", "b > a")
    assert not equal(labels, "a > b", None)
    with pytest.raises(ValueError, match="compares a thing with itself"):
        kind_for(labels).parsed(labels, "a > a")
    with pytest.raises(ValueError, match="'better' is no comparison; write two names with >"):
        kind_for(labels).parsed(labels, "better")


def test_why_labels_tell_nothing():
    none = rl.Comparisons([0], [1], [-1])
    assert kind_for(none).unfit(none) == "no comparison has an answer"
    empty = rl.Rankings([], [0, 0])
    assert kind_for(empty).unfit(empty) == "every ranking is empty"
    with pytest.raises(ValueError, match="ranks nothing"):
        kind_for(empty).parsed(empty, "")
    two = rl.Rankings.of(["a > b"])
    with pytest.raises(ValueError, match="holds a thing twice"):
        kind_for(two).parsed(two, "a > a")
