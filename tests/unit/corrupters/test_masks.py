"""masks: each kind of error is what it says, is there as often as asked, and is measured."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion
from tests.unit.auditors.planted_masks import labels_of, maps_of, truth

from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.corrupters import masks
from reliabel.ops.mask_noise import apart
from reliabel.ops.regions import areas, mask_of, masks_runs

PARTS = (
    *("eroded", "dilated", "shifted", "approximated", "jittered", "polygon"),
    *("missing", "merged", "wrong_class"),
)
SIDE = 80


def objects(n: int = 60, seed: int = 0) -> Grouped[Regions]:
    """Pictures with three objects on no ground: two discs and a box."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE]
    found = []
    for _ in range(n):
        for cy, cx in ((20, 20), (56, 24)):
            r = rng.integers(9, 13)
            found.append((y - cy) ** 2 + (x - cx) ** 2 <= r**2)
        top, left = rng.integers(10, 30), rng.integers(46, 54)
        found.append((y >= top) & (y < top + 30) & (x >= left) & (x < left + 22))
    runs = masks_runs(np.array(found))
    code = rng.integers(0, 3, 3 * n)
    sizes = np.full((3 * n, 2), SIDE)
    units = Regions(code, runs.start, runs.length, runs.offsets, sizes, ("a", "b", "c"))
    return Grouped(units, 3 * np.arange(n + 1))


def alone(kind: str) -> dict[str, float]:
    return {part: float(part == kind) for part in PARTS}


def corrupted(labels, seed=0, **options):
    return masks.corrupt(labels, rng=np.random.default_rng(seed), **options)


def pairs(labels, found):
    """Mask before and after, and kind, of each region where none went."""
    size = (SIDE, SIDE)
    for row, kind in enumerate(found.info["kinds"]):
        yield mask_of(labels.units, row, size), mask_of(found.labels.units, row, size), kind


@pytest.mark.parametrize("kind", PARTS)
def test_one_kind_alone_at_its_rate(kind):
    labels = objects()
    found = corrupted(labels, rate=0.2, **alone(kind))
    name = kind.replace("_", " ")
    planted = dict(found.info["planted"])
    done = planted.pop(name)
    # a box is what its corners say, and a region whose neighbours are taken merges with none
    assert done == 36 or (kind in ("approximated", "merged") and 18 < done < 36)
    assert sum(planted.values()) == (done if kind == "merged" else 0)  # the others are gone
    if kind in ("missing", "merged"):
        assert len(found.labels.units) == 180 - done
        assert len(found.info["missing"].units) == done
    else:
        assert found.info["realised_rate"] == pytest.approx(done / 180)
        assert found.wrong.sum() == done
    assert len(found.labels) == len(labels)


def test_each_shape_is_what_it_says():
    labels = objects()
    disc = np.hypot(*np.mgrid[-3:4, -3:4]) <= 3
    rule = {
        "eroded": lambda a, b: (binary_erosion(a, disc, border_value=1) == b).all(),
        "dilated": lambda a, b: (binary_dilation(a, disc) == b).all(),
        "shifted": lambda a, b: a.sum() == b.sum() and (a != b).any(),
        "approximated": lambda a, b: apart(a, b)[1] <= 5,
        "jittered": lambda a, b: 0.3 < apart(a, b)[0] < 1,
        "polygon": lambda a, b: 0.5 < apart(a, b)[0] < 1,
    }
    for kind, holds in rule.items():
        found = corrupted(labels, rate=0.2, **alone(kind))
        for before, after, sort in pairs(labels, found):
            assert holds(before, after) if sort else (before == after).all(), kind


def test_merged_regions_are_their_union_and_prefer_their_class():
    labels = objects()
    found = corrupted(labels, rate=0.1, **alone("merged"))
    kinds = np.array(found.info["kinds"])
    merged, gone = found.labels.units.take(kinds == "merged"), found.info["missing"].units
    total = int(areas(labels.units).sum())
    assert int(areas(found.labels.units).sum()) == total  # objects do not overlap
    assert areas(merged).min() > areas(gone).min()


def test_classes_are_others_and_shapes_stay():
    labels = objects()
    found = corrupted(labels, rate=0.3, **alone("wrong_class"))
    differs = found.labels.units.y != labels.units.y
    assert (differs == found.wrong).all()
    assert (found.labels.units.start == labels.units.start).all()
    matrix = found.info["realised_matrix"]
    assert matrix.sum(1) == pytest.approx(1)
    assert 1 - np.diag(matrix).mean() == pytest.approx(0.3, abs=0.1)


def test_noise_is_measured_by_kind_and_class():
    labels = objects()
    found = corrupted(labels, rate=0.5, **alone("dilated"), radius=3)
    told = [apart(a, b) for a, b, kind in pairs(labels, found) if kind]
    assert found.info["overlap"]["dilated"] == pytest.approx(
        np.mean([t[0] for t in told]), abs=1e-4
    )
    assert found.info["displacement"]["dilated"] == pytest.approx(3, abs=0.3)
    assert {"a", "b", "c"} <= found.info["overlap"].keys()
    far = corrupted(labels, rate=0.5, **alone("dilated"), radius=6)
    assert far.info["overlap"]["dilated"] < found.info["overlap"]["dilated"] - 0.1


