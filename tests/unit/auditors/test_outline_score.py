"""outline_score: coarse outlines score higher than true ones, whatever their size."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.retold import area
from tests.unit.auditors.planted_masks import coarse, labels_of, probs, truth

from reliabel.auditors import outline_score
from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.ops.regions import masks_runs


def square(left, top, side, size=60):
    mask = np.full((size, size), -1)
    mask[top : top + side, left : left + side] = 0
    return mask


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    true = [truth(rng) for _ in range(30)]
    bad = np.arange(30) % 3 == 0
    given = labels_of([coarse(one, rng) if b else one for one, b in zip(true, bad, strict=True)])
    p = PixelProbs([probs(one, rng) for one in true], ("ground", "ball", "box"))
    return given, labels_of(true), p, bad[given.item] & (given.units.y > 0)


@pytest.mark.parametrize("way", ["pixel_probs", "predicted"])
def test_coarse_outlines_rank_above_true_ones(pictures, way):
    given, true, p, bad = pictures
    found = outline_score.audit(given, **{way: p if way == "pixel_probs" else true})
    objects = given.units.y > 0
    assert area(found.score[objects], bad[objects]) >= 0.95


def test_the_score_does_not_depend_on_size():
    """The same square by a tenth of its side too far to the right."""
    scores = []
    for side in (20, 40, 80):
        given, seen = (
            labels_of([square(10 + by, 10, side, 120)], ("car",)) for by in (side // 10, 0)
        )
        scores.append(outline_score.audit(given, predicted=seen).score[0])
    assert np.ptp(scores) < 0.1
    assert min(scores) > 0.3


def test_another_class_and_no_region_are_unseen():
    given = labels_of([square(5, 5, 20)], ("car",))
    other = labels_of([square(5, 5, 20)], ("bus",))
    none = Grouped(Regions([], [], [], [0], [], ["car"]), [0, 0])
    for predicted in (other, none):
        found = outline_score.audit(given, predicted=predicted)
        assert found.score.tolist() == [1.0]
        assert found.kind == ["unseen"]


def test_certain_probabilities_of_the_region_itself_give_nothing():
    mask = square(5, 5, 20)
    given = labels_of([mask], ("car",))
    p = np.stack([mask == 0, mask < 0]).astype(np.float32)
    found = outline_score.audit(given, pixel_probs=PixelProbs([p], ("car", "background")))
    assert found.score.tolist() == [0.0]


def test_parts_of_other_regions_and_rows_without_class_have_no_score():
    mask = square(5, 5, 20)
    runs = masks_runs(np.stack([mask == 0, square(5, 5, 9) == 0, square(40, 40, 9) == 0]))
    sizes = [[60, 60]] * 3
    units = Regions([0, 0, -1], runs.start, runs.length, runs.offsets, sizes, ["car"])
    found = outline_score.audit(Grouped(units, [0, 3]), predicted=labels_of([mask], ("car",)))
    assert found.score.tolist() == pytest.approx([0, np.nan, np.nan], nan_ok=True)
