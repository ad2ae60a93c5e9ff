"""What known answers say of a consensus on labels of any kind, by hand."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.known_answers import KnownAnswers, known_answers
from reliabel.core.labels import Classes, Grouped, MultiLabel, SoftMultiLabel, Spans, Votes
from reliabel.core.objects import Boxes, Regions
from reliabel.crowd.against_gold import FOUND, RIGHT, TRUE, against_gold, told_against_gold

ITEMS = np.array([0, 1])


def test_sets_texts_and_rankings():
    said = SoftMultiLabel([[0.9, 0.2], [0.6, 0.6], [0.1, 0.1]], ["a", "b"])
    found = against_gold(said, KnownAnswers(MultiLabel([[0, 1], [1, 1]], ["b", "a"]), ITEMS))
    assert found == {"items": 2, RIGHT: 1, "of the yes/no answers are right": 1}
    texts = against_gold(rl.Texts(["x y", "z"]), KnownAnswers(rl.Texts(["z"]), np.array([1])))
    assert texts == {"items": 1, RIGHT: 1}
    orders = rl.Rankings.of(["a > b > c", "a > b > c"])
    truth = rl.Rankings.of(["a > b > c", "b > a > c"])
    found = against_gold(orders, KnownAnswers(truth, ITEMS))
    assert found[RIGHT] == 0.5
    assert found["of the pairs in the right order"] == pytest.approx(5 / 6)
    assert told_against_gold(found).startswith("Known answers of 2 items: 50% exactly right")


def test_objects_are_found_and_right():
    spans = Grouped(Spans([0, 3], [1, 5], [0, 1], ["LOC", "PER"]), [0, 1, 2])
    truth = Grouped(Spans([0, 0], [1, 2], [1, 1], ["ORG", "LOC"]), [0, 2])
    found = against_gold(spans, KnownAnswers(truth, np.array([0])))
    assert (found[FOUND], found[TRUE]) == (1, 0.5)
    boxes = Grouped(Boxes([[0, 0, 10, 10], [20, 20, 30, 30]], [0, 0], ["car"]), [0, 2])
    true = Grouped(Boxes([[1, 0, 10, 10]], [1], ["dog", "car"]), [0, 1])
    found = against_gold(boxes, KnownAnswers(true, np.array([0])))
    assert (found[FOUND], found[TRUE]) == (0.5, 1)


def test_pixels_of_masks_that_agree():
    one = Regions([0], [0], [4], [0, 1], [[2, 4]], ["road"])
    two = Regions([0], [2], [4], [0, 1], [[2, 4]], ["road"])
    mine, truth = Grouped(one, [0, 1, 1]), Grouped(two, [0, 1, 1])
    found = against_gold(mine, KnownAnswers(truth, ITEMS))
    assert found["of the marked pixels agree"] == pytest.approx(2 / 6)


def test_gold_of_another_kind_or_length_is_refused():
    with pytest.raises(ValueError, match="known answers are Boxes and the consensus is MultiLabel"):
        against_gold(
            MultiLabel([[1]], ["a"]),
            KnownAnswers(Grouped(Boxes([], []), [0, 0]), np.array([0])),
        )
    with pytest.raises(ValueError, match="a label for each of the 3 items"):
        known_answers(MultiLabel([[1]], ["a"]), 3)
    assert known_answers(Classes([0]), 1) is None


def test_aggregate_takes_known_answers_of_any_kind():
    votes = Votes([0, 0, 1], [0, 1, 0], MultiLabel([[1, 0], [1, 0], [0, 1]], ["a", "b"]), n=2, w=2)
    found = rl.aggregate(votes, gold=MultiLabel([[1, 0], [-1, -1]], ["a", "b"]))
    assert found.info["gold"][RIGHT] in (0, 1)
    assert found.info["gold"]["items"] >= 1
