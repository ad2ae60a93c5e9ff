"""Answers as vectors: similarities beside a plain count, sums over items, given vectors."""

from collections import Counter

import numpy as np
from tests.vote_worlds.texts import easy

from reliabel.ops.answer_vectors import of_texts, of_vectors


def plain(a, b, characters):
    """The cosine of the counted words, and of groups of three characters, by hand."""

    def cosine(one, two):
        common = sum((Counter(one) & Counter(two)).values())
        return common / np.sqrt(max(len(one), 1) * max(len(two), 1))

    def groups(text):
        framed = f"\0{text.casefold()}\0"
        return [framed[i : i + 3] for i in range(len(text))]

    mine = cosine(a.casefold().split(), b.casefold().split())
    return (1 - characters) * mine + characters * cosine(groups(a), groups(b))


def test_similarities_are_those_of_counted_words_and_characters():
    texts = ["the cat the cat", "the cat sat", "a cat", "cat cat cat", "dog"]
    item = np.array([0, 0, 0, 1, 1])
    for characters in (0.0, 0.5, 1.0):
        x = of_texts(texts, item, 2, characters=characters).x
        product = (x @ x.T).toarray()
        for a in range(5):
            for b in range(5):
                wanted = plain(texts[a], texts[b], characters) if item[a] == item[b] else 0
                assert abs(product[a, b] - wanted) < 1e-6


def test_rows_stay_in_their_order_and_blocks_change_nothing(monkeypatch):
    votes = easy(0).labels
    turned = votes.take(np.random.default_rng(0).permutation(len(votes)))
    whole, _ = of_texts(list(turned.labels.y), turned.item, turned.n).others()
    monkeypatch.setattr("reliabel.ops.answer_vectors.CHARACTERS", 500)
    parts, rest = of_texts(list(turned.labels.y), turned.item, turned.n).others()
    assert np.allclose(whole, parts, atol=1e-6)
    assert (rest == 4).all()


def test_spaces_and_empty_answers():
    found = of_texts([" a  b ", "a b", "", "  ", "..."], np.array([0, 0, 1, 1, 1]), 2)
    product = (found.x @ found.x.T).toarray()
    assert np.allclose(np.diag(product), 1)
    assert abs(product[0, 1] - 1) < 1e-6
    assert abs(product[2, 3] - 1) < 1e-6
    assert product[2, 4] < 0.01


def test_given_vectors_are_compared_by_distance():
    found = of_vectors(np.array([[1.0], [1.1], [5.0]]), np.array([0, 0, 0]), 1)
    local, rest = found.others()
    assert local[0] > local[2]
    assert rest.tolist() == [2, 2, 2]
    assert of_vectors(np.zeros((2, 3)), np.array([0, 0]), 1).others()[0].tolist() == [1, 1]
