"""What changed between two audits: items are matched, labels compared, suspects told apart."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.results import Audit, Finding, Interval
from reliabel.folders.audit_folder import save


def audited(given, p=None, *, ids=None, texts=None, count=None, source=None):
    """An audit with these labels and P(wrong); each suspect has a finding."""
    data = Dataset(
        given if isinstance(given, rl.MultiLabel | rl.Numbers) else rl.Classes.of(given),
        {} if texts is None else {"items": list(texts)},
        Ids(ids),
        {"task": "text", **(source or {})},
    )
    p = None if p is None else np.asarray(p, dtype=float)
    found = tuple(
        Finding(
            i, data.ids.item(i), None, "label", None, p[i], p[i], (), given[i], "b", (), None, ""
        )
        for i in (np.flatnonzero(p >= 0.5).tolist() if p is not None else ())
        if isinstance(given, list)
    )
    return Audit(data, {}, {}, {}, p, count, None, found, (), {"versions": {"reliabel": "1"}})


OLD = audited(
    ["a", "b", "a", "b", "a"],
    [0.9, 0.1, 0.8, 0.7, 0.2],
    ids=["v", "w", "x", "y", "z"],
    count=Interval(3.0, 2.0, 5.0, 0.95, "lapse model", ""),
)
NEW = audited(
    ["b", "b", "a", "a", "a"],
    [0.1, 0.6, 0.75, 0.05, 0.95],
    ids=["v", "w", "x", "z", "new"],
    count=Interval(1.0, 0.0, 1.5, 0.95, "lapse model", ""),
)


def test_labels_items_suspects_classes_and_counts_by_id():
    found = rl.diff(OLD, NEW)
    assert found.matched == "id"
    assert [(one.id, one.before, one.after) for one in found.relabelled] == [("v", "a", "b")]
    assert (found.added, found.removed) == (("new",), ("y",))
    gone = [(one.id, one.how, one.before, one.after) for one in found.fixed]
    assert gone == [("v", "relabelled", 0.9, 0.1), ("y", "removed", 0.7, None)]
    fresh = [(one.id, one.how, one.before, one.after) for one in found.new]
    assert fresh == [("new", "added", None, 0.95), ("w", "judged anew", 0.1, 0.6)]
    assert [(one.id, one.suggest, one.before, one.after) for one in found.still] == [
        ("x", "b", 0.8, 0.75)
    ]
    assert found.classes == {"a": (3, 3), "b": (2, 2)}
    assert found.count == (OLD.count, NEW.count)
    assert found.notes == ("the count fell beyond both intervals",)
    assert rl.diff(OLD, OLD).notes == (
        "the intervals of the two counts overlap: they do not tell that it moved",
    )


def test_it_is_short_at_a_prompt_and_a_sentence_in_print():
    assert len(repr(rl.diff(OLD, NEW))) < 400
    assert str(rl.diff(OLD, NEW)) == (
        "1 label changed, 1 item added, 1 removed; suspects: 2 gone, 2 new, 1 still there"
    )


def test_the_same_audit_twice_differs_in_nothing():
    found = rl.diff(OLD, OLD)
    assert (found.relabelled, found.added, found.removed, found.new, found.fixed) == ((),) * 5
    assert {one.id for one in found.still} == {"v", "x", "y"}


def test_items_without_ids_are_matched_by_their_content_copies_in_order():
    old = audited(["a", "b", "a"], [0.9, 0.1, 0.1], texts=["one", "two", "one"])
    new = audited(["b", "a", "b", "a"], [0.1, 0.9, 0.1, 0.1], texts=["two", "one", "three", "one"])
    found = rl.diff(old, new)
    assert found.matched == "content"
    assert (found.added, found.removed, found.relabelled) == (("2",), (), ())
    assert [(one.id, one.item) for one in found.still] == [("1", "one")]


def test_ids_that_changed_fall_back_to_content_and_that_is_said():
    old = audited(["a", "b"], [0.9, 0.1], texts=["one", "two"], ids=["1a", "2a"])
    new = audited(["b", "a"], [0.1, 0.9], texts=["two", "one"], ids=["n1", "n2"])
    found = rl.diff(old, new)
    assert (found.matched, len(found.still), found.removed) == ("content", 1, ())
    assert "the ids of the two audits differ; items are matched by their content" in found.notes


def test_an_item_with_the_same_id_and_another_text_is_told():
    old = audited(["a", "b"], [0.9, 0.1], texts=["one", "two"], ids=["x", "y"])
    new = audited(["a", "b"], [0.9, 0.1], texts=["one", "too"], ids=["x", "y"])
    assert "1 item has the same id and another content than before" in rl.diff(old, new).notes


def test_features_tell_items_and_rows_are_the_last_resort():
    x = np.eye(3)
    old, new = audited(["a", "b", "a"], [0.9, 0.1, 0.1]), audited(["b", "a"], [0.1, 0.9])
    with pytest.raises(ValueError, match=r"3 and 2 items without ids .*id="):
        rl.diff(old, new)
    old.data.evidence["features"], new.data.evidence["features"] = x, x[[1, 0]]
    assert (rl.diff(old, new).matched, len(rl.diff(old, new).still)) == ("content", 1)
    found = rl.diff(audited(["a", "b"], [0.9, 0.1]), audited(["b", "b"], [0.1, 0.1]))
    assert found.matched == "row"
    assert any("matched by their row" in note for note in found.notes)


def test_cells_of_several_labels_are_matched_by_their_class():
    old = audited(rl.MultiLabel(np.array([[1, 0], [0, 1]]), ("a", "b")), [0.9, 0.1, 0.1, 0.1])
    new = audited(
        rl.MultiLabel(np.array([[0, 0, 0], [1, 1, 0]]), ("b", "a", "c")),
        [0.1, 0.1, 0.1, 0.1, 0.8, 0.1],
    )
    found = rl.diff(old, new)
    assert [(o.id, o.unit, o.before, o.after) for o in found.relabelled] == [
        ("0", "a", "yes", "no"),
        ("1", "a", "no", "yes"),
    ]
    assert [(o.unit, o.how) for o in found.fixed] == [("a", "relabelled")]
    assert [(o.unit, o.how) for o in found.new] == [("a", "relabelled")]
    assert found.classes == {"a": (1, 1), "b": (1, 1)}


def test_without_p_wrong_findings_are_the_suspects_on_both_sides():
    finding = Finding(0, "0", None, "label", None, 0.7, None, (), "a", None, (), None, "")
    old = audited(["a", "b"], texts=["one", "two"])
    object.__setattr__(old, "findings", (finding,))
    new = audited(["a", "b"], [0.2, 0.9], texts=["one", "two"])
    found = rl.diff(old, new)
    assert ([o.id for o in found.fixed], [o.id for o in found.new]) == (["0"], ["1"])
    assert found.suspect_at is None
    assert any("findings on labels are the suspects" in note for note in found.notes)


@pytest.mark.parametrize(
    ("old", "new", "words", "sentence"),
    [
        (
            OLD,
            audited(rl.Numbers(np.arange(5.0))),
            {},
            "the old audit is of Classes, the new one of Numbers",
        ),
        (OLD, NEW, {"at": 0}, "a probability above 0"),
        (OLD, NEW, {"out": "d.pdf"}, r"cannot write d.pdf: end its name in .html"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(old, new, words, sentence):
    with pytest.raises(ValueError, match=sentence):
        rl.diff(old, new, **words)


def test_the_command_prints_writes_and_fails_over_too_many_new_suspects(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(OLD, "old")
    save(NEW, "new")

    def run(*words, code=0):
        done = CliRunner().invoke(app, ["diff", "old", "new", *words])
        assert done.exit_code == code, done.output
        return done

    said = run().stdout
    assert "1 label changed, 1 item added, 1 removed" in said
    assert "2 are gone, 2 new, 1 still there" in said
    assert "3 (2-5) of 5, 60 % -> 1 (0-2) of 5, 20 %" in said
    assert "w: b, perhaps b (.10 -> .60, same label, judged otherwise)" in said
    assert json.loads(run("--json").stdout)["suspects"]["new"][0]["id"] == "new"
    run("-o", "d.html")
    page = (tmp_path / "d.html").read_text()
    assert "<script src" not in page
    for words in ("New suspects", "Suspects that are gone", "same label, judged otherwise"):
        assert words in page
    run("-o", "d.json")
    assert json.loads((tmp_path / "d.json").read_text())["wrong"][1]["high"] == 1.5
    assert "failed: 2 suspects are new, more than 1" in run("--fail-over", "1", code=3).stderr
    run("--fail-over", "2")
    assert "a number of new suspects from 0" in run("--fail-over", "-1", code=2).stderr


def test_a_hostile_text_is_escaped_on_the_page(tmp_path):
    bad = audited(["a", "b"], [0.9, 0.1], texts=["<script>alert(1)</script>", "two"])
    rl.diff(bad, bad, out=tmp_path / "d.html")
    page = (tmp_path / "d.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
