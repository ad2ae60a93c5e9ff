from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import HOSTILE, an_audit, with_p_wrong
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, MultiLabel
from reliabel.core.results import Suspicion
from reliabel.reporters.card_meta import card_meta
from reliabel.reporters.instructions import instructions, markdown, render


def planted(n=240, seed=0, p_wrong=True):
    """Three classes of texts around centres of their own; a tenth of the labels wrong, which
    P(wrong), or the flags of an auditor, say.
    """
    rng = np.random.default_rng(seed)
    true = np.repeat(np.arange(3), n // 3)
    given = true.copy()
    wrong = rng.choice(n, n // 10, replace=False)
    given[wrong] = (true[wrong] + 1) % 3
    x = np.eye(3)[true] * 4 + rng.normal(size=(n, 3))
    words = ("refund", "parcel", "password")
    items = [f"my {words[true[i]]} is number {i}: call 0{i}555" for i in range(n)]
    base = an_audit(n=n, items=items, nothing=True)
    names = ("money", "post", "login")
    data = replace(
        base.data, labels=Classes(given, names), evidence={"items": items, "features": x}
    )
    p = np.where(np.isin(np.arange(n), wrong), 0.9, 0.01)
    flag = Suspicion(p, p > 0.5)
    audit = replace(base, data=data, opinions={"confident_learning": flag}, findings=[])
    return (replace(audit, p_wrong=p) if p_wrong else audit), true, given, wrong


@pytest.mark.parametrize("p_wrong", [True, False])
def test_wrong_labels_are_never_shown_and_each_class_has_its_kinds_of_examples(p_wrong):
    audit, true, given, wrong = planted(p_wrong=p_wrong)
    found = instructions(audit, card_meta(None))
    for c, lesson in enumerate(found.lessons):
        rows = {role: [s.row for s in lesson.shown if s.role == role] for role in
                ("typical", "varied", "borderline", "not this")}  # fmt: skip
        assert len(rows["typical"]) == 1
        assert len(rows["borderline"]) == 2
        assert len(rows["not this"]) == 2
        every = [row for some in rows.values() for row in some]
        assert len(set(every)) == len(every)
        assert not set(every) & set(wrong.tolist())
        own = rows["typical"] + rows["varied"] + rows["borderline"]
        assert {int(true[row]) for row in own} == {c}
        assert {int(given[row]) for row in rows["not this"]} == {0, 1, 2} - {c}
        assert lesson.precision > 0.8


def test_items_are_copied_only_where_that_is_allowed():
    audit, *_ = planted()
    for make in (render, markdown):
        without = make(instructions(audit, card_meta(None)))
        assert "is number" not in without
        assert "555" not in without
        assert "is number" in make(instructions(audit, card_meta(None), copied=True))


def test_words_of_a_class_are_told_but_nothing_that_few_items_hold():
    audit, *_ = planted()
    found = instructions(audit, card_meta({"classes": {"post": "about parcels"}}))
    assert [lesson.phrases[0] for lesson in found.lessons] == [
        "my refund",
        "my parcel",
        "my password",
    ]
    assert all(not any(sign.isdigit() for sign in "".join(one.phrases)) for one in found.lessons)
    assert "about parcels" in render(found)
    assert "No definition was given." in markdown(found)


def test_broken_items_and_disagreeing_duplicates_are_not_shown():
    audit, *_ = planted()
    shown = {s.row for one in instructions(audit, card_meta(None)).lessons for s in one.shown}
    fault = an_audit().findings[-1]
    faults = [replace(fault, item=row, finds="broken") for row in shown]
    again = instructions(replace(audit, findings=faults), card_meta(None))
    assert not shown & {s.row for one in again.lessons for s in one.shown}


def test_a_class_without_a_sure_label_shows_none_and_odd_features_do_no_harm():
    audit, _, given, _ = planted()
    features = np.array(audit.data.evidence["features"])
    features[5] = np.nan
    data = replace(audit.data, evidence={"features": features, "items": [HOSTILE] * 240})
    doubted = replace(audit, data=data, p_wrong=np.where(given == 1, 0.9, 0.01))
    found = instructions(doubted, card_meta(None), copied=True)
    assert found.lessons[1].shown == ()
    assert "No label of this class is without doubt" in markdown(found)
    assert HOSTILE not in render(found)
    assert HOSTILE not in markdown(found)
    flat = replace(audit, data=replace(data, evidence={"features": np.ones((240, 3))}))
    assert all(one.shown == () for one in instructions(flat, card_meta(None)).lessons)


def test_labels_and_evidence_that_do_not_allow_it_get_one_sentence():
    with pytest.raises(ValueError, match="no features of the items"):
        instructions(with_p_wrong(an_audit()), card_meta(None))
    several = Dataset(MultiLabel(np.zeros((60, 2), dtype=np.int64), ("a", "b")))
    with pytest.raises(ValueError, match="one class an item; these labels are MultiLabel"):
        instructions(replace(an_audit(), data=several), card_meta(None))


def test_the_command_writes_a_page_into_the_folder(tmp_path):
    audit, *_ = planted()
    rl.save(audit, tmp_path / "a.audit")
    done = CliRunner().invoke(app, ["report", str(tmp_path / "a.audit"), "--form", "instructions"])
    assert done.exit_code == 0
    page = (tmp_path / "a.audit" / "instructions.html").read_text()
    assert "How to label 3 classes" in page
    assert "is number" not in page
    out = tmp_path / "i.md"
    done = CliRunner().invoke(
        app,
        [
            "report",
            str(tmp_path / "a.audit"),
            "--form",
            "instructions",
            "--copy-items",
            "-o",
            str(out),
        ],
    )
    assert done.exit_code == 0
    assert "is number" in out.read_text()
