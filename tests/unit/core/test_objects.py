"""Boxes and regions: what their values say, where they lie, and how they are changed."""

import json

import numpy as np
import pytest

from reliabel.core.box_values import box_parts, box_place, box_text
from reliabel.core.dataset import Dataset
from reliabel.core.findings import label_findings
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes, Regions
from reliabel.core.outlines import outline
from reliabel.core.packing import pack, unpack
from reliabel.core.results import Suspicion

NAN = float("nan")
NAMES = ("cat", "dog 1,2,3,4")
BOXES = Boxes([[1, 2, 3, 4], [0.004, -0.001, 1e6, 5], [NAN, 0, 1, 1]], [0, 1, -1], NAMES)


def test_numbers_are_written_to_two_decimals_and_read_back():
    kind = kind_for(BOXES)
    assert kind.value(BOXES, 1) == "dog 1,2,3,4 0,0,1000000,5"
    assert box_parts("dog 1,2,3,4 0,0,1000000,5") == ("dog 1,2,3,4", (0.0, 0.0, 1e6, 5.0))
    assert box_text("car", (NAN, 1, 2, 3.456)) == "car nan,1,2,3.46"
    assert box_parts("a car") == ("a car", None)
    assert kind.parsed(BOXES, "cat 1, 2, 3.0, 4.5") == "cat 1,2,3,4.5"
    assert kind.parsed(BOXES, "dog 1,2,3,4") == "dog 1,2,3,4"  # a class, whatever it looks like


def test_a_class_alone_keeps_the_box_and_adds_it_where_none_is_given():
    kind = kind_for(BOXES)
    changed = kind.changed(BOXES, {1: "cat", 2: "cat", 0: None})
    assert changed.y.tolist() == [-1, 0, 0]
    assert np.array_equal(changed.xyxy, BOXES.xyxy, equal_nan=True)
    moved = kind.changed(BOXES, {0: "cat 1,2,3,9", 1: "dog 1,2,3,4 0,0,1000000,5"})
    assert moved.xyxy[0].tolist() == [1, 2, 3, 9]
    assert moved.xyxy[1].tolist() == BOXES.xyxy[1].tolist()  # the same box, to its decimals
    assert kind.equal(BOXES, "cat", "cat 1,2,3,4")
    assert not kind.equal(BOXES, "cat 1,2,3,5", "cat 1,2,3,4")


@pytest.mark.parametrize("text", ["cat 5,1,4,2", "cat 1,5,2,4", "cat nan,1,2,3", "cat 1,2,inf,3"])
def test_a_decision_is_a_box_with_its_corners_in_order(text):
    with pytest.raises(ValueError, match="is no box: right must not lie left of left"):
        kind_for(BOXES).parsed(BOXES, text)


def test_where_a_box_and_its_suggestion_lie():
    assert box_place(BOXES, 0, None) == {"box": [1, 2, 3, 4]}
    assert box_place(BOXES, 0, "cat 1,2,3,4") == {"box": [1, 2, 3, 4]}
    assert box_place(BOXES, 0, "cat 1,2,3,9")["suggest_box"] == [1, 2, 3, 9]
    assert box_place(BOXES, 2, None) is None


def test_a_finding_says_where_and_its_json_is_plain():
    labels = Grouped(BOXES, [0, 1, 3])
    suggest = Boxes([[1, 2, 3, 9], *BOXES.xyxy[1:]], BOXES.y, NAMES)
    said = Suspicion(np.array([0.9, 0.2, NAN]), suggest=Grouped(suggest, labels.offsets))
    found = label_findings(Dataset(labels), {"a": said}, said.score)
    assert [one.where for one in found] == [
        {"box": [1.0, 2.0, 3.0, 4.0], "suggest_box": [1.0, 2.0, 3.0, 9.0]},
        {"box": [0.0, 0.0, 1e6, 5.0]},
    ]
    assert (found[0].item, found[0].unit, found[0].suggest) == (0, 0, "cat 1,2,3,9")
    json.dumps([one.where for one in found], allow_nan=False)


def square(size=8):
    """A ring: a square of 6 x 6 pixels with a hole of 2 x 2, in 8 x 8."""
    mask = np.zeros((size, size), dtype=bool)
    mask[1:7, 1:7] = True
    mask[3:5, 3:5] = False
    return mask


