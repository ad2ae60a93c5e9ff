"""Alignment of many pairs at once, beside a table filled cell by cell."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.vote_worlds.texts import distance

from reliabel.ops.word_alignment import BEYOND, NONE, edit_distances, laid_beside, padded

PAIRS = st.lists(
    st.tuples(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=6)),
    min_size=1,
    max_size=5,
)


def rows_of(lists):
    size = np.array([len(one) for one in lists])
    flat = np.array([x for one in lists for x in one], dtype=int)
    return padded(flat, np.cumsum(size) - size, size)


@given(PAIRS)
def test_distances_are_those_of_the_plain_table(pairs):
    a, b = ([one[side] for one in pairs] for side in (0, 1))
    plain = [
        distance(" ".join(map(str, one)), " ".join(map(str, two)))
        for one, two in zip(a, b, strict=True)
    ]
    assert edit_distances(rows_of(a), rows_of(b)).tolist() == plain


@given(PAIRS)
def test_a_network_of_two_keeps_both_and_costs_their_distance(pairs):
    a, b = ([one[side] for one in pairs] for side in (0, 1))
    size_a, size_b = ([len(one) for one in side] for side in (a, b))
    code = np.array([x for one in [*a, *b] for x in one], dtype=int)
    start = np.cumsum([*size_a, *size_b]) - [*size_a, *size_b]
    places, n = np.arange(len(code)), len(pairs)
    net = padded(places, start[:n], np.array(size_a))[:, None]
    words = padded(places, start[n:], np.array(size_b))
    both = laid_beside(net, words, code)
    named = np.concatenate([code, [BEYOND, NONE]])[both]
    for row, (one, two) in enumerate(pairs):
        for side, whole in ((0, one), (1, two)):
            slots = named[row, side]
            assert slots[slots >= 0].tolist() == whole
        inside = both[row, 0] != BEYOND
        assert ((both[row] != BEYOND).all(0) == inside).all()
        differs = int((named[row, 0] != named[row, 1])[inside].sum())
        assert differs == distance(" ".join(map(str, one)), " ".join(map(str, two)))


def test_a_slot_that_is_empty_already_costs_nothing_to_pass():
    code = np.array([1, 2, 3, 1, 3, 1, 3])
    net = laid_beside(np.array([[[0, 1, 2]]]), np.array([[3, 4]]), code)
    assert net.tolist() == [[[0, 1, 2], [3, NONE, 4]]]
    assert laid_beside(net, np.array([[5, 6]]), code)[0, 2].tolist() == [5, NONE, 6]
