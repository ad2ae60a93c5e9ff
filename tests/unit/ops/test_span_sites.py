"""Sites of spans: worked examples."""

import numpy as np

from reliabel.core.labels import Grouped, Spans, Votes
from reliabel.ops.span_sites import (
    likeliest_extents,
    overlapping,
    sites_of,
    votes_on_sites,
    without_overlaps,
)

NAMES = ("LOC", "PER")


def _votes(said, n=1):
    """said: (item, worker, spans) with spans (start, end, class)."""
    flat = [span for *_, spans in said for span in spans]
    start, end, y = (np.array([span[part] for span in flat], dtype=int) for part in range(3))
    groups = Grouped(Spans(start, end, y, NAMES), np.cumsum([0, *(len(s[2]) for s in said)]))
    item, worker = ([one[part] for one in said] for part in (0, 1))
    return Votes(item, worker, groups, n, max(worker) + 1)


def test_what_most_marks_lie_about_leads():
    # 2:4 shares half with each of the others, which share a third with each other
    votes = _votes([(0, 0, [(1, 4, 0)]), (0, 1, [(2, 4, 0)]), (0, 2, [(2, 5, 1)])])
    sites = sites_of(votes)
    assert sites.item.tolist() == [0]
    assert sites.site.tolist() == [0, 0, 0]
    votes = _votes([(0, 0, [(1, 3, 0)]), (0, 1, [(2, 4, 0)]), (1, 2, [(1, 3, 0)])], n=2)
    assert sites_of(votes).item.tolist() == [0, 0, 1]


def test_silence_says_that_there_is_no_span_unless_it_is_open():
    votes = _votes([(0, 0, [(0, 2, 0)]), (0, 1, []), (0, 2, [(0, 3, -1)]), (1, 3, [])], n=2)
    sites = sites_of(votes)
    said, extent = votes_on_sites(votes, sites, silent=True)
    assert sorted(zip(said.worker.tolist(), said.labels.y.tolist(), strict=True)) == [
        (0, 0), (1, 2), (2, 2),
    ]  # fmt: skip
    assert extent.tolist() == [0, -1, -1]
    said, _ = votes_on_sites(votes, sites, silent=False)
    assert said.worker.tolist() == [0, 2]


def test_a_denial_must_cover_half_of_the_words():
    votes = _votes([(0, 0, [(2, 6, 0)]), (0, 1, [(0, 4, -1)]), (0, 2, [(5, 9, -1)])])
    said, _ = votes_on_sites(votes, sites_of(votes), silent=False)
    assert said.worker.tolist() == [0, 1]


def test_words_are_those_of_whoever_is_mostly_right():
    # worker 2 always ends a word too late; where 0 and 1 are away, 3 agrees with nobody
    said = [(i, w, [(0, 2 + (w == 2), 0)]) for i in range(30) for w in (0, 1, 2)]
    said += [(30, 1, [(0, 2, 0)]), (30, 2, [(0, 3, 0)])]
    votes = _votes(said, n=31)
    sites = sites_of(votes)
    on_sites, extent = votes_on_sites(votes, sites, silent=True)
    best, chance = likeliest_extents(sites, extent, on_sites.worker, votes.w)
    assert sites.end[best].tolist() == [2] * 31
    assert chance[-1] > 0.7


def test_of_spans_that_share_words_the_best_stay():
    item = np.array([1, 0, 0, 0, 0])
    start, end = np.array([0, 0, 1, 3, 8]), np.array([5, 2, 4, 6, 9])
    stay = without_overlaps(item, start, end, np.array([0.1, 0.5, 0.6, 0.55, 0.2]))
    assert stay.tolist() == [True, False, True, False, True]
    one, two = overlapping(np.array([0, 0, 0, 1]), np.array([0, 1, 3, 0]), np.array([4, 2, 5, 5]))
    assert list(zip(one.tolist(), two.tolist(), strict=True)) == [(0, 1), (0, 2)]
