"""The suite labels finds its parts by their files and goes on where it stopped."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from reliabel.bench import labels
from reliabel.bench.run import Row, Table


def test_parts_are_found_by_their_files():
    assert "multilabel" in labels.parts()


def test_what_is_there_is_not_made_again_and_missing_data_are_named(tmp_path, monkeypatch):
    made = []

    def one():
        made.append("one")
        return [Row("kind-one", "planted", "", 0, "ours", "recall", 1.0)]

    def two():
        raise FileNotFoundError("no emotions.npz here")

    part = SimpleNamespace(
        scenarios=lambda *, quick, data: {"kind-one": one, "kind-two": two},
        sections=lambda rows: iter([("**Kind**", [["scenario"], *([r.scenario] for r in rows)])]),
    )
    monkeypatch.setattr(labels, "parts", lambda: {"kind": part})
    for _ in range(2):
        table = Table(tmp_path / "labels.csv")
        with pytest.warns(UserWarning, match=r"left out: kind-two; no emotions\.npz here"):
            labels.run(table, quick=True, data=None)
    assert made == ["one"]
    other = Row("else-one", "planted", "", 0, "ours", "recall", 1.0)
    ((title, lines),) = labels.sections([*table.rows, other])
    assert (title, lines) == ("**Kind**", [["scenario"], ["kind-one"]])
