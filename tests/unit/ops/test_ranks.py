"""Ranks from 0 to 1, and their mean over the scores that say something of an item."""

import numpy as np

from reliabel.ops.ranks import MeanRank, mean_rank, relative


def test_ranks_go_from_nought_to_one_and_ties_share_theirs():
    assert relative(np.array([5.0, -1.0, 7.0, 5.0, 5.0])).tolist() == [0.5, 0.0, 1.0, 0.5, 0.5]
    assert relative(np.array([3.0])).tolist() == [0.0]
    assert relative(np.array([2.0, 2.0])).tolist() == [0.5, 0.5]


def test_what_is_unknown_has_no_rank_and_takes_no_place():
    assert np.isnan(relative(np.full(3, np.nan))).all()
    found = relative(np.array([np.nan, 1.0, 9.0, np.nan, 4.0]))
    assert found[[1, 4, 2]].tolist() == [0.0, 0.5, 1.0]
    assert np.isnan(found[[0, 3]]).all()


def test_the_mean_is_over_the_scores_that_say_something():
    """Ranks 0, .5, 1, - and 1, -, 0, - of four items."""
    found = mean_rank([np.array([1.0, 2.0, 3.0, np.nan]), np.array([8.0, np.nan, 7.0, np.nan])])
    assert found[:3].tolist() == [0.5, 0.5, 0.5]
    assert np.isnan(found[3])
    one = mean_rank([np.array([3.0, 1.0, np.nan]), np.array([np.nan, 5.0, 6.0])])
    assert one.tolist() == [1.0, 0.0, 1.0]


def test_as_many_ranks_as_units():
    assert len(MeanRank([np.zeros(5), np.ones(5)])) == 5
