"""Adjudication: labels on which people differ, and what is settled about them."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from tests.unit.review.conftest import made
from tests.unit.review.test_store import again

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.review.disputes import disputes, settle
from reliabel.review.terminal import terminal


def say(log, who, item, verdict="keep", label=None):
    log.decide([Decision(str(item), verdict, label=label, who=who)])


def differ(log):
    """Ada and Bob differ on labels 1 and 2, and agree on 3."""
    for item, verdict in ((1, "keep"), (2, "drop"), (3, "keep")):
        say(log, "ada", item, verdict)
    say(log, "bob", 1, "change", "yes" if log.data.labels.y[1] == 0 else "no")
    say(log, "bob", 2, "unsure")
    say(log, "bob", 3)


def counts(log, item):
    record = log.record()
    place = record.row.tolist().index(item)
    return int(record.wrong[place]), bool(record.repaired[place]), bool(record.dropped[place])


def test_what_people_said_stands_side_by_side(log):
    differ(log)
    with log.looking() as board:
        found = disputes(board)
    assert [one.row for one in found] == [1, 2]
    assert [(one.who, one.verdict) for one in found[0].verdicts] == [
        ("ada", "keep"),
        ("bob", "change"),
    ]
    assert found[0].verdicts[1].label in ("yes", "no")
    assert found[0].settled is None


def test_what_is_settled_counts(log):
    differ(log)
    assert counts(log, 1) == (1, False, False)
    settle(log, 1, "keep", who="eve", key="s1")
    settle(log, 2, "drop", who="eve")
    assert counts(log, 1) == (0, False, False)
    assert counts(log, 2) == (1, True, True)
    with log.looking() as board:
        assert disputes(board) == ()
        assert [one.settled.verdict for one in disputes(board, settled=True)] == ["keep", "drop"]
    assert (log.summary()["settled"], log.summary()["disputed"]) == (2, 0)


def test_the_chain_holds_and_is_read_again(log):
    differ(log)
    settle(log, 1, "keep", who="eve", key="s1")
    assert log.verify() == ""
    other = again(log)
    assert other.record().wrong.tolist() == log.record().wrong.tolist()
    assert other.board.settled.keys() == {1}


def test_a_key_settles_once(log):
    differ(log)
    seq = settle(log, 1, "keep", who="eve", key="s1")
    assert settle(log, 1, "drop", who="eve", key="s1") == seq
    assert settle(log, 1, "keep", who="eve") == seq
    assert counts(log, 1)[0] == 0


def test_the_last_settlement_counts_and_may_be_taken_back(log):
    differ(log)
    settle(log, 1, "keep", who="eve")
    settle(log, 1, "drop", who="fay")
    assert counts(log, 1) == (1, True, True)
    assert log.undo(who="fay").verdict == "drop"
    assert counts(log, 1) == (0, False, False)
    log.undo(who="eve")
    assert counts(log, 1) == (1, False, False)
    with log.looking() as board:
        assert len(disputes(board)) == 2


def test_what_people_say_afterwards_does_not_unsettle(log):
    differ(log)
    settle(log, 1, "keep", who="eve")
    say(log, "bob", 1, "drop")
    assert counts(log, 1)[0] == 0
    assert {(one.who, one.verdict) for one in log.decisions() if one.id == "1"} == {
        ("ada", "keep"),
        ("bob", "drop"),
        ("eve", "keep"),
    }


def test_who_settles_may_have_judged_it_themselves(log):
    differ(log)
    settle(log, 1, "keep", who="bob")
    assert counts(log, 1)[0] == 0
    said = [one for one in log.decisions() if one.id == "1" and one.who == "bob"]
    assert [one.settles for one in said] == [False, True]


@pytest.mark.parametrize(
    ("row", "verdict", "label", "said"),
    [
        (3, "keep", None, "people do not differ on '3'"),
        (9, "keep", None, "people do not differ on '9'"),
        (60, "keep", None, "from 0 to 59, got 60"),
        (1, "later", None, "got 'later'"),
        (1, "change", "maybe", "maybe"),
        (1, "change", None, "needs the new label"),
    ],
)
def test_what_cannot_be_settled(log, row, verdict, label, said):
    differ(log)
    before = log.board.seq
    with pytest.raises(ValueError, match=said):
        settle(log, row, verdict, label, who="eve")
    assert log.board.seq == before


def test_people_who_agree_again_have_no_dispute(log):
    differ(log)
    log.undo(who="bob")
    say(log, "ada", 2, "unsure")
    say(log, "bob", 2, "unsure")
    with log.looking() as board:
        assert [one.row for one in disputes(board)] == [1]


def test_decide_names_what_is_not_settled(log):
    say(log, "ada", 1)
    done = log.decide([Decision("1", "drop", who="bob")])
    assert "people disagree on 1 label" in done.notes[0]
    settle(log, 1, "keep", who="eve")
    assert log.decide([Decision("1", "unsure", who="bob")]).notes == ()


def test_apply_takes_what_was_settled(folder, tmp_path):
    log = rl.log(folder)
    differ(log)
    settle(log, 1, "keep", who="eve")
    settle(log, 2, "drop", who="eve")
    done = rl.apply(folder)
    assert (done["kept"], done["dropped"], done["disagreed"]) == (2, 1, 0)
    assert len(done["labels"]) == 59


def test_apply_takes_what_was_settled_over_a_file(folder):
    """Decisions in a file of the folder are read there, and still do not outweigh it."""
    with (folder / "decisions.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("id", "verdict", "who"), ("1", "keep", "ada"), ("2", "keep", "ada")])
    log = rl.log(folder)
    say(log, "bob", 1, "drop")
    settle(log, 1, "drop", who="eve")
    done = rl.apply(folder)
    assert (done["kept"], done["dropped"], done["disagreed"]) == (1, 1, 0)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_table_of_decisions_carries_settlements(tmp_path, store, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    from reliabel.review.batches import write_decisions

    one = rl.log(made(tmp_path / "one.audit"), store=store)
    differ(one)
    settle(one, 1, "keep", who="eve")
    write_decisions(one, tmp_path / f"said.{suffix}")
    folder = made(tmp_path / "other.audit")
    rl.decide(folder, tmp_path / f"said.{suffix}")
    other = rl.log(folder)
    assert sorted(map(repr, other.decisions())) == sorted(map(repr, one.decisions()))
    assert other.record().wrong.tolist() == one.record().wrong.tolist()
    assert rl.decide(folder, tmp_path / f"said.{suffix}")["new"] == 0
    alone = rl.apply(made(tmp_path / "third.audit"), decisions=tmp_path / f"said.{suffix}")
    assert (alone["kept"], alone["unsure"], alone["disagreed"]) == (2, 1, 1)


def test_a_word_that_says_nothing_about_settling(folder):
    with pytest.raises(ValueError, match="settles is 'perhaps'"):
        rl.decide(folder, [{"id": "1", "verdict": "keep", "settles": "perhaps"}])


def test_a_label_of_an_item_that_another_drops_as_a_whole(tmp_path, store):
    """Ada drops an item, Bob keeps one of its labels, and that is settled: the others go."""
    y = np.array([[1, 0], [0, 1], [1, 1], [0, 0]] * 10)
    audit = rl.audit(
        rl.MultiLabel(y, ("a", "b")), probs=np.where(y == 1, 0.9, 0.1), by=["self_confidence"]
    )
    folder = rl.save(audit, tmp_path / "m.audit")
    log = rl.log(folder, store=store)
    log.decide([Decision("2", "drop", who="ada"), Decision("2", "keep", unit=0, who="bob")])
    settle(log, 4, "keep", who="eve")
    record = log.record()
    assert dict(zip(record.row.tolist(), record.dropped.tolist(), strict=True)) == {
        4: False,
        5: True,
    }
    labels = rl.apply(folder)["labels"]
    assert len(labels) == 40
    assert labels.y[2].tolist() == [1, -1]


def test_conflicts_are_settled_in_a_terminal(folder):
    differ(rl.log(folder))
    sitting = rl.judge(folder, who="eve", source="conflicts")
    assert sitting.card.row == 1
    assert sitting.said[0] == "ada: keep"
    told, keys = [], iter("aud" + "a")
    done = terminal(sitting, lambda: next(keys, ""), lambda: "", told.append)
    assert done == 2
    assert "bob: change to" in "\n".join(told)
    with rl.log(folder).looking() as board:
        assert [(one.row, one.settled.verdict) for one in disputes(board, settled=True)] == [
            (1, "drop"),
            (2, "keep"),
        ]
