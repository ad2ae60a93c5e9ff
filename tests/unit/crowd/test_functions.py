"""The table of labelling functions, worked out by hand, and planted copies."""

import numpy as np
import pytest

from reliabel.bench.weak_worlds import planted
from reliabel.core.labels import Classes, Votes
from reliabel.crowd.functions import function_table


def test_worked_table():
    # item 0: a says 0, b says 0, c says 1; item 1: a says 0; item 2: b says 1, c says 1
    votes = Votes([0, 0, 0, 1, 2, 2], [0, 1, 2, 0, 1, 2], Classes([0, 0, 1, 0, 1, 1]), n=4, w=4)
    p = np.array([[0.8, 0.2], [0.7, 0.3], [0.1, 0.9], [0.5, 0.5]])
    found = function_table(votes, p, gold=np.array([0, 1, -1, -1]))
    assert found.coverage.tolist() == [0.5, 0.5, 0.5, 0.0]
    assert found.overlap.tolist() == [0.25, 0.5, 0.5, 0.0]
    assert found.conflict.tolist() == [0.25, 0.25, 0.25, 0.0]
    assert found.says.tolist() == [[2, 0], [1, 1], [0, 2], [0, 0]]
    assert found.gold_votes.tolist() == [2, 1, 1, 0]
    assert found.right[:3].tolist() == [0.5, 1.0, 0.0]
    assert np.isnan(found.right[3])
    assert found.estimated[:3] == pytest.approx([0.75, 0.85, 0.55])
    assert np.isnan(found.estimated[3])
    assert {(c.first, c.second, c.together) for c in found.clashes} == {(0, 2, 1), (1, 2, 1)}


def test_copies_are_found_and_independent_functions_are_not():
    votes, truth = planted("one_class", 3)
    p = np.eye(votes.labels.k)[truth]
    assert not len(function_table(votes, p).firing.pair)
    first = votes.worker == 0
    keep = np.random.default_rng(0).random(int(first.sum())) < 0.9
    copy = Votes(
        np.concatenate([votes.item, votes.item[first][keep]]),
        np.concatenate([votes.worker, np.full(int(keep.sum()), votes.w)]),
        Classes(np.concatenate([votes.labels.y, votes.labels.y[first][keep]]), votes.labels.names),
        votes.n,
        votes.w + 1,
    )
    found = function_table(copy, p).firing
    assert found.pair.tolist() == [[0, votes.w]]
    assert found.closest[[0, votes.w]].tolist() == [votes.w, 0]
    assert found.correlation[0] > 0.8
