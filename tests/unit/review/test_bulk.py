"""One decision on many labels at once, and all of it back."""

from __future__ import annotations

import pytest

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.review.bulk import decide_many, undo_many
from reliabel.review.opening import open_log


@pytest.fixture
def opened(folder, store):
    return open_log(folder, store=store)


def verdicts(opened):
    return {one.id: one.verdict for one in opened.log.decisions()}


def test_many_labels_are_decided_at_once(opened):
    done = decide_many(opened, [3, 5, 3, 7], "drop", who="ada", key="k")
    assert done.n == 3
    assert done.seqs == (1, 2, 3)
    assert verdicts(opened) == {"3": "drop", "5": "drop", "7": "drop"}
    assert opened.log.verify() == ""


def test_the_same_key_decides_once(opened):
    first = decide_many(opened, [3, 5], "keep", who="ada", key="k")
    assert decide_many(opened, [3, 5], "keep", who="ada", key="k") == first
    opened.log.decide([Decision("3", "drop", who="ada")])
    assert decide_many(opened, [3, 5], "keep", who="ada", key="k") == first
    assert verdicts(opened) == {"3": "drop", "5": "keep"}
    assert decide_many(opened, [3], "keep", who="ada", key="another").n == 1


@pytest.mark.parametrize(
    ("rows", "words", "said"),
    [
        ([1, 60], ("drop",), "labels are numbered from 0 to 59, got 60"),
        ([1, 2], ("change", "maybe"), "maybe"),
    ],
)
def test_what_cannot_be_decides_nothing(opened, rows, words, said):
    with pytest.raises(ValueError, match=said):
        decide_many(opened, rows, *words, who="ada", key="k")
    assert opened.log.board.seq == 0


def test_all_of_it_comes_back_at_once(opened):
    opened.log.decide([Decision("9", "keep", who="ada")])
    done = decide_many(opened, range(3, 9), "drop", who="ada", key="k")
    back = undo_many(opened.log, "k", who="ada")
    assert back.n == done.n == 6
    assert verdicts(opened) == {"9": "keep"}
    assert undo_many(opened.log, "k", who="ada") == back
    assert opened.log.board.seq == 13
    assert opened.log.verify() == ""


def test_what_was_said_before_is_said_again(opened):
    log = opened.log
    log.decide([Decision("3", "change", label="yes", who="ada"), Decision("4", "keep", who="bob")])
    decide_many(opened, [3, 4], "drop", who="ada", key="k")
    assert log.record().dropped.tolist() == [True, False]
    undo_many(log, "k", who="ada")
    said = {(one.id, one.who): (one.verdict, one.label) for one in log.decisions()}
    assert said == {("3", "ada"): ("change", "yes"), ("4", "bob"): ("keep", None)}


def test_a_later_verdict_stays(opened):
    log = opened.log
    log.decide([Decision("3", "keep", who="ada")])
    decide_many(opened, [3, 4], "drop", who="ada", key="k")
    log.decide([Decision("3", "unsure", who="ada")])
    undo_many(log, "k", who="ada")
    assert verdicts(opened) == {"3": "unsure"}


def test_nobody_takes_back_what_another_did(opened):
    decide_many(opened, [3, 4], "drop", who="ada", key="k 1")
    for who, key in (("bob", "k 1"), ("ada", "k")):
        with pytest.raises(ValueError, match="made no decision on many labels under"):
            undo_many(opened.log, key, who=who)
    assert len(verdicts(opened)) == 2


def test_a_single_undo_takes_one_back(opened):
    decide_many(opened, [3, 4], "drop", who="ada", key="k")
    assert opened.log.undo(who="ada").id == "4"
    assert undo_many(opened.log, "k", who="ada").n == 1
    assert verdicts(opened) == {}


def test_labels_of_items_with_several_are_decided_one_by_one(tmp_path, store):
    import numpy as np

    y = np.array([[1, 0], [0, 1], [1, 1], [0, 0]] * 10)
    made = rl.audit(
        rl.MultiLabel(y, ("a", "b")), probs=np.where(y == 1, 0.9, 0.1), by=["self_confidence"]
    )
    opened = open_log(rl.save(made, tmp_path / "m.audit"), store=store)
    assert decide_many(opened, [1, 4], "change", "yes", who=None, key="k").n == 2
    assert {(one.id, one.unit) for one in opened.log.decisions()} == {("0", 1), ("2", 0)}


def test_an_undo_under_the_same_key_takes_back_one(opened):
    from reliabel.review.undoing import undo

    log = opened.log
    log.decide([Decision("3", "keep", who="ada"), Decision("4", "drop", who="ada")])
    first = undo(log, who="ada", key="u")
    assert undo(log, who="ada", key="u") == first
    assert (first.row, first.decision.verdict) == (4, "drop")
    assert verdicts(opened) == {"3": "keep"}
    assert undo(log, who="ada", key="v").row == 3
    log.decide([Decision("5", "keep", who="ada")], keys=["w"])
    with pytest.raises(ValueError, match="was given to something else"):
        undo(log, who="ada", key="w")
