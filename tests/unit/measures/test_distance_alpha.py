"""Alpha by the distance of a kind: by hand, and votes that have nothing to do with their item."""

from importlib import import_module

import numpy as np
import pytest

from reliabel.core.free_text import Texts
from reliabel.core.labels import Grouped, Spans, Votes
from reliabel.core.objects import Boxes, Regions
from reliabel.core.orders import Comparisons, Rankings
from reliabel.measures.distance_alpha import measure
from reliabel.ops.vote_distances import distance_of
from reliabel.reporters.consensus_facts import shown_as
from reliabel.verbs.write_consensus import agreement_measures

KINDS = ("rankings", "texts", "spans", "boxes", "regions")


def _apart(labels):
    votes = Votes([0, 0], [0, 1], labels, n=1, w=2)
    return distance_of(votes)[0](np.array([0]), np.array([1])).round(4).tolist()


@pytest.mark.parametrize(
    ("labels", "far"),
    [
        (Comparisons([0, 1], [1, 0], [0, 1]), 0),  # both prefer the first
        (Comparisons([0, 0], [1, 1], [0, 2]), 0.5),
        (Rankings([0, 1, 2, 2, 0, 1], [0, 3, 6], 3), 0.6667),  # two of three pairs
        (Texts(["a dog ran", "a dog sat"]), 0.3333),
        (Grouped(Spans([0, 1], [2, 3], [0, 0], ["LOC"]), [0, 1, 2]), 0.5),
        (Grouped(Spans([0, 0], [2, 2], [0, 1], ["LOC", "PER"]), [0, 1, 2]), 1),
        (Grouped(Spans([], [], [], ["LOC"]), [0, 0, 0]), 0),
        (Grouped(Boxes([[0, 0, 4, 4], [2, 0, 6, 4]], [0, 0], ["a"]), [0, 1, 2]), 0.6667),
        (Grouped(Boxes([[0, 0, 4, 4]], [0], ["a"]), [0, 1, 1]), 1),
        (Grouped(Regions([0, 0], [0, 2], [4, 4], [0, 1, 2], [[2, 4]] * 2, ["a"]), [0, 1, 2]), 0.5),
    ],
)
def test_distances_by_hand(labels, far):
    assert _apart(labels) == [far]


def test_alpha_by_hand():
    told = Comparisons([0, 0, 0, 1, 1], [1, 1, 1, 2, 2], [0, 0, 1, 0, 0])
    votes = Votes([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], told, n=2, w=3)
    found = measure(votes, rng=np.random.default_rng(0))
    assert found.parts["observed"] == pytest.approx((3 * 2 / 3 + 0) / 5)
    assert found.value == pytest.approx(1 - 0.4 / 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_votes_on_other_items_agree_by_chance(kind):
    votes = import_module(f"tests.vote_worlds.{kind}").easy(0).labels
    said = measure(votes, rng=np.random.default_rng(0))
    assert said.low > 0.3
    item = np.random.default_rng(1).permutation(votes.item)
    mixed = Votes(item, votes.worker, votes.labels, votes.n, votes.w)
    assert abs(measure(mixed, rng=np.random.default_rng(0)).value) < 0.06


def test_it_is_among_the_measures_that_a_page_shows():
    votes = import_module("tests.vote_worlds.spans").easy(0).labels
    shown = agreement_measures(votes)
    assert list(shown) == ["distance_alpha"]
    assert shown_as("distance_alpha") == "Krippendorff's alpha"
