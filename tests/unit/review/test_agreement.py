"""How often reviewers agree: worked examples."""

from __future__ import annotations

import json

import numpy as np
import pytest

from reliabel.core.results import Decision
from reliabel.review.agreement import agreement, as_plain, sentences
from reliabel.review.disputes import settle


def say(log, who, verdicts):
    log.decide([Decision(str(i), verdict, who=who) for i, verdict in enumerate(verdicts)])


def test_nothing_was_judged_twice(log):
    say(log, "ada", ["keep"] * 3)
    found = agreement(log)
    assert (found.labels, found.same, found.pairs) == (0, 0, ())
    assert sentences(found) == []
    assert as_plain(found)["raw"] == {"value": None, "low": None, "high": None}


def test_two_people_on_four_labels(log):
    """Labels 0 to 3 are yes, no, yes, no as given.  Ada wants yes, no, dropped, no and Bob yes, no,
    yes, dropped: two of four alike.
    """
    given = [log.data.labels.names[c] for c in log.data.labels.y[:4].tolist()]
    assert given == ["yes", "no", "yes", "no"]
    say(log, "ada", ["keep", "keep", "drop", "keep"])
    say(log, "bob", ["keep", "keep", "keep", "drop"])
    found = agreement(log)
    assert (found.labels, found.same) == (4, 2)
    assert found.raw.value == pytest.approx(0.5)
    # coincidences of 8 verdicts: yes 3, no 3, drop 2; expected agreement (3*2 + 3*2 + 2*1) / (8*7)
    expected = 14 / 56
    assert found.corrected.value == pytest.approx(1 - 0.5 / (1 - expected))
    assert [(p.one, p.other, p.n, p.same) for p in found.pairs] == [("ada", "bob", 4, 2)]
    assert "4 labels were judged by two people or more" in sentences(found)[0]
    json.dumps(as_plain(found), allow_nan=False)


def test_a_change_to_the_same_label_is_the_same(log):
    log.decide([Decision("0", "change", label="no", who="ada")])
    log.decide([Decision("0", "change", label="no", who="bob"), Decision("0", "keep", who="eve")])
    found = agreement(log)
    assert {(p.one, p.other): p.same for p in found.pairs} == {
        ("ada", "bob"): 1,
        ("ada", "eve"): 0,
        ("bob", "eve"): 0,
    }
    assert found.raw.value == pytest.approx(1 / 3)


def test_what_is_said_first_counts_unless_it_was_taken_back(log):
    say(log, "ada", ["keep", "keep"])
    say(log, "bob", ["drop", "drop"])
    say(log, "bob", ["keep"])  # after a talk
    assert agreement(log).same == 0
    log.undo(who="bob")
    log.undo(who="bob")  # the first verdict on label 1 was a slip
    assert agreement(log).labels == 1
    log.decide([Decision("1", "keep", who="bob")])
    found = agreement(log)
    assert (found.labels, found.same) == (2, 1)


def test_what_is_settled_is_no_agreement(log):
    say(log, "ada", ["keep"])
    say(log, "bob", ["drop"])
    settle(log, 0, "keep", who="eve")
    found = agreement(log)
    assert (found.labels, found.same, len(found.pairs)) == (1, 0, 1)


def test_all_verdicts_are_equal(log):
    say(log, "ada", ["drop"] * 3)
    say(log, "bob", ["drop"] * 3)
    found = agreement(log)
    assert found.raw.value == 1
    assert np.isnan(found.corrected.value)
    assert "is not defined where all verdicts are equal" in sentences(found)[0]
