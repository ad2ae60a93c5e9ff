"""The verb evaluate: forms of predictions, which reviews count, draws where models differ."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.folders.audit_folder import save
from reliabel.reporters import evaluation as page
from reliabel.reporters.evaluation_text import render
from reliabel.trust.evaluation import ANY_TIME, NO_DRAW, PLANNED, WEIGHTED

pytest.importorskip("sqlalchemy")

pytestmark = pytest.mark.usefixtures("fixed_draws")
NAMES = ("cat", "dog", "owl")


@pytest.fixture
def test_set(tmp_path):
    """600 labels of which 8 % are wrong, a P(wrong) that tells, and predictions of two models."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 600)
    wrong = rng.random(600) < 0.08
    given = np.where(wrong, (truth + 1) % 3, truth)
    p = np.clip(np.where(wrong, 0.6, 0.04) + rng.normal(0, 0.02, 600), 0.001, 0.999)
    first = np.where(rng.random(600) < 0.9, truth, (truth + 2) % 3)
    second = np.where(rng.random(600) < 0.1, (first + 1) % 3, first)
    labels = rl.Classes(given, NAMES)
    data = rl.Dataset(labels, {"features": rng.normal(size=(600, 2))})
    from reliabel.core.results import Audit

    audit = Audit(
        data=data,
        opinions={},
        skipped={},
        measures={},
        p_wrong=p,
        count=None,
        budget=None,
        findings=(),
        warnings=(),
        info={},
    )
    folder = tmp_path / "test.audit"
    save(audit, folder)
    names = np.array(NAMES)
    return folder, names[truth], names[given], {"a": names[first], "b": names[second]}


def judged(rows, truth):
    """The rows of a batch with people's verdicts."""
    items = [int(one) for one in rows["id"]]
    keep = [truth[i] == given for i, given in zip(items, rows["given"], strict=True)]
    return [
        Decision(
            str(i), "keep" if right else "change", None, None if right else str(truth[i]), "ann"
        )
        for i, right in zip(items, keep, strict=True)
    ]


def accuracy(predicted, truth):
    return float((predicted == truth).mean())


def test_without_reviews_there_are_estimates_and_no_intervals(test_set):
    folder, truth, given, models = test_set
    told = rl.evaluate(models, audit=folder)
    assert [model.name for model in told.models] == ["a", "b"]
    assert told.models[0].given == accuracy(models["a"], given)
    assert told.models[0].right.value == pytest.approx(accuracy(models["a"], truth), abs=0.08)
    assert told.models[0].right.method == NO_DRAW
    assert np.isnan(told.pairs[0].lead.low)
    assert "draws" in render(told)
    assert "cannot be told apart yet" in page.headline(told)


def test_planned_draws_give_intervals_that_hold(test_set):
    folder, truth, _, models = test_set
    done = rl.next(folder, n=150, plan=(0, 150))
    rl.decide(folder, judged(done["rows"], truth))
    told = rl.evaluate(models, audit=folder)
    for model in told.models:
        assert model.right.method == PLANNED
        assert model.right.draws == 150
        assert model.right.low <= accuracy(models[model.name], truth) <= model.right.high
        assert model.balanced.low < model.balanced.high
    assert told.reviewed == 150
    assert told.wrong == pytest.approx(0.08, abs=0.03)


def test_open_ended_reviews_hold_at_any_time(test_set):
    folder, truth, _, models = test_set
    for _ in range(3):
        done = rl.next(folder, n=60, target=0.2)
        rl.decide(folder, judged(done["rows"], truth))
    told = rl.evaluate(models, audit=folder)
    assert told.models[0].right.method == ANY_TIME
    assert told.models[0].right.low <= accuracy(models["a"], truth) <= told.models[0].right.high


def test_draws_where_models_differ_tell_them_apart_and_say_nothing_else(test_set):
    folder, truth, _, models = test_set
    told = rl.evaluate(models, audit=folder, n=40)
    batch = told.info["batch"]
    differ = np.flatnonzero(models["a"] != models["b"])
    assert batch["of"] == len(differ)
    assert set(map(int, batch["rows"]["id"])) <= set(differ.tolist())
    rl.decide(folder, judged(batch["rows"], truth))
    told = rl.evaluate(models, audit=folder)
    pair = told.pairs[0]
    true = accuracy(models[pair.first], truth) - accuracy(models[pair.second], truth)
    assert pair.lead.draws == 40
    assert pair.lead.low <= true <= pair.lead.high
    assert told.models[0].right.method == NO_DRAW  # they are no draws from all labels
    turned = rl.evaluate({"b": models["b"], "a": models["a"]}, audit=folder)
    assert turned.pairs[0].lead.draws == 40


def test_the_weighted_draw_of_sample_counts_too(test_set, tmp_path):
    folder, truth, _, models = test_set
    drawn = rl.sample(folder, n=120)["rows"]
    verdicts = judged(drawn, truth)
    told = rl.evaluate(models, audit=folder, verdicts=verdicts)
    assert told.models[0].right.method == WEIGHTED
    assert told.models[0].right.low <= accuracy(models["a"], truth) <= told.models[0].right.high


