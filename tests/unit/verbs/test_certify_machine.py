"""How many labels of a machine may be accepted: populations of the log, sentences, the command."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.results import Audit, Decision
from reliabel.folders.audit_folder import save
from reliabel.reporters.machine_text import risk_chart, sentences

pytest.importorskip("sqlalchemy")

pytestmark = pytest.mark.usefixtures("fixed_draws")


@pytest.fixture
def machine(tmp_path):
    """800 labels of a machine, surer ones right more often, in the folder of an audit."""
    rng = np.random.default_rng(0)
    score = np.sort(rng.random(800))[::-1].round(4)
    truth = rng.integers(0, 2, 800)
    wrong = rng.random(800) < 0.3 * (1 - score) ** 2
    given = np.where(wrong, 1 - truth, truth)
    names = np.array(["no", "yes"])
    file = tmp_path / "answers.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "answer", "sure"])
        writer.writerows([f"q{i}", names[given[i]], score[i]] for i in range(800))
    data = rl.read(file, label="answer", id="id")
    audit = Audit(
        data=data,
        opinions={},
        skipped={},
        measures={},
        p_wrong=np.full(800, 0.1),
        count=None,
        budget=None,
        findings=(),
        warnings=(),
        info={},
    )
    folder = tmp_path / "answers.audit"
    save(audit, folder)
    return folder, names[truth], names[given], score


def judged(rows, truth):
    found = []
    for id_, given in zip(rows["id"], rows["given"], strict=True):
        true = str(truth[int(id_[1:])])
        verdict = "keep" if given == true else "change"
        found.append(Decision(id_, verdict, None, None if verdict == "keep" else true, "ann"))
    return found


def test_draws_of_its_own_populations_lead_to_a_promise_that_holds(machine):
    folder, truth, given, score = machine
    before = rl.certify_machine(folder, "sure")
    assert before.found.accepted == 0
    assert "None of the 800 labels" in sentences(before, folder)[0]
    for _ in range(8):
        done = rl.certify_machine(folder, "sure", n=30)
        rl.decide(folder, judged(done.batch["rows"], truth))
    told = rl.certify_machine(folder, "sure")
    assert told.found.accepted >= 160
    level = told.found.levels[told.found.best]
    inside = score >= level.threshold
    assert inside.sum() == level.items
    assert (truth[inside] != given[inside]).mean() <= 0.05
    assert (truth[inside] != given[inside]).sum() <= level.high
    assert "You may accept" in sentences(told, folder)[0]
    assert "accepted" in risk_chart(told).svg()
    # none of these draws is evidence on all labels
    assert rl.certify(folder, forecast=False).certificate.counted == 0


def test_draws_from_all_labels_count_for_every_threshold(machine):
    folder, truth, *_ = machine
    done = rl.next(folder, n=200, plan=(0, 200))
    rl.decide(folder, judged(done["rows"], truth))
    told = rl.certify_machine(folder, "sure")
    assert told.found.levels[-1].drawn == 200
    assert 0 < told.found.levels[0].drawn < 80


def test_another_risk_after_looking_is_said(machine):
    folder, truth, *_ = machine
    done = rl.certify_machine(folder, "sure", n=30)
    rl.decide(folder, judged(done.batch["rows"], truth))
    other = rl.certify_machine(folder, "sure", risk=0.1)
    assert any("chosen before looking" in note for note in other.notes)
    assert other.found.levels[0].drawn == rl.certify_machine(folder, "sure").found.levels[0].drawn


@pytest.mark.parametrize(
    ("column", "risk", "says"),
    [
        ("nothing", 0.05, "no column 'nothing'.*columns: sure"),
        ("sure", 1.5, "risk is a share"),
        ("sure", 0.0001, "too few to accept some"),
    ],
)
def test_bad_calls_are_sentences(machine, column, risk, says):
    with pytest.raises(ValueError, match=says):
        rl.certify_machine(machine[0], column, risk=risk)


def test_a_consensus_folder_has_its_own_confidence(tmp_path):
    rng = np.random.default_rng(1)
    item, worker = np.repeat(np.arange(300), 3), np.tile(np.arange(3), 300)
    true = rng.integers(0, 2, 300)
    y = np.where(rng.random(900) < 0.85, true[item], 1 - true[item])
    votes = rl.Dataset(rl.Votes(item, worker, rl.Classes(y, ("no", "yes")), 300, 3), {})
    from reliabel.verbs.write_consensus import write_consensus

    folder = write_consensus(rl.aggregate(votes, by="dawid_skene"), votes, tmp_path / "v.consensus")
    told = rl.certify_machine(folder, "p", risk=0.1, n=10)
    assert told.labels == 300
    assert told.batch["labels"] == 10


def test_the_command(machine, tmp_path):
    from typer.testing import CliRunner

    from reliabel.cli import app

    folder, *_ = machine
    batch, picture = tmp_path / "batch.csv", tmp_path / "risk.svg"
    words = ["certify", str(folder), "--machine", "sure"]
    run = CliRunner().invoke(
        app, [*words, "--n", "20", "-o", str(batch), "--picture", str(picture)]
    )
    assert run.exit_code == 0, run.output
    assert "reliabel decide" in run.output
    assert len(batch.read_text(encoding="utf-8").splitlines()) == 21
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert told["accepted"] == 0
    assert told["found"]["risk"] == 0.05
    stray = CliRunner().invoke(app, ["certify", str(folder), "--n", "5"])
    assert stray.exit_code == 2
    assert "go with --machine" in stray.output
