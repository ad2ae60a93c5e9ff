from __future__ import annotations

import json
import shlex
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import an_audit, with_p_wrong

from reliabel.reporters.next_step import apply_step, next_steps, unused
from reliabel.reporters.sentences import AuditView


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def view(**changes):
    audit = with_p_wrong(an_audit())
    return AuditView(replace(audit, info={**audit.info, **changes}))


def drawn(folder, **card):
    folder.mkdir()
    (folder / "sample.json").write_text(json.dumps({"n": 100, "seed": 0, **card}))
    return folder


def test_before_a_review_labels_are_drawn(tmp_path):
    first = next_steps(view(), "my data.audit")[0]
    assert first.command == "reliabel sample 'my data.audit' --n 100 -o to_review.csv"
    (tmp_path / "to_review.csv").write_text("id,verdict\n")
    assert next_steps(view(), "my data.audit")[0].command.endswith("-o to_review_2.csv")


@pytest.mark.parametrize("identified", [True, False])
def test_changes_without_a_person_are_proposed_only_where_there_is_a_count(identified):
    audit = with_p_wrong(an_audit())
    suggest = np.zeros(len(audit.p_wrong), dtype=int)
    count = replace(audit.count, identified=identified)
    made = {"suggest": suggest, "p_suggest": np.ones(len(suggest))}
    steps = next_steps(AuditView(replace(audit, count=count, **made)), "a.audit")
    assert any("--auto" in step.command for step in steps) == identified


def test_a_draw_that_nobody_judged_is_filled_in_and_counted(tmp_path):
    drawn(tmp_path / "a.audit")
    (tmp_path / "to_review.csv").write_text("id,verdict\n")
    said = ["reliabel", "audit", "my reviews.csv", "--label", "y", "--verdicts", "old.csv"]
    first = next_steps(view(command=said), "a.audit")[0]
    assert shlex.split(first.command) == [*said[:5], "--verdicts", "to_review.csv"]
    assert "fill in verdict" in first.why


def test_the_sheet_of_the_draw_is_found_where_it_was_written(tmp_path):
    inside, elsewhere = tmp_path / "sheets" / "second.csv", tmp_path / "first.csv"
    inside.parent.mkdir()
    for sheet in (inside, elsewhere):
        sheet.write_text("id,verdict\n")
    drawn(tmp_path / "a.audit", sheets=[str(elsewhere), str(inside), str(tmp_path / "gone.csv")])
    words = shlex.split(next_steps(view(), "a.audit")[0].command)
    assert words[:2] == ["reliabel", "audit"]
    assert words[-2:] == ["--verdicts", "sheets/second.csv"]
    assert words[words.index("-o") + 1] == "a.audit"
    assert words[words.index("--label") + 1] == "sentiment"


def test_a_draw_whose_sheet_is_gone_is_written_again(tmp_path):
    drawn(tmp_path / "a.audit", n=60)
    first = next_steps(view(), "a.audit")[0]
    assert first.command == "reliabel sample a.audit --n 60 -o to_review.csv"


def test_after_a_review_decisions_that_exist_are_applied(tmp_path):
    folder = drawn(tmp_path / "a.audit")
    seen = view(review={"draws": 100, "of": 100})
    steps = next_steps(seen, "a.audit")
    assert not any("--decisions" in step.command for step in steps)
    assert steps[0].command == "reliabel sample a.audit --n 200 -o to_review.csv"
    for name in ("verdicts.jsonl", "decisions.csv"):
        (folder / name).write_text("")
        apply = next_steps(seen, "a.audit")[0].command
        assert apply == f"reliabel apply a.audit --decisions a.audit/{name} -o reviews.mended.csv"


def test_a_draw_that_was_gone_on_with_is_judged_before_decisions_are_applied(tmp_path):
    folder = drawn(tmp_path / "a.audit", n=200)
    (folder / "verdicts.jsonl").write_text("")
    (tmp_path / "to_review.csv").write_text("id,verdict\n")
    first = next_steps(view(review={"draws": 100, "of": 100}), "a.audit")[0]
    assert first.command.endswith("--verdicts to_review.csv")


def test_a_damaged_card_of_a_draw_stops_nothing(tmp_path):
    folder = drawn(tmp_path / "a.audit")
    (folder / "sample.json").write_text("{")
    assert next_steps(view(), "a.audit")[0].command.startswith("reliabel sample a.audit --n 100")


def test_without_p_wrong_nothing_is_drawn(tmp_path):
    steps = next_steps(AuditView(an_audit()), "a.audit")
    assert steps == ()


def test_without_a_folder_the_audit_is_to_be_kept():
    (step,) = next_steps(view(), None)
    assert step.command == 'reliabel.save(audit, "labels.audit")'
    assert step.why


def test_names_are_counted_on(tmp_path):
    assert unused("a.csv") == "a.csv"
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "a_2.csv").write_text("")
    assert unused("a.csv") == "a_3.csv"


def test_decisions_of_the_page_are_applied_by_a_command_or_in_python(tmp_path):
    step = apply_step(view(), "my data.audit", "decisions.csv")
    words = "reliabel apply 'my data.audit' --decisions decisions.csv -o reviews.mended.csv"
    assert step.command == words
    (tmp_path / "reviews.mended.csv").write_text("")
    alone = apply_step(view(), None, "decisions.csv")
    assert alone.command == (
        'reliabel.apply(audit, decisions="decisions.csv", out="reviews.mended_2.csv")'
    )
    assert "Python" in alone.why