@pytest.mark.parametrize(
    ("level", "spatial", "flips"), [("easy", 0.6, 0.2), ("medium", 0.75, 0.3), ("hard", 0.9, 0.4)]
)
def test_levels_of_coco_n(level, spatial, flips):
    """Shares of the kinds, and flips that draw the own class as well: r (k - 1) / k."""
    labels = objects(100)
    found = corrupted(labels, level=level)
    n, planted = len(labels.units), found.info["planted"]
    each = spatial / 3
    for kind in ("jittered", "resized"):
        lost = planted["missing"]
        assert abs(planted[kind] + lost / 2 - each * n) < 4 * np.sqrt(n * each) + lost
    assert planted["approximated"] > 0
    matrix = found.info["realised_matrix"]
    assert 1 - np.diag(matrix).mean() == pytest.approx(flips * 2 / 3, abs=0.06)
    assert set(planted) - {kind for kind, count in planted.items() if count} >= {
        *("eroded", "dilated", "shifted", "polygon", "merged")
    }


def test_levels_grow():
    labels = objects(40)
    overlap = [
        np.mean(list(corrupted(labels, level=level).info["overlap"].values()))
        for level in ("easy", "medium", "hard")
    ]
    assert overlap[0] > overlap[1] > overlap[2]


def test_a_region_that_is_emptied_is_gone():
    runs = masks_runs(np.pad(np.ones((1, 3, 3), bool), ((0, 0), (5, 5), (5, 5))))
    units = Regions([0], runs.start, runs.length, runs.offsets, [[13, 13]], ("a", "b"))
    found = corrupted(Grouped(units, [0, 1]), rate=1.0, **alone("eroded"))
    assert not len(found.labels.units)
    assert found.info["planted"]["missing"] == 1
    assert found.labels.offsets.tolist() == [0, 0]


def test_a_class_map_stays_one():
    rng = np.random.default_rng(0)
    labels = labels_of([truth(rng) for _ in range(20)])
    shapes = dict.fromkeys(PARTS[:6], 1.0) | dict.fromkeys(PARTS[6:], 0.0)
    found = corrupted(labels, rate=0.6, **shapes)
    for before, after in zip(maps_of(labels), maps_of(found.labels), strict=True):
        assert (after >= 0).all()
        assert before.shape == after.shape
    units = found.labels.units
    total = np.bincount(found.labels.item, areas(units), minlength=20)
    assert (total == 64 * 64).all()  # each pixel once
    gone = corrupted(labels, rate=0.3, **alone("missing")).labels
    total = np.bincount(gone.item, areas(gone.units), minlength=20)
    assert (total == np.where(np.diff(gone.offsets) > 0, 64 * 64, 0)).all()


def test_an_eroded_region_of_a_class_map_loses_to_its_neighbours():
    given = np.zeros((40, 40), int)
    given[10:30, 10:30] = 1
    for seed in range(6):
        found = corrupted(labels_of([given]), seed, rate=0.5, radius=2, **alone("eroded"))
        after = maps_of(found.labels)[0]
        if found.info["kinds"] == ["", "eroded"]:
            assert after[12:28, 12:28].all()
            assert after.sum() == 256
            break
    else:
        raise AssertionError("no seed chose the square")


def test_crowds_and_rows_without_a_class_are_left_alone():
    labels = objects(20)
    units = labels.units
    y, crowd = np.array(units.y), np.arange(60) % 3 == 0
    y[1::3] = -1
    marked = Regions(y, units.start, units.length, units.offsets, units.size, units.names, crowd)
    found = corrupted(Grouped(marked, labels.offsets), rate=1.0, **alone("dilated"))
    assert (found.wrong == (np.arange(60) % 3 == 2)).all()
    assert (found.labels.units.crowd == crowd).all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rate": 1.5}, "a share of the regions"),
        ({"eroded": -1.0}, "parts of 0 or more"),
        ({"level": "severe"}, "easy, medium or hard"),
    ],
)
def test_what_makes_no_sense_is_refused(options, told):
    with pytest.raises(ValueError, match=told):
        corrupted(objects(2), **options)


def test_the_seed_says_everything():
    labels = objects(20)
    one, two, other = (corrupted(labels, seed, rate=0.5) for seed in (0, 0, 1))
    assert one.info["kinds"] == two.info["kinds"]
    assert (one.labels.units.start == two.labels.units.start).all()
    assert one.info["kinds"] != other.info["kinds"]


def test_nothing_at_rate_zero():
    labels = objects(3)
    found = corrupted(labels, rate=0.0)
    assert not found.wrong.any()
    assert (found.labels.units.start == labels.units.start).all()


def test_the_log_tells_each_edit():
    labels = objects(20)
    found = corrupted(labels, rate=0.5)
    log, units = found.info["log"], found.labels.units
    assert len(log) == sum(found.info["planted"].values())
    kinds = np.array(found.info["kinds"])
    for edit in log:
        if edit["row"] is None:
            assert edit["after"] is None
            continue
        assert kinds[edit["row"]] == edit["kind"]
        assert edit["after"]["class"] == units.names[units.y[edit["row"]]]
        assert edit["after"]["area"] == areas(units)[edit["row"]]
        assert ("overlap" in edit) == (edit["kind"] != "wrong class")
        assert found.labels.item[edit["row"]] == edit["item"]
