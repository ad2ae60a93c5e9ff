"""Out of an audit and its log and back again, without loss: tables and Label Studio."""

from __future__ import annotations

import csv
import json

import pytest
from tests.unit.review.conftest import made

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.formats.label_studio_tasks import rewrite
from reliabel.review.batches import write_decisions
from reliabel.review.disputes import settle


def told(log):
    return sorted(
        (one.id, one.unit, one.verdict, one.label, one.who, one.at, one.settles, one.comment or "")
        for one in log.decisions()
    )


def reviewed(folder, comment='blurred, "maybe" a 7'):
    """A log with all verdicts, people who differ, and a settlement."""
    log = rl.log(folder)
    other = [log.data.labels.names[1 - c] for c in log.data.labels.y.tolist()]
    log.decide(
        [
            Decision("1", "keep", who="ada"),
            Decision("2", "change", label=other[2], who="ada"),
            Decision("3", "drop", who="ada"),
            Decision("4", "unsure", who="ada", comment=comment),
            Decision("1", "drop", who="bob"),
            Decision("4", "keep", who="bob"),
        ]
    )
    settle(log, 1, "keep", who="eve")
    return log


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "tsv", "xlsx"])
def test_decisions_as_a_table_and_back(tmp_path, suffix):
    pytest.importorskip({"parquet": "pyarrow", "xlsx": "openpyxl"}.get(suffix, "csv"))
    log = reviewed(made(tmp_path / "one.audit"))
    write_decisions(log, tmp_path / f"said.{suffix}")
    folder = made(tmp_path / "two.audit")
    rl.decide(folder, tmp_path / f"said.{suffix}")
    assert told(rl.log(folder)) == told(log)
    assert rl.log(folder).record().wrong.tolist() == log.record().wrong.tolist()


def test_a_comment_is_kept_and_changes_nothing(folder):
    log = rl.log(folder)
    rows = [{"id": "1", "verdict": "keep", "comment": "why?"}, {"id": "2", "verdict": "keep"}]
    assert rl.decide(folder, rows)["new"] == 2
    assert rl.decide(folder, rows)["same"] == 2
    assert rl.decide(folder, [{"id": "1", "verdict": "keep"}])["same"] == 1
    assert rl.decide(folder, [{**rows[1], "comment": "now"}])["new"] == 1
    assert {one.id: one.comment for one in log.decisions()} == {"1": "why?", "2": "now"}
    assert log.record().wrong.tolist() == [0, 0]
    assert log.verify() == ""


def test_decisions_through_label_studio_and_back(tmp_path):
    """A choice for each verdict, the person, the moment and the settlement come back."""
    one = made(tmp_path / "one.audit")
    log = reviewed(one, comment=None)
    write_decisions(log, tmp_path / "tasks.json", audit=rl.load(one), form="label_studio")
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert [task["data"]["id"] for task in tasks] == ["1", "2", "3", "4"]
    assert [len(task["annotations"]) for task in tasks] == [3, 1, 1, 2]
    assert tasks[0]["predictions"][0]["model_version"] == "given"
    folder = made(tmp_path / "two.audit")
    for task in tasks:  # the batch names the log that it is of
        del task["data"]["batch"]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    done = rl.decide(folder, tmp_path / "export.json")
    assert done["new"] == 7
    assert told(rl.log(folder)) == told(log)
    assert rl.decide(folder, tmp_path / "export.json")["same"] == 7


def test_a_batch_is_judged_in_label_studio(tmp_path, folder):
    """What Label Studio adds to tasks (ids of its own, drafts, counts) is in nobody's way."""
    rl.next(folder, n=4, out=tmp_path / "batch.json", form="label_studio", who="ada")
    tasks = json.loads((tmp_path / "batch.json").read_text())
    given = [task["data"]["given"] for task in tasks]
    assert all(task["annotations"] == [] for task in tasks)
    assert not any("p_wrong" in json.dumps(task) for task in tasks)
    words = [given[0], "yes" if given[1] == "no" else "no", "drop"]
    for number, (task, word) in enumerate(zip(tasks, words, strict=False)):
        task |= {"id": 1000 + number, "drafts": [], "total_annotations": 1, "meta": {}}
        task["annotations"] = [
            {
                "id": 7,
                "completed_by": {"id": 3, "email": "ada@example.org"},
                "updated_at": "2026-11-27T08:00:00.000000Z",
                "was_cancelled": False,
                "result": [
                    {
                        "id": "x",
                        "from_name": "label",
                        "to_name": "item",
                        "type": "choices",
                        "value": {"choices": [word]},
                    }
                ],
            },
            {"was_cancelled": True, "result": []},
        ]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    done = rl.decide(folder, tmp_path / "export.json")
    assert (done["new"], done["blank"]) == (3, 1)
    said = {one.id: (one.verdict, one.label, one.who) for one in rl.log(folder).decisions()}
    ids = [task["data"]["id"] for task in tasks]
    assert said == {
        ids[0]: ("keep", None, "ada@example.org"),
        ids[1]: ("change", words[1], "ada@example.org"),
        ids[2]: ("drop", None, "ada@example.org"),
    }


