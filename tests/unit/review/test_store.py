"""The log, on both databases: the protocol of draws, verdicts that change, undos, the chain."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import text

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.review.store import Log
from reliabel.trust.review_record import WHOLE


def keep(*items, who=None):
    return [Decision(str(item), "keep", who=who) for item in items]


def change(*items, who=None):
    """The first six labels are wrong as given, the others right: each becomes the other class."""
    flipped = [(i % 2 == 1) == (i < 6) for i in items]
    return [
        Decision(str(i), "change", label="yes" if yes else "no", who=who)
        for i, yes in zip(items, flipped, strict=True)
    ]


def again(log):
    """The same log as another process sees it."""
    return Log(
        log.database,
        log.data,
        {
            "id": log.id,
            "uid": log.uid,
            "labels": log.labels,
            "units": log.layout.rows,
            "place": log.place,
        },
    )


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("row", "drawn", "wrong", "repaired", "dropped", "unseen", "forecast", "p")
    )


def test_draws_and_choices_stand_in_the_record_in_their_order(log):
    first = log.draw(forecast=6.5, allowed=2)
    log.decide(keep(*[i for i in range(3) if i != first.row]))
    second = log.draw(forecast=5.5, allowed=2)
    log.decide(change(second.row))
    log.decide(keep(first.row))
    record = log.record()
    assert record.n == 60
    assert record.drawn.tolist() == [True, *[False] * (len(record) - 2), True]
    assert record.row[0] == first.row
    assert record.row[-1] == second.row
    assert record.unseen[0] == 60
    assert record.unseen[-1] == 60 - (len(record) - 1)
    assert record.forecast[[0, -1]].tolist() == [6.5, 5.5]
    assert record.allowed[[0, -1]].tolist() == [2, 2]
    assert record.wrong[[0, -1]].tolist() == [0, 1]
    assert len(record.evidence) == 2


def test_an_open_draw_holds_up_the_evidence_of_later_ones(log):
    draws = [log.draw() for _ in range(3)]
    log.decide(keep(draws[0].row, draws[2].row))
    record = log.record()
    assert len(record.evidence) == 1
    assert record.left_to_see == 58
    log.decide(keep(draws[1].row))
    assert len(log.record().evidence) == 3


def test_no_label_is_drawn_twice_and_none_that_is_decided(log):
    log.decide(keep(*range(50)))
    drawn = {log.draw().row for _ in range(10)}
    assert drawn == set(range(50, 60))
    assert log.draw() is None


def test_draws_are_uniform_over_what_is_left(folder):
    """Every free label is drawn about as often: 3,000 draws from 20 labels, chi-square below the
    99.9 % quantile of 19 degrees of freedom.
    """
    from reliabel.review.store import drawn_row

    taken = np.zeros(60, dtype=bool)
    taken[20:] = True
    rng = np.random.default_rng(0)
    members = np.arange(60)
    seen = np.bincount(
        [drawn_row(members, taken, 20, lambda n: int(rng.integers(n))) for _ in range(3000)],
        minlength=20,
    )
    assert ((seen - 150) ** 2 / 150).sum() < 43.8


def test_a_decision_of_another_route_decides_a_draw(log):
    draw = log.draw()
    log.decide([Decision(str(draw.row), "drop")], origin="file")
    record = log.record()
    assert record.drawn.tolist() == [True]
    assert record.wrong.tolist() == [1]
    assert record.dropped.tolist() == [True]


def test_a_changed_verdict_takes_the_place_of_the_first_and_moves_nothing_else(log):
    draw = log.draw(forecast=3.25)
    log.decide(keep(draw.row))
    before = log.record()
    log.decide(change(draw.row))
    after = log.record()
    assert before.wrong.tolist() == [0]
    assert after.wrong.tolist() == [1]
    assert after.repaired.tolist() == [True]
    assert after.unseen.tolist() == before.unseen.tolist()
    assert log.board.seq == 3


def test_an_undo_without_a_new_verdict_counts_as_unsure(log):
    log.decide(keep(3))
    taken = log.undo()
    assert (taken.id, taken.verdict) == ("3", "keep")
    record = log.record()
    assert (record.wrong.tolist(), record.repaired.tolist()) == ([1], [False])
    assert log.decisions() == []
    log.decide(keep(3))
    assert log.record().wrong.tolist() == [0]


def test_there_is_nothing_to_take_back_twice(log):
    log.decide(keep(3))
    log.undo()
    with pytest.raises(ValueError, match="nobody has no decision to take back"):
        log.undo()
    with pytest.raises(ValueError, match="is no decision that stands"):
        log.undo(1)


def test_people_who_disagree_are_unsure_until_they_agree(log):
    log.decide(change(3, who="ada"))
    done = log.decide(keep(3, who="bob"))
    assert "people disagree on 1 label" in done.notes[0]
    assert log.record().wrong.tolist() == [1]
    assert log.record().repaired.tolist() == [False]
    log.decide(change(3, who="bob"))
    assert log.record().repaired.tolist() == [True]


def test_second_looks_are_counted_where_people_agree_in_the_end(log):
    log.decide([*keep(0, 1, who="ada"), *change(2, who="ada")])
    log.decide([*change(0, 2, who="bob"), *keep(1, who="bob")])
    assert (log.record().trials, log.record().missed) == (1, 0)
    log.decide(change(0, who="ada"))
    assert (log.record().trials, log.record().missed) == (2, 1)


def test_a_change_to_the_label_as_given_keeps_it(log):
    log.decide([Decision("10", "change", label="no")])
    assert log.record().wrong.tolist() == [0]


def test_the_same_decision_is_logged_once(log):
    assert log.decide(keep(1, 2)).new == 2
    done = log.decide(keep(1, 2))
    assert (done.new, done.same) == (0, 2)
    assert log.board.seq == 2


def test_a_key_of_the_sender_is_logged_once(log):
    log.decide(keep(1), keys=["a"])
    done = log.decide(change(1), keys=["a"])
    assert (done.new, done.same) == (0, 1)
    assert log.record().wrong.tolist() == [0]


def test_bad_decisions_log_nothing(log):
    with pytest.raises(ValueError, match="not in the audit"):
        log.decide([*keep(1), Decision("stranger", "keep")])
    with pytest.raises(ValueError, match="maybe"):
        log.decide([*keep(1), Decision("2", "change", label="maybe")], new_classes=False)
    with pytest.raises(ValueError, match="has one label"):
        log.decide([Decision("2", "keep", unit=3)])
    assert log.board.seq == 0


def test_a_population_has_an_order_of_its_own(log):
    assert log.fix_population("few", np.array([5, 6, 7])) == 3
    draw = log.draw("few", allowed=1)
    assert draw.row in (5, 6, 7)
    assert draw.unseen == 3
    log.decide(keep(draw.row))
    whole, few = log.record(), log.record("few")
    assert (whole.n, whole.drawn.tolist()) == (60, [False])
    assert (few.n, few.drawn.tolist(), few.unseen.tolist()) == (3, [True], [3])
    assert log.fix_population("few", np.array([5, 6, 7])) == 3
    with pytest.raises(ValueError, match="a population never changes"):
        log.fix_population("few", np.array([5, 6]))
    with pytest.raises(ValueError, match="no population 'fewer'"):
        log.record("fewer")


def test_what_was_decided_before_a_population_began_is_chosen_in_it(log):
    log.decide(change(5))
    log.fix_population("few", np.array([5, 6]))
    record = log.record("few")
    assert (record.row.tolist(), record.drawn.tolist(), record.wrong.tolist()) == (
        [5],
        [False],
        [1],
    )
    assert log.draw("few").row == 6


def test_a_plan_is_made_before_the_first_draw(log):
    log.plan(3, 5, WHOLE)
    assert log.record().plan == (3, 5)
    with pytest.raises(ValueError, match="before the first"):
        log.plan(3, 5, WHOLE)


@pytest.mark.parametrize("table", ["event", "population"])
@pytest.mark.parametrize(
    "change", ["UPDATE {0} SET log = log", "DELETE FROM {0}"], ids=["update", "delete"]
)
def test_the_database_refuses_to_change_what_is_logged(log, table, change):
    log.fix_population("few", np.array([5, 6]))
    with pytest.raises(ValueError, match="never changed"), log.database.writing() as connection:
        connection.execute(text(change.format(table)))
    assert log.verify() == ""


def test_an_event_cannot_be_replaced_either(log, store):
    log.decide(keep(1))
    if store is not None:
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    with pytest.raises(ValueError, match="never changed"), log.database.writing() as connection:
        connection.execute(text("INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 1"))
    assert log.verify() == ""


def test_a_change_by_hand_is_found(log, store):
    log.decide(keep(1, 2, 3))
    with log.database.writing() as connection:
        if store is None:
            connection.execute(text("DROP TRIGGER event_no_update"))
        else:
            connection.execute(text("DROP TRIGGER event_no_change ON event"))
        connection.execute(text("UPDATE event SET verdict = 'drop' WHERE seq = 2"))
    assert "event 2 (decide" in log.verify()
    with pytest.raises(ValueError, match="was changed by hand: event 2"):
        again(log).record()


def test_a_gap_is_found(log, store):
    log.decide(keep(1, 2, 3))
    with log.database.writing() as connection:
        if store is None:
            connection.execute(text("DROP TRIGGER event_no_delete"))
        else:
            connection.execute(text("DROP TRIGGER event_no_change ON event"))
        connection.execute(text("DELETE FROM event WHERE seq = 2"))
    assert "event 2 is missing" in log.verify()


def test_another_process_sees_the_same(log):
    other = again(log)
    log.draw(forecast=1 / 3)
    other.decide(keep(1, 2))
    log.decide(change(4))
    other.undo()
    assert same(log.record(), other.record())
    assert same(log.record(), again(log).record())
    assert log.verify() == ""


def test_a_failed_write_leaves_the_board_as_it_was(log, monkeypatch):
    log.decide(keep(1))

    def fail(*_):
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr("reliabel.review.store.disagreements", fail)
    with pytest.raises(RuntimeError, match="the disk is gone"):
        log.decide(keep(2))
    monkeypatch.undo()
    assert log.record().row.tolist() == [1]
    assert log.verify() == ""


def test_labels_of_items_with_several_are_judged_one_by_one(tmp_path, store):
    y = np.array([[1, 0], [0, 1], [1, 1], [0, 0]] * 10)
    p = np.where(y == 1, 0.9, 0.1)
    folder = rl.save(
        rl.audit(rl.MultiLabel(y, ("a", "b")), probs=p, by=["self_confidence"]),
        tmp_path / "m.audit",
    )
    log = rl.log(folder, store=store)
    log.decide([Decision("0", "change", unit=1, label="yes"), Decision("1", "drop")])
    record = log.record()
    assert record.n == 80
    assert record.row.tolist() == [1, 2, 3]
    assert record.dropped.tolist() == [False, True, True]
    assert {(one.id, one.unit, one.verdict) for one in log.decisions()} == {
        ("0", 1, "change"),
        ("1", None, "drop"),
    }


def test_several_threads_may_use_one_log(log):
    from concurrent.futures import ThreadPoolExecutor

    def review(who):
        for item in range(15):
            log.decide(keep(item * 4 + who, who=f"person {who}"))
            log.record()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(review, range(4)))
    assert log.record().left_to_see == 0
    assert log.verify() == ""
