"""The table of who marks spans: worked by hand."""

import numpy as np

from reliabel.core.labels import Grouped, Spans, Votes
from reliabel.crowd.span_table import Marks, right_marks, span_scores, span_table

NAMES = ("LOC", "PER")


def _grouped(items):
    flat = [span for spans in items for span in spans]
    start, end, y = (np.array([span[part] for span in flat], dtype=int) for part in range(3))
    return Grouped(Spans(start, end, y, NAMES), np.cumsum([0, *map(len, items)]))


def test_shares_of_what_each_marks():
    said = [[(0, 2, 0), (5, 6, 1)], [(0, 2, 1)], [(0, 1, -1), (8, 9, -1)]]
    votes = Votes([0, 0, 0], [0, 1, 2], _grouped(said), n=2, w=4)
    consensus = _grouped([[(0, 2, 0), (7, 8, 1)], []])
    known = _grouped([[(0, 2, 0), (5, 6, 1)], [(1, 2, 0)]])
    table = span_table(votes, consensus, known)
    assert table.votes.tolist() == [1, 1, 1, 0]
    assert table.says.tolist() == [[1, 1], [0, 1], [0, 0], [0, 0]]
    assert table.denies.tolist() == [0, 0, 2, 0]
    assert table.overlap[:3].tolist() == [0.5, 1.0, 0.5]
    assert table.conflict[:3].tolist() == [0.5, 1.0, 0.5]
    assert table.right[:3].tolist() == [0.5, 0.0, 0.5]  # "no span" at 8:9 is right
    assert table.found[:2].tolist() == [0.5, 0.0]
    assert table.known.tolist() == [2, 1, 2, 0]
    assert table.known_right[:3].tolist() == [1.0, 0.0, 0.5]
    assert table.known_found[:2].round(3).tolist() == [0.667, 0.0]
    assert np.isnan(table.right[3])
    assert np.isnan(table.known_found[2])


def test_scores_of_spans():
    assert span_scores(_grouped([[(0, 2, 0), (3, 4, 0)]]), _grouped([[(0, 2, 0)]])) == (
        0.5,
        1.0,
        2 / 3,
    )
    assert np.isnan(span_scores(_grouped([[]]), _grouped([[(0, 2, 0)]]))[0])


def test_no_span_is_right_where_none_has_one_of_the_words():
    truth = Marks(*(np.array(part) for part in ([0, 1], [2, 0], [4, 1], [0, 0])))
    marks = Marks(
        np.array([0, 0, 0, 1]), np.array([0, 3, 4, 0]), np.array([2, 9, 5, 3]), np.full(4, -1)
    )
    assert right_marks(marks, truth).tolist() == [True, False, True, False]