def test_a_class_that_is_called_like_a_verdict(tmp_path):
    import numpy as np

    labels = rl.Classes(np.arange(20) % 2, ("drop", "keep"))
    p = np.where(np.arange(2) == labels.y[:, None], 0.9, 0.1)
    folder = rl.save(rl.audit(labels, probs=p, by=["self_confidence"]), tmp_path / "d.audit")
    log = rl.log(folder)
    log.decide(
        [Decision("0", "drop"), Decision("1", "change", label="drop"), Decision("3", "keep")]
    )
    write_decisions(log, tmp_path / "t.json", audit=rl.load(folder), form="label_studio")
    other = rl.save(rl.audit(labels, probs=p, by=["self_confidence"]), tmp_path / "e.audit")
    tasks = json.loads((tmp_path / "t.json").read_text())
    for task in tasks:
        del task["data"]["batch"]
    (tmp_path / "t2.json").write_text(json.dumps(tasks))
    rl.decide(other, tmp_path / "t2.json")
    assert told(rl.log(other)) == told(log)


def test_tasks_of_another_log_are_refused(tmp_path, folder):
    rl.next(folder, n=2, out=tmp_path / "batch.json", form="label_studio")
    tasks = json.loads((tmp_path / "batch.json").read_text())
    value = {"from_name": "label", "type": "choices", "value": {"choices": ["no"]}}
    for task in tasks:
        task["annotations"] = [{"result": [value]}]
    (tmp_path / "e.json").write_text(json.dumps(tasks))
    other = made(tmp_path / "other.audit")
    with pytest.raises(ValueError, match="was handed out for another audit"):
        rl.decide(other, tmp_path / "e.json")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"out": "b.csv", "form": "label_studio"}, "end the name b.csv in .json"),
        ({"out": "b.json", "form": "labelstudio"}, "form='labelstudio'"),
    ],
)
def test_what_cannot_be_written_draws_nothing(tmp_path, folder, words, said):
    with pytest.raises(ValueError, match=said):
        rl.next(folder, n=2, **{**words, "out": tmp_path / words["out"]})
    assert rl.log(folder).board.seq == 0


def test_several_choices_are_no_decision(tmp_path, folder):
    value = {"from_name": "label", "type": "choices", "value": {"choices": ["no", "yes"]}}
    task = {"data": {"id": "1"}, "annotations": [{"result": [value]}]}
    (tmp_path / "e.json").write_text(json.dumps([task]))
    with pytest.raises(ValueError, match="task 1: several choices; a decision is one class"):
        rl.decide(folder, tmp_path / "e.json")


TASKS = [
    {
        "id": 10 + number,
        "data": {"text": f"text {number}", "source": {"page": number}},
        "meta": {"batch": "b"},
        "predictions": [{"model_version": "m", "result": [], "score": 0.25}],
        "annotations": [
            {
                "id": number,
                "completed_by": 1,
                "lead_time": 3.5,
                "was_cancelled": False,
                "result": [
                    {
                        "id": f"r{number}",
                        "from_name": "mood",
                        "to_name": "text",
                        "type": "choices",
                        "value": {"choices": ["bad" if number % 2 else "good"], "extra": 1},
                    }
                ],
            }
        ],
    }
    for number in range(12)
]


def test_an_export_is_written_anew_with_all_its_fields(tmp_path):
    """Audited as one label an item, mended, and back as tasks: only the choices differ."""
    (tmp_path / "export.json").write_text(json.dumps(TASKS, indent=1))
    data = rl.read(tmp_path / "export.json")
    audit = rl.audit(data, by=["personal_data"])
    said = [
        {"id": "11", "verdict": "change", "label": "good"},
        {"id": "12", "verdict": "drop"},
        {"id": "13", "verdict": "keep"},
    ]
    rl.apply(audit, decisions=said, out=tmp_path / "mended.json")
    wanted = json.loads(json.dumps([task for task in TASKS if task["id"] != 12]))
    wanted[1]["annotations"][0]["result"][0]["value"]["choices"] = ["good"]
    assert json.loads((tmp_path / "mended.json").read_text()) == wanted
    again = rl.read(tmp_path / "mended.json")
    assert len(again.labels) == 11
    rl.apply(audit, decisions=said, out=tmp_path / "mended.csv")
    with (tmp_path / "mended.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 11
    assert rows[1]["label"] == "good"


def test_tasks_without_an_answer_stay_and_get_one(tmp_path):
    tasks = json.loads(json.dumps(TASKS[:4]))
    tasks[0]["annotations"][0]["result"] = []
    tasks[1]["annotations"] = []
    tasks[2]["annotations"].append({"was_cancelled": True, "result": []})
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    rewrite(tmp_path / "export.json", tmp_path / "out.json", {0: "bad", 1: "bad"}, {2})
    found = json.loads((tmp_path / "out.json").read_text())
    assert [task["id"] for task in found] == [10, 11, 12]
    result = found[0]["annotations"][0]["result"][0]
    assert (result["from_name"], result["to_name"]) == ("mood", "text")
    assert result["value"]["choices"] == ["bad"]
    assert found[1] == tasks[1]
    assert found[2]["annotations"][0]["result"][0]["value"]["choices"] == ["bad"]
    assert found[2]["annotations"][1] == {"was_cancelled": True, "result": []}


def test_answers_of_other_kinds_are_one_sentence(tmp_path):
    tasks = json.loads(json.dumps(TASKS[:2]))
    tasks[0]["annotations"][0]["result"][0]["value"] = {"taxonomy": [["a", "b"]]}
    tasks[0]["annotations"][0]["result"][0]["type"] = "taxonomy"
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    with pytest.raises(ValueError, match="kind 'taxonomy' cannot be written anew"):
        rewrite(tmp_path / "export.json", tmp_path / "out.json", {0: "a > b"}, set())
