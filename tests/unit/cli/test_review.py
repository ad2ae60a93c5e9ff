"""The commands of a review: next, decide, review, log, store."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from reliabel.cli import app

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    y = np.arange(60) % 2
    p = np.where(y[:, None] == np.arange(2), 0.85, 0.15)
    given = np.where(np.arange(60) < 6, 1 - y, y)
    with (tmp_path / "y.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "y", "remark", "page"])
        writer.writerows(
            (f"item{i}", ["no", "yes"][c], f"seen {i}", i) for i, c in enumerate(given)
        )
    np.save(tmp_path / "p.npy", p)
    run(
        "audit",
        "y.csv",
        "--label",
        "y",
        "--id",
        "name",
        "--text",
        "remark",
        "--probs",
        "p.npy",
        "-o",
        "y.audit",
    )
    return tmp_path


def run(*words: object, code: int = 0, input: str | None = None):
    done = CliRunner().invoke(app, [str(word) for word in words], input=input)
    assert done.exit_code == code, f"{words}\n{done.stdout}\n{done.stderr}\n{done.exception!r}"
    return done


def fill(path: Path, verdict: str = "keep") -> None:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"verdict": verdict} for row in rows)


def test_the_way_from_next_to_apply(folder):
    told = run("next", "y.audit", "--n", 12, "-o", "batch.csv").stdout
    assert "batch.csv: 12 labels to judge" in told
    assert "reliabel decide y.audit batch.csv" in told
    head = (folder / "batch.csv").read_text().splitlines()[0]
    assert head == "id,text,column_page,given,suggest,verdict,label,who,batch"
    fill(folder / "batch.csv", "drop")
    assert run("decide", "y.audit", "batch.csv").stdout == "batch.csv: 12 verdicts logged\n"
    again = run("decide", "y.audit", "batch.csv").stdout
    assert again == "batch.csv: 0 verdicts logged, 12 were logged before\n"
    assert "; every event is as it was written" in run("log", "y.audit", "--verify").stdout
    assert "12 dropped" in run("apply", "y.audit", "-o", "clean.csv").stdout
    assert len((folder / "clean.csv").read_text().splitlines()) == 49


def test_the_machine_readable_twins(folder):
    done = json.loads(run("next", "y.audit", "--n", 4, "-o", "b.csv", "--json").stdout)
    assert (done["labels"], done["held"], done["out"]) == (4, 0, "b.csv")
    fill(folder / "b.csv")
    done = json.loads(run("decide", "y.audit", "b.csv", "--json").stdout)
    assert (done["new"], done["same"], done["blank"]) == (4, 0, 0)
    told = json.loads(run("log", "y.audit", "--json").stdout)
    assert (told["decisions"], told["open"], told["verified"]) == (4, 0, False)


def test_decisions_are_written_as_a_table_that_apply_takes(folder):
    run("next", "y.audit", "--n", 4, "-o", "b.csv")
    fill(folder / "b.csv")
    run("decide", "y.audit", "b.csv", "--who", "ada")
    run("log", "y.audit", "-o", "so-far.csv")
    with (folder / "so-far.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["verdict"], row["who"]) for row in rows] == [("keep", "ada")] * 4
    assert "4 kept" in run("apply", "y.audit", "--decisions", "so-far.csv", "-o", "c.csv").stdout
    said = run("log", "y.audit", "-o", "so-far.csv", code=2).stderr
    assert "so-far.csv exists already" in said


def test_a_review_by_keys(folder):
    told = run("review", "y.audit", "--terminal", input="ady").stdout
    assert "given: " in told
    assert "  text: seen " in told
    assert "  page: " in told
    assert "3 decided; go on with the same command" in told
    assert "2 decided" in run("review", "y.audit", "--terminal", input="am").stdout
    assert json.loads(run("log", "y.audit", "--json").stdout)["labels"] == 5


def test_a_broken_chain_fails_with_3(folder):
    import sqlite3

    run("review", "y.audit", "--terminal", input="ad")
    with sqlite3.connect("y.audit/decisions.db") as file:
        file.execute("DROP TRIGGER event_no_update")
        file.execute("UPDATE event SET verdict = 'keep' WHERE verdict = 'drop'")
    file.close()
    said = run("log", "y.audit", "--verify", code=3).stderr
    assert "is not as it was written" in said


def test_a_backup_and_a_move(folder):
    run("review", "y.audit", "--terminal", input="aa")
    assert "copy.db" in run("store", "backup", "y.audit", "-o", "copy.db").stdout
    assert "events moved" in run("store", "move", "y.audit", "there.db").stdout
    assert "there.db" in run("log", "y.audit", "--verify").stdout
    run("store", "move", "y.audit", "folder")
    assert "y.audit/decisions.db" in run("log", "y.audit", "--verify").stdout


def test_a_changed_input_is_said(folder):
    with (folder / "y.csv").open("a") as file:
        file.write("item60,no,late,60\n")
    said = run("next", "y.audit", "--n", 4, "-o", "b.csv").stderr
    assert "y.csv has changed since it was audited" in said
    fill(folder / "b.csv")
    done = run("decide", "y.audit", "b.csv")
    assert "4 verdicts logged" in done.stdout
    assert "y.csv has changed since it was audited" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("log", "y.audit"), "has no log of decisions on these labels yet"),
        (("next", "y.audit", "-o", "b.csv", "--target", "1.5"), "--target"),
        (("next", "y.audit", "-o", "b.docx"), "b.docx"),
        (("next", "nowhere.audit", "-o", "b.csv"), "is not an audit folder"),
        (("decide", "y.audit", "missing.csv"), "missing.csv"),
        (("review", "y.audit", "--host", "0.0.0.0"), "--users"),
        (("next", "y.audit", "-o", "b.csv", "--store", "mysql://x"), "no address of a store"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_2(folder, words, sentence):
    said = run(*words, code=2).stderr
    assert said.startswith("reliabel: ")
    assert sentence in said
    assert said.count("\n") == 1
    assert not (folder / "b.csv").exists()


def test_greedy_and_people(folder):
    run("next", "y.audit", "-o", "a.csv", "--n", 5, "--who", "ada", "--greedy")
    run("next", "y.audit", "-o", "b.csv", "--n", 5, "--who", "bob", "--greedy")
    ids = [
        {line.split(",")[0] for line in Path(name).read_text().splitlines()[1:]}
        for name in ("a.csv", "b.csv")
    ]
    assert not ids[0] & ids[1]
    assert json.loads(run("log", "y.audit", "--json").stdout)["draws"] == 0


def test_second_looks_conflicts_and_agreement(folder):
    """Ada keeps and drops, Bob looks again without a word of it, and Eve settles what differs."""
    run("review", "y.audit", "--terminal", "--who", "ada", input="adad")
    told = run("review", "y.audit", "--terminal", "--second", "--who", "bob", input="aaaa").stdout
    assert "4 decided" in told
    assert "ada" not in told
    said = run("log", "y.audit").stdout
    assert "people differ on 2, 0 are settled" in said
    assert "4 labels were judged by two people or more; equal pairs of verdicts: 50%" in said
    assert "ada and bob: the same on 2 of 4" in said
    told = run("review", "y.audit", "--terminal", "--conflicts", "--who", "eve", input="dd").stdout
    assert "ada: drop" in told
    assert "bob: keep" in told
    found = json.loads(run("log", "y.audit", "--json", "--verify").stdout)
    assert (found["disputed"], found["settled"], found["verified"]) == (0, 2, True)
    assert found["agreement"]["raw"]["value"] == 0.5
    assert "2 dropped, 2 kept" in run("apply", "y.audit", "-o", "mended.csv").stdout
    assert len((folder / "mended.csv").read_text().splitlines()) == 59


def test_label_studio_both_ways(folder):
    run("next", "y.audit", "--n", 3, "-o", "batch.json", "--form", "label_studio")
    tasks = json.loads((folder / "batch.json").read_text())
    for task in tasks:
        value = {"choices": [task["data"]["given"]]}
        result = {"from_name": "label", "to_name": "item", "type": "choices", "value": value}
        task["annotations"] = [{"completed_by": {"email": "ada"}, "result": [result]}]
    (folder / "export.json").write_text(json.dumps(tasks))
    assert "3 verdicts logged" in run("decide", "y.audit", "export.json").stdout
    run("log", "y.audit", "-o", "tasks.json", "--form", "label_studio")
    assert len(json.loads((folder / "tasks.json").read_text())) == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("review", "y.audit", "--terminal", "--second", "--conflicts"), "give one of the two"),
        (("review", "y.audit", "--terminal", "--second"), "needs the name of who looks (--who)"),
        (("next", "y.audit", "-o", "b.csv", "--form", "label_studio"), "in .json"),
    ],
)
def test_second_looks_and_forms_that_cannot_be(folder, words, sentence):
    assert sentence in run(*words, code=2).stderr
