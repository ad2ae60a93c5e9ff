"""The count at the end of a session notices what it is there to notice."""

from __future__ import annotations

from tests.conformance.count import books, complaints, due, idle, outside_the_books, stale
from tests.conformance.exceptions import EXCEPTIONS, NOT_FOR

from reliabel.core.catalogue import catalogue

DUE = {"audit a law_x", "audit a law_y", "audit b law_x"}


def test_a_complete_run_has_no_complaints():
    assert complaints(DUE, DUE, set(), set(), {}) == []
    assert complaints(DUE - {"audit b law_x"}, DUE, {"audit b law_x"}, set(), {}) == []


def test_a_dropped_pair_a_homeless_law_and_a_stale_exception_are_noticed():
    said = complaints(
        {"audit a law_x", "audit c law_x"},
        DUE,
        set(),
        {"law_z"},
        {("audit", "gone", "law_x"): "no longer there"},
    )
    assert said == [
        "a law stands in no book: law_z",
        "due but did not run: audit a law_y",
        "due but did not run: audit b law_x",
        "ran but is not due: audit c law_x",
        "an exception names no pair there is: audit gone law_x",
    ]


def test_every_law_stands_in_a_book():
    assert outside_the_books() == set()


def test_a_law_outside_the_books_would_be_seen(tmp_path):
    (tmp_path / "test_new.py").write_text("def law_nobody_holds(entry): ...\n")
    assert outside_the_books(tmp_path) == {"law_nobody_holds"}


def test_every_result_in_the_catalogue_has_a_book():
    have = set(books())
    needed = {
        f"{entry.verb} {result}"
        for entry in catalogue()
        if entry.verb != "embed"
        for result in entry.returns
    }
    assert needed <= have


def test_a_law_that_checks_nothing_of_any_algorithm_is_noticed():
    nothing = {"audit a law_x", "audit a law_y", "audit b law_x"}
    assert idle(DUE, nothing) == ["law_x", "law_y"]
    assert idle(DUE, nothing - {"audit b law_x"}) == ["law_y"]


def test_what_a_law_is_not_for_is_declared_with_a_reason_and_is_there():
    assert not stale(NOT_FOR)
    assert stale([("law_gone", "Classes"), ("law_unlabelled_is_nan", "Poems")])
    assert all(len(reason.split()) >= 4 for reason in NOT_FOR.values())


def test_exceptions_name_pairs_there_are_and_say_why():
    pairs = due()
    for key, reason in EXCEPTIONS.items():
        assert " ".join(key) in pairs, key
        assert len(reason.split()) >= 4, key
