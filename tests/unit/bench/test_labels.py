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


def test_relations_are_planted_and_told():
    from reliabel.bench.labels_multilabel_planted import KINDS, lines, related
    from reliabel.core.labels import MultiLabel
    from reliabel.measures.label_relations import measure

    y, names, planted = related(0.01, seed=0)
    told = {
        frozenset((pair["kind"], pair["a"], pair["b"]))
        for pair in measure(MultiLabel(y, names)).parts["pairs"]
    }
    assert told == set(planted.values())
    rows = [Row("multilabel-relations", "planted", "x", 0, "m", kind, 1.0) for kind in KINDS]
    rows += [
        Row("multilabel-relations", "planted", "x", 0, "m", m, 0.0) for m in ("others", "shuffled")
    ]
    (_, table), *_ = lines(rows)
    assert table[1] == ["x", "1", "1", "1", "1", "0", "0"]


def test_a_draw_is_told_with_the_best_of_the_peer():
    from reliabel.bench.labels_multilabel_page import FLAGS, OURS, PLAIN, counted, ranked

    def row(method, metric, *values):
        return Row("multilabel-a-one-0", "a", "one", 0, method, metric, *values)

    rows = [
        row("planted", "cells", 10.0),
        row(OURS, "ece", 0.02),
        row("reliabel count", "count", 12.0, 6.0, 18.0),
        *(
            row(method, "cells", value)
            for method, value in ((OURS, 0.5), (FLAGS, 0.4), (PLAIN, 0.4))
        ),
        *(row(method, "items", value) for method, value in ((OURS, 0.6), (FLAGS, 0.5))),
        *(row(f"cleanlab {name}", "items", value) for name, value in (("x", 0.5), ("y", 0.7))),
    ]
    told = {}
    for table in (ranked, counted):
        head, line = table(rows)
        told |= dict(zip(head, line, strict=True))
    assert told["errors"] == "one flip"
    assert told["the peer's best"] == "0.700 (y)"
    assert (told["P(wrong) at or above it"], told["at or above it"]) == ("0 of 1", "1 of 1")
    assert (told["count told"], told["it covers"], told["high / low, median"]) == (
        "1 of 1",
        "1 of 1",
        "3.0",
    )


def test_errors_are_planted_on_the_side_that_they_are_called_by():
    import numpy as np

    from reliabel.bench.labels_multilabel import EVEN, NONE, ONE_SIDED, corrupted
    from reliabel.bench.labels_multilabel_planted import made

    truth = made(400)[1]
    yes = int((truth == 1).sum())
    for regime in (*EVEN, *ONE_SIDED, NONE):
        given, wrong = corrupted(truth, regime, np.random.default_rng(0))
        assert ((given != truth) == wrong).all()
        if regime in ONE_SIDED:
            assert wrong.sum() == round(ONE_SIDED[regime][1] * yes)
        sides = set(truth[wrong])
        expected = {"missing": {1}, "spurious": {0}, "none": set()}
        assert sides == expected.get(regime.rstrip("0123456789"), {0, 1})


def test_arff_files_beside_the_data_join_the_draws(tmp_path):
    from reliabel.bench.labels_multilabel import loaded, scenarios

    folder = tmp_path / "multilabel"
    folder.mkdir()
    lines = ["@relation 'few: -C 2'", "@attribute a {0,1}", "@attribute b {0,1}"]
    lines += ["@attribute x numeric", "@data", "1,0,0.5", "0,1,0.25", "1,1,0.75"]
    (folder / "few.arff").write_text("\n".join(lines))
    assert "multilabel-few.arff-missing10-1" in scenarios(quick=True, data=tmp_path)
    labels, evidence = loaded("few.arff", tmp_path)
    assert labels.y.tolist() == [[1, 0], [0, 1], [1, 1]]
    assert evidence
    with pytest.raises(FileNotFoundError, match="set RELIABEL_DATA"):
        loaded("yeast", tmp_path)
