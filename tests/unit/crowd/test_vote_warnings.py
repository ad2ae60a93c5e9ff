"""What is odd about votes as a whole."""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Numbers, Soft, Votes
from reliabel.crowd.vote_warnings import vote_warnings


def votes_of(worker, y, w=None, labels=None):
    worker = np.array(worker)
    labels = Classes(np.array(y), ("a", "b")) if labels is None else labels
    return Votes(
        np.arange(len(worker)), worker, labels, len(worker), worker.max() + 1 if w is None else w
    )


@pytest.mark.parametrize(
    ("worker", "y", "starts"),
    [
        ([0, 1, 0, 1], [0, 1, 1, 0], []),
        ([0, 0, 0], [0, 1, 0], ["all votes come from one worker"]),
        ([3, 3, 3], [0, 1, 0], ["all votes come from one worker"]),  # workers 0 to 2 did not vote
        ([0, 0, 1], [0, 1, 0], []),  # half voted once
        ([0, 0, 1, 2], [0, 1, 0, 1], ["2 of 3 workers voted only once"]),
        ([0, 1, 0, 1], [1, 1, 1, 1], ["all 4 votes are for 'b'"]),
        ([0, 0], [1, 1], ["all votes come from one worker", "all 2 votes are for 'b'"]),
        ([0], [1], ["all votes come from one worker"]),
    ],
)
def test_oddities_of_votes_on_classes(worker, y, starts):
    found = vote_warnings(votes_of(worker, y))
    assert [line[: len(start)] for line, start in zip(found, starts, strict=True)] == starts


def test_numbers_are_named_as_numbers_and_other_kinds_are_left_alone():
    same = votes_of([0, 1, 0, 1], None, labels=Numbers(np.full(4, 2.5)))
    assert vote_warnings(same)[0].startswith("all 4 votes are for 2.5:")
    soft = votes_of([0, 0], None, labels=Soft(np.full((2, 2), 0.5)))
    assert vote_warnings(soft) == []
    none = Votes(np.zeros(0, int), np.zeros(0, int), Classes(np.zeros(0, int), ("a", "b")), 2, 2)
    assert vote_warnings(none) == []


def test_a_consensus_that_ran_to_one_class_is_told_from_one_that_did_not():
    from reliabel.aggregators import dawid_skene, precision_model
    from reliabel.bench.weak_worlds import planted
    from reliabel.crowd.vote_warnings import collapse_warnings

    votes, _ = planted("sparse", 0)
    bad, good = (method.aggregate(votes).labels for method in (dawid_skene, precision_model))
    (said,) = collapse_warnings(votes, bad)
    assert "do not trust it; by='auto'" in said
    assert collapse_warnings(votes, good) == []
    people, _ = planted("independent", 0)
    assert collapse_warnings(people, dawid_skene.aggregate(people).labels) == []
