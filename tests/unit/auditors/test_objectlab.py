"""objectlab: the published scores by hand, and the same at any size of the picture.  The peer's own
numbers stand in tests/golden.
"""

import numpy as np
import pytest

from reliabel.auditors import objectlab
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.ops.objectlab import qualities

NAMES = ("a", "b", "c")
GIVEN = Grouped(Boxes([[0, 0, 100, 100]], [0], NAMES), [0, 1])


def seen(boxes, y, score):
    return Grouped(Boxes(boxes, y, NAMES, score), [0, len(boxes)])


def test_the_worked_example_of_each_score():
    boxes = [[0, 0, 100, 100], [25, 0, 125, 100], [900, 0, 1000, 100]]
    predicted = seen(boxes, [1, 0, 2], [0.99, 0.9, 0.99])
    found = qualities(GIVEN, predicted, None, predicted.units.score)
    least = 0.1 * np.exp(-0.1 * 900)  # the least likeness above 0: that of the far box
    assert found.swapped[0] == pytest.approx(least)  # the same box, of another class
    assert found.placed[0] == pytest.approx(0.9 * 0.6 + 0.1 * np.exp(-2.5))
    assert found.overlooked[2] == pytest.approx(least * 0.01)
    assert np.isnan(found.overlooked[:2]).all()
    assert (found.placed_by[0], found.swapped_by[0]) == (1, 0)


def test_scores_do_not_depend_on_the_size_of_the_picture():
    boxes = np.array([[10.0, 0, 110, 100], [400, 300, 500, 400]])
    scores = []
    for scale in (1, 4):
        predicted = seen(boxes * scale, [0, 1], [0.97, 0.99])
        given = Grouped(Boxes(GIVEN.units.xyxy * scale, [0], NAMES), [0, 1])
        sizes = np.array([[480, 640]]) * scale
        found = objectlab.audit(given, predicted=predicted, sizes=sizes)
        scores.append(found.info["pictures"][0])
        exact = objectlab.audit(given, predicted=predicted, exact=True)
        assert (exact.info["pictures"][0] == pytest.approx(scores[0])) == (scale == 1)
    assert scores[0] == pytest.approx(scores[1])


def test_boxes_of_two_classes_on_each_other_are_swapped():
    both = Grouped(Boxes([[0, 0, 100, 100], [0, 0, 100, 99]], [0, 1], NAMES), [0, 2])
    found = objectlab.audit(both, predicted=seen([[0, 0, 100, 100]], [0], [0.9]), exact=True)
    assert list(found.kind) == ["wrong class", "wrong class"]


def test_a_detector_that_is_never_sure_is_asked_all_the_same():
    boxes = np.array([[0, 0, 10, 10], [20, 0, 30, 10.0]] * 20)
    item = np.arange(21) * 2
    given = Grouped(Boxes(boxes, [0, 1] * 19 + [0, 2], NAMES), item)
    predicted = Grouped(Boxes(boxes, [0, 1] * 20, NAMES, np.linspace(0.3, 0.6, 40)), item)
    assert objectlab.audit(given, predicted=predicted, exact=True).score.max() == 0
    found = objectlab.audit(given, predicted=predicted)
    assert found.info["sure"] < 0.6
    assert found.score.argmax() == 39
