"""STAPLE and the majority of masks: a worked example, a plain STAPLE on pixels, planted workers,
and what crowd-kit's does wrong.
"""

import numpy as np
import pytest
from tests.vote_worlds.boxes import of_voted
from tests.vote_worlds.regions import easy, map_error

from reliabel.aggregators import mask_majority, staple
from reliabel.core.labels import Grouped, Votes
from reliabel.core.objects import Regions
from reliabel.ops.regions import masks_runs, widened
from reliabel.reading.masks import class_map_of, regions_of_arrays


def votes_on(masks, names=("field",), n=None):
    """Class maps (workers, items, h, w), -1 for none."""
    w, items = masks.shape[:2]
    item, worker = np.tile(np.arange(items), w), np.repeat(np.arange(w), items)
    labels = regions_of_arrays(masks.reshape(-1, *masks.shape[2:]), names)[0]
    return Votes(item, worker, labels, n or items, w)


def plain_staple(marks, rounds=200):
    """STAPLE as the paper writes it: marks (workers, pixels) -> chance and rates."""
    share = marks.mean()
    p, q = np.full((2, len(marks), 1), 0.99999)
    for _ in range(rounds):
        a = share * np.prod(np.where(marks, p, 1 - p), 0)
        b = (1 - share) * np.prod(np.where(marks, 1 - q, q), 0)
        there = a / (a + b)
        p = ((there * marks).sum(1) / there.sum())[:, None].clip(1e-6, 1 - 1e-6)
        q = (((1 - there) * ~marks).sum(1) / (1 - there).sum())[:, None].clip(1e-6, 1 - 1e-6)
    return there, p[:, 0], q[:, 0]


def noisy(seed, w=5, n=4, side=24):
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[:side, :side]
    true = np.stack([np.hypot(down - 12, across - 11) < 5 + i for i in range(n)])
    flip = rng.random((w, n, side, side)) < np.linspace(0.05, 0.35, w)[:, None, None, None]
    return true, true ^ (flip & widened_all(true))


def widened_all(masks, by=3):
    return np.stack([widened(mask, by) for mask in masks])


def test_a_worked_example():
    """Two of three mark pixels 1 to 4 of 12, the third 2 to 5.  By hand, with the rates that EM
    ends at: the two agree on everything, so they are right and the third is right on 3 of 4.
    """
    marks = np.zeros((3, 1, 1, 12), bool)
    marks[:2, ..., 1:5] = marks[2, ..., 2:6] = True
    found = staple.aggregate(votes_on(np.where(marks, 0, -1)))
    assert found.labels.units.start.tolist() == [1]
    assert found.labels.units.length.tolist() == [4]
    # the crop is pixels 0 to 10; of the seven outside the mask the third marks one
    assert found.info["sensitivity"][:, 0] == pytest.approx([1, 1, 0.75], abs=1e-4)
    assert found.info["specificity"][:, 0] == pytest.approx([1, 1, 6 / 7], abs=1e-4)
    assert found.info["balance"] == pytest.approx([12 / 33])


def test_it_is_staple_on_the_pixels_of_all_pictures_near_what_was_drawn():
    true, given = noisy(0)
    near = np.stack([widened(given[:, i].any(0), 5) for i in range(4)])
    chance, p, q = plain_staple(given[:, near])
    found = staple.aggregate(votes_on(np.where(given, 0, -1)), shared=0.0)
    assert found.info["sensitivity"][:, 0] == pytest.approx(p, abs=1e-5)
    assert found.info["specificity"][:, 0] == pytest.approx(q, abs=1e-5)
    mine = np.stack([class_map_of(found.labels, i).reshape(24, 24) >= 0 for i in range(4)])
    assert ((mine[near]) == (chance > 0.5)).all()
    drawn = given.any(0)[near]
    of, risk = np.nonzero(near)[0], np.minimum(chance, 1 - chance)
    means = [risk[drawn & (of == i)].mean() for i in range(4)]
    assert found.info["risk"] == pytest.approx(means, abs=1e-6)
    right = [(given[j] == true)[near].mean() for j in range(5)]
    assert np.corrcoef(found.skill, right)[0, 1] > 0.99


def test_far_background_does_not_make_workers_look_specific():
    _true, given = noisy(1)
    wide = np.pad(given, ((0, 0), (0, 0), (60, 60), (60, 60)))
    small, large = (staple.aggregate(votes_on(np.where(m, 0, -1))) for m in (given, wide))
    gap = np.abs(small.info["specificity"] - large.info["specificity"]).max()
    assert gap < 0.06
    assert large.info["specificity"].min() < 0.95, "over all pixels it would be above 0.99"


def test_no_vote_counts_twice():
    """Crowd-kit makes the chances of a round the prior of the next: its answer then is as sure as
    if all had voted many times.  Here the prior stays, and the chances are those of Bayes' rule.
    """
    _true, given = noisy(2, w=3, n=6)
    found = staple.aggregate(votes_on(np.where(given, 0, -1)), shared=0.0)
    near = np.stack([widened(given[:, i].any(0), 5) for i in range(6)])
    p, q, share = (
        found.info[key][:, 0] if key != "balance" else found.info[key][0]
        for key in ("sensitivity", "specificity", "balance")
    )
    marks = given[:, near].T
    a = share * np.where(marks, p, 1 - p).prod(1)
    b = (1 - share) * np.where(marks, 1 - q, q).prod(1)
    region = found.labels.units
    inside = (a > b) & (near.nonzero()[0] == 0)
    first = np.flatnonzero(found.labels.item == 0)
    weighted = (found.info["p"][first] * region.area[first]).sum() / region.area[first].sum()
    assert weighted == pytest.approx((a / (a + b))[inside].mean(), abs=1e-4)


