from __future__ import annotations

import pytest

from reliabel.bench.counts import BEGIN, END, fill, lines
from reliabel.bench.run import Row


def rows(name, issues, low=40.0):
    def row(method, value, *ends, metric="wrong labels"):
        return Row(name, "d", "s", 0, method, metric, value, *ends)

    missing = isinstance(issues, str)
    return [
        row("labels", 1000.0),
        row("truth", 60.0),
        row("cleanlab", issues, metric="not run" if missing else "wrong labels"),
        row("reliabel", 55.0 if low == low else low, low, 90.0),
        row("reliabel, 100 judged", 61.0, 50.0, 70.0),
    ]


def test_a_line_holds_both_counts_the_review_and_the_truth():
    (line,) = lines(rows("cats", 300.0))[1:]
    assert line == ["cats (1,000)", "300", "55 (40-90)", "61 (50-70)", "**60**"]


def test_what_was_not_run_and_what_cannot_be_told_is_said():
    (line,) = lines(rows("cats", "no peers here", float("nan")))[1:]
    assert line[1:3] == ["not run", "cannot tell"]


def test_only_the_part_between_the_marks_is_written():
    page = fill(rows("cats", 300.0), f"a\n{BEGIN}stale\n{END}\nb\n")
    assert page.startswith("a\n")
    assert page.endswith("\nb\n")
    assert "stale" not in page
    with pytest.raises(ValueError, match="no marks"):
        fill([], "a")
