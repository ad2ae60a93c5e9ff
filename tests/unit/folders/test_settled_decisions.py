"""Decisions that settle what people differ on."""

from __future__ import annotations

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.results import Decision
from reliabel.folders.decision_table import decision_table
from reliabel.folders.decisions import resolve
from reliabel.folders.kept_verdicts import keep_verdicts, kept_verdicts

FOUR = Dataset(rl.Classes(np.array([0, 1, 0, 1]), ("a", "b")), ids=Ids(("w", "x", "y", "z")))


def settled(id_, verdict, label=None, at=None, unit=None):
    return Decision(id_, verdict, unit, label, "eve", at, settles=True)


def test_what_is_settled_counts_alone():
    people = [Decision("w", "keep", who="ann"), Decision("w", "drop", who="bob")]
    assert resolve(FOUR, people).disagreed == 1
    found = resolve(FOUR, [settled("w", "change", "b"), *people])
    assert (found.change, found.disagreed, found.unsure) == ({(0, None): "b"}, 0, 0)
    assert found.undecided == 3


def test_the_last_settlement_counts_by_time_where_all_say_it():
    one, two = settled("w", "keep", at="2026-01-02"), settled("w", "drop", at="2026-01-01")
    assert resolve(FOUR, [one, two]).kept == 1
    assert resolve(FOUR, [settled("w", "keep"), two]).kept == 0


def test_an_item_that_is_dropped_while_one_of_its_labels_stays():
    many = Dataset(rl.MultiLabel(np.array([[1, 0, 1], [0, 0, 0]]), ("a", "b", "c")))
    people = [Decision("0", "drop", who="ann"), Decision("0", "keep", unit=1, who="bob")]
    assert resolve(many, people).drop == {(0, None)}
    found = resolve(many, [*people, settled("0", "keep", unit=1)])
    assert found.drop == {(0, 0), (0, 2)}
    assert found.right == {(0, 1)}
    whole = resolve(many, [*people, settled("0", "keep", unit=1), settled("0", "drop")])
    assert whole.drop == {(0, None)}


@pytest.mark.parametrize(
    ("cell", "wanted"), [("true", True), ("TRUE", True), ("1", True), ("", False), ("no", False)]
)
def test_a_cell_says_whether_a_row_settles(tmp_path, cell, wanted):
    path = tmp_path / "d.csv"
    path.write_text(f"id,verdict,settles\nw,keep,{cell}\n")
    assert decision_table(path).decisions[0].settles is wanted


def test_another_word_is_refused():
    with pytest.raises(ValueError, match="row 1: settles is 'maybe'"):
        decision_table([{"id": "w", "verdict": "keep", "settles": "maybe"}])


def test_verdicts_that_are_kept_for_later_audits_stay_settled(tmp_path):
    said = [Decision("w", "keep", who="eve"), settled("w", "drop")]
    keep_verdicts(tmp_path, decision_table(said))
    keep_verdicts(tmp_path, decision_table(said))
    assert kept_verdicts(tmp_path).decisions == tuple(said)
