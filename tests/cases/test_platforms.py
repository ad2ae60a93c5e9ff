"""Exports of crowd platforms are known by their columns.

The columns are those that the platforms document:
Mechanical Turk: https://docs.aws.amazon.com/AWSMechTurk/latest/RequesterUI/ReviewingResultsOutsideoftheRUI.html
    and .../AWSMturkAPI/ApiReference_AssignmentDataStructureArticle.html (states of assignments)
Toloka: https://github.com/Toloka/toloka-kit, src/client/assignment.py (GetAssignmentsTsvParameters) and the reference
    of TolokaClient.get_assignments_df
Appen: https://success.figure-eight.com/hc/en-us/articles/202703075 (Guide to: Reports Page), and the columns of the
    airline sentiment report (Twitter US Airline Sentiment)
"""  # noqa: E501

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app

WORKERS = ("A1", "A2", "A3")
TRUTH = ["cat" if n % 2 else "dog" for n in range(12)]


def answer_of(item, worker):
    """The third person errs on every fourth item."""
    wrong = worker == "A3" and item % 4 == 0
    return ("dog" if TRUTH[item] == "cat" else "cat") if wrong else TRUTH[item]


def write(path, rows, delimiter=","):
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, names, delimiter=delimiter)
        out.writeheader()
        out.writerows(rows)
    return path


def turk_rows(**answers):
    """Batch results; answers: column -> function (item, worker) -> cell."""
    answers = answers or {"Answer.animal": answer_of}
    return [
        {
            "HITId": f"3H{item:02}",
            "HITTypeId": "3T",
            "Title": "Which animal?",
            "Reward": "$0.05",
            "CreationTime": "Mon Nov 02 09:00:00 PST 2026",
            "AssignmentId": f"3A{item:02}{who}",
            "WorkerId": who,
            "AssignmentStatus": "Approved",
            "AcceptTime": f"Mon Nov 02 10:{item:02}:00 PST 2026",
            "SubmitTime": f"Mon Nov 02 10:{item:02}:12 PST 2026",
            "WorkTimeInSeconds": "12",
            "LifetimeApprovalRate": "100% (5/5)",
            "Input.text": f"it barks or purrs {item}",
            **{name: cell(item, who) for name, cell in answers.items()},
            "Approve": "",
            "Reject": "",
        }
        for item in range(12)
        for who in WORKERS
    ]


def notes_of(data):
    return "; ".join(data.source["notes"])


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def labels_of(data, item):
    votes = data.labels
    return [
        votes.labels.names[code]
        for code in votes.labels.y[votes.item == data.ids.items.index(item)]
    ]


