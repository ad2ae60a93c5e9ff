import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.measures.identifiability import measure


def _votes(pairs, n, w, names=("a", "b")):
    item, worker = (np.array(column) for column in zip(*pairs, strict=True))
    return Votes(item, worker, Classes(np.zeros(len(pairs), dtype=int), names), n, w)


@pytest.mark.parametrize(
    ("pairs", "verdict", "without_ring"),
    [
        ([(0, 0), (1, 1)], "not identified: no item has two votes", 2),
        ([(0, 0), (0, 1), (1, 1), (1, 2)], "only if all workers are equal", 3),
        ([(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 0)], "only for one accuracy a worker", 0),
        (
            [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (3, 0)],
            "only if all workers are equal",
            4,
        ),
        ([(0, 0), (0, 1), (0, 2), (1, 2), (1, 3)], "identified", 0),
    ],
)
def test_rings_of_co_votes(pairs, verdict, without_ring):
    found = measure(_votes(pairs, 4, 4))
    assert found.parts["verdict"] == verdict
    assert found.parts["workers_without_ring"] == without_ring


def test_counts_and_components():
    found = measure(_votes([(0, 0), (0, 1), (0, 2), (1, 0), (2, 3), (2, 4), (2, 4)], 5, 6))
    assert found.value == pytest.approx(1 / 5)
    assert found.parts["items_by_votes"] == {"0": 2, "1": 1, "2": 1, "3+": 1}, (
        "a repeated vote counts once"
    )
    assert (found.parts["components"], found.parts["items_per_component"]) == (2, [2, 1])
    assert found.parts["verdict"] == "inside each component only"
    assert found.parts["classes_never_voted"] == ["b"]
    assert found.parts["workers_with_one_vote"] == 4
    assert np.isnan(found.low)


def test_few_items_with_three_votes_are_weak_evidence():
    pairs = (
        [(0, 0), (0, 1), (0, 2)]
        + [(i, i % 3) for i in range(1, 12)]
        + [(i, (i + 1) % 3) for i in range(1, 12)]
    )
    assert measure(_votes(pairs, 12, 3)).parts["verdict"] == "weakly: few items have three votes"
