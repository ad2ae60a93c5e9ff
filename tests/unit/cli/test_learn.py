"""reliabel learn and reliabel predict: files in, a model folder and a table out, sentences."""

import csv
import json

import numpy as np
import pytest
from tests.worlds import classes
from typer.testing import CliRunner

from reliabel.cli import app

WORLD, FRESH = classes(0), classes(7)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [WORLD.labels.names[c] for c in WORLD.labels.y]
    lines = ["name,y,ok", *(f"i{n},{y},{int(n % 2)}" for n, y in enumerate(names))]
    (tmp_path / "y.csv").write_text("\n".join(lines) + "\n")
    np.save(tmp_path / "x.npy", WORLD.evidence["features"])
    np.save(tmp_path / "new.npy", FRESH.evidence["features"])
    texts = [f"{'fine great' if n % 2 else 'dull long'} film {n}" for n in range(60)]
    rows = ["text,mood", *(f"{t},{'good' if n % 2 else 'bad'}" for n, t in enumerate(texts))]
    (tmp_path / "films.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def run(*words, code=0):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == code, f"{words}\n{done.stdout}\n{done.stderr}\n{done.exception!r}"
    return done


LEARN = ("learn", "y.csv", "--label", "y", "--features", "x.npy")


def test_learn_then_predict(folder):
    said = run(*LEARN, "--by", "linear_probe", "-o", "y.model").stdout
    assert "y.model: 300 items, 3 classes, learnt by noise_ignorant" in said
    assert "Agreement with held-out given labels: 90." in said
    assert said.splitlines()[-1] == "Next: reliabel predict y.model FILE -o predicted.csv"
    done = run("predict", "y.model", "--features", "new.npy", "-o", "out.csv")
    assert "out.csv: 300 predictions by noise_ignorant" in done.stdout
    with open("out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "label", "p", "p_ape", "p_bee", "p_cat"]
    right = [
        row["label"] == FRESH.truth.names[c] for row, c in zip(rows, FRESH.truth.y, strict=True)
    ]
    assert np.mean(right) > 0.95
    shown = run("predict", "y.model", "--features", "new.npy").stdout
    assert shown == (folder / "out.csv").read_text()


def test_texts_from_file_to_file(folder):
    done = run("learn", "films.csv", "--label", "mood", "--by", "linear_probe", "--embed", "tfidf")
    assert "films.model: 60 items, 2 classes" in done.stdout
    run("predict", "films.model", "films.csv", "-o", "said.parquet")
    assert (folder / "said.parquet").exists()
    wrong = run("predict", "films.model", "y.csv", code=2)
    assert "no column 'text'" in wrong.stderr
    same = run("predict", "films.model", "films.csv", "-o", "films.csv", code=2)
    assert "is the input itself" in same.stderr


def test_json_says_the_same(folder):
    card = json.loads(run(*LEARN, "--by", "linear_probe", "--json").stdout)
    assert card["by"] == "noise_ignorant"
    assert card["classes"] == list(WORLD.labels.names)
    assert card["folder"] == "y.model"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--by", "linear_prob"), "did you mean 'linear_probe'"),
        (("--by", "linear_probe", "--option", "epochs"), "--option takes a name and a value"),
        (("--by", "linear_probe", "--option", "epochs=3"), "takes no 'epochs'"),
        (("--by", "linear_probe", "--resume"), "there is no training to go on with"),
        (("--by", "linear_probe", "--trusted", "ok"), "does not use trusted"),
        (("--option", "momentum=1"), "options belong to one learner, name it with --by"),
    ],
)
def test_bad_options_get_a_sentence(folder, words, sentence):
    done = run(*LEARN, *words, code=2)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_options_on_the_command_line_reach_the_training(folder):
    pytest.importorskip("torch")
    words = ("--option", "epochs=3", "--option", "momentum=0.5", "--dynamics", "-o", "e.model")
    said = run(*LEARN, "--by", "elr", *words).stdout
    assert "learnt by early_learning (decay 0.003, epoch" in said
    import reliabel as rl

    model = rl.load("e.model")
    assert model.dynamics.margin.shape == (3, 300)
    assert model.info["options"] == {"momentum": 0.5}


@pytest.mark.parametrize("name", ["noise_ignorant", "ni_erm", "linear-probe"])
def test_the_methods_are_listed_and_shown(folder, name):
    assert "noise_ignorant" in run("list", "--verb", "learn").stdout
    assert "learn noise_ignorant" in run("show", name).stdout
