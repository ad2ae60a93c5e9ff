"""The part of the bench on spans: its plain way, its worlds, its tables."""

import numpy as np

from reliabel.bench import votes_spans
from reliabel.bench.run import Row
from reliabel.bench.span_annotators import CROWDS, grouped, majority_per_token, span_f1, voted
from reliabel.core.labels import Votes
from reliabel.core.words import Words

WORDS = [Words(["A", "b", "C", "d", "e"])]
TRUE = [[(0, 2, 0), (3, 4, 1)]]


def test_f1_counts_spans_with_the_true_words_and_class():
    assert span_f1(grouped(TRUE), grouped(TRUE)) == 1
    assert span_f1(grouped([[(0, 2, 0), (3, 5, 1)]]), grouped(TRUE)) == 0.5
    assert span_f1(grouped([[]]), grouped(TRUE)) == 0
    assert span_f1(grouped([[]]), grouped(TRUE), np.array([False])) == 0


def test_a_majority_of_words_may_leave_words_of_a_span():
    said = grouped([[(0, 2, 0)], [(0, 1, 0)], [(0, 1, 0), (3, 4, 1)]])
    found = majority_per_token(Votes([0, 0, 0], [0, 1, 2], said, 1, 3), WORDS)
    assert list(zip(found.units.start, found.units.end, found.units.y, strict=True)) == [(0, 1, 0)]
    found = majority_per_token(Votes([0, 0, 0], [0, 1, 2], said, 1, 3), WORDS, silent=False)
    assert found.units.start.tolist() == [0, 3]


def test_planted_crowds_and_votes_of_any_size():
    rng = np.random.default_rng(0)
    for make in CROWDS.values():
        votes = voted(WORDS * 20, TRUE * 20, make(rng), 3, rng)
        assert len(votes) == 60
        assert votes.labels.units.end.max() <= 5
    assert len(votes_spans.many_votes(50)) == 250


def test_scenarios_and_tables():
    made = votes_spans.scenarios(quick=True, data=None)
    assert all(name.startswith("spans-") for name in made)
    rows = [
        Row("spans-mixed 3", "", "", 0, "majority per word", "F1", 0.7),
        Row("spans-mixed 3", "", "", 0, "span_votes", "F1", 0.8),
        Row("spans-mixed 3", "", "", 0, "span_votes", "above", 9.0),
        Row("spans-cost", "", "10 votes", 0, "span_votes", "cpu_s", 1.5),
    ]
    first, _, cost = votes_spans.sections(rows)
    assert first[1][1:] == [["majority per word", "0.700"], ["span_votes", "0.800 (+9.0)"]]
    assert cost[1][1] == ["span_votes", "10 votes", "cpu_s", "1.5"]
