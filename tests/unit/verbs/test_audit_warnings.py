"""What audit says of the labels before anything is judged."""

import numpy as np
import pytest

import reliabel as rl


def said_of(values):
    probs = np.full((len(values), len(set(values))), 1 / len(set(values)))
    return [
        line
        for line in rl.audit(rl.Classes.of(values), probs=probs, by=["self_confidence"]).warnings
        if "class" in line
    ]


def test_classes_that_differ_in_spaces_or_capitals_only_are_named():
    said = said_of(["pos", " pos", "Neg", "neg", "other"] * 4)
    assert [line for line in said if "differ only in spaces" in line] == [
        "classes that differ only in spaces, capitals, Unicode form or letters that cannot be seen "
        "count as different: ' pos', 'pos'; 'Neg', 'neg' (are they meant to be the same? "
        "merge_alike=True of rl.read makes one of them)"
    ]
    assert not [line for line in said_of(["pos", "neg"] * 8) if "differ only in spaces" in line]


def test_one_class_with_one_item_is_told_in_the_singular():
    assert [
        line
        for line in said_of(["a"] * 9 + ["b"] * 9 + ["c"])
        if line.startswith("1 class has one item only ('c')")
    ]
    assert [
        line
        for line in said_of(["a"] * 9 + ["b"] * 9 + ["c", "d"])
        if line.startswith("2 classes have one item only ('c', 'd')")
    ]


@pytest.mark.parametrize(
    ("labels", "lacks"),
    [
        (rl.Classes([], ["a", "b"]), "items"),
        (rl.Numbers(np.zeros(0)), "items"),
        (rl.MultiLabel(np.zeros((9, 0), dtype=int)), "classes"),
    ],
)
def test_labels_of_nothing_are_refused(labels, lacks):
    with pytest.raises(ValueError, match=f"there is nothing to audit: .* has no {lacks}"):
        rl.audit(labels, features=np.zeros((len(labels), 3)))
