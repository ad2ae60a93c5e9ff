"""Blind second looks: who gets which label."""

from __future__ import annotations

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.review.handing import release
from reliabel.review.second_looks import hand_out_second
from reliabel.review.terminal import terminal


def say(log, who, *items, verdict="keep"):
    log.decide([Decision(str(item), verdict, who=who) for item in items])


def test_only_what_one_other_person_judged(log):
    say(log, "ada", *range(6))
    say(log, "bob", 4, 5)
    say(log, "carl", 0, verdict="drop")
    assert set(hand_out_second(log, 50, who="bob").rows) == {1, 2, 3}
    assert hand_out_second(log, 50, who="ada").rows == ()
    assert hand_out_second(log, 50, who="eve").rows == ()


def test_nobody_else_gets_what_one_holds(log):
    say(log, "ada", *range(6))
    first = hand_out_second(log, 4, who="bob")
    second = hand_out_second(log, 6, who="carl")
    assert len(first.rows) == 4
    assert len(second.rows) == 2
    assert not set(first.rows) & set(second.rows)
    again = hand_out_second(log, 4, who="bob")
    assert set(again.rows) == set(first.rows)
    assert again.held == 4
    release(log, first.rows, who="bob")
    assert len(hand_out_second(log, 6, who="carl").rows) == 6


def test_who_judged_first_may_say_otherwise_meanwhile(log):
    """Their new verdict does not hand the label to a third person while the second looks at it."""
    say(log, "ada", 1)
    assert hand_out_second(log, 1, who="bob").rows == (1,)
    say(log, "ada", 1, verdict="drop")
    assert hand_out_second(log, 1, who="carl").rows == ()
    assert hand_out_second(log, 1, who="bob").rows == (1,)
    say(log, "bob", 1)
    assert hand_out_second(log, 1, who="carl").rows == ()


def test_a_claim_that_ran_out_is_no_claim(log):
    say(log, "ada", 1)
    hand_out_second(log, 1, who="bob", lease=-1.0)
    assert hand_out_second(log, 1, who="carl").rows == (1,)


def test_all_labels_have_the_same_chance(log):
    """Of 20 labels one is drawn 600 times: chi-square below the 99.9 % quantile of 19 degrees."""
    say(log, "ada", *range(10), verdict="keep")
    say(log, "ada", *range(10, 20), verdict="drop")
    seen = np.zeros(60)
    for _ in range(600):
        (row,) = hand_out_second(log, 1, who="bob").rows
        release(log, [row], who="bob")
        seen[row] += 1
    assert ((seen[:20] - 30) ** 2 / 30).sum() < 43.8
    assert seen[20:].sum() == 0


def test_the_least_sure_first_where_that_is_asked(log):
    say(log, "ada", *range(5))
    p = np.full(60, 0.01)
    p[3], p[1], p[2] = 0.5, 0.4, 0.95
    p[4] = np.nan
    assert hand_out_second(log, 3, who="bob", p=p).rows == (3, 1, 2)


def test_what_was_taken_back_or_settled_needs_no_second_look(log):
    from reliabel.review.disputes import settle

    say(log, "ada", 1, 2, 3)
    log.undo(who="ada")
    say(log, "bob", 2, verdict="drop")
    settle(log, 2, "keep", who="eve")
    assert hand_out_second(log, 5, who="carl").rows == (1,)


@pytest.mark.parametrize(("who", "n", "said"), [(None, 1, "needs the name"), ("ada", 0, "n=0")])
def test_bad_questions_are_a_sentence(log, who, n, said):
    with pytest.raises(ValueError, match=said):
        hand_out_second(log, n, who=who)


def test_second_looks_say_what_the_first_missed(log):
    say(log, "ada", *range(4))
    for row in hand_out_second(log, 4, who="bob").rows:
        say(log, "bob", row, verdict="drop")
    assert (log.record().trials, log.record().missed) == (0, 0)
    say(log, "ada", 0, 1, verdict="drop")
    assert (log.record().trials, log.record().missed) == (2, 2)


def test_a_sitting_of_second_looks_shows_no_verdict(folder):
    log = rl.log(folder)
    say(log, "ada", 0, 1, verdict="drop")
    sitting = rl.judge(folder, who="bob", source="second")
    assert sitting.card.row in (0, 1)
    assert sitting.said == ()
    told = []
    keys = iter("aa")
    assert terminal(sitting, lambda: next(keys, ""), lambda: "", told.append) == 2
    shown = "\n".join(told[1:])
    assert "drop" not in shown
    assert "ada" not in shown
    assert sitting.card is None
    assert len(rl.log(folder).decisions()) == 4


def test_a_source_that_there_is_not(folder):
    with pytest.raises(ValueError, match="source='seconds'"):
        rl.judge(folder, source="seconds")
