"""Masks averaged by the workers' quality, with and without an expert; the risk of the answer."""

import numpy as np
import pytest
from tests.unit.aggregators.test_staple import votes_on
from tests.vote_worlds.boxes import of_voted
from tests.vote_worlds.regions import easy, gold_of, map_error

import reliabel as rl
from reliabel.aggregators import mask_averaging, mask_majority
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.ops.mask_quality import quality
from reliabel.reading.masks import class_map_of, regions_of_arrays


def two_pictures():
    """An expert's picture on which the first worker is right and the second half, and another on
    which they differ; (workers, pictures, 1, 8).
    """
    right = np.array([-1, 0, 0, 0, 0, -1, -1, -1])
    half = np.array([-1, 0, 0, -1, -1, -1, -1, -1])
    other = np.array([-1, -1, -1, -1, 0, 0, -1, -1])
    marks = np.array([[[right], [right]], [[half], [other]]])
    known = np.array([[right], np.full_like([right], -1)])
    gold = regions_of_arrays(known, ("field",))[0]
    return votes_on(marks), gold


def test_quality_against_an_expert():
    votes, gold = two_pictures()
    found = quality(votes, gold)
    assert found.pictures.tolist() == [1, 1]
    assert found.area == pytest.approx([1, 0.5])
    assert found.objects == pytest.approx([1, 1])
    assert found.edges[0] == pytest.approx(1)
    assert found.score[0] == pytest.approx(1)


def test_the_expert_decides_whose_mask_counts():
    votes, gold = two_pictures()
    found = mask_averaging.aggregate(votes, gold=gold)
    assert class_map_of(found.labels, 0).tolist() == [-1, 0, 0, 0, 0, -1, -1, -1]
    assert class_map_of(found.labels, 1).tolist() == [-1, 0, 0, 0, 0, -1, -1, -1]
    one, two = found.info["weight"]
    assert one > two
    share = two / (one + two)  # of the weight against the answer on pixels 1 to 3 and 5
    assert found.info["risk"] == pytest.approx([0, share * 4 / 5], abs=1e-6)


def test_with_an_expert_it_beats_the_majority_on_planted_workers():
    world = easy(3)
    votes, gold = world.labels, gold_of(world)
    rest = np.diff(gold.offsets) == 0
    errors = []
    for found in (mask_averaging.aggregate(votes, gold=gold), mask_majority.aggregate(votes)):
        labels, truth = (
            of_voted(one.take(np.arange(votes.n)), votes) for one in (found.labels, world.truth)
        )
        kept = np.flatnonzero(rest[:-1])
        errors.append(map_error(labels.take(kept), truth.take(kept)))
    assert errors[0] < errors[1]
    skill = mask_averaging.aggregate(votes, gold=gold).skill
    assert np.corrcoef(skill, world.evidence["skill"])[0, 1] > 0.5
    told = rl.aggregate(votes, by="mask_averaging", gold=gold).info
    assert np.isfinite(told["area"]).all(), "the expert's masks reach the method"
    assert told["gold"]["items"] > 0


def test_gold_of_another_kind_is_refused():
    world = easy(0)
    boxes = Grouped(Boxes([[0, 0, 1, 1]], [0], ("car",)), np.r_[0, np.ones(world.labels.n, int)])
    with pytest.raises(ValueError, match="gold holds Boxes and the labels are Regions"):
        rl.aggregate(world.labels, by="mask_averaging", gold=boxes)
