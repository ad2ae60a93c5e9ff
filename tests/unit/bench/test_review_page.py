"""The suite review-page: its table, and a server that does not start says why."""

from __future__ import annotations

import pytest

from reliabel.bench.page import render
from reliabel.bench.review_page import lines
from reliabel.bench.review_server import Server
from reliabel.bench.run import Row, Table


def test_the_table_names_what_was_measured(tmp_path):
    rows = [
        Row("code", "5000 texts", "", 0, "page", "kb_on_the_wire", 41.25),
        Row("map", "", "", 0, "page", "not run", "needs Chromium on the path"),
    ]
    assert lines(rows)[1:] == [["code", "kb on the wire", "41.2"]]
    Table(tmp_path / "review_page.csv").add(rows)
    page = render(tmp_path)
    assert "| code | kb on the wire | 41.2 |" in page
    assert "| map | page | needs Chromium on the path |" in page


def test_a_server_that_does_not_start_says_why(tmp_path):
    with pytest.raises(RuntimeError, match=r"the server ended: .*missing\.audit"):
        Server(tmp_path / "missing.audit", tmp_path / "state").start()
