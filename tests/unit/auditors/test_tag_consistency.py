"""tag_consistency: the same words with other labels, on worked sentences."""

import pytest

from reliabel.auditors import tag_consistency
from reliabel.core.labels import Grouped, Spans

NAMES = ("LOC", "PER")


def audited(text: list[tuple[str, ...]], *spans: tuple[int, int, int, int]):
    """Spans are item, start, end and class."""
    item, start, end, y = zip(*spans, strict=True)
    offsets = [sum(i < n for i in item) for n in range(len(text) + 1)]
    return tag_consistency.audit(Grouped(Spans(start, end, y, NAMES), offsets), items=text)


def test_another_class_elsewhere():
    """Of three other occurrences all are LOC: 3 / (3 + 2) against 0."""
    found = audited([("Rome",)] * 4, (0, 0, 1, 0), (1, 0, 1, 0), (2, 0, 1, 0), (3, 0, 1, 1))
    assert found.score[3] == pytest.approx((0.6 + 0.1) / (0.6 + 0.2))
    assert found.kind[3] == "type"
    assert found.suggest.units.y[3] == 0
    assert found.flag.tolist() == [False, False, False, True]


def test_no_span_elsewhere():
    text = [("the", "Fed"), ("the", "Fed"), ("the", "bank"), ("the", "war"), ("the", "end")]
    found = audited(text, (0, 0, 1, 0), (1, 1, 2, 0))
    assert found.kind[0] == "spurious"
    assert found.score[0] == pytest.approx((4 / 6 + 0.1) / (4 / 6 + 0.2))


def test_a_span_that_is_a_word_longer_elsewhere():
    text = [("in", "New", "York")] * 5
    found = audited(text, *((i, 1, 3, 0) for i in range(4)), (4, 2, 3, 0))
    assert found.kind[4] == "boundary"
    made = found.suggest.units
    assert (made.start[4], made.end[4], made.y[4]) == (1, 3, 0)
    assert found.score[4] > 0.75 > found.score[:4].max()


def test_a_place_without_a_span():
    text = [("in", "Rome")] * 5
    found = audited(text, *((i, 1, 2, 0) for i in range(4)), (4, 1, 2, -1))
    assert found.kind[4] == "missing"
    assert found.score[4] > 0.75
    assert found.suggest.units.y[4] == 0


def test_words_that_come_once_say_nothing():
    assert audited([("in", "Rome")], (0, 1, 2, 0)).score.tolist() == [0.5]


def test_words_do_not_reach_into_the_next_sentence():
    text = [("New",), ("York", "New"), ("York",)]
    found = audited(text, (0, 0, 1, 0), (1, 1, 2, 0))
    assert (found.score < 0.5).all()
