"""``reliabel corrupt`` with each corrupter that a table and features are enough for."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from typer.testing import CliRunner

from reliabel.cli import app
from reliabel.core.catalogue import catalogue
from reliabel.core.lift import takes_kind

OTHERS = {"rng", "features"}  # what the command has without a file of its own
OURS = [e for e in catalogue() if e.verb == "corrupt" and e.ours and e.needs <= OTHERS]


def _of(kind):
    return [entry.name for entry in OURS if takes_kind(entry.takes, kind)]


@pytest.mark.parametrize("name", _of("Numbers"))
def test_the_command_plants_errors_in_numbers(name, tmp_path):
    table = tmp_path / "y.csv"
    y = np.random.default_rng(0).normal(100, 9, 150).round(2)
    table.write_text("y\n" + "".join(f"{number}\n" for number in y), encoding="utf-8")
    words = ["corrupt", table, "--label", "y", "--by", name, "--rate", 0.2]
    done = CliRunner().invoke(app, [str(w) for w in [*words, "-o", tmp_path / "noisy.csv"]])
    assert done.exit_code == 0, done.output
    with (tmp_path / "noisy.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [row["y_wrong"] == "True" for row in rows]
    assert [float(row["y"]) != float(row["y_noisy"]) for row in rows] == wrong
    assert 0.05 < np.mean(wrong) < 0.4


@pytest.mark.parametrize("name", sorted({*_of("MultiLabel")} - {*_of("Classes")}))
def test_the_command_plants_errors_in_answers(name, tmp_path):
    table = tmp_path / "y.csv"
    y = np.random.default_rng(0).integers(0, 2, (150, 3))
    table.write_text(
        "is_a,is_b,is_c\n" + "".join(",".join(map(str, row)) + "\n" for row in y), encoding="utf-8"
    )
    words = ["corrupt", table, "--label", "is_*", "--by", name, "--rate", 0.2]
    done = CliRunner().invoke(app, [str(w) for w in [*words, "-o", tmp_path / "noisy.csv"]])
    assert done.exit_code == 0, done.output
    with (tmp_path / "noisy.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = np.array([[row[f"is_{c}_wrong"] == "True" for c in "abc"] for row in rows])
    assert [
        [row[f"is_{c}"] != row[f"is_{c}_noisy"] for c in "abc"] for row in rows
    ] == wrong.tolist()
    assert 0.05 < wrong.mean() < 0.4


@pytest.mark.parametrize("name", _of("Classes"))
def test_the_command_plants_what_it_says(name, tmp_path):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 150)
    np.save(tmp_path / "x.npy", 3 * np.eye(3, 5)[y] + rng.normal(size=(150, 5)))
    table = tmp_path / "y.csv"
    table.write_text("y\n" + "".join(f"{'abc'[c]}\n" for c in y), encoding="utf-8")
    words = ["corrupt", table, "--label", "y", "--by", name, "--rate", 0.2]
    words += ["--features", tmp_path / "x.npy"] if _takes_features(name) else []
    done = CliRunner().invoke(app, [str(w) for w in [*words, "-o", tmp_path / "noisy.csv"]])
    assert done.exit_code == 0, done.output
    with (tmp_path / "noisy.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [row["y_wrong"] == "True" for row in rows]
    assert [row["y"] != row["y_noisy"] for row in rows] == wrong
    assert 0.05 < np.mean(wrong) < 0.4
    assert f"{sum(wrong)} of {len(rows)} labels made wrong by {name}" in done.stdout


def _takes_features(name):
    return any(
        "features" in e.accepts for e in catalogue() if (e.verb, e.name) == ("corrupt", name)
    )


def test_the_votes_of_a_population_name_their_worker(tmp_path):
    table = tmp_path / "y.csv"
    table.write_text("x,y\n" + "1,a\n2,b\n3,\n" * 20, encoding="utf-8")
    words = [
        "corrupt",
        table,
        "--label",
        "y",
        "--by",
        "annotator_population",
        "-o",
        tmp_path / "v.csv",
    ]
    done = CliRunner().invoke(app, [str(w) for w in words])
    assert done.exit_code == 0, done.output
    with (tmp_path / "v.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40 * 3 + 20
    assert {row["y_worker"] == "" for row in rows if not row["y"]} == {True}
    assert len({row["y_worker"] for row in rows if row["y"]}) == 20
