"""What people curse in other tools of this kind, as far as it is the log's: a test each."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event
from tests.unit.review.conftest import made
from tests.unit.review.test_store import again, keep

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.review.terminal import terminal


def test_no_work_is_lost_on_a_refresh(folder, store):
    """What was acknowledged is there for whoever opens the folder next, and so is the next card."""
    sitting = rl.judge(folder, who="ada", store=store)
    first = sitting.card.id
    sitting.keep()
    fresh = rl.judge(folder, who="ada", store=store)
    assert fresh.card == sitting.card
    assert [one.id for one in fresh.log.decisions()] == [first]


def test_no_work_is_lost_when_the_process_dies(folder):
    """The process dies at once after the decision, without closing anything."""
    code = (
        "import os, sys, reliabel as rl\n"
        "rl.log(sys.argv[1]).decide([rl.core.results.Decision('7', 'drop')])\n"
        "os._exit(9)\n"
    )
    code = code.replace("rl.core.results.Decision", "Decision").replace(
        "import os", "from reliabel.core.results import Decision\nimport os"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
    assert done.returncode == 9
    assert [(one.id, one.verdict) for one in rl.log(folder).decisions()] == [("7", "drop")]


def test_the_ten_thousandth_decision_costs_what_the_first_did(tmp_path, store):
    """Counted, not timed: statements, and events that are read, do not grow with the log."""
    log = rl.log(made(tmp_path / "many.audit", rows=12_000, wrong=60), store=store)

    def cost(item):
        seen = []
        event.listen(log.database.engine, "before_cursor_execute", watch := _watch(seen))
        reads = log.board.seq
        log.decide(keep(item, who="ada"))
        event.remove(log.database.engine, "before_cursor_execute", watch)
        return len(seen), log.board.seq - reads

    first = cost(0)
    log.decide(keep(*range(1, 10_001), who="ada"))
    assert cost(10_001) == first
    assert first[0] < 10


def _watch(seen):
    def watch(connection, cursor, statement, parameters, context, many):
        seen.append(statement)

    return watch


def test_everything_can_be_taken_back_and_its_history_stays(log):
    log.decide(keep(1, 2, who="ada"))
    log.decide([Decision("1", "drop", who="ada")])
    for _ in range(3):
        log.undo(who="ada")
    assert log.decisions() == []
    kinds = [(one.kind, one.verdict, one.ref) for one in log.events()]
    assert kinds == [
        ("decide", "keep", None),
        ("decide", "keep", None),
        ("decide", "drop", None),
        ("undo", None, 3),
        ("undo", None, 2),
        ("undo", None, 1),
    ]


def test_several_people_judge_blindly_without_paying(folder):
    log = rl.log(folder)
    log.decide([Decision("3", "drop", who="ada")])
    sitting = rl.judge(folder, who="bob", source="second")
    assert sitting.card.id == "3"
    assert sitting.said == ()


def test_one_key_decides_and_shows_the_next(folder):
    sitting, seen, keys = rl.judge(folder), [], iter("aaa")

    def read():
        seen.append(sitting.card.id)
        return next(keys, "q")

    assert terminal(sitting, read, lambda: "", lambda text: None) == 3
    assert len(set(seen)) == 4


def test_nothing_needs_a_network_and_nothing_is_sent(folder, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")

    def refused(*words, **more):
        raise AssertionError("something asked for the network")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refused)
    rows = rl.next(folder, n=5, out=tmp_path / "batch.csv")["rows"]["id"]
    rl.decide(folder, [{"id": one, "verdict": "keep", "who": "ada"} for one in rows])
    sitting = rl.judge(folder, who="bob")
    sitting.drop()
    sitting.undo()
    sitting.drop()
    rl.certify(folder, target=0.5, forecast=False)
    assert rl.apply(folder)["kept"] == 5
    assert rl.log(folder).verify() == ""


def test_no_label_is_handed_to_two_people(tmp_path, store):
    """Eight people ask at once for ten labels each, again and again, without deciding."""
    folder = made(tmp_path / "labels.audit", rows=200)
    rl.log(folder, store=store)

    def ask(who):
        mine = again(rl.log(folder, store=store))
        from reliabel.review.handing import hand_out
        from reliabel.review.opening import open_log
        from reliabel.review.picking import pick

        audit = open_log(folder).audit
        make = pick(audit, "all", 2, greedy=True)
        return {row for n in (5, 10) for row in hand_out(mine, n, make, who=f"p{who}").rows}

    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(ask, range(8)))
    rows = [row for rows in held for row in rows]
    assert len(rows) == 80
    assert len(set(rows)) == 80