def runs(mask):
    edges = np.diff(np.pad(mask.ravel().astype(int), 1))
    start = np.flatnonzero(edges == 1)
    return start, np.flatnonzero(edges == -1) - start


def test_the_outline_of_a_ring_has_two_polygons():
    box, polygons = outline(*runs(square()), 8)
    assert box == [1, 1, 7, 7]
    assert polygons == [[1, 1, 7, 1, 7, 7, 1, 7], [3, 5, 5, 5, 5, 3, 3, 3]]


def test_parts_that_touch_at_a_corner_are_polygons_of_their_own():
    box, polygons = outline(*runs(np.eye(3, dtype=bool)), 3)
    assert box == [0, 0, 3, 3]
    assert sorted(polygons) == [[k, k, k + 1, k, k + 1, k + 1, k, k + 1] for k in range(3)]


def test_a_long_outline_has_few_corners_and_covers_the_region():
    from PIL import Image, ImageDraw

    y, x = np.mgrid[:300, :400]
    disc = (y - 150) ** 2 + (x - 200) ** 2 < 140**2
    _, polygons = outline(*runs(disc), 400)
    assert sum(map(len, polygons)) <= 400
    drawn = Image.new("1", (400, 300))
    ImageDraw.Draw(drawn).polygon(polygons[0], fill=1)
    both = np.asarray(drawn)
    assert (both & disc).sum() / (both | disc).sum() > 0.97
    speckle = np.random.default_rng(0).random((60, 60)) < 0.5
    assert len(outline(*runs(speckle), 60)[1]) <= 12


def test_runs_over_the_end_of_a_row_are_the_same_region():
    assert outline(np.array([2]), np.array([4]), 4)[0] == [0, 0, 4, 2]


def test_regions_are_taken_with_their_runs_and_say_where_they_lie():
    start, length = runs(square())
    flat = Regions(
        [1, 0, -1],
        [*start, 0, 5],
        [*length, 64, 3],
        [0, len(start), len(start) + 1, len(start) + 2],
        [[8, 8]] * 3,
        ("sky", "car"),
        crowd=[False, True, False],
    )
    assert flat.area.tolist() == [32, 64, 3]
    part = flat.take(np.array([2, 0]))
    assert part.area.tolist() == [3, 32]
    assert part.start.tolist() == [5, *start]
    assert part.crowd.tolist() == [False, False]
    kind = kind_for(Grouped(flat, [0, 2, 3]))
    assert (kind.task, kind.p_wrong, kind.objects) == ("segmentation", "regions", True)
    where = kind.place(Grouped(flat, [0, 2, 3]), 0, None)
    assert (where["box"], where["area"], len(where["outline"])) == ([1, 1, 7, 7], 32, 2)
    changed = kind.changed(Grouped(flat, [0, 2, 3]), {2: "sky", 1: None})
    assert changed.units.y.tolist() == [1, -1, 0]
    assert changed.units.area.tolist() == flat.area.tolist()
    empty = Regions([0], [], [], [0, 0], [[4, 4]], ("a",))
    assert kind_for(empty).place(empty, 0, None) is None


def test_they_are_kept_on_disk_with_scores_and_crowds():
    kept = []
    scored = Boxes([[0, 0, 1, 1]], [0], ("a",), [0.5], [True])
    form = pack(Grouped(scored, [0, 1]), lambda array: str(kept.append(array) or len(kept) - 1))
    back = unpack(form, lambda name: kept[int(name)]).units
    assert (back.score.tolist(), back.crowd.tolist()) == ([0.5], [True])
    assert back.take(np.array([True])).crowd.tolist() == [True]


def test_warnings_of_no_object_and_of_like_names():
    kind = kind_for(BOXES)
    none = Boxes([], [], ("a",))
    assert kind.unfit(none) == "no picture has a box"
    assert "only missing" in kind.warnings(none)[0]
    alike = Boxes([[0, 0, 1, 1]] * 2, [0, 1], ("Car", "car"))
    assert "'Car', 'car'" in kind.warnings(alike)[0] or "Car" in kind.warnings(alike)[0]
