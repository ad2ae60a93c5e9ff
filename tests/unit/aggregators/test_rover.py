"""ROVER: the worked example of the specification, empty words, scripts, weights, effect."""

import numpy as np
import pytest
from tests.vote_worlds import texts as world

from reliabel.aggregators import rover
from reliabel.core.free_text import Texts
from reliabel.core.labels import Votes


def one_item(*said):
    return Votes(np.zeros(len(said), int), np.arange(len(said)), Texts(said), 1, len(said))


@pytest.mark.parametrize(
    ("said", "best"),
    [
        (("the cat sat", "the cat sat down", "a cat sat"), "the cat sat"),
        (("a cat sat", "the cat sat down", "the cat sat"), "the cat sat"),
        (("the sat", "cat sat", "the cat", "the cat sat"), "the cat sat"),
        (("go", "go", ""), "go"),
        (("", "", "uh"), ""),
        (("", ""), ""),
        (("The cat", "the cat.", "the cat.", "the bat"), "the cat."),
        (("我们公园", "我们去公园", "们去公园"), "我们去公园"),
        (("мы идём домой", "мы идем домой", "мы идём домой"), "мы идём домой"),
        (("我们 go 吧", "我们 go 吧", "go 吧"), "我们 go 吧"),
        (("one", "two"), "one"),
    ],
)
def test_slots_take_the_word_that_most_have(said, best):
    assert rover.aggregate(one_item(*said)).labels.y == (best,)


def test_a_text_that_nobody_gave():
    said = ("the old cat sat hear", "the old bat sat here", "the cold cat sat here")
    found = rover.aggregate(one_item(*said))
    assert found.labels.y == ("the old cat sat here",)
    assert found.info["slots"].tolist() == [5]
    assert found.labels.y[0] not in said


def test_items_of_different_sizes_come_back_in_their_order():
    said = Texts(["b b b", "x", "a", "a", "", "c c", "c c c"])
    votes = Votes([3, 0, 1, 1, 4, 5, 5], [0, 0, 1, 2, 0, 1, 2], said, n=6, w=3)
    found = rover.aggregate(votes).labels.y
    assert found[:5] == ("x", "a", None, "b b b", "")
    assert found[5] in ("c c", "c c c")


def test_only_some_of_very_many_answers_are_aligned():
    said = ["the cat sat"] * 60 + ["a dog"] * 30
    found = rover.aggregate(one_item(*said), most=20)
    assert found.labels.y == ("the cat sat",)


def test_fewer_wrong_words_than_the_answer_that_is_most_like_the_others():
    worlds = [world.easy(seed) for seed in range(3)]
    mine = [world.error(rover.aggregate(one.labels).labels, one) for one in worlds]
    assert np.mean(mine) < 0.6 * np.mean([world.plain(one) for one in worlds])


def test_good_workers_weigh_more():
    worlds = [world.uneven(seed) for seed in range(2)]
    alike = [world.error(rover.aggregate(one.labels, iterations=0).labels, one) for one in worlds]
    mine = [world.error(rover.aggregate(one.labels).labels, one) for one in worlds]
    assert np.mean(mine) < 0.6 * np.mean(alike)


def test_its_chances_keep_their_word():
    said = world.easy(7, n=400)
    found = rover.aggregate(said.labels)
    right = np.array([a == b for a, b in zip(found.labels.y, said.truth.y, strict=True)])[:-1]
    assert abs(found.info["p"][:-1].mean() - right.mean()) < 0.05


def test_no_votes_at_all():
    found = rover.aggregate(Votes([], [], Texts([]), 2, 1))
    assert found.labels.y == (None, None)
