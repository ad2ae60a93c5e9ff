"""Probabilities of pixels made out of fold by picture, and the audit of masks without a model's."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from tests.conformance.retold import area
from tests.mask_worlds import mask_world, of_maps, wrong_rows

import reliabel as rl
from reliabel.auditors.pixel_confident_learning import audit as audit_regions
from reliabel.core.evidence import PixelProbs
from reliabel.ops.pixel_model import stretched
from reliabel.prepare.cost import estimate

COLOURS = np.array([[90, 140, 60], [150, 120, 90], [200, 40, 40], [40, 60, 200], [230, 200, 40]])


def pictures_of(truth: np.ndarray, seed: int = 0) -> list[np.ndarray]:
    """Pictures in which each class has a colour, with noise and light of their own."""
    rng = np.random.default_rng(seed)
    light = rng.uniform(0.8, 1.1, (len(truth), 1, 1, 1))
    noise = rng.normal(0, 22, (*truth.shape, 3))
    return list(np.clip(COLOURS[truth] * light + noise, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def world():
    return mask_world(30, side=40, rate=0.15, seed=5)


@pytest.mark.slow
def test_an_audit_without_probabilities_makes_them_and_finds_what_is_planted(world):
    audit = rl.audit(world.labels, items=pictures_of(world.truth))
    assert audit.info["model"]["folds"] == 3
    assert audit.info["model"]["accuracy"] > 0.85
    wrong, best = wrong_rows(audit.data.labels, world.truth)
    assert area(audit.p_wrong, wrong) > 0.9
    found = audit.opinions["pixel_confident_learning"]
    hit = wrong & found.flag
    assert hit.sum() > wrong.sum() / 2
    assert (found.suggest.units.y == best)[hit].mean() > 0.9


@pytest.mark.slow
def test_a_picture_has_no_part_in_its_own_probabilities(world):
    pictures = pictures_of(world.truth)
    one = rl.audit(world.labels, items=pictures).data.evidence["pixel_probs"]
    maps = world.maps.copy()
    maps[7] = (maps[7] + 1) % 5
    other = rl.audit(of_maps(maps, world.labels.units.names), items=pictures)
    same = other.data.evidence["pixel_probs"]
    # the folds may move, so that the models do; what is learnt of picture 7 is not the new map
    assert (same[7].argmax(0) == maps[7]).mean() < 0.2
    assert (one[7].argmax(0) == same[7].argmax(0)).mean() > 0.9


def test_objects_with_gaps_between_them_and_lost_pictures_say_why(world):
    few = np.where(world.maps >= 2, world.maps, -1)
    audit = rl.audit(of_maps(few, world.labels.units.names), items=pictures_of(world.truth))
    assert any("less than half of the pixels" in told for told in audit.warnings)
    lost = rl.audit(world.labels, items=["nowhere.png"] * 30)
    assert any("none of the pictures is there" in told for told in lost.warnings)


def test_probabilities_at_another_size_lie_between_the_cells():
    p = np.array([[[0.0, 1.0]], [[1.0, 0.0]]])
    made = stretched(p, (2, 4))
    assert made[0].tolist() == [[0, 0.25, 0.75, 1]] * 2
    assert np.allclose(made.sum(0), 1)
    assert isinstance(PixelProbs([made])[0], np.ndarray)


def test_the_cost_of_masks_is_that_of_the_model_of_pixels(world):
    data = rl.read(None, label=world.maps, kind="regions")
    assert estimate(data) == []  # there are no pictures to look at
    with_pictures = replace(data, evidence={"items": pictures_of(world.truth)})
    (piece,) = estimate(with_pictures)
    assert piece["piece"].startswith("pixel_probs: 3 folds")
    assert piece["seconds"] > 0


def test_an_audit_passes_over_the_probabilities_three_times():
    world = mask_world(30, side=40, rate=0.25, seed=7)  # with errors that are part of a region
    rng, asked = np.random.default_rng(0), []
    p = rng.random((30, 5, 40, 40), dtype=np.float32) * 0.5
    p[np.arange(30)[:, None, None], world.truth, np.arange(40)[:, None], np.arange(40)] += 1
    p /= p.sum(1, keepdims=True)

    def source(item: int) -> np.ndarray:
        asked.append(item)
        return p[item]

    of_function = PixelProbs(source, world.labels.units.names, count=30)
    audit = rl.audit(world.labels, pixel_probs=of_function, by=["pixel_confident_learning"])
    told = asked[asked.index(1) :]  # the first picture is looked at more, to check its shape
    assert max(told.count(item) for item in range(1, 30)) == 3
    assert len(audit.data.labels.units) > len(world.labels.units)
    assert of_function.kept is None  # the user's own record learns nothing
    alone = audit_regions(audit.data.labels, pixel_probs=of_function)
    opinion = audit.opinions["pixel_confident_learning"]
    assert np.allclose(alone.score, opinion.score, atol=1e-12, equal_nan=True)
    assert np.array_equal(alone.flag, opinion.flag)


def test_what_an_audit_has_learnt_holds_for_its_labels_only(world):
    probs = PixelProbs(np.zeros((2, 2, 1, 1), np.float32), ("sky", "sea"), kept={})
    probs.keep("regions", world.labels, "seen")
    assert probs.known("regions", world.labels) == "seen"
    assert probs.known("regions", replace(world.labels)) is None
    for other in (probs.take(np.array([0])), pickle.loads(pickle.dumps(probs))):
        assert other.kept is None
