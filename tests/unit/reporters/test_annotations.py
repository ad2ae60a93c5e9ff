from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import HOSTILE, an_audit, not_identified, with_p_wrong
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.reporters.annotations import command, render
from reliabel.verbs.report import annotated
from reliabel.verbs.row_lines import in_repository, row_lines


def commands(text):
    return text.rstrip("\n").split("\n")


def test_signs_that_end_a_command_or_a_property_are_escaped():
    assert command("warning", "a%\r\nb: c, d", title="x:y,z%") == (
        "::warning title=x%3Ay%2Cz%25::a%25%0D%0Ab: c, d"
    )
    assert command("notice", "a") == "::notice::a"


def test_hostile_names_stay_within_their_command():
    audit = with_p_wrong(an_audit(names=("a\n::error::b", "c,d", HOSTILE)))
    for line in commands(render(audit, file="x.csv")):
        assert line.startswith(("::warning file=x.csv,", "::notice file=x.csv::"))


def test_at_most_so_many_are_shown_and_the_rest_is_counted():
    audit = with_p_wrong(an_audit(n=400, flags=40))
    suspects = int((audit.p_wrong >= 0.5).sum())
    *shown, last = commands(render(audit, file="a.csv", lines={0: 2}, top=3))
    assert len(shown) == 3
    assert shown[0].startswith(
        "::warning file=a.csv,line=2,title=label looks wrong::item r0: given "
    )
    assert ",line=" not in shown[1]
    assert f"{suspects - 3} label findings, 2 duplicate findings, 1 broken finding" in last
    assert "About" in last


def test_duplicates_that_disagree_and_leaks_are_named():
    told = render(an_audit(flags=0), file="a.csv", top=5)
    assert "title=same text in train and test" in told
    assert "title=broken text" in told


def test_clean_data_have_no_warnings():
    assert commands(render(an_audit(nothing=True))) == [
        "::notice::reviews.csv: No labels flagged by confident learning (not a count of errors)"
    ]


def test_suspects_are_shown_where_nothing_is_counted():
    told = render(not_identified(an_audit()), top=1)
    assert told.count("::warning") == 1
    assert "Cannot say how many" in told


@pytest.fixture
def audited(tmp_path):
    """A CSV with a cell of two lines, a blank line and a comment, and its audit."""
    path = tmp_path / "data.csv"
    rows = [f"text {i},{'ab'[i % 2]}" for i in range(30)]
    rows[2] = '"two\nlines",a'
    rows[4:4] = ["", "# a comment"]
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    data = rl.read(path, label="label", text="text")
    audit = an_audit(n=30, k=2, flags=3, names=("a", "b"))
    return replace(audit, data=replace(data, evidence={"items": data.evidence["items"]})), path


def test_lines_are_those_of_the_file(audited):
    audit, path = audited
    found, why = row_lines(audit.data, [0, 2, 3, 4])
    assert why == ""
    text = path.read_text().split("\n")
    assert {item: text[line - 1] for item, line in found.items()} == {
        0: "text 0,a",
        2: '"two',
        3: "text 3,b",
        4: "text 4,a",
    }


def test_no_lines_are_told_of_a_file_that_changed_or_is_gone(audited):
    audit, path = audited
    path.write_text(path.read_text() + "more,a\n")
    assert row_lines(audit.data, [0]) == (
        {},
        "data.csv has changed since the audit, so that lines are not known",
    )
    path.unlink()
    assert "not at hand" in row_lines(audit.data, [0])[1]
    assert "plain CSV" in row_lines(replace(audit.data, source={}), [0])[1]
    assert "::warning file=data.csv,title=" in annotated(audit)


def test_lines_of_json_lines(tmp_path):
    path = tmp_path / "data.jsonl"
    rows = [f'{{"text": "t {i}", "label": "{"ab"[i % 2]}"}}' for i in range(12)]
    path.write_text("\n".join([*rows[:3], "", *rows[3:]]))
    data = rl.read(path, label="label", text="text")
    assert row_lines(data, [2, 3])[0] == {2: 3, 3: 5}


def test_the_file_is_named_as_the_repository_knows_it(audited, monkeypatch):
    audit, path = audited
    (path.parent / "deep").mkdir()
    monkeypatch.chdir(path.parent.parent)
    assert in_repository(audit.data) == f"{path.parent.name}/data.csv"
    monkeypatch.chdir(path.parent / "deep")
    assert in_repository(audit.data) == "data.csv"
    assert in_repository(replace(audit.data, source={})) == ""


def test_the_command_shows_them_alone_and_diff_the_new_ones(tmp_path):
    old, new = with_p_wrong(an_audit()), with_p_wrong(an_audit())
    p = np.where(np.arange(60) < 5, 0.0, old.p_wrong)
    findings = [
        replace(f, p_wrong=float(p[f.item])) if f.finds == "label" else f for f in old.findings
    ]
    rl.save(replace(old, p_wrong=p, findings=findings), tmp_path / "old.audit")
    rl.save(new, tmp_path / "new.audit")
    run = CliRunner().invoke
    done = run(app, ["report", str(tmp_path / "new.audit"), "--form", "annotations", "--top", "2"])
    assert done.exit_code == 0
    warned, told = commands(done.stdout)[:2], commands(done.stdout)[2:]
    assert all(line.startswith("::warning title=") for line in warned)
    assert [line.partition(" ")[0] for line in told] == ["::notice::reviews.csv:"]
    both = [str(tmp_path / "old.audit"), str(tmp_path / "new.audit")]
    done = run(app, ["diff", *both, "--form", "annotations"])
    assert done.exit_code == 0
    assert done.stdout.count("::warning") == 5
    assert "5 labels look wrong that did not before" in done.stdout
    done = run(app, ["report", str(tmp_path / "new.audit"), "--form", "annotations", "--top", "0"])
    assert done.exit_code == 2
    assert "--top must be at least 1" in done.stderr
    done = run(app, ["report", str(tmp_path / "new.audit"), "--top", "3"])
    assert done.exit_code == 2
    assert "--top belongs to the form annotations" in done.stderr
