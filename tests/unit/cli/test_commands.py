"""The commands: what they print, what they write, and the exit codes they end with."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app

ROWS = 120


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, ROWS)
    x = rng.normal(size=(ROWS, 4)) + 2 * y[:, None]
    given = y.copy()
    given[:6] = 1 - given[:6]
    with (tmp_path / "y.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "y"])
        writer.writerows((f"item{n}", ["no", "yes"][c]) for n, c in enumerate(given))
    np.save(tmp_path / "x.npy", x)
    p = np.clip(1 / (1 + np.exp(-(x.sum(1) - 4))), 0.01, 0.99)
    np.save(tmp_path / "p.npy", np.stack([1 - p, p], 1))
    return tmp_path


def run(*words: object, code: int = 0):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == code, f"{words}\n{done.stdout}\n{done.stderr}\n{done.exception!r}"
    return done


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_audit_writes_the_whole_folder_and_ends_with_the_next_command(folder):
    done = run(
        "audit", "y.csv", "--label", "y", "--id", "name", "--features", "x.npy", "--probs", "p.npy"
    )
    assert "y.csv: 120 rows, 2 classes" in done.stderr
    written = {path.name for path in (folder / "y.audit").iterdir()}
    assert {
        "labels.parquet",
        "findings.parquet",
        "findings.csv",
        "audit.json",
        "items.parquet",
        "report.html",
        "evidence",
    } <= written
    assert ".lock" not in written
    assert "y.audit/report.html" in done.stdout.splitlines()[-1] or "y.audit" in done.stdout


def test_json_is_the_machine_readable_twin(folder):
    card = json.loads(run("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--json").stdout)
    assert card["schema"] == 1
    assert card["input"]["rows"] == ROWS
    assert card["classes"] == ["no", "yes"]
    assert json.loads((folder / "y.audit" / "audit.json").read_text())["found"] == card["found"]


def test_a_second_run_reuses_the_evidence_and_says_the_same(folder):
    first = json.loads(
        run("audit", "y.csv", "--label", "y", "--features", "x.npy", "--json").stdout
    )
    kept = {
        path.name: path.stat().st_mtime_ns
        for path in (folder / "y.audit" / "evidence").glob("probs-*")
    }
    second = json.loads(
        run("audit", "y.csv", "--label", "y", "--features", "x.npy", "--json").stdout
    )
    assert kept
    assert kept == {
        path.name: path.stat().st_mtime_ns
        for path in (folder / "y.audit" / "evidence").glob("probs-*")
    }
    assert {**first, "timings": 0, "at": 0} == {**second, "timings": 0, "at": 0}


def test_probabilities_from_parquet_give_the_same_answer(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    p = np.load(folder / "p.npy")
    pq.write_table(
        pa.table({"no": p[:, 0], "yes": p[:, 1]}), folder / "p.parquet", row_group_size=50
    )
    run("audit", "y.csv", "--label", "y", "--probs", "p.npy", "-o", "npy.audit")
    run("audit", "y.csv", "--label", "y", "--probs", "p.parquet", "-o", "parquet.audit")
    for name in ("labels.parquet", "findings.csv"):
        assert (folder / "npy.audit" / name).read_bytes() == (
            folder / "parquet.audit" / name
        ).read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("audit", "z.csv", "--label", "y"), "z.csv"),
        (("audit", "y.csv", "--label", "yy"), "did you mean 'y'?"),
        (
            ("audit", "y.csv", "--label", "y", "--by", "self_confidense"),
            "did you mean 'self_confidence'?",
        ),
        (("audit", "y.csv", "--label", "y", "--options", "{bad"), "is not JSON"),
        (
            (
                "audit",
                "y.csv",
                "--label",
                "y",
                "--probs",
                "p.npy",
                "--options",
                '{"knn_outliers": {"kk": 3}}',
                "--by",
                "knn_outliers",
            ),
            "knn_outliers",
        ),
        (("corrupt", "y.csv", "--label", "y", "-o", "y.csv"), "is the input"),
        (
            ("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--fail-over", "2"),
            "such as 0.02 for two percent",
        ),
        (
            ("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--seed", "-1"),
            "seed must be 0 or a larger whole number",
        ),
        (
            ("corrupt", "y.csv", "--label", "y", "--by", "symetric", "-o", "n.csv"),
            "did you mean 'symmetric'?",
        ),
        (
            ("measure", "y.csv", "--label", "y", "--by", "imbalance_of_class"),
            "no measure is called",
        ),
        (("report", "nowhere"), "no such folder"),
        (("show", "confident_lerning"), "did you mean 'confident_learning'?"),
        (("list", "--verb", "audits"), "did you mean 'audit'?"),
        (("list", "--takes", "Multilabels"), "did you mean 'MultiLabel'?"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_2(folder, words, sentence):
    done = run(*words, code=2)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_decisions_are_never_lost_to_a_second_run(folder):
    words = ("audit", "y.csv", "--label", "y", "--probs", "p.npy")
    run(*words)
    (folder / "y.audit" / "decisions.csv").write_text("id,verdict,label\n0,keep,\n")
    again = run(*words)
    assert "1 decision is kept, and the count stays that of the model" in again.stdout
    (folder / "other.csv").write_text((folder / "y.csv").read_text().replace("yes", "ja"))
    words = ("audit", "other.csv", "--label", "y", "--probs", "p.npy", "-o", "y.audit")
    refused = run(*words, code=2).stderr
    assert "holds people's decisions (decisions.csv) on other data (y.csv" in refused
    assert "--resume" in refused
    run(*words, "--resume")
    assert (folder / "y.audit" / "decisions.csv").read_text().startswith("id,verdict")


def test_ctrl_c_leaves_the_last_good_state(folder, monkeypatch):
    run("audit", "y.csv", "--label", "y", "--probs", "p.npy")
    before = (folder / "y.audit" / "audit.json").read_bytes()

    def interrupted(*args, **words):
        raise KeyboardInterrupt

    monkeypatch.setattr("reliabel.folders.audit_folder.write_table", interrupted)
    done = run("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--seed", 1, code=130)
    assert "interrupted" in done.stderr
    assert (folder / "y.audit" / "audit.json").read_bytes() == before
    assert not (folder / "y.audit" / ".lock").exists()


def test_a_full_disk_leaves_the_last_good_state(folder, monkeypatch):
    run("audit", "y.csv", "--label", "y", "--probs", "p.npy")
    before = (folder / "y.audit" / "labels.parquet").read_bytes()

    def full(*args, **words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    assert (
        "No space left"
        in run("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--seed", 1, code=1).stderr
    )
    assert (folder / "y.audit" / "labels.parquet").read_bytes() == before
    assert not list((folder / "y.audit").glob(".*.part"))


def test_two_runs_do_not_share_a_folder(folder):
    run("audit", "y.csv", "--label", "y", "--probs", "p.npy")
    hold = (
        "import sys; from pathlib import Path; from reliabel.folders.lock import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    words = ("audit", "y.csv", "--label", "y", "--probs", "p.npy")
    with subprocess.Popen(
        [sys.executable, "-c", hold, folder / "y.audit"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert f"in use by process {holder.pid}" in run(*words, code=2).stderr
        holder.kill()
    run(*words)


def test_corrupt_keeps_the_truth_and_says_what_it_did(folder):
    run("corrupt", "y.csv", "--label", "y", "--rate", 0.1, "-o", "noisy.csv")
    rows = rows_of(folder / "noisy.csv")
    wrong = [row["y_wrong"] == "True" for row in rows]
    assert sum(wrong) == 12
    assert [row["y"] != row["y_noisy"] for row in rows] == wrong
    assert (
        "y_noisy" in run("corrupt", "noisy.csv", "--label", "y", "-o", "again.csv", code=2).stderr
    )


def test_impact_judges_on_what_people_decided_and_on_nothing_else(folder):
    run("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--features", "x.npy")
    assert "nothing untouched to judge on" in run("impact", "y.audit", code=2).stderr
    rows = "\n".join(f"{n},keep" for n in range(30, ROWS))
    (folder / "seen.csv").write_text(f"id,verdict\n{rows}\n")
    told = run("impact", "y.audit", "--verdicts", "seen.csv", "--repeats", 1).stdout
    assert told.startswith("Accuracy with the labels as given: ")
    assert f"the {ROWS - 30} labels that are judged on were chosen by people" in told
    words = ("impact", "y.audit", "--verdicts", "seen.csv", "--repeats", 1, "--json")
    assert json.loads(run(*words).stdout)["info"]["judged"] == ROWS - 30
    assert "splits" in run("impact", "y.audit", "--held-out", "test", code=2).stderr


def test_measure_takes_the_labels_that_people_found_from_a_column(folder):
    rows = [f"{n},{n % 2},{'' if n > 99 else int(n % 2 or n < 20)}" for n in range(200)]
    (folder / "looked.csv").write_text("\n".join(["id,y,found", *rows]) + "\n")
    words = ("measure", "looked.csv", "--label", "y", "--by", "verdict_noise_rate")
    told = json.loads(run(*words, "--gold", "found", "--json").stdout)
    assert told["parts"]["wrong"] == [10, 0]
    assert told["value"] == 0.1
    assert "no column 'fund'" in run(*words, "--gold", "fund", code=2).stderr


def test_measure_prints_a_number_with_its_interval(folder):
    assert run("measure", "y.csv", "--label", "y", "--by", "class_imbalance").stdout.startswith(
        "class_imbalance: "
    )
    row = json.loads(
        run("measure", "y.csv", "--label", "y", "--by", "class_imbalance", "--json").stdout
    )
    assert row["by"] == "class_imbalance"
    assert sum(row["parts"]["count"]) == ROWS


def test_sample_verdicts_and_the_count_after_a_review(folder):
    run("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--features", "x.npy")
    run("sample", "y.audit", "--n", 40, "-o", "r.csv")
    rows = rows_of(folder / "r.csv")
    assert "p_wrong" not in rows[0]
    for row in rows:
        wrong = int(row["id"]) < 6
        row["verdict"], row["label"] = (
            ("change", "yes" if row["given"] == "no" else "no") if wrong else ("keep", "")
        )
    with (folder / "done.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    words = ("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--features", "x.npy", "--json")
    card = json.loads(run(*words, "--verdicts", "done.csv").stdout)
    assert card["wrong"]["method"] == "difference estimate"
    assert card["wrong"]["low"] <= 6 <= card["wrong"]["high"]
    assert "r.csv exists already" in run("sample", "y.audit", "-o", "r.csv", code=2).stderr
    assert "go on with it" in run("sample", "y.audit", "--seed", 5, "-o", "r5.csv", code=2).stderr
    p = np.load(folder / "p.npy") ** 2
    np.save(folder / "p2.npy", p / p.sum(1, keepdims=True))
    words = ("audit", "y.csv", "--label", "y", "--probs", "p2.npy", "--features", "x.npy", "--json")
    card = json.loads(run(*words, "--verdicts", "done.csv").stdout)
    assert card["wrong"]["method"] == "difference estimate"
    assert card["review"]["draws"] == 40


def test_verdicts_without_a_draw_leave_the_count_of_the_model_and_are_kept(folder):
    (folder / "v.csv").write_text("id,verdict\n0,keep\n")
    words = ("audit", "y.csv", "--label", "y", "--probs", "p.npy")
    done = run(*words, "--verdicts", "v.csv").stdout
    assert "no labels were drawn in this folder" in done
    assert "reliabel sample" in done
    assert "1 verdict of earlier reviews, kept in verdicts.jsonl, is used" in run(*words).stdout


def test_strict_fails_unless_the_high_end_is_below(folder):
    words = ("audit", "y.csv", "--label", "y", "--probs", "p.npy", "--features", "x.npy")
    run(*words)
    run("sample", "y.audit", "--n", 90, "-o", "r.csv")
    rows = rows_of(folder / "r.csv")
    with (folder / "done.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "verdict": "keep"} for row in rows)
    words = (*words, "--verdicts", "done.csv", "--fail-over")
    count = json.loads(run(*words, 0.99, "--json").stdout)["wrong"]
    assert count["low"] == 0
    between, above = count["high"] / ROWS / 2, count["high"] / ROWS + 0.01
    assert "passed: the low end" in run(*words, between).stderr
    assert "failed: up to" in run(*words, between, "--strict", code=3).stderr
    assert "passed: the high end" in run(*words, above, "--strict").stderr
    assert "give --fail-over as well" in run("audit", "y.csv", "--strict", code=2).stderr


def test_settings_come_from_reliabel_toml(folder):
    (folder / "reliabel.toml").write_text('[reliabel.audit]\nlabel = ["y"]\nseed = 7\n')
    assert json.loads(run("audit", "y.csv", "--probs", "p.npy", "--json").stdout)["seed"] == 7
    (folder / "reliabel.toml").write_text("[reliabel.audti]\nseed = 7\n")
    assert "no command" in run("audit", "y.csv", "--label", "y", code=2).stderr


def test_dry_run_makes_nothing(folder):
    done = run("audit", "y.csv", "--label", "y", "--features", "x.npy", "--dry-run")
    assert "120 rows would be audited" in done.stdout
    assert not (folder / "y.audit").exists()


@pytest.mark.parametrize("words", [[], ["audit"], ["aggregate"], ["bench"], ["bench", "run"]])
def test_help_is_shown(words):
    done = run(*words, "--help")
    assert done.exit_code == 0, done.stderr
    assert "Usage:" in done.stdout


def test_list_show_and_version(folder):
    assert "confident_learning" in run("list", "--verb", "audit").stdout
    many = run("list", "--verb", "audit", "--takes", "multilabel").stdout
    assert "confident_learning" in many
    assert "near_duplicates" in many
    numbers = run("list", "--verb", "audit", "--takes", "Numbers").stdout
    assert "confident_learning" not in numbers
    assert "near_duplicates" in numbers
    assert "majority" in run("list", "--takes", "Votes").stdout
    none = run("list", "--verb", "audit", "--takes", "Votes")
    assert none.stdout == ""
    assert "no method of the verb audit takes Votes" in none.stderr
    assert "Northcutt" in run("show", "confident_learning").stdout
    assert run("version").stdout == run("--version").stdout == f"reliabel {rl.__version__}\n"
    assert {entry["verb"] for entry in json.loads(run("list", "--json").stdout)} >= {
        "audit",
        "corrupt",
        "measure",
        "aggregate",
    }


def test_apply_takes_new_classes_and_a_file_that_has_moved_where_it_is_told_to(folder):
    (folder / "y.csv").write_text(
        (folder / "y.csv").read_text().replace(",yes", ",ja").replace(",no", ",nein"),
        encoding="utf-8",
    )
    run("audit", "y.csv", "--label", "y", "--id", "name", "--probs", "p.npy")
    (folder / "new.csv").write_text("id,verdict,label\nitem0,change,maybe\n", encoding="utf-8")
    asked = ("apply", "y.audit", "--decisions", "new.csv", "-o", "mended.csv")
    assert "needs --new-classes" in run(*asked, code=2).stderr
    (folder / "y.csv").rename(folder / "elsewhere.csv")
    assert "say where it is now with --source" in run(*asked, "--new-classes", code=2).stderr
    run(*asked, "--new-classes", "--source", "elsewhere.csv")
    assert rows_of(folder / "mended.csv")[0] == {"name": "item0", "y": "maybe"}


def test_what_read_guesses_of_a_table_can_be_said(folder):
    rng = np.random.default_rng(0)
    names = np.array(["κακό", "καλό", "?"])[rng.integers(0, 2, ROWS)]
    names[3] = "?"
    text = "name;y\r\n" + "".join(f"item, {row};{name}\r\n" for row, name in enumerate(names))
    (folder / "greek.txt").write_bytes(text.encode("cp1253"))
    words = ("--label", "y", "--missing", "?", "--encoding", "cp1253", "--delimiter", "semicolon")
    card = json.loads(run("audit", "greek.txt", *words, "--features", "x.npy", "--json").stdout)
    assert card["classes"] == ["κακό", "καλό"]
    labels = run("measure", "greek.txt", *words, "--by", "class_imbalance", "--json").stdout
    assert json.loads(labels)["parts"]
    run("corrupt", "greek.txt", *words, "--by", "symmetric", "-o", "noisy.csv")
    noisy = list(
        csv.DictReader(
            (folder / "noisy.csv").read_text(encoding="utf-8").splitlines(), delimiter=";"
        )
    )  # written as it was read
    assert [row["y"] for row in noisy] == names.tolist()
    assert (np.array([row["y_noisy"] for row in noisy]) != names).sum() > 10
    assert "semi" in run("audit", "greek.txt", "--label", "y", "--delimiter", "semi", code=2).stderr


def test_numbers_are_audited_for_what_is_no_matter_of_classes(folder):
    (folder / "n.csv").write_text(
        "name,y\n" + "".join(f"item {row},{row / 7:.3f}\n" for row in range(ROWS))
    )
    done = run("audit", "n.csv", "--label", "y", "--kind", "numbers", "--features", "x.npy")
    assert "n.csv: 120 rows, numbers" in done.stderr
    assert (folder / "n.audit" / "report.html").exists()
    assert (
        "kind must be one of auto, classes, numbers"
        in run("audit", "n.csv", "--label", "y", "--kind", "ranks", code=2).stderr
    )


def test_every_word_of_read_that_a_file_needs_is_an_option_of_audit():
    import inspect

    import typer.main

    import reliabel as rl

    of_votes = {"item", "worker", "time", "seconds", "duplicates", "source", "left", "right"}
    options = {parameter.name for parameter in typer.main.get_command(app).commands["audit"].params}
    assert set(inspect.signature(rl.read).parameters) - of_votes <= options


def test_changes_without_a_person_are_told_as_what_the_model_expects(tmp_path, monkeypatch):
    names = ("changed", "dropped", "kept", "unsure", "undecided")
    done = dict.fromkeys(names, 7) | {"automatic": 5, "expected_mistakes": 1.2, "notes": []}
    monkeypatch.setattr(rl, "apply", lambda folder, **given: done)
    out = CliRunner().invoke(app, ["apply", str(tmp_path), "--auto", "0.9", "-o", "x.csv"]).output
    assert "5 of the changes were made without a person; the model expects about 1" in out
    assert "weak features make it too sure" in out
