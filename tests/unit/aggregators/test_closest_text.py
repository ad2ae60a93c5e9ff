"""The answer closest to the others: worked examples, scripts, weights, faults of public code."""

import numpy as np
import pytest
from tests.vote_worlds import texts as world

from reliabel.aggregators import closest_text
from reliabel.core.free_text import Texts
from reliabel.core.labels import Votes


def one_item(*said):
    return Votes(np.zeros(len(said), int), np.arange(len(said)), Texts(said), 1, len(said))


def test_the_answer_is_one_that_was_given_and_items_without_votes_have_none():
    said = Texts(["a red fox", "a red fox ran", "red foxes", "yes"])
    found = closest_text.aggregate(Votes([0, 0, 0, 2], [0, 1, 2, 1], said, n=3, w=3))
    assert found.labels.y == ("a red fox", None, "yes")
    assert found.info["vote"].tolist() == [0, -1, 3]
    assert np.isnan(found.info["p"]).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("said", "best"),
    [
        (("кошка сидит дома", "Кошка сидит дома.", "собака бежит"), "кошка сидит дома"),
        (("我们去公园", "我们去公园玩", "我去公园"), "我们去公园"),
        (("ฉันไปตลาด", "ฉันไปตลาด", "เขาไปวัด"), "ฉันไปตลาด"),
        (("القط ينام", "القط ينام هنا", "الكلب"), "القط ينام"),
        (("", "", "hello"), ""),
        (("...", "!", "?"), "..."),
        (("e\u0301te\u0301", "\u00e9t\u00e9", "hiver"), "e\u0301te\u0301"),
        (("ok \ud83d", "ok \ud83d", "no"), "ok \ud83d"),
        (("a\0b c", "a b c", "x"), "a\0b c"),
    ],
)
def test_texts_of_any_script_empty_and_broken_ones(said, best):
    found = closest_text.aggregate(one_item(*said)).labels.y[0]
    assert found in said
    assert found.casefold().strip(".") == best.casefold().strip(".") or said[0] == "..."


def test_the_order_of_votes_does_not_matter():
    easy = world.easy(3)
    votes = easy.labels
    turned = votes.take(np.random.default_rng(0).permutation(len(votes)))
    here, there = closest_text.aggregate(votes), closest_text.aggregate(turned)
    assert here.labels.y == there.labels.y
    assert np.allclose(here.skill, there.skill)


def test_good_workers_win_against_two_bad_ones():
    """Worker 0 agrees with others elsewhere, workers 1 and 2 never agree with anybody."""
    rng = np.random.default_rng(0)
    item, worker, said = [0, 0, 0], [0, 1, 2], ["the old cat", "a grey dog ran", "a grey dog sat"]
    for i in range(1, 30):
        words = " ".join(rng.choice(world.WORDS, 5))
        for j in (0, 3, 4):
            item, worker, said = [*item, i], [*worker, j], [*said, words]
        for j in (1, 2):
            odd = " ".join(rng.choice(world.WORDS, 5))
            item, worker, said = [*item, i], [*worker, j], [*said, odd]
    votes = Votes(item, worker, Texts(said), 30, 5)
    found = closest_text.aggregate(votes, power=1.0)
    assert found.labels.y[0] == "the old cat"
    assert closest_text.aggregate(votes, power=0.0).labels.y[0] != "the old cat"
    assert found.info["weight"][[0, 3, 4]].min() > 5 * found.info["weight"][1:3].max()
    assert found.skill[[0, 3, 4]].min() > found.skill[1:3].max()


def test_fewer_wrong_words_than_the_answer_that_is_most_like_the_others():
    worlds = [world.uneven(seed) for seed in range(3)]
    mine = [world.error(closest_text.aggregate(one.labels).labels, one) for one in worlds]
    assert np.mean(mine) < 0.7 * np.mean([world.plain(one) for one in worlds])


def test_few_answers_earn_no_large_weight():
    """With the upper quantile of public code the worker of two answers weighs most."""
    rng = np.random.default_rng(1)
    item, worker, said = [], [], []
    for i in range(60):
        words = rng.choice(world.WORDS, 6).tolist()
        voters = (0, 1, 2) if i < 58 else (0, 1, 3)
        for j in voters:
            item, worker = [*item, i], [*worker, j]
            said.append(" ".join(world.heard(words, 0.1, rng)))
    votes = Votes(item, worker, Texts(said), 60, 4)
    lower = closest_text.aggregate(votes).info["weight"]
    upper = closest_text.aggregate(votes, quantile=0.975).info["weight"]
    assert lower[3] < lower[:3].min()
    assert upper[3] > upper[:3].max()


def test_vectors_of_one_number_have_distances():
    """The cosine of two numbers is one whatever they are; public code takes any of the answers."""
    votes = one_item("nine", "one", "one and a bit", "just under one")
    vectors = np.array([9.0, 1.0, 1.1, 0.9])
    found = closest_text.aggregate(votes, vectors=vectors)
    assert found.labels.y[0] != "nine"
    assert closest_text.aggregate(votes, vectors=vectors[:, None]).labels.y == found.labels.y


def test_vectors_say_what_words_cannot():
    votes = one_item("a physician", "the doctor", "a cat")
    vectors = np.array([[1.0, 0.1], [0.9, 0.2], [-1.0, 0.5]])
    assert closest_text.aggregate(votes, vectors=vectors).labels.y[0] != "a cat"


@pytest.mark.parametrize("vectors", [np.zeros((2, 3)), np.full((3, 2), np.nan)])
def test_vectors_that_do_not_fit_get_a_sentence(vectors):
    with pytest.raises(ValueError, match="a row of finite numbers for each of the 3 votes"):
        closest_text.aggregate(one_item("a", "b", "c"), vectors=vectors)


def test_the_share_of_characters_is_checked():
    with pytest.raises(ValueError, match="a share from 0 to 1, got 2"):
        closest_text.aggregate(one_item("a", "b"), characters=2.0)


def test_no_votes_at_all():
    found = closest_text.aggregate(Votes([], [], Texts([]), 2, 1))
    assert found.labels.y == (None, None)
    assert np.isnan(found.info["p"]).all()


def test_an_item_with_very_many_answers_is_no_table_of_pairs():
    said = [f"cat {i % 7} on mat {i}" for i in range(10_000)]
    votes = Votes(np.zeros(10_000, int), np.arange(10_000), Texts(said), 1, 10_000)
    assert closest_text.aggregate(votes).labels.y[0] in said


def test_its_chances_keep_their_word():
    said = world.easy(5, n=400)
    found = closest_text.aggregate(said.labels)
    right = np.array([a == b for a, b in zip(found.labels.y, said.truth.y, strict=True)])[:-1]
    p = found.info["p"][:-1]
    assert abs(p.mean() - right.mean()) < 0.05
    low = p < np.quantile(p, 0.2)
    assert right[low].mean() < right[~low].mean() - 0.1
