"""boxes: each kind of error is what it says, is there as often as asked, and is told in the log."""

import numpy as np
import pytest

from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.corrupters import boxes
from reliabel.ops.match import iou, overlaps

PARTS = ("missing", "shifted", "wrong_class", "doubled", "too_large", "bogus")
N, SIZE = 300, (100, 160)  # pictures, height and width


def pictures():
    """Pictures with a box in each of three columns."""
    rng = np.random.default_rng(0)
    start = rng.uniform(2, 12, (N, 3, 2)) + np.array([[0, 0], [55, 20], [105, 40]])
    side = rng.uniform(15, 35, (N, 3, 2))
    xyxy = np.concatenate([start, start + side], 2).reshape(-1, 4)
    y = rng.integers(0, 4, 3 * N)
    crowd = np.arange(3 * N) % 30 == 0
    return Grouped(Boxes(xyxy, y, tuple("abcd"), crowd=crowd), 3 * np.arange(N + 1))


def made(seed=0, **options):
    labels = pictures()
    sizes = np.tile(SIZE, (N, 1))
    return labels, boxes.corrupt(labels, sizes=sizes, rng=np.random.default_rng(seed), **options)


def test_each_kind_is_what_it_says():
    truth, found = made(rate=0.6)
    units, kinds = found.labels.units, np.array(found.info["kinds"])
    before = overlaps(units.xyxy, found.labels.offsets, truth.units.xyxy, truth.offsets)
    best = np.zeros(len(units))
    np.maximum.at(best, before.mine, before.iou)
    assert (best[(kinds == "") | (kinds == "wrong class")] == 1).all()
    assert (best[(kinds == "shifted") | (kinds == "too large")] <= boxes.FAR).all()
    assert (best[kinds == "doubled"] > 0.8).all()
    assert (best[kinds == "bogus"] < boxes.FREE).all()
    assert (found.wrong == (kinds != "")).all()
    assert not found.wrong[units.crowd].any()
    assert (units.xyxy >= 0).all()
    assert (units.xyxy <= np.array([160, 100, 160, 100])).all()
    gone = found.info["missing"]
    again = overlaps(gone.units.xyxy, gone.offsets, truth.units.xyxy, truth.offsets, 0.999)
    assert len(again) == len(gone.units) == found.info["planted"]["missing"]


def test_a_doubled_box_names_its_twin():
    _, found = made(rate=0.3)
    twin, kinds = found.info["twin"], np.array(found.info["kinds"])
    both = np.flatnonzero(twin >= 0)
    assert (kinds[both] == "doubled").all()
    units = found.labels.units
    assert (units.y[both] == units.y[twin[both]]).all()
    assert (iou(units.xyxy[both], units.xyxy[twin[both]]) > 0.8).all()


def test_the_log_tells_each_edit_once():
    truth, found = made(rate=0.4)
    log, units = found.info["log"], found.labels.units
    assert len(log) == sum(found.info["planted"].values())
    for edit in log:
        if edit["kind"] == "missing":
            assert edit["row"] is None and edit["after"] is None  # noqa: PT018
            continue
        assert found.info["kinds"][edit["row"]] == edit["kind"]
        assert found.labels.item[edit["row"]] == edit["item"]
        now = {"class": units.names[units.y[edit["row"]]], "box": edit["after"]["box"]}
        assert edit["after"] == now
        assert (edit["before"] is None) == (edit["kind"] == "bogus")
    rate = found.info["realised_rate"]
    assert rate == len(log) / len(truth.units)
    assert 0.35 < rate <= 0.4


@pytest.mark.parametrize("kind", PARTS)
def test_one_kind_alone_at_its_rate(kind):
    _, found = made(rate=0.1, **{**dict.fromkeys(PARTS, 0.0), kind: 1.0})
    planted = found.info["planted"]
    assert planted.pop(kind.replace("_", " ")) == 87  # a tenth of 870 boxes that are no crowds
    assert not any(planted.values())


def test_other_classes_come_from_the_matrix_and_one_class_cannot_be_another():
    matrix = np.eye(4)[[1, 2, 3, 0]] * 0.5 + np.eye(4) * 0.5
    only = {**dict.fromkeys(PARTS, 0.0), "wrong_class": 1.0}
    truth, found = made(rate=0.5, noise_matrix=matrix, **only)
    assert (found.labels.units.y[found.wrong] == (truth.units.y[found.wrong] + 1) % 4).all()
    one = Grouped(Boxes([[0, 0, 9, 9]], [0], ["a"]), [0, 1])
    rng = np.random.default_rng(0)
    assert not boxes.corrupt(one, rng=rng, rate=1.0, **only).wrong.any()


def test_same_seed_same_errors_and_bad_boxes_stay():
    assert made(5, rate=0.3)[1].info["log"] == made(5, rate=0.3)[1].info["log"]
    bad = Boxes([[9, 9, 2, 2], [np.nan, 0, 5, 5], [0, 0, 5, 5]], [0, 1, 0], ["a", "b"])
    found = boxes.corrupt(Grouped(bad, [0, 3]), rng=np.random.default_rng(0), rate=1.0)
    assert not found.wrong[:2].any()


@pytest.mark.parametrize(
    ("options", "told"),
    [({"rate": 1.5}, "a share of the boxes"), ({"bogus": -1.0}, "parts of 0 or")],
)
def test_what_makes_no_sense_is_refused(options, told):
    with pytest.raises(ValueError, match=told):
        made(**options)
