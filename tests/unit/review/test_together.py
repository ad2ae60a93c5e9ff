"""Work on a log that arrives at the same moment is done in one transaction."""

from __future__ import annotations

import threading

import pytest

from reliabel.core.results import Decision
from reliabel.review.deciding import places_of
from reliabel.review.together import Together


def deciding(log, row, verdict="keep"):
    decision = Decision(str(row), verdict)
    places = places_of(log, [decision], False)
    return lambda connection, board: log.decide_within(connection, board, [decision], places).seqs


def all_at_once(together, works):
    """What came of each work, all of which waited for the first to end."""
    begun, go = threading.Event(), threading.Event()
    told = [None] * len(works)

    def first(connection, board):
        begun.set()
        go.wait(10)

    def run(place, work):
        try:
            told[place] = together.do(work)
        except (ValueError, KeyError) as wrong:
            told[place] = wrong

    threads = [threading.Thread(target=together.do, args=(first,))]
    threads[0].start()
    begun.wait(10)
    for place, work in enumerate(works):
        threads.append(threading.Thread(target=run, args=(place, work)))
        threads[-1].start()
    while len(together._waiting) < len(works):
        pass
    go.set()
    for thread in threads:
        thread.join()
    return told


def transactions(log, monkeypatch):
    known, made = log.writing, []

    def counted():
        made.append(1)
        return known()

    monkeypatch.setattr(log, "writing", counted)
    return made


def test_what_waits_is_done_in_one_transaction(log, monkeypatch):
    made = transactions(log, monkeypatch)
    told = all_at_once(Together(log), [deciding(log, row) for row in range(6)])
    assert len(made) == 2
    assert sorted(told) == [(seq,) for seq in range(1, 7)]
    assert len(log.decisions()) == 6
    assert log.verify() == ""


def test_one_that_fails_leaves_the_others_alone(log):
    def fails(connection, board):
        log.decide_within(connection, board, [Decision("9", "drop")], [(9, None)])
        raise ValueError("no")

    works = [deciding(log, 0), fails, deciding(log, 1)]
    told = all_at_once(Together(log), works)
    assert str(told[1]) == "no"
    assert {one.id for one in log.decisions()} == {"0", "1"}
    assert log.verify() == ""


def test_a_failure_of_ours_is_told_to_everybody_and_writes_nothing(log):
    def breaks(connection, board):
        raise KeyError("ours")

    with pytest.raises(KeyError):
        Together(log).do(breaks)
    assert log.board.seq == 0
    assert Together(log).do(deciding(log, 3)) == (1,)