def test_chosen_verdicts_are_known_items_alone(test_set):
    folder, truth, given, models = test_set
    rows = {"id": [str(i) for i in range(100)], "given": given[:100]}
    told = rl.evaluate(models, audit=folder, verdicts=judged(rows, truth))
    assert told.reviewed == 100
    assert told.models[0].right.method == NO_DRAW
    assert told.models[0].right.chosen == 100


@pytest.mark.parametrize("form", ["list", "probabilities", "table", "csv", "npy", "mapping"])
def test_predictions_in_any_form_are_the_same(test_set, tmp_path, form):
    folder, _, _, models = test_set
    names = models["a"]
    order = np.random.default_rng(1).permutation(600)
    codes = np.array([NAMES.index(name) for name in names])
    if form == "csv":
        value = tmp_path / "a.csv"
        with value.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "prediction"])
            writer.writerows([i, names[i]] for i in order)
    elif form == "npy":
        value = tmp_path / "a.npy"
        np.save(value, np.eye(3)[codes])
    else:
        value = {
            "list": names.tolist(),
            "probabilities": np.eye(3)[codes] * 0.8 + 0.2 / 3,
            "table": {"id": [str(i) for i in order], "prediction": names[order].tolist()},
            "mapping": {"id": [str(i) for i in order], "label": names[order].tolist()},
        }[form]
    told = rl.evaluate({"a": value}, audit=folder)
    assert told.models[0].given == rl.evaluate({"a": names}, audit=folder).models[0].given


def test_a_class_that_only_a_model_or_a_person_has(test_set):
    folder, truth, given, models = test_set
    odd = models["a"].copy()
    odd[:50] = "emu"
    rows = {"id": [str(i) for i in range(20)], "given": given[:20]}
    emu = np.array(truth, dtype=object)
    emu[:20] = "emu"
    told = rl.evaluate({"odd": odd}, audit=folder, verdicts=judged(rows, emu))
    assert (
        told.models[0].right.value > rl.evaluate({"odd": odd}, audit=folder).models[0].right.value
    )


@pytest.mark.parametrize(
    ("predictions", "says"),
    [
        ({"a": ["cat"] * 5}, "a holds 5 predictions and the test 600 items"),
        ({"a": {"id": ["0"], "prediction": ["cat"]}}, "no prediction for 599 of 600 items"),
        ({"a": {"x": [1] * 600, "z": [2] * 600}}, "no column of predictions"),
        ([], "no predictions"),
    ],
)
def test_bad_predictions_are_sentences(test_set, predictions, says):
    with pytest.raises(ValueError, match=says):
        rl.evaluate(predictions, audit=test_set[0])


def test_bad_calls_are_sentences(test_set):
    folder, _, given, models = test_set
    with pytest.raises(ValueError, match="nothing to evaluate on"):
        rl.evaluate(models)
    with pytest.raises(ValueError, match="needs one class an item"):
        rl.evaluate(models, labels=rl.Dataset(rl.Numbers(np.arange(600.0))))
    with pytest.raises(ValueError, match="not those of the audit"):
        rl.evaluate(models, audit=folder, labels=given[::-1].tolist())
    with pytest.raises(ValueError, match="one model alone"):
        rl.evaluate({"a": models["a"]}, audit=folder, n=10)
    with pytest.raises(ValueError, match="predict the same on every item"):
        rl.evaluate({"a": models["a"], "c": models["a"]}, audit=folder, n=10)
    with pytest.raises(ValueError, match="folder of an audit"):
        rl.evaluate(models, labels=given.tolist(), n=10)
    with pytest.raises(FileNotFoundError, match="no file"):
        rl.evaluate(["nowhere.csv"], audit=folder)


def test_labels_alone_are_enough(test_set):
    _, _, given, models = test_set
    told = rl.evaluate(models, labels=given.tolist())
    assert told.models[0].right.value == pytest.approx(told.models[0].given)
    assert any("no P(wrong)" in note for note in told.notes)


def test_the_page_and_the_command(test_set, tmp_path, capsys):
    from typer.testing import CliRunner

    from reliabel.cli import app

    folder, truth, _, models = test_set
    done = rl.next(folder, n=450, plan=(0, 450))  # many, so that a ranking can be studied
    rl.decide(folder, judged(done["rows"], truth))
    files = []
    for name, predicted in models.items():
        file = tmp_path / f"{name}.csv"
        file.write_text("prediction\n" + "\n".join(predicted) + "\n", encoding="utf-8")
        files.append(str(file))
    run = CliRunner().invoke(app, ["evaluate", *files, "--audit", str(folder)])
    assert run.exit_code == 0, run.output
    text = (folder / "evaluation.html").read_text(encoding="utf-8")
    assert "Which is better" in text
    assert "Kendall" in text
    told = CliRunner().invoke(app, ["evaluate", f"x={files[0]}", "--audit", str(folder), "--json"])
    card = json.loads(told.output)
    assert card["models"][0]["name"] == "x"
    assert card["models"][0]["right"]["draws"] == 450
    bad = CliRunner().invoke(app, ["evaluate", files[0], "--audit", str(folder), "--n", "5"])
    assert bad.exit_code == 2
    assert "--n and -o go together" in bad.output
