"""The page and the text of a training run."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import HOSTILE
from tests.unit.reporters.made_runs import a_model, a_run, data_and_truth

from reliabel.core.corrections import corrections
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.reporters import training, training_text
from reliabel.reporters.epochs import Line, over_epochs
from reliabel.reporters.noise_chart import noise
from reliabel.reporters.training_doubts import doubts
from reliabel.reporters.training_run import TrainingRun, condition, headline


def words(page: str) -> str:
    """What a reader sees."""
    page = re.sub(r"<(style|script|template).*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


def test_the_headline_says_method_epoch_agreement_and_the_probe():
    run = a_run()
    assert headline(run) == (
        "Guest method, epoch 5 of 12, agrees with 80.0 % of 100 held-out labels; "
        "the plain linear probe with 71.0 %"
    )
    assert condition(run).startswith("71.1 to 86.7 % (95 % interval). Held-out labels are as noisy")
    tested = replace(run, test=(0.912, 500))
    assert condition(tested).endswith("It is right on 91.2 % of 500 test labels.")


def test_the_page_shows_curves_trust_and_the_changed_labels():
    run = a_run(noise_matrix=np.full((4, 4), 0.05) + 0.8 * np.eye(4), rate=0.2)
    page = training.render(run, folder="tickets.model")
    seen = words(page)
    for part in (
        "Agreement with held‑out" if "‑out labels." in seen else "Agreement with held-out labels",
        "Training loss",
        "Given labels learnt",
        "Noise that it reckons with",
        "The method reckoned with 20.0 % wrong labels",
        "Labels it changed, surest first",
        "after training the model gives",
        "reliabel predict tickets.model NEW_FILE",
        "epochs 12",
        "strength 3",
    ):
        assert part in seen, part
    assert "/home/anna" not in page
    assert "epoch 5: 80 %" in seen
    counts = [int(n) for n in re.findall(r"(\d+) labels \(\d+\.\d %\)", seen)]
    assert counts[0] == len(run.audit.findings)
    assert "nan" not in seen.lower().split()


def test_the_numbers_of_the_classes_add_up():
    run = a_run()
    page = training.render(run)
    table = re.search(r"<caption>4 classes</caption>.*?</table>", page, re.S)[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
    rows = [row for row in rows if row]
    y, moved = run.given.y, [f.item for f in run.audit.findings]
    assert [int(row[1]) for row in rows] == np.bincount(y).tolist()
    assert [int(row[2]) for row in rows] == np.bincount(y[moved], minlength=4).tolist()
    now = run.model.labels.p.argmax(1)
    assert [int(row[4]) for row in rows] == np.bincount(now, minlength=4).tolist()


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (a_run(stopped="the loss is no number in epoch 6"), "ended early: the loss is no number"),
        (a_run(held_out=20), "Only 20 rows were held out"),
        (a_run(held_out=0), "No row was held out: the last epoch was kept"),
        (a_run(probe=0.95), "agrees less than the plain linear probe (95.0 %)"),
        (a_run(warnings=("the columns are few",)), "the columns are few"),
    ],
)
def test_it_says_what_speaks_against_the_run(run, sentence):
    assert any(sentence in line for line in doubts(run)), doubts(run)
    assert sentence in words(training.render(run))
    assert sentence in training_text.render(run)


def test_imbalance_and_classes_that_were_given_up_are_told():
    data, truth = data_and_truth(400, 3, 0, ("ape", "bee", "cat"))
    y = np.where(np.arange(400) < 6, 2, truth % 2)
    p = np.eye(3)[y % 2] * 0.8 + 0.2 / 3
    model = replace(a_model(data, truth), labels=Soft(p, ("ape", "bee", "cat")))
    data = replace(data, labels=Classes(y, ("ape", "bee", "cat")))
    told = doubts(TrainingRun(model, "guest", corrections(model, data, "guest")))
    assert any("times as many labels as 'cat'" in line for line in told)
    assert any(line.startswith("No item is left in 'cat'") for line in told)


def test_a_run_that_was_still_getting_better_is_told():
    run = a_run()
    model = replace(run.model, trace=np.linspace(0.5, 0.8, 12), info={**run.info, "epoch": 12})
    assert any("more epochs may do better" in line for line in doubts(replace(run, model=model)))


def test_a_sound_run_raises_no_doubts():
    assert doubts(a_run(n=800)) == []


def test_what_a_method_leaves_out_is_left_out():
    """A closed form without epochs, held-out rows or corrected labels."""
    data, truth = data_and_truth(60, 4, 0, ("a", "b", "c", "d"))
    bare = Model(a_model(data, truth).predict)
    run = TrainingRun(bare, "linear_probe", corrections(bare, data, "linear_probe"))
    assert headline(run) == "Linear probe was trained on 60 labels"
    seen = words(training.render(run))
    assert "gives no corrected labels" in seen
    assert "keeps all labels as they are given" in seen
    assert "How it learnt" not in seen
    alone = TrainingRun(bare, "linear_probe")
    assert headline(alone) == "Linear probe was trained"
    assert "Labels it changed" not in words(training.render(alone))
    assert training_text.render(alone).startswith("Linear probe was trained.\n")


def test_a_measure_that_is_no_share_is_not_called_agreement():
    run = a_run()
    run = replace(run, model=replace(run.model, trace=-np.linspace(2, 1, 12)))
    assert (
        headline(run) == "Guest method meets 100 held-out labels by -1.64, where higher is better"
    )
    assert "Fit to held-out labels" in words(training.render(run))


def test_labels_that_nothing_changed_are_said_so():
    data, truth = data_and_truth(200, 4, 0, ("a", "b", "c", "d"))
    model = replace(a_model(data, truth), labels=data.labels)
    seen = words(training.render(TrainingRun(model, "guest", corrections(model, data, "guest"))))
    assert "It changed no label and left none out." in seen


def test_hostile_names_stay_text():
    run = a_run(names=(HOSTILE, "b", "c", "d"), noise_matrix=np.eye(4))
    run = replace(run, by=HOSTILE)
    assert HOSTILE not in training.render(run)


def test_many_classes_are_folded():
    names = tuple(f"intent {c}" for c in range(40))
    matrix = np.full((40, 40), 0.005) + 0.8 * np.eye(40)
    seen = words(training.render(a_run(900, 40, names=names, noise_matrix=matrix)))
    assert "The 12 most confused of 40 classes" in seen
    assert "40 classes, those with most changes first" in seen


def test_the_text_names_the_commonest_changes_and_the_next_command():
    told = training_text.render(a_run(), folder="t.model/")
    assert re.search(r"Labels: \d+ labels of 400 changed or left out .*: \w+ -> \w+ \(\d+\)", told)
    assert told.endswith("Next: reliabel predict t.model NEW_FILE -o predicted.csv\n")
    assert "Kept: epoch 5 of 12, where held-out labels were met best." in told


def test_options_that_differ_from_the_defaults_are_told():
    run = replace(a_run(), training=Training(epochs=9, lr=0.2, module=dict))
    assert "epochs 9, lr 0.2, module of your own" in words(training.render(run))


def test_the_size_of_the_list_is_an_option():
    run = a_run()
    assert f"The first 5 of {len(run.audit.findings)} label findings" in words(
        training.render(run, top=5)
    )
    with pytest.raises(ValueError, match="top must be at least 1, got 0"):
        training.render(run, top=0)


def test_a_chart_over_epochs_marks_the_epoch_kept_and_says_what_it_shows():
    values = np.array([0.5, 0.7, np.nan, 0.6])
    chart = over_epochs([Line("agreement", values)], what="Agreement", kept=2, share=True)
    assert chart.says == ("Agreement over 4 epochs: agreement from 50 % to 60 %; epoch 2 was kept")
    texts = [mark.text for mark in chart.marks if mark.shape == "text"]
    assert {"50 %", "60 %", "70 %", "epoch 2: 70 %"} <= set(texts)
    dots = [mark.at for mark in chart.marks if mark.shape == "dot" and mark.at[2] == 5]
    best = min(mark.at[1] for mark in chart.marks if mark.shape == "dot")
    assert [at[1] for at in dots] == [best], "the kept epoch is the highest"


@pytest.mark.parametrize("values", [[0.5], [0.3, 0.3, 0.3], [1e-9, 2e-9], [1e6, -1e6], [0.0]])
def test_a_chart_of_any_values_has_its_marks_inside(values):
    chart = over_epochs([Line("x", np.array(values))], what="x", kept=1)
    for mark in chart.marks:
        assert np.isfinite(mark.at).all()
        assert 0 <= mark.at[0] <= chart.width
        assert 0 <= mark.at[1] <= chart.height


def test_nothing_recorded_is_said():
    chart = over_epochs([Line("x", np.array([np.nan]))], what="x")
    assert [mark.text for mark in chart.marks] == ["nothing recorded"]


def test_a_noise_matrix_writes_percent_and_names_the_worst_pair():
    chart = noise(np.array([[0.9, 0.1], [0.3, 0.7]]), ("ape", "bee"), 2)
    assert chart.says == "Noise matrix of 2 classes: most often bee is given as ape"
    assert {"90", "10", "30", "70"} <= {mark.text for mark in chart.marks}


def test_labels_of_other_kinds_get_a_sentence():
    data = Dataset(Soft(np.full((9, 2), 0.5)))
    model = Model(len, Soft(np.full((9, 2), 0.5)), trace=np.array([0.1]), info={"held_out": 3})
    seen = words(training.render(TrainingRun(model, "guest", corrections(model, data, "guest"))))
    assert "listed for labels of one class an item only" in seen


def test_a_run_whose_options_were_chosen_shows_what_was_tried():
    """Held-out rows chose the epoch, then all rows were learnt from."""
    tried = [
        {"by": "noise_ignorant", "agreement": 0.71, "folds": 3},
        {"by": "guest_method", "agreement": 0.79, "folds": 3, "lr": 0.05, "epoch": 5},
    ]
    chosen = {"held_out": 0, "agreement": 0.79, "folds": 3, "tried": tried, "why": "the highest"}
    run = a_run(**chosen)
    assert headline(run) == (
        "Guest method, epoch 5 of 12, agrees with 79.0 % of 400 held-out labels; "
        "the plain linear probe with 71.0 %"
    )
    seen = words(training.render(run))
    assert "Chosen: the highest." in seen
    assert "chosen by held-out labels; then learnt from all" in seen
    assert seen.index("guest method 79.0 %") < seen.index("noise ignorant 71.0 %")
    assert not any("held out" in line for line in doubts(run))
    one = replace(run, model=replace(run.model, info={**run.info, "folds": 1}))
    assert "agrees with 79.0 % of held-out labels;" in headline(one)
    assert "interval" not in condition(one)


def test_the_probe_itself_is_not_compared_with_itself():
    data, truth = data_and_truth(400, 4, 0, ("a", "b", "c", "d"))
    info = {"agreement": 0.7, "folds": 3, "probe": {"agreement": 0.7, "folds": 3}}
    bare = Model(a_model(data, truth).predict, info=info)
    run = TrainingRun(bare, "noise_ignorant", corrections(bare, data, "noise_ignorant"))
    assert headline(run) == "Noise ignorant agrees with 70.0 % of 400 held-out labels"
    assert "interval" in condition(run)


def test_what_the_verb_tells_of_the_end_is_not_said_twice():
    run = a_run(stopped="the loss is nan", warnings=("the training ended early: the loss is nan",))
    assert sum("the loss is nan" in line for line in doubts(run)) == 1
