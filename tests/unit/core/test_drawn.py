"""Objects of pictures as pages draw them."""

import numpy as np
import pytest
from tests.unit.reporters.made_objects import HEIGHT, WIDTH, boxes_audit, regions_audit

from reliabel.core.drawn import OTHERS, POINTS, Drawings, frame, shows_pictures
from reliabel.core.labels import Classes


def drawings(audit):
    return Drawings(audit.data.labels, audit.data.evidence.get("sizes"))


def test_a_box_is_drawn_as_given_and_as_suggested_among_the_others(tmp_path):
    made = drawings(boxes_audit(tmp_path)).draw(0, "car 20,40,80,90")
    assert (made.width, made.height) == (WIDTH, HEIGHT)
    assert made.given.box == (40, 40, 100, 90)
    assert made.suggest.box == (20, 40, 80, 90)
    assert (made.given.label, made.suggest.label) == ("car", "car")
    assert [one.label for one in made.others] == ["car", "person"]
    left, top, width, height = made.near
    assert left <= 20
    assert left + width >= 100
    assert top <= 40
    assert top + height >= 90
    assert made.movable
    assert not made.missing


def test_a_class_alone_is_suggested_for_the_same_box_and_a_missing_object_has_nothing_given(
    tmp_path,
):
    of = drawings(boxes_audit(tmp_path))
    other = of.draw(1, "person")
    assert other.suggest.box == other.given.box
    missing = of.draw(3, "car 200,100,260,160")
    assert missing.missing
    assert missing.given is None
    assert missing.suggest.box == (200, 100, 260, 160)
    assert of.draw(4).suggest is None
    assert all(one.label for one in missing.others)


def test_a_region_has_its_outline(tmp_path):
    made = drawings(regions_audit(tmp_path)).draw(1, "person")
    assert (made.width, made.height) == (WIDTH, HEIGHT)
    assert set(made.given.outline[0]) == {150, 50, 190, 120}
    assert made.suggest.outline == made.given.outline
    assert made.suggest.label == "person"
    assert not made.movable


@pytest.mark.parametrize(
    "box", [(np.nan, 0, 9, 9), (-50, -50, -10, -10), (90, 80, 10, 20), (5, 5, 5, 5), (0, 0, 1e9, 9)]
)
def test_a_sick_box_is_drawn_as_far_as_it_can_be(tmp_path, box):
    of = drawings(boxes_audit(tmp_path, sick=[box]))
    made = of.draw(of.layout.rows - 1)
    assert not made.missing
    left, top, width, height = made.near
    assert 0 <= left <= left + width <= WIDTH
    assert 0 <= top <= top + height <= HEIGHT
    if np.isnan(box).any():
        assert made.given is None
    else:
        assert made.given.box[0] <= made.given.box[2]


def test_without_sizes_a_picture_is_as_large_as_it_is_said_to_be_or_as_its_objects_reach(tmp_path):
    of = drawings(boxes_audit(tmp_path, sizes=False))
    assert of.size(0) is None
    assert (of.draw(0).width, of.draw(0).height) == (300, 220)
    sized = of.draw(0, None, (640, 480))
    assert (sized.width, sized.height) == (640, 480)


def test_of_many_other_objects_the_nearest_are_drawn_and_outlines_are_bounded(tmp_path):
    more = [(2, (x, y, x + 9, y + 9), 0) for x in range(0, 300, 20) for y in range(0, 220, 20)]
    for made in (boxes_audit, regions_audit):
        of = drawings(made(tmp_path, more=more))
        first = of.layout.row(2, None)
        drawn = of.draw(first)
        assert len(drawn.others) == OTHERS
        assert drawn.left == len(more) - OTHERS
        assert sum(len(ring) for one in drawn.others for ring in one.outline) <= 2 * POINTS


def test_the_frame_stays_within_the_picture():
    assert frame([], 100, 50) == (0, 0, 100, 50)
    assert frame([(90, 40, 100, 50)], 100, 50) == (52, 2, 48, 48)
    assert frame([(200, 10, 220, 20)], 100, 50) == (0, 0, 100, 50)


def test_labels_of_whole_items_are_no_objects(tmp_path):
    assert not Drawings(Classes([0, 1], ("a", "b")))
    assert Drawings(Classes([0, 1], ("a", "b"))).draw(0) is None
    assert shows_pictures(boxes_audit(tmp_path).data)
