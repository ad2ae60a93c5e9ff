"""The hash of an event, and events of versions to come."""

from __future__ import annotations

import hashlib
import json
import random

import pytest

from reliabel.review.board import Board
from reliabel.review.events import Event, first_hash, unsealed
from reliabel.review.identity import known_rows

TEXTS = [None, "", "a", 'quote " and \\', "tab\t\n\x00\x7f", "Zürich 例 \U0001f600", "\ud800"]
NUMBERS = [None, 0, -1, 7, 2**53, 2**70]
REALS = [None, 0.1, 1.0, -0.0, 1e300, 1e-7, float("nan"), float("inf"), 3]


def test_the_hash_is_that_of_one_json_list_of_all_fields():
    """As every log was sealed so far: its hashes stay what they were."""
    encoded = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
    chance = random.Random(0)
    for seq in range(500):
        text, number, real = (
            lambda some=some: chance.choice(some) for some in (TEXTS, NUMBERS, REALS)
        )
        one = Event(
            seq,
            "decide",
            "2026-11-27T08:00:00.000Z",
            *(text(), text(), number(), number(), text(), text(), text(), text()),
            *(number(), number(), real(), number(), real(), text()),
        )
        before = chance.choice(["", first_hash("u", "l", 3)])
        told = encoded((before, *one[:-1])).encode()
        assert one.seal(before) == hashlib.sha256(told).hexdigest()


def test_every_field_is_under_the_hash():
    one = Event(
        1, "decide", "t", "ada", "all", 1, 2, "keep", "x", "review", "k", 3, 4, 0.5, 5, 0.25
    )
    one = one._replace(detail="d")
    for name in Event._fields[:-1]:
        assert one._replace(**{name: "other"}).seal("") != one.seal(""), name
    assert one.seal("a") != one.seal("b")


def test_an_event_of_a_newer_version_is_one_sentence(log):
    board = Board(log.data, known_rows(log.data))
    with pytest.raises(ValueError, match=r"does not know \(retract\); a newer version wrote it"):
        board.apply(Event(1, "retract", "t"))


def test_many_events_are_checked_as_one_by_one():
    """Whatever text stands in them, and wherever one of them was changed."""
    chance, rows, before = random.Random(1), [], first_hash("u", "l", 3)
    texts = [*TEXTS, '","', '["', "]", ',"0123456789abcdef",']
    for seq in range(1, 60):
        one = Event(seq, "decide", "t", chance.choice(texts), label=chance.choice(texts))
        one = one._replace(p=chance.choice(REALS), ref=chance.choice(NUMBERS)).sealed(before)
        rows.append(one)
        before = one.hash
    start = first_hash("u", "l", 3)
    assert unsealed(rows, start) == -1
    assert unsealed(rows[:1], start) == -1
    assert unsealed(rows[7:], rows[6].hash) == -1
    assert unsealed([], start) == -1
    assert unsealed(rows, "") == 0
    for place in (0, 1, 30, 58):
        changed = [*rows]
        changed[place] = rows[place]._replace(verdict="drop")
        assert unsealed(changed, start) == place
    assert unsealed([*rows[:5], *rows[6:]], start) == 5


def test_the_collector_of_cycles_works_on_after_a_log_was_read(log):
    import gc

    assert gc.isenabled()
    assert log.board.seq == 0
    assert gc.isenabled()
    gc.disable()
    try:
        assert log.board.seq == 0
        assert not gc.isenabled()
    finally:
        gc.enable()
