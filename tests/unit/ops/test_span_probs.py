"""Chances of spans, against a plain count over all stretches of words."""

import numpy as np
import pytest

from reliabel.core.evidence import TokenProbs
from reliabel.ops.span_probs import apart, chances, clear, crossing, likely, span_probs

TYPES = ("LOC", "PER")
NAMES = ("I-PER", "O", "B-LOC", "I-LOC", "B-PER")


@pytest.fixture
def probs():
    rng = np.random.default_rng(0)
    return span_probs(
        TokenProbs(rng.dirichlet(np.full(5, 0.3), 40), [0, 7, 7, 25, 40], NAMES), TYPES
    )


def by_hand(probs, item, start, end, c):
    first, last = probs.offsets[item] + start, probs.offsets[item] + end
    inside = probs.inside[:, c].copy()
    whole = last == probs.offsets[item + 1]
    marks = [probs.start[first, c], *inside[first + 1 : last], 1 if whole else 1 - inside[last]]
    return min(marks)


def every(probs):
    for item in range(len(probs.offsets) - 1):
        size = int(np.diff(probs.offsets)[item])
        yield from ((item, a, b) for a in range(size) for b in range(a + 1, size + 1))


def test_a_chance_is_that_of_the_least_likely_mark(probs):
    where = [np.array(part) for part in zip(*every(probs), strict=True)]
    found = chances(probs, *where)
    for row, (item, a, b) in enumerate(every(probs)):
        assert found[row] == pytest.approx([by_hand(probs, item, a, b, c) for c in range(2)])
    first = probs.offsets[where[0]] + where[1]
    for row, start in enumerate(first.tolist()):
        end = start + int(where[2][row] - where[1][row])
        assert clear(probs, *where)[row] == pytest.approx(probs.outside[start:end].min())


def test_likely_spans_are_all_above_the_limit(probs):
    found = likely(probs, 0.1)
    seen = set(
        zip(*(part.tolist() for part in (found.item, found.start, found.end, found.y)), strict=True)
    )
    wanted = {
        (item, a, b, c)
        for item, a, b in every(probs)
        for c in range(2)
        if by_hand(probs, item, a, b, c) >= 0.1
    }
    assert seen == wanted


def test_likely_spans_there_are_those_that_share_a_word(probs):
    for seed in range(5):
        where = np.random.default_rng(seed).random(40) < 0.15
        every_one, there = likely(probs, 0.02), likely(probs, 0.02, where)
        first = probs.offsets[every_one.item] + every_one.start
        size = every_one.end - every_one.start
        shares = np.array([where[a : a + b].any() for a, b in zip(first, size, strict=True)])
        wanted = every_one.take(np.flatnonzero(shares))
        seen = {*zip(there.item, there.start, there.end, there.y, strict=True)}
        assert seen >= {*zip(wanted.item, wanted.start, wanted.end, wanted.y, strict=True)}
        assert len(seen) < len(every_one)


def test_what_is_kept_shares_no_words_and_all_else_shares_some(probs):
    found = likely(probs, 0.05)
    kept = apart(found)
    mine, other = crossing(kept.item, kept.start, kept.end, (kept.item, kept.start, kept.end))
    assert (mine == other).all()
    _, there = crossing(kept.item, kept.start, kept.end, (found.item, found.start, found.end))
    assert len(np.unique(there)) == len(found)


def test_nothing_is_likely_in_no_text():
    none = span_probs(TokenProbs(np.empty((0, 5)), [0, 0], NAMES), TYPES)
    assert len(apart(likely(none, 0.1))) == 0
    empty = np.empty(0, dtype=int)
    assert chances(none, empty, empty, empty).shape == (0, 2)
