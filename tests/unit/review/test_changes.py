"""What happened since somebody last asked, and who may know it."""

from __future__ import annotations

import pytest

from reliabel.core.results import Decision
from reliabel.review.changes import changes
from reliabel.review.disputes import settle


def say(log, who, item, verdict="keep"):
    log.decide([Decision(str(item), verdict, who=who)])


def test_verdicts_undos_and_settlements_in_order(log):
    log.draw()
    say(log, "ada", 1)
    say(log, "bob", 1, "drop")
    settle(log, 1, "keep", who="eve")
    log.undo(who="eve")
    seq, told = changes(log, 0)
    assert seq == 5
    assert [(one["seq"], one["kind"], one["who"]) for one in told] == [
        (2, "decide", "ada"),
        (3, "decide", "bob"),
        (4, "settle", "eve"),
        (5, "undo", "eve"),
    ]
    assert told[1]["row"] == 1
    assert told[1]["id"] == "1"
    assert told[1]["verdict"] == "drop"
    assert told[3]["ref"] == 4
    assert changes(log, 3) == (5, told[2:])
    assert changes(log, 5) == (5, [])


def test_a_blind_reviewer_learns_nothing_of_labels_they_have_not_judged(log):
    say(log, "ada", 1)
    say(log, "ada", 2, "drop")
    say(log, "bob", 2)
    say(log, "ada", 2, "unsure")
    log.undo(who="ada")
    seq, told = changes(log, 0, who="bob", blind=True)
    assert seq == 5
    assert {one["row"] for one in told} == {2}
    assert changes(log, 0, who="carl", blind=True) == (5, [])
    assert len(changes(log, 0, who="carl")[1]) == 5
    assert len(changes(log, 0, who="ada", blind=True)[1]) == 5


def test_many_are_told_part_by_part(log):
    for item in range(7):
        say(log, "ada", item)
    seq, told, seen = 0, [], 0
    while True:
        after, part = changes(log, seq, most=3)
        told += part
        seen += 1
        if after == seq:
            break
        seq = after
    assert [one["seq"] for one in told] == list(range(1, 8))
    assert seen == 4


def test_numbers_begin_at_one(log):
    with pytest.raises(ValueError, match="after -1"):
        changes(log, -1)