def test_the_log_likelihood_climbs_and_needs_few_rounds():
    found = staple.aggregate(votes_on(np.where(noisy(3)[1], 0, -1)))
    assert (np.diff(found.trace) >= -1e-9 * np.abs(found.trace[1:])).all()
    assert 2 < len(found.trace) < 200


def test_a_majority_of_masks_needs_more_than_half():
    marks = np.zeros((4, 1, 1, 6), bool)
    marks[:2, ..., :2] = marks[:3, ..., 2] = True
    found = mask_majority.aggregate(votes_on(np.where(marks, 0, -1)))
    assert found.labels.units.start.tolist() == [2]
    assert found.labels.units.length.tolist() == [1]
    assert found.info["p"].tolist() == [0.75]
    assert found.info["risk"].tolist() == [pytest.approx((0.5 + 0.5 + 0.25) / 3)]


def test_where_all_give_a_class_the_answer_has_one():
    maps = np.array([[[[0, 0, 1, 2]]], [[[0, 1, 1, 1]]], [[[0, 1, 2, 0]]]])
    for method in (staple, mask_majority):
        found = method.aggregate(votes_on(maps, ("a", "b", "c")))
        assert int(found.labels.units.area.sum()) == 4
        assert class_map_of(found.labels, 0)[:2].tolist() == [0, 1]


def test_planted_workers():
    for seed in range(2):
        world = easy(seed)
        votes = world.labels
        errors = {}
        for method in (staple, mask_majority):
            found = method.aggregate(votes)
            assert not found.info["objects"]
            errors[method] = map_error(of_voted(found.labels, votes), of_voted(world.truth, votes))
            assert np.corrcoef(found.skill, world.evidence["skill"])[0, 1] > 0.8
        assert errors[staple] < 0.8 * errors[mask_majority]


def test_told_risk_is_about_the_share_of_wrong_pixels():
    """STAPLE's own chances are two to seven times too sure: workers err at the same edges."""
    told, own, wrong = [], [], []
    for seed in range(2):
        world = easy(seed)
        votes = world.labels
        found = staple.aggregate(votes)
        told.append(np.nanmean(found.info["risk"]))
        own.append(np.nanmean(staple.aggregate(votes, shared=0.0).info["risk"]))
        maps = np.full((votes.n, 32 * 32), -1)
        drawn = np.zeros(maps.shape, bool)
        for i in range(votes.n):
            answer, truth = class_map_of(found.labels, i), class_map_of(world.truth, i)
            maps[i] = (maps[i] if answer is None else answer) != truth
            for vote in np.flatnonzero(votes.item == i):
                mine = class_map_of(votes.labels, vote)
                drawn[i] |= mine >= 0 if mine is not None else False
        wrong.append(maps[drawn].mean())
    assert np.mean(own) < 0.6 * np.mean(wrong)
    assert 0.6 * np.mean(wrong) < np.mean(told) < 1.8 * np.mean(wrong)


def objects_of(*masks, y=None):
    """Votes on one picture: each worker's list of masks, one object each."""
    flat = np.array([mask for own in masks for mask in own])
    runs = masks_runs(flat)
    size = np.tile(flat.shape[1:], (len(flat), 1))
    codes = np.zeros(len(flat), int) if y is None else y
    units = Regions(codes, runs.start, runs.length, runs.offsets, size, ("cell", "dirt"))
    offsets = np.append(0, np.cumsum([len(own) for own in masks]))
    w = len(masks)
    return Votes(np.zeros(w, int), np.arange(w), Grouped(units, offsets), 1, w)


@pytest.mark.parametrize("method", [staple, mask_majority])
def test_objects_that_touch_are_matched_first(method):
    one, two = np.zeros((2, 8, 16), bool)
    one[2:6, 2:8] = two[2:6, 8:14] = True
    slim = one.copy()
    slim[:, 7] = False
    found = method.aggregate(objects_of([one, two], [two, one], [slim]))
    assert found.info["objects"]
    assert found.labels.units.area.tolist() == [24, 24]
    assert sorted(found.labels.units.score.tolist()) == pytest.approx([2 / 3, 1])
    merged = method.aggregate(objects_of([one, two], [two, one], [slim]), objects="merged")
    assert len(merged.labels.units) == 1


def test_masks_of_one_picture_have_one_size():
    a = Regions([0], [0], [2], [0, 1], [[2, 3]], ("x",))
    b = Regions([0, 0], [0, 0], [2, 2], [0, 1, 2], [[2, 3], [3, 2]], ("x",))
    assert len(staple.aggregate(Votes([0], [0], Grouped(a, [0, 1]), 1, 1)).labels.units) == 1
    with pytest.raises(ValueError, match=r"masks of one picture must have one size: item 0"):
        staple.aggregate(Votes([0, 0], [0, 1], Grouped(b, [0, 1, 2]), 1, 2))
    with pytest.raises(ValueError, match="objects must be one of"):
        staple.aggregate(Votes([0], [0], Grouped(a, [0, 1]), 1, 1), objects="yes")


def test_pictures_without_masks():
    none = Grouped(Regions([], [], [], [0], [], ("x",)), [0, 0, 0])
    for method in (staple, mask_majority):
        found = method.aggregate(Votes([0, 0], [0, 1], none, n=2, w=2))
        assert len(found.labels) == 2
        assert len(found.labels.units) == 0
        assert np.isnan(found.info["risk"]).all()
