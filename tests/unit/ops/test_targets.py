"""Training targets from counts of votes: stray votes, leading classes, unclear items, draws."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.ops.targets import draw_classes, leading_classes, training_targets


def counted(rows):
    table = np.array(rows)
    size = table.sum(1)
    y = np.concatenate([np.repeat(np.arange(table.shape[1]), row) for row in table])
    worker = np.concatenate([np.arange(m) for m in size])
    names = tuple("abcdef"[: table.shape[1]])
    return Votes(
        np.repeat(np.arange(len(table)), size),
        worker,
        Classes(y, names),
        len(table),
        int(size.max()),
    )


def as_they_are(counts):
    return counts, np.ones(len(counts), dtype=bool)


def test_a_single_vote_is_a_stray_among_eight_votes_or_more():
    p, clear = training_targets(counted([[6, 1, 0], [7, 1, 0], [6, 2, 0], [4, 3, 1]]), as_they_are)
    assert p.tolist() == [
        pytest.approx([6 / 7, 1 / 7, 0]),
        [1, 0, 0],
        [0.75, 0.25, 0],
        pytest.approx([4 / 7, 3 / 7, 0]),
    ]
    assert clear.all()


def test_where_all_votes_are_single_none_is_a_stray():
    p, _ = training_targets(counted([[1] * 4 + [0], [2] * 4 + [0]]), as_they_are)
    assert p.tolist() == [[0.25] * 4 + [0]] * 2
    alone, _ = training_targets(counted([np.ones(9, dtype=int)[:6].tolist()]), as_they_are)
    assert alone.tolist() == [pytest.approx([1 / 6] * 6)]


def test_unclear_items_keep_their_shares_and_items_without_votes_are_even():
    p, clear = training_targets(
        counted([[3, 1], [3, 1], [0, 0]]),
        lambda counts: (np.where(counts > 1, counts, 0), np.array([True, False, True])),
    )
    assert p.tolist() == [[1, 0], [0.75, 0.25], [0.5, 0.5]]
    assert clear.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("counts", "kept", "clear"),
    [
        ([6, 2, 2, 0], [6, 2, 2, 0], True),  # .6 is not enough, and the next two are tied
        ([6, 3, 1, 0], [6, 3, 0, 0], True),
        ([3, 1, 0, 0], [3, 0, 0, 0], True),  # .75 is enough
        ([4, 2, 2, 2], [4, 2, 2, 2], False),  # four classes
        ([3, 3, 2, 2], [3, 3, 2, 2], False),
        ([2, 1, 1, 0], [2, 1, 1, 0], True),
        ([0, 0, 0, 5], [0, 0, 0, 5], True),
    ],
)
def test_leading_classes_hold_three_quarters_of_the_votes(counts, kept, clear):
    found, told = leading_classes(np.array([counts], dtype=float))
    assert found[0].tolist() == kept
    assert told[0] == clear


def test_at_most_so_many_classes_lead_and_they_need_more_than_half():
    counts = np.array([[4.0, 3, 2, 1, 0], [2.0, 1, 1, 0, 0]])
    found, clear = leading_classes(counts, enough=1.0, most=1)
    assert found.tolist() == [[4, 0, 0, 0, 0], [2, 0, 0, 0, 0]]
    assert clear.tolist() == [False, False]  # 4 of 10, and just half
    found, clear = leading_classes(counts, enough=1.0, most=2)
    assert found[0].tolist() == [4, 3, 0, 0, 0]
    assert clear[0]


def test_a_drawn_class_follows_the_row_whatever_it_sums_to():
    p = np.tile([2.0, 0.0, 6.0], (8000, 1))
    share = np.bincount(draw_classes(p, np.random.default_rng(0)), minlength=3) / 8000
    assert share == pytest.approx([0.25, 0, 0.75], abs=0.02)
    assert draw_classes(np.array([[0.0, 0.0, 1.0]]), np.random.default_rng(0)).tolist() == [2]
