"""evidence/audit.json: what was written is read; arrays that lie there are not written again."""

import json

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes
from reliabel.core.results import Audit, Budget, Interval, Measure, Suspicion
from reliabel.folders.audit_state import STATE, read_state, write_state
from reliabel.folders.evidence_keys import NearestItems
from reliabel.folders.evidence_store import Store

LABELS = Classes(np.array([0, 1, 1]), ("a", "b"))
P = np.array([0.1, 0.2, 0.9])


def audit_of(evidence=None, source=None, **changes):
    parts = {
        "opinions": {"self_confidence": Suspicion(np.array([0.3, 0.4, 0.5]))},
        "skipped": {"glad": "takes votes"},
        "measures": {"share": Measure(0.5, 0.4, 0.6, {"by class": np.array([1, 2])}, {})},
        "p_wrong": P,
        "count": Interval(1.2, 1.0, 2.0, 0.95, "model", "people err", True),
        "budget": Budget(np.array([1]), np.array([1.0]), np.array([1.0]), np.array([1.0])),
        "warnings": ("look",),
        "info": {"seed": 3, "timings": {"total": 1.5}},
        "suggest": np.array([1, 0, 0]),
        "p_suggest": P / 2,
        **changes,
    }
    return Audit(
        Dataset(LABELS, evidence or {}, Ids(["x", "y", "z"]), source or {}), findings=(), **parts
    )


def test_a_state_is_read_as_it_was_written(tmp_path):
    probs = np.full((3, 2), 0.5)
    audit = audit_of({"probs": probs, "items": ["t", "u", "v"]}, {"path": "in.csv"})
    write_state(audit, tmp_path, tmp_path)
    state = read_state(tmp_path)
    assert state["labels"].y.tolist() == [0, 1, 1]
    assert state["labels"].names == ("a", "b")
    assert [state["ids"].item(i) for i in range(3)] == ["x", "y", "z"]
    assert state["source"] == {"path": "in.csv"}
    assert set(state["evidence"]) == {"probs"}  # the items are a table of their own
    assert state["evidence"]["probs"].tobytes() == probs.tobytes()
    back = state["audit"]
    assert set(back) == {
        *("opinions", "skipped", "measures", "p_wrong", "count", "budget"),
        *("warnings", "info", "suggest", "p_suggest", "suggest_range", "p_kinds"),
    }
    assert back["opinions"]["self_confidence"].score.tolist() == [0.3, 0.4, 0.5]
    assert back["skipped"] == {"glad": "takes votes"}
    assert back["measures"]["share"].parts["by class"].tolist() == [1, 2]
    assert back["p_wrong"].tolist() == P.tolist()
    assert back["count"] == audit.count
    assert back["budget"].k.tolist() == [1]
    assert back["warnings"] == ("look",)
    assert back["info"] == {"seed": 3, "timings": {"total": 1.5}}
    assert (back["suggest"].tolist(), back["p_suggest"].tolist()) == ([1, 0, 0], (P / 2).tolist())


def test_how_items_are_kept_is_said(tmp_path):
    for items, form in ((None, None), (["t"] * 3, "list"), ({"c": [1, 2, 3]}, "columns")):
        write_state(audit_of({} if items is None else {"items": items}), tmp_path, tmp_path)
        assert read_state(tmp_path)["items"] == form


def test_what_has_no_safe_form_is_left_out(tmp_path):
    write_state(
        audit_of({"fit": len, "groups": np.arange(3)}, {"frame": [1], "reader": len, "rows": 3}),
        tmp_path,
        tmp_path,
    )
    state = read_state(tmp_path)
    assert set(state["evidence"]) == {"groups"}
    assert state["source"] == {"rows": 3}  # a user's own table is never written, whatever it is


def test_arrays_that_the_store_keeps_are_named_and_not_written_again(tmp_path):
    probs = np.random.default_rng(0).random((3, 2))
    Store(tmp_path).made(NearestItems("of", 1, 0, "auto"), lambda: {"p": probs})
    evidence = tmp_path / "evidence"
    before = {path.name for path in evidence.iterdir()}
    (evidence / "other-1.json").write_text("{")  # a damaged card vouches for nothing
    write_state(audit_of({"probs": probs}), tmp_path, tmp_path)
    (kept,) = [name for name in before if name.endswith(".p.npy")]
    assert kept in (tmp_path / STATE).read_text()
    assert not any(np.load(path).shape == (3, 2) for path in evidence.glob("array-*.npy"))
    assert read_state(tmp_path)["evidence"]["probs"].tolist() == probs.tolist()


def test_equal_arrays_are_written_once(tmp_path):
    write_state(audit_of({"groups": P, "features": P.copy()}), tmp_path, tmp_path)
    same = [
        path
        for path in tmp_path.glob("evidence/array-*.npy")
        if np.load(path).tolist() == P.tolist()
    ]
    assert len(same) == 1


def test_a_folder_of_an_earlier_version_is_read(tmp_path):
    write_state(audit_of(), tmp_path, tmp_path)
    text = (tmp_path / STATE).read_text()
    assert json.loads(text)
    (tmp_path / STATE).write_text(text.replace('"opinions"', '"said"'))
    assert set(read_state(tmp_path)["audit"]["opinions"]) == {"self_confidence"}
