"""Box fusion: the worked example of the paper's rule, what is one object, planted workers."""

import numpy as np
import pytest
from tests.vote_worlds.boxes import box_error, easy, of_voted

from reliabel.aggregators import box_fusion
from reliabel.core.labels import Grouped, Votes
from reliabel.core.objects import Boxes


def votes_of(*drawn, names=("car", "dog"), item=None, n=1):
    """One worker a list of (box, class)."""
    flat = [one for boxes in drawn for one in boxes]
    units = Boxes([box for box, _ in flat], [y for _, y in flat], names)
    offsets = np.append(0, np.cumsum([len(boxes) for boxes in drawn]))
    item = np.zeros(len(drawn), int) if item is None else item
    return Votes(item, np.arange(len(drawn)), Grouped(units, offsets), n, len(drawn))


HERE, THERE = [0, 0, 10, 10], [2, 0, 12, 10]  # intersection over union 2 / 3


def test_a_worker_with_empty_hands_is_a_vote_for_nothing():
    found = box_fusion.aggregate(votes_of([(HERE, 0)], [(THERE, 0)], []))
    assert found.labels.units.xyxy.tolist() == [[1, 0, 11, 10]]
    assert found.labels.units.score == pytest.approx([2 / 3])
    assert found.info["drawn"].tolist() == [2]
    assert found.info["seen"].tolist() == [3]


def test_half_of_those_who_looked_are_too_few():
    votes = votes_of([(HERE, 0)], [(THERE, 0)], [], [])
    assert len(box_fusion.aggregate(votes).labels.units) == 0
    assert len(box_fusion.aggregate(votes, least=0.0).labels.units) == 1


def test_a_worker_has_one_box_in_a_cluster():
    """The original rule lets a second box of one worker raise the confidence."""
    twice = [(HERE, 0), ([1, 0, 11, 10], 0)]
    found = box_fusion.aggregate(votes_of(twice, [], []), least=0.0)
    assert found.labels.units.score == pytest.approx([1 / 3, 1 / 3])


def test_workers_who_name_an_object_differently_still_see_one_object():
    found = box_fusion.aggregate(votes_of([(HERE, 0)], [(THERE, 0)], [(HERE, 1)]))
    assert found.labels.units.y.tolist() == [0]
    assert found.labels.units.score == pytest.approx([1.0])
    assert 0.6 < found.info["p"][0] < 0.9


def test_objects_of_two_classes_in_one_place_stay_two():
    both = [(HERE, 0), ([0, 0, 10, 9], 1)]
    found = box_fusion.aggregate(votes_of(both, both, both))
    assert sorted(found.labels.units.y.tolist()) == [0, 1]
    assert found.labels.units.score == pytest.approx([1, 1])


def test_places_without_a_class_and_pictures_without_boxes_are_no_objects():
    units = Boxes([HERE, HERE, THERE], [-1, 0, 0], ("car",))
    votes = Votes([0, 0, 1, 1], [0, 1, 0, 1], Grouped(units, [0, 2, 3, 3, 3]), n=3, w=2)
    found = box_fusion.aggregate(votes, least=0.0)
    assert found.labels.offsets.tolist() == [0, 1, 1, 1]
    nothing = Votes([0], [0], Grouped(Boxes([], [], ("car",)), [0, 0]), n=1, w=1)
    empty = box_fusion.aggregate(nothing)
    assert len(empty.labels.units) == 0
    assert np.isnan(empty.skill).all()


def test_unreadable_and_swapped_corners_match_nobody():
    odd = [[np.nan, 0, 10, 10], [10, 10, 0, 0]]
    found = box_fusion.aggregate(votes_of([(odd[0], 0)], [(odd[1], 0)], [(HERE, 0)]), least=0.0)
    assert found.labels.units.score == pytest.approx([1 / 3] * 3)


def test_planted_workers_their_skill_and_how_much_the_answer_gains():
    gained = []
    for seed in range(3):
        world = easy(seed)
        votes = world.labels
        found = box_fusion.aggregate(votes)
        mine = box_error(of_voted(found.labels, votes), of_voted(world.truth, votes))
        rows = [np.flatnonzero(votes.worker == j) for j in range(votes.w)]
        single = [box_error(votes.labels.take(r), world.truth.take(votes.item[r])) for r in rows]
        gained.append(min(single) - mine)
        assert np.corrcoef(found.skill, world.evidence["skill"])[0, 1] > 0.9
        assert np.corrcoef(found.info["sees"], world.evidence["skill"])[0, 1] > 0.8
    assert np.mean(gained) > 0.01, "better than the best worker"


def test_chances_are_right_as_often_as_they_say():
    world = easy(5, n=300, w=5, bad=np.full(5, 0.8))
    found = box_fusion.aggregate(world.labels, least=0.0)
    from reliabel.ops.match import overlaps

    units, truth = found.labels.units, world.truth
    pairs = overlaps(units.xyxy, found.labels.offsets, truth.units.xyxy, truth.offsets, 0.5)
    hit = np.zeros(len(units), bool)
    hit[pairs.mine] = True
    share = np.bincount(found.labels.item, minlength=300)
    assert share[:-1].min() > 0
    for low, high in ((0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.01)):
        band = (units.score >= low) & (units.score < high)
        if band.sum() > 30:
            assert abs(hit[band].mean() - units.score[band].mean()) < 0.15
    brier = np.mean((units.score - hit) ** 2)
    plain = np.mean((found.info["drawn"] / 5 - hit) ** 2)
    assert brier < 0.7 * plain, "the share of those who drew it is far from a chance"


def test_boxes_that_overlap_the_object_more_than_each_other_are_one():
    one, two = [0, 0, 10, 10], [4, 0, 14, 10]  # 3 / 7 of each other, and of [2, 0, 12, 10] 2 / 3
    found = box_fusion.aggregate(votes_of([(one, 0)], [(two, 0)], [([2, 0, 12, 10], 0)]))
    assert found.labels.units.xyxy.tolist() == [[2, 0, 12, 10]]
    apart = box_fusion.aggregate(votes_of([(one, 0)], [(two, 0)]), overlap=0.55, least=0.0)
    assert len(apart.labels.units) == 2


def test_known_boxes_teach_what_workers_see_and_how_well_they_draw():
    error = []
    for seed in range(6):
        world = easy(seed, n=60, w=3, each=3, bad=np.array([0.0, 1.0, 1.0]))
        rest = np.arange(20, 59)
        count = np.where(np.arange(60) < 20, np.diff(world.truth.offsets), 0)
        units = world.truth.units.take(np.arange(count.sum()))
        gold = Grouped(units, np.append(0, np.cumsum(count)))
        for known in (None, gold):
            found = box_fusion.aggregate(world.labels, gold=known)
            error.append(box_error(found.labels.take(rest), world.truth.take(rest), 0.7))
    without, taught = np.mean(np.reshape(error, (-1, 2)), axis=0)
    assert taught < without
