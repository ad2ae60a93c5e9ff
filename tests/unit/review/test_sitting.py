"""Judging label by label, from Python and in a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.review.terminal import plain, terminal


def test_one_decision_after_another(folder):
    sitting = rl.judge(folder, who="ada")
    first = sitting.card
    sitting.keep()
    second = sitting.card
    assert second.row != first.row
    sitting.change("yes" if second.given == "no" else "no")
    sitting.unsure()
    sitting.drop()
    said = [(one.id, one.verdict, one.who) for one in rl.log(folder).decisions()]
    assert said[0] == (first.id, "keep", "ada")
    assert [verdict for _, verdict, _ in said] == ["keep", "change", "unsure", "drop"]
    assert sitting.done == 4


def test_who_comes_back_goes_on_where_they_were(folder):
    card = rl.judge(folder).card
    assert rl.judge(folder).card == card


def test_undo_shows_the_label_again(folder):
    sitting = rl.judge(folder)
    first = sitting.card
    sitting.keep()
    assert sitting.undo() == Decision(first.id, "keep")
    assert sitting.card == first
    sitting.drop()
    assert [(one.id, one.verdict) for one in rl.log(folder).decisions()] == [(first.id, "drop")]


def test_what_was_taken_back_comes_first_next_time(folder):
    sitting = rl.judge(folder)
    first = sitting.card
    sitting.keep()
    sitting.undo()
    assert rl.judge(folder).card == first


def test_a_label_put_off_comes_last_and_stays_open(folder):
    sitting = rl.judge(folder)
    first = sitting.card
    sitting.later()
    while sitting.card != first:
        sitting.keep()
    assert rl.log(folder).record().left_to_see == 1
    sitting.keep()
    assert sitting.card is None
    with pytest.raises(ValueError, match="no label is left"):
        sitting.keep()


def test_a_label_may_be_given_by_its_beginning(folder):
    sitting = rl.judge(folder)
    with pytest.raises(ValueError, match="'maybe' is no single class; nothing was decided"):
        sitting.change("maybe")
    card = sitting.card
    sitting.change("Y" if card.given == "no" else "n")
    assert [one.verdict for one in rl.log(folder).decisions()] == ["change"]


def test_the_nearest_items_are_named(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)) + np.repeat([[0.0], [4.0]], 30, axis=0)
    labels = rl.Classes(np.repeat([0, 1], 30), ("no", "yes"))
    folder = rl.save(rl.audit(labels, features=x, by=["knn_outliers"]), tmp_path / "f.audit")
    near = rl.judge(folder).card.near
    assert len(near) == 5
    assert {label for _, label in near} <= {"no", "yes"}


def run(sitting, typed, lines=()):
    said, pressed, typed_lines = [], iter(typed), iter(lines)
    done = terminal(sitting, lambda: next(pressed, ""), lambda: next(typed_lines, ""), said.append)
    return done, "\n".join(said)


def test_one_key_a_decision(folder):
    done, said = run(rl.judge(folder), "a1m?nuad/q", ["ye"])
    verdicts = [one.verdict for one in rl.log(folder).events() if one.kind == "decide"]
    assert verdicts == ["keep", "change", "unsure", "keep", "drop", "change"]
    assert done == 5
    assert "taken back: unsure of" in said
    assert "1 no  2 yes" in said


def test_a_key_that_means_nothing_decides_nothing(folder):
    done, said = run(rl.judge(folder), "9xq")
    assert done == 0
    assert "there is no class 9" in said
    assert rl.log(folder).decisions() == []


def test_the_end_of_the_input_ends_the_review(folder):
    assert run(rl.judge(folder), "aa")[0] == 2


def test_a_text_cannot_steer_the_terminal():
    assert plain("a\x1b[2Jb\nc") == "a [2Jb c"


def test_the_command_reads_keys_from_a_real_terminal(folder):
    """A pseudo terminal: no key needs Enter, and Ctrl-D ends it."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "reliabel", "review", str(folder), "--terminal"]
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"given:" not in said:
        said += os.read(ours, 4096)
    os.write(ours, b"aa\x04")
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:  # how a pseudo terminal says that its other end is closed
        said += b""
    os.close(ours)
    assert child.wait(timeout=60) == 0
    assert b"2 decided" in said
    assert len(rl.log(folder).decisions()) == 2
