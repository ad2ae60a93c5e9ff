"""point_labels: points of another class, beside their object, and doubles, among right ones."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.auditors.planted_masks import NAMES, labels_of, truth

from reliabel.auditors import point_labels
from reliabel.core.call import why_not
from reliabel.core.catalogue import find
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes

SEEN = np.full((20, 30), -1)
SEEN[5:15, 4:10], SEEN[5:15, 20:26] = 0, 1


def points(xy, y, names=("cow", "hen"), **more):
    corner = np.asarray(xy, float)
    return Grouped(Boxes(np.hstack([corner, corner]), y, names, **more), [0, len(y)])


@pytest.mark.parametrize(
    ("xy", "y", "score", "kind", "mend"),
    [
        ((5, 6), 0, 0.0, "", 0),
        ((21, 6), 0, 1.0, "class", 1),
        ((14, 10), 0, 5 / 15, "", 0),  # 5 pixels beside its cow
        ((19, 19), 0, None, "place", 0),
        ((40, 6), 0, np.nan, "", 0),  # off the picture
        ((np.nan, 6), 0, np.nan, "", 0),
    ],
)
def test_a_point_by_where_it_lies(xy, y, score, kind, mend):
    seen = labels_of([SEEN], ("cow", "hen"))
    found = point_labels.audit(points([xy], [y]), predicted=seen)
    if score is not None:
        assert found.score[0] == pytest.approx(score, nan_ok=True)
    assert found.kind == [kind]
    assert found.suggest.units.y.tolist() == [mend]


def test_doubles_boxes_crowds_and_empty_regions():
    seen = labels_of([SEEN], ("cow", "hen"))
    twice = point_labels.audit(points([(5, 6), (8, 8)], [0, 0]), predicted=seen)
    assert twice.score.tolist() == [0.0, 0.5]
    assert twice.kind == ["", "double"]
    assert twice.info["empty"] == {"cow": 0, "hen": 1}
    crowd = point_labels.audit(points([(21, 6)], [0], crowd=[True]), predicted=seen)
    assert np.isnan(crowd.score[0])
    box = Grouped(Boxes([[4, 5, 10, 15]], [1], ("cow", "hen")), [0, 1])
    assert np.isnan(point_labels.audit(box, predicted=seen).score[0])
    with pytest.raises(ValueError, match="predicted regions"):
        point_labels.audit(box, predicted=box)


def test_wrong_classes_are_found_in_pictures():
    rng = np.random.default_rng(0)
    maps = [truth(rng) for _ in range(40)]
    seen = labels_of([np.where(m > 0, m, -1) for m in maps])
    xy, y = [], []
    for m in maps:
        for c in (1, 2):
            rows, columns = np.nonzero(m == c)
            at = rng.integers(len(rows))
            xy.append((columns[at], rows[at]))
            y.append(c)
    wrong = np.arange(80) % 10 == 0
    code = np.where(wrong, 3 - np.array(y), y)
    corner = np.array(xy, float)
    given = Grouped(Boxes(np.hstack([corner, corner]), code, NAMES), 2 * np.arange(41))
    found = point_labels.audit(given, predicted=seen)
    assert (found.flag == wrong).all()
    assert (found.suggest.units.y == y).all()


def test_auditors_of_boxes_do_not_read_predicted_regions():
    seen = labels_of([SEEN], ("cow", "hen"))
    given, evidence = points([(5, 6)], [0]), {"predicted": seen}
    assert why_not(find("audit", "point_labels"), given, evidence, "native") is None
    told = why_not(find("audit", "object_scores"), given, evidence, "native")
    assert told == "needs predicted Boxes, got Regions"
    evidence = {"predicted": given}
    told = why_not(find("audit", "point_labels"), given, evidence, "native")
    assert told == "needs predicted Regions, got Boxes"
