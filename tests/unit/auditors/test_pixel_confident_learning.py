"""Pixel confident learning: what it flags, suggests and says, and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.retold import area
from tests.mask_worlds import mask_world, of_maps, wrong_rows

from reliabel.auditors.pixel_confident_learning import audit
from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.ops.confident_parts import confident_parts
from reliabel.ops.pixel_confident import seen_in_regions
from reliabel.ops.regions import painted
from reliabel.prepare.candidate_regions import joined

NAMES = ("sky", "sea", "ship")


@pytest.fixture(scope="module")
def world():
    return mask_world()


def _square(given: int, seen: int) -> tuple[np.ndarray, PixelProbs]:
    """Two pictures of sky and sea; in the first the model sees another class in a square."""
    maps = np.zeros((2, 30, 30), int)
    maps[:, 20:] = 1
    maps[0, 4:14, 4:14] = given
    p = np.full((2, 3, 30, 30), 0.05, np.float32)
    p[np.arange(2)[:, None, None], maps, np.arange(30)[:, None], np.arange(30)] = 0.9
    p[0, :, 4:14, 4:14] = 0.05
    p[0, seen, 4:14, 4:14] = 0.9
    return maps, PixelProbs(p, NAMES)


def test_a_region_of_another_class_is_flagged_with_that_class():
    maps, probs = _square(1, 2)
    maps[1, :2] = 2  # so that the class has pixels of its own
    probs.source[1, :, :2] = [[[0.05]], [[0.05]], [[0.9]]]
    labels = of_maps(maps, NAMES)
    found = audit(labels, pixel_probs=probs)
    assert found.flag.sum() == 1
    row = int(found.flag.argmax())
    assert (labels.units.y[row], found.suggest.units.y[row], found.kind[row]) == (
        1,
        2,
        "wrong class",
    )
    assert found.info["why"][row] == (
        "the model confidently sees another class in over 99 % of its 100 pixels, mostly 'ship' "
        "(90 %; 'sea' 5 %)"
    )
    assert found.info["pictures"][0] > found.info["pictures"][1]
    assert found.info["joint"][2, 1] == 100


def test_a_missing_object_is_a_part_of_what_is_given_there():
    maps, probs = _square(0, 2)
    maps[1, :2] = 2
    probs.source[1, :, :2] = [[[0.05]], [[0.05]], [[0.9]]]
    labels = of_maps(maps, NAMES)
    assert not audit(labels, pixel_probs=probs).flag.any()
    parts = confident_parts(labels, probs)
    assert (parts.y.tolist(), parts.suggest.tolist(), parts.item.tolist()) == ([0], [2], [0])
    more = joined(labels, parts)
    first = more.take(np.array([0]))
    assert np.array_equal(painted(first.units, (30, 30)), maps[0])  # the map is what it was
    found = audit(more, pixel_probs=probs)
    row = int(found.flag.argmax())
    assert found.flag.sum() == 1
    assert (found.kind[row], found.suggest.units.y[row]) == ("wrong part", 2)


def test_what_is_drawn_where_a_model_sees_its_surroundings_is_less_suspect():
    maps, probs = _square(2, 1)  # a ship, taken for the sea by the model, in the sky
    away = audit(of_maps(maps, NAMES), pixel_probs=probs).score.max()
    maps, probs = _square(2, 0)  # a ship where the model sees but the sky around it
    labels = of_maps(maps, NAMES)
    unseen = audit(labels, pixel_probs=probs).score.max()
    assert 0.5 < unseen < away - 0.1
    seen = seen_in_regions(labels, probs)
    row = int((labels.units.y == 2).argmax())
    assert seen.around[row].tolist() == [1, 0, 0]
    assert seen.rest.tolist() == [0] * len(seen.rest)


def test_a_part_counts_by_how_well_the_rest_of_its_region_is_seen():
    maps, probs = _square(0, 2)
    maps[1, :2] = 2  # so that the class has pixels of its own
    probs.source[1, :, :2] = [[[0.05]], [[0.05]], [[0.9]]]
    labels = of_maps(maps, NAMES)
    parts = confident_parts(labels, PixelProbs(probs.source, NAMES))
    more = joined(labels, parts)
    row = int(np.flatnonzero(more.item == 0)[-1])
    sure = seen_in_regions(more, PixelProbs(probs.source, NAMES))
    assert (bool(sure.part[row]), sure.rest[row].round(2)) == (True, 0.9)
    unsure = probs.source.copy()
    unsure[0, 0] = np.where(unsure[0, 0] > 0.5, 0.5, unsure[0, 0])
    before, after = (
        audit(more, pixel_probs=PixelProbs(p, NAMES)).score[row] for p in (probs.source, unsure)
    )
    assert after < before
    unsure[0, 0] = np.where(unsure[0, 0] > 0.4, 0.2, unsure[0, 0])  # the whole region looks wrong
    assert len(confident_parts(labels, PixelProbs(unsure, NAMES))) == 0


def test_single_pixels_within_another_class_are_specks():
    maps, probs = _square(0, 0)
    maps[0, 3, 3] = maps[0, 25, 25:27] = 2
    labels = of_maps(maps, NAMES)
    found = audit(labels, pixel_probs=probs)
    rows = np.flatnonzero(labels.units.y == 2)
    assert [found.kind[row] for row in rows.tolist()] == ["speck", "speck"]
    assert found.suggest.units.y[rows].tolist() == [0, 1]
    maps[0, 26, 25:30] = 0  # between two classes it may be the rest of what another hides
    labels = of_maps(maps, NAMES)
    row = int(np.flatnonzero(labels.units.y == 2)[-1])
    assert np.isnan(audit(labels, pixel_probs=probs).score[row])


def test_instances_may_be_missing_or_stand_where_nothing_is():
    _, probs = _square(1, 0)
    units = Regions([1], [4 * 30 + 4], [6], [0, 1], [[30, 30]], ["sea", "ship"])  # two objects
    labels = Grouped(units, [0, 1, 1])
    probs = PixelProbs(probs.source, ("nothing", "sea", "ship"))
    p = np.array(probs.source)
    p[0, :, 4:14, 4:14] = np.array([0.9, 0.05, 0.05])[:, None, None]
    p[0, :, 4, 4:10] = np.array([0.1, 0.1, 0.8])[:, None]
    p[1, :, 20:, :] = np.array([0.9, 0.05, 0.05])[:, None, None]
    p[1, :, 5:15, 5:15] = np.array([0.05, 0.05, 0.9])[:, None, None]
    p[0, :, 20:, :] = np.array([0.9, 0.05, 0.05])[:, None, None]
    probs = PixelProbs(p, ("nothing", "sea", "ship"))
    parts = confident_parts(labels, probs)
    assert (parts.item.tolist(), parts.y.tolist(), parts.suggest.tolist()) == ([1], [-1], [1])
    found = audit(joined(labels, parts), pixel_probs=probs)
    assert list(found.kind) == ["", "missing"]
    p[0, :, 4, 4:10] = np.array([0.95, 0.04, 0.01])[:, None]
    spurious = audit(labels, pixel_probs=PixelProbs(p, probs.names))
    assert spurious.suggest.units.y.tolist() == [-1]
    assert spurious.score[0] > 0.55  # drawn by somebody, where the model sees none
    assert list(spurious.kind) == ["no object"]


def test_what_touches_is_one_part_and_thin_lines_are_none():
    maps, probs = _square(0, 2)
    p = probs.source
    p[0, :, 4:14, 14:18] = 0.05  # beside the square the model sees the other class
    p[0, 1, 4:14, 14:18] = 0.9
    p[0, :, 16:18] = np.array([0.05, 0.9, 0.05])[:, None, None]  # a line of two pixels
    p[1, :, 2:5] = np.array([0.05, 0.9, 0.05])[:, None, None]  # a band of three
    maps[1, :2] = 2
    p[1, :, :2] = np.array([0.05, 0.05, 0.9])[:, None, None]
    parts = confident_parts(of_maps(maps, NAMES), probs)
    assert parts.item.tolist() == [0, 1]
    assert parts.suggest.tolist() == [2, 1]
    assert parts.length[: parts.offsets[1]].sum() == 140


def test_a_large_region_counts_for_more_than_a_small_one():
    maps, probs = _square(1, 2)
    maps[1, :2] = 2
    probs.source[1, :, :2] = np.array([0.05, 0.05, 0.9])[:, None, None]
    maps[0, 16:18, 4:8] = 1
    probs.source[0, :, 16:18, 4:8] = np.array([0.05, 0.05, 0.9])[:, None, None]
    found = audit(of_maps(maps, NAMES), pixel_probs=probs)
    flagged = np.flatnonzero(found.flag)
    assert len(flagged) == 2
    assert found.score[flagged[0]] > found.score[flagged[1]] > 0.5


def test_planted_errors_of_a_segmenter_are_found(world):
    more = joined(world.labels, confident_parts(world.labels, world.pixel_probs))
    wrong, best = wrong_rows(more, world.truth)
    found = audit(more, pixel_probs=world.pixel_probs)
    assert found.flag[wrong].mean() > 0.75
    assert wrong[found.flag].mean() > 0.6
    hit = wrong & found.flag
    assert (found.suggest.units.y == best)[hit].mean() > 0.9
    told = {kind for kind in found.kind if kind}
    assert told == {"wrong class", "wrong part"}
    bad = np.zeros(len(world.labels), dtype=bool)
    bad[[item for item, _ in world.planted]] = True
    for word in ("pictures", "wrong"):
        assert area(found.info[word], bad) > 0.85


def test_from_disk_from_a_function_and_from_memory_it_is_the_same(world, tmp_path):
    here = audit(world.labels, pixel_probs=world.pixel_probs)
    stack = np.array(world.pixel_probs.source)
    np.save(tmp_path / "all.npy", stack)
    files = []
    for item, p in enumerate(stack):
        np.savez(tmp_path / f"{item}.npz", p)
        files.append(tmp_path / f"{item}.npz")
    for source in (np.load(tmp_path / "all.npy", mmap_mode="r"), files, stack):
        there = audit(world.labels, pixel_probs=PixelProbs(source))
        assert np.array_equal(here.score, there.score, equal_nan=True)
    made = PixelProbs(lambda item: stack[item], count=len(stack))
    assert np.array_equal(audit(world.labels, pixel_probs=made).score, here.score, equal_nan=True)


def test_crowds_ignored_pixels_and_other_shapes_are_left_alone():
    maps, probs = _square(1, 2)
    labels = of_maps(maps, NAMES)
    crowd = np.zeros(len(labels.units), bool)
    crowd[1] = True
    of = labels.units
    crowded = Regions(
        *(of.y, of.start, of.length, of.offsets, of.size, NAMES), crowd, np.ones(len(of))
    )
    found = audit(Grouped(crowded, labels.offsets), pixel_probs=probs)
    assert np.isnan(found.score[1])
    assert not found.flag[1]
    maps[0, 4:14, 4:14] = -1  # ignored, and the model names no class beside those of the labels
    assert len(confident_parts(of_maps(maps, NAMES), probs)) == 0
    other = PixelProbs([probs[0][:, :20], probs[1]], NAMES)
    seen = seen_in_regions(labels, other)
    assert seen.unfit == ((0, (20, 30), (30, 30)),)
    assert np.isnan(audit(labels, pixel_probs=other).score[: labels.offsets[1]]).all()


def test_a_class_that_the_model_does_not_name():
    maps, probs = _square(1, 2)
    named = PixelProbs(probs.source, ("sky", "water", "ship"))
    with pytest.raises(ValueError, match="has no class 'sea', which the labels have"):
        audit(of_maps(maps, NAMES), pixel_probs=named)
