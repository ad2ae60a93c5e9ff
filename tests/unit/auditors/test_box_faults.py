"""box_faults: each fault on a worked picture, bad input that must not crash, crowds and points."""

import numpy as np
import pytest

from reliabel.auditors import box_faults
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes

SIZE = np.array([[100, 200]])  # height and width
GOOD = [10, 10, 40, 40]


def faults(boxes, y=None, crowd=None, sizes=SIZE):
    y = [0] * len(boxes) if y is None else y
    labels = Grouped(Boxes(np.array(boxes, float), y, ["cat", "dog"], crowd=crowd), [0, len(boxes)])
    return box_faults.audit(labels, sizes=sizes)


@pytest.mark.parametrize(
    ("box", "kind", "mend"),
    [
        (GOOD, None, None),
        ([40, 10, 10, 40], "swapped corners", "cat 10,10,40,40"),
        ([10, 40, 40, 10], "swapped corners", "cat 10,10,40,40"),
        ([10, 10, 10, 40], "no size", None),
        ([10, 10, np.nan, 40], "not a number", None),
        ([10, 10, np.inf, 40], "not a number", None),
        ([-9, 10, 40, 40], "over the edge", "cat 0,10,40,40"),
        ([-1.5, 10, 40, 40], None, None),
        ([150, 10, 230, 40], "over the edge", "cat 150,10,200,40"),
        ([250, 10, 290, 40], "outside", None),
        ([-90, 10, -40, 40], "outside", None),
        ([10, 10, 11.5, 12], "tiny", None),
        ([0, 50, 180, 53], "odd shape", None),
    ],
)
def test_each_fault_of_one_box(box, kind, mend):
    found = faults([[50, 60, 90, 90], box])
    assert list(found.kind) == ([] if kind is None else [kind])
    if kind is not None:
        assert found.suggest[0] == mend
        assert found.where[0]["unit"] == 1
        assert ("box" in found.where[0]) == np.isfinite(box).all()


def test_doubles_and_conflicts_name_the_other_box():
    close = [10, 10, 40, 39.5]
    found = faults([GOOD, GOOD, close], [0, 0, 1])
    assert list(found.kind) == ["duplicate", "conflict"]
    assert found.where[1]["other_box"] == GOOD
    assert found.why[0] == "it overlaps another box of 'cat' by 100 %"


def test_the_whole_picture_is_odd_where_its_class_seldom_is():
    boxes = [[i, i, i + 20, i + 20] for i in range(0, 60, 8)]
    found = faults([*boxes, [0, 0, 200, 100]])
    assert "whole picture" in found.kind
    assert "whole picture" not in faults([[0, 0, 200, 100]]).kind


def test_an_odd_size_for_its_class():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 50, (60, 2))
    boxes = np.hstack([corner, corner + rng.uniform(9, 11, (60, 2))])
    boxes[7] = [0, 0, 150, 90]
    found = faults(boxes)
    odd = [w["unit"] for w, kind in zip(found.where, found.kind, strict=True) if kind == "odd size"]
    assert odd == [7]


def test_crowds_may_hold_boxes_but_must_be_boxes():
    found = faults([GOOD, GOOD, [30, 0, 10, 9]], crowd=[False, True, True])
    assert list(found.kind) == ["swapped corners"]


def test_points_are_no_boxes_without_a_size():
    assert list(faults([[i, i, i, i] for i in range(20)]).kind) == []


def test_sizes_are_not_needed():
    assert list(faults([[-9, 10, 40, 40], [900, 10, 950, 40]], sizes=None).kind) == [
        "over the edge"
    ]


def test_many_faults_of_a_kind_are_one_at_last():
    found = faults([[40, 10, 10, 40 + i / 1e4] for i in range(1005)])
    assert len(found.kind) == 1001
    assert found.why[-1] == "5 more boxes like this"


def test_pictures_without_boxes_and_classes_without_boxes_are_told():
    labels = Grouped(Boxes([GOOD], [1], ["cat", "dog", "elk"]), [0, 0, 1, 1])
    found = box_faults.audit(labels)
    assert found.info == {"classes without a box": ["cat", "elk"], "pictures without a box": 2}