def test_batch_results_of_mechanical_turk(tmp_path):
    rows = turk_rows()
    rows[0]["AssignmentStatus"] = "Rejected"
    rows[5]["Reject"] = "not an animal"
    path = write(tmp_path / "Batch_1.csv", rows)
    data = rl.read(path)
    votes = data.labels
    assert (len(votes), votes.n, votes.w) == (34, 12, 3)
    assert votes.labels.names == ("cat", "dog")
    assert labels_of(data, "3H00") == ["dog", "cat"]
    assert "2 rejected assignments are left out" in notes_of(data)
    assert "item is HITId, worker is WorkerId, label is Answer.animal" in notes_of(data)
    assert data.source["vote_columns"]["seconds"].tolist() == [12.0] * 34
    assert np.unique(np.diff(data.source["vote_columns"]["time"])).tolist() == [0, 60]
    assert data.source["vote_columns"]["time"][0] == 1793642412.0  # 18:00:12 UTC
    assert data.evidence["items"][1] == "it barks or purrs 1"
    done = run("aggregate", path, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "34 votes of 3 workers on 12 items" in done.output


def test_several_answers_are_named_and_chosen(tmp_path):
    both = {"Answer.animal": answer_of, "Answer.sure": lambda item, who: item % 3}
    path = write(tmp_path / "b.csv", turk_rows(**both))
    with pytest.raises(
        ValueError,
        match=r"answers to 2 questions \(animal, sure\); say which .* with label='animal'",
    ):
        rl.read(path)
    for name in ("sure", "Answer.sure"):
        assert rl.read(path, label=name).labels.labels.names == ("0", "1", "2")
    with pytest.raises(ValueError, match=r"without an answer 'colour'; it has animal, sure"):
        rl.read(path, label="colour")
    done = run("aggregate", path, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "--label animal" in done.output


def test_options_of_mechanical_turk_as_columns_and_as_json(tmp_path):
    flags = {
        f"Answer.animal.{name}": lambda item, who, name=name: str(
            answer_of(item, who) == name
        ).lower()
        for name in ("cat", "dog")
    }
    data = rl.read(write(tmp_path / "flags.csv", turk_rows(**flags)))
    assert labels_of(data, "3H04") == ["dog", "dog", "cat"]
    shapes = {
        "choice": lambda name: {n: n == name for n in ("cat", "dog")},
        "label": lambda name: {"label": name},
        "plain": lambda name: name,
    }
    for name, shape in shapes.items():
        answers = {
            "Answer.taskAnswers": lambda item, who, shape=shape: json.dumps(
                [{"animal": shape(answer_of(item, who))}]
            )
        }
        data = rl.read(write(tmp_path / f"{name}.csv", turk_rows(**answers)))
        assert labels_of(data, "3H04") == ["dog", "dog", "cat"]


def toloka_rows(**more):
    return [
        {
            "INPUT:image": f"https://example.org/{item}.jpg",
            "OUTPUT:result": answer_of(item, who),
            "GOLDEN:result": TRUTH[item] if item < 3 else "",
            "HINT:text": "",
            "ASSIGNMENT:link": "https://toloka.dev/task/1",
            "ASSIGNMENT:task_id": f"0001--{item}",
            "ASSIGNMENT:assignment_id": f"0001{who}",
            "ASSIGNMENT:worker_id": who,
            "ASSIGNMENT:status": "APPROVED",
            "ASSIGNMENT:started": "2026-11-02T10:00:12.345",
            **more,
        }
        for item in range(12)
        for who in WORKERS
    ]


def test_assignments_of_toloka(tmp_path):
    rows = toloka_rows()
    rows[1]["ASSIGNMENT:status"] = "REJECTED"
    rows[2]["ASSIGNMENT:status"] = "SKIPPED"
    path = write(tmp_path / "assignments.tsv", rows, "\t")
    data = rl.read(path)
    assert (len(data.labels), data.labels.n, data.labels.w) == (34, 12, 3)
    assert "2 answers were rejected, skipped or not finished, and left out" in notes_of(data)
    assert "3 items have a known answer (GOLDEN:result), which is used as gold" in notes_of(data)
    names = data.labels.labels.names
    assert [None if c < 0 else names[c] for c in data.evidence["gold"]] == [*TRUTH[:3], *[None] * 9]
    assert data.source["vote_columns"]["time"][0] == 1793613612.345
    found = rl.aggregate(data)
    assert found.labels.p[0].tolist() == [0.0, 1.0]
    done = run("aggregate", path, "-o", tmp_path / "out")
    assert "used as gold" in done.output
    bare = [{k: v for k, v in row.items() if k != "ASSIGNMENT:task_id"} for row in toloka_rows()]
    data = rl.read(write(tmp_path / "bare.tsv", bare, "\t"))
    assert data.ids.items[1] == "https://example.org/1.jpg"
    assert len(data.labels) == 36


def appen_rows(**more):
    return [
        {
            "_unit_id": 100 + item,
            "_created_at": f"11/2/2026 18:{item:02}:12",
            "_golden": str(item < 3).lower(),
            "_id": 10 * item + place,
            "_missed": "",
            "_started_at": f"11/2/2026 18:{item:02}:02",
            "_tainted": "false",
            "_channel": "neodev",
            "_trust": 0.9,
            "_worker_id": place + 7,
            "_country": "USA",
            "animal": answer_of(item, who),
            "animal_gold": TRUTH[item] if item < 3 else "",
            "text": f"it barks or purrs {item}",
            **more,
        }
        for item in range(12)
        for place, who in enumerate(WORKERS)
    ]


def test_full_reports_of_appen(tmp_path):
    rows = appen_rows()
    rows[7]["_tainted"] = "true"
    rows[6]["animal_gold"] = rows[7]["animal_gold"] = rows[8]["animal_gold"] = "cat\ndog"
    path = write(tmp_path / "f1.csv", rows)
    data = rl.read(path)
    assert (len(data.labels), data.labels.n, data.labels.w) == (36, 12, 3)
    assert data.labels.labels.names == ("cat", "dog")
    assert data.ids.workers == ("7", "8", "9")
    assert data.evidence["gold"].tolist() == [1, 0, *[-1] * 10]
    assert "2 items have a known answer (animal_gold), which is used as gold" in notes_of(data)
    assert "3 rows allow several known answers and count as unknown" in notes_of(data)
    assert "1 judgment is of people who failed the test questions" in notes_of(data)
    assert data.source["vote_columns"]["seconds"].tolist() == [10.0] * 36
    assert data.source["vote_columns"]["time"][0] == 1793642412.0
    done = run("aggregate", path, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output


def test_a_report_with_two_questions_asks_which(tmp_path):
    path = write(tmp_path / "f.csv", appen_rows(mood="calm", mood_gold=""))
    with pytest.raises(ValueError, match=r"answers to 2 questions \(animal, mood\)"):
        rl.read(path)
    assert rl.read(path, label="animal").labels.labels.names == ("cat", "dog")


def test_answers_with_several_classes_are_no_votes(tmp_path):
    rows = appen_rows()
    rows[4]["animal"] = "cat\ndog"
    data = rl.read(write(tmp_path / "f.csv", rows))
    assert len(data.labels) == 35
    assert "1 of 36 answers hold several classes, the first cat, dog on unit 101" in notes_of(data)
    many = appen_rows(animal="cat\ndog")
    with pytest.raises(ValueError, match="36 of 36 answers hold several classes"):
        rl.read(write(tmp_path / "g.csv", many))


def test_named_columns_go_before_the_platform(tmp_path):
    """Who names item, worker and label is believed."""
    path = write(tmp_path / "f.csv", appen_rows())
    data = rl.read(path, item="text", worker="_country", label="animal", duplicates="all")
    assert data.ids.workers == ("USA",)
    assert "gold" not in data.evidence


def test_frames_of_platforms_are_known_too():
    pd = pytest.importorskip("pandas")
    data = rl.read(pd.DataFrame(toloka_rows()))
    assert len(data.labels) == 36
    assert (data.evidence["gold"] >= 0).sum() == 3


def test_the_known_answer_that_nobody_gave_is_told(tmp_path):
    rows = toloka_rows()
    for row in rows[:3]:
        row["GOLDEN:result"] = "owl"
    data = rl.read(write(tmp_path / "a.tsv", rows, "\t"))
    assert (data.evidence["gold"] >= 0).sum() == 2
    assert "1 known answer is a class that nobody voted for, such as 'owl'" in notes_of(data)
