"""Exports of labelling tools (given cases 6, 7, 19 to 24 and others of their kinds).

The small files follow the keys that the makers document:
Label Studio  https://labelstud.io/guide/export.html#Label-Studio-JSON-format-of-annotated-tasks
Prodigy       https://prodi.gy/docs/api-interfaces
Argilla       https://docs.argilla.io/latest/reference/argilla/records/responses
doccano       https://github.com/doccano/doccano/blob/master/docs/tutorial.md
Ground Truth  https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html
              https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step3-lambda-requirements.html
WRENCH        https://github.com/JieyuZ2/wrench
"""

from __future__ import annotations

import copy
import json

import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.results import Decision
from reliabel.formats import tables
from reliabel.reading.votes_as_labels import one_label_each

TEXTS = {"good": "sunny kind sweet warm", "bad": "dull sad rainy bitter"}


def result(kind="choices", value=None, name="mood"):
    value = {"choices": ["good"]} if value is None else value
    return {"id": "r1", "type": kind, "value": value, "from_name": name, "to_name": "text"}


def annotation(who, *results, **more):
    return {
        "id": 1,
        "completed_by": who,
        "result": list(results),
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2024-01-30T02:40:43.893565Z",
        "lead_time": 8.65,
        **more,
    }


def tasks(n=20, people=3, kind="choices", key="choices", values=(["good"], ["bad"])):
    """n tasks; the label of the last person differs in every fifth."""
    return [
        {
            "id": 100 + i,
            "data": {"text": f"a text nr {i}"},
            "annotations": [
                annotation(
                    who + 1, result(kind, {key: values[(i + (i % 5 == 0 and who == 2)) % 2]})
                )
                for who in range(people)
            ],
        }
        for i in range(n)
    ]


def written(path, records, lines=False, mark=""):
    text = (
        "".join(json.dumps(record) + "\n" for record in records) if lines else json.dumps(records)
    )
    path.write_text(mark + text, encoding="utf-8")
    return path


def shape(data):
    return (data.labels.n, data.labels.w, len(data.labels))


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


# --- case 24: known whatever the first bytes are


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("named", ["e.json", "e.jsonl", "e.txt"])
def test_label_studio_is_known_whatever_its_first_bytes(tmp_path, mark, lines, large, named):
    records = tasks()
    if large:
        first = records[0]
        data = {"page": "x" * 300_000, **first["data"]}
        records[0] = {"id": first["id"], "data": data, "annotations": first["annotations"]}
    data = rl.read(written(tmp_path / named, records, lines, mark))
    assert shape(data) == (20, 3, 60)
    assert data.labels.labels.names == ("bad", "good")


def test_label_studio_under_a_key_and_with_unlabelled_tasks_first(tmp_path):
    bare = [{"id": n, "data": {"text": "x"}, "annotations": []} for n in range(5)]
    path = written(tmp_path / "e.json", {"total": 25, "tasks": [*bare, *tasks()]})
    data = rl.read(path)
    assert shape(data) == (20, 3, 60)
    assert "5 tasks without an annotation are left out" in data.source["notes"]


def prodigy(n=20, people=("ann", "bob"), **more):
    return [
        {
            "text": f"a text nr {i}",
            "_input_hash": i,
            "_task_hash": 1000 + i,
            "options": [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}],
            "accept": ["ab"[i % 2]],
            "answer": "accept",
            "_timestamp": 1_700_000_000 + i,
            **({} if who is None else {"_annotator_id": who, "_session_id": f"set-{who}"}),
            **more,
        }
        for who in people
        for i in range(n)
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("lines", [False, True])
def test_prodigy_is_known_whatever_its_first_bytes(tmp_path, mark, lines):
    records = prodigy()
    records[0] = {"html": "x" * 300_000, **records[0]}
    data = rl.read(written(tmp_path / "e.jsonl", records, lines, mark))
    assert shape(data) == (20, 2, 40)
    assert data.labels.labels.names == ("a", "b")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_wrench_is_known_whatever_its_first_bytes_and_keeps_its_items(tmp_path, mark):
    records = {
        str(i): {"label": i % 2, "weak_labels": [i % 2, -1 if i < 3 else 1], "data": {"text": "t"}}
        for i in range(12)
    }
    records["0"]["data"]["text"] = "x" * 300_000
    records["5"]["weak_labels"] = [-1, -1]
    data = rl.read(written(tmp_path / "e.json", records, mark=mark))
    assert shape(data) == (12, 2, 19)
    assert data.labels.labels.names == ("0", "1")
    assert any("1 items no function speaks of" in note for note in data.source["notes"])


# --- cases 6 and 7: an export as labels


def test_case_6_votes_of_several_people_say_to_aggregate_first(tmp_path):
    path = written(tmp_path / "three people.json", tasks())
    done = run("audit", path, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "these are 60 votes of 3 people on 20 items, not one label an item" in done.output
    assert f"reliabel audit '{path}' --aggregate auto" in done.output
    assert f"reliabel aggregate '{path}'" in done.output
    with pytest.raises(ValueError, match="60 votes of 3 people on 20 items"):
        rl.audit(rl.read(path))
    assert not (tmp_path / "out").exists()


def test_case_6_the_consensus_of_several_people_is_audited_in_one_go(tmp_path):
    names = list(TEXTS)
    records = tasks(60, 3, values=([names[0]], [names[1]]))
    for i, task in enumerate(records):
        task["data"]["text"] = f"{TEXTS[names[i % 2]]} nr{i}"
    path, out = written(tmp_path / "three.json", records), tmp_path / "out"
    done = run("audit", path, "--aggregate", "auto", "-o", out, "--embed", "tfidf")
    assert done.exit_code == 0, done.output
    assert "three.json: 60 rows, 2 classes (text)" in done.output
    assert "the labels audited are the consensus of 3 people on 60 items, by auto" in done.output
    (tmp_path / "d.csv").write_text("id,verdict,label\n101,change,good\n103,drop,\n")
    done = run("apply", out, "--decisions", tmp_path / "d.csv", "-o", tmp_path / "clean.csv")
    assert done.exit_code == 0, done.output
    table = tables.read(tmp_path / "clean.csv")
    assert table.columns["id"].tolist()[:4] == [100, 101, 102, 104]
    assert table.columns["label"].tolist()[:5] == ["good", "good", "good", "good", "bad"]
    done = run("audit", one_person(tmp_path), "--aggregate", "nobody", "--dry-run")
    assert done.exit_code == 2
    assert "nobody" in done.output
    (tmp_path / "a.csv").write_text("text,label\na,x\nb,y\n")
    done = run("audit", tmp_path / "a.csv", "--label", "label", "--aggregate", "auto")
    assert done.exit_code == 2
    assert "a.csv holds one label an item already" in done.output


def one_person(tmp_path, n=90):
    names = list(TEXTS)
    records = [
        {
            "id": 500 + i,
            "data": {"text": f"{TEXTS[names[i % 2]]} nr{i}", "page": i},
            "annotations": [annotation(7, result(value={"choices": [names[i % 2]]}))],
        }
        for i in range(n)
    ]
    return written(tmp_path / "one.json", records)


def test_case_7_one_answer_an_item_is_audited_and_applied(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    path, out = one_person(tmp_path), tmp_path / "out"
    done = run("audit", path, "-o", out, "--embed", "tfidf")
    assert done.exit_code == 0, done.output
    assert "one.json: 90 rows, 2 classes (text)" in done.output
    assert "90 items have one answer each, which is audited as their label" in done.output
    assert pq.read_table(out / "labels.parquet").num_rows == 90
    audit = rl.load(out) if hasattr(rl, "load") else None
    assert audit is None or audit.p_wrong is not None
    (tmp_path / "d.csv").write_text("id,verdict,label\n501,change,good\n503,drop,\n")
    done = run("apply", out, "--decisions", tmp_path / "d.csv", "-o", tmp_path / "clean.csv")
    assert done.exit_code == 0, done.output
    table = tables.read(tmp_path / "clean.csv")
    assert table.columns["item"].tolist()[:4] == [500, 501, 502, 504]
    assert table.columns["label"].tolist()[:4] == ["good", "good", "good", "good"]
    assert table.columns["text"].tolist()[3] == "sunny kind sweet warm nr4"


def test_one_answer_an_item_in_python(tmp_path):
    data = one_label_each(rl.read(one_person(tmp_path)))
    assert data.labels.names == ("bad", "good")
    assert data.evidence["items"][1] == "dull sad rainy bitter nr1"
    assert data.evidence["columns"]["page"].tolist() == list(range(90))
    assert data.ids.item(3) == "503"
    assert rl.audit(rl.read(one_person(tmp_path)), embed="tfidf").p_wrong is not None


def test_several_people_with_one_answer_an_item_each_are_audited(tmp_path):
    records = tasks(people=1)
    for i, task in enumerate(records):
        task["annotations"][0]["completed_by"] = f"person {i % 4}"
    records[3]["annotations"][0]["result"] = []
    data = one_label_each(rl.read(written(tmp_path / "e.json", records)))
    assert len(data.labels) == 20
    assert data.labels.y[3] == -1
    assert (data.labels.y[[0, 1, 2]] == [1, 0, 1]).all()


def test_prodigy_of_one_person_is_audited(tmp_path):
    path = written(tmp_path / "e.jsonl", prodigy(90, ["ann"]), lines=True)
    done = run("audit", path, "--dry-run")
    assert done.exit_code == 0
    assert "e.jsonl: 90 rows, 2 classes (text)" in done.output
    data = one_label_each(rl.read(path))
    out = tmp_path / "clean.jsonl"
    rl.apply(data, decisions=[Decision("1001", "change", label="a")], out=out)
    assert tables.read(out).columns["label"].tolist()[:3] == ["a", "a", "a"]


def test_label_names_one_question_of_an_export(tmp_path):
    path = one_person(tmp_path)
    assert len(rl.read(path, label="mood").labels) == 90
    with pytest.raises(ValueError, match="label names one question of an export of votes, got 'a'"):
        rl.read(path, label=["a", "b"])


# --- case 20: several choices


def test_case_20_a_few_answers_with_several_choices_are_named_and_left_out(tmp_path):
    records = tasks()
    records[5]["annotations"][1]["result"][0]["value"]["choices"] = ["good", "bad"]
    data = rl.read(written(tmp_path / "e.json", records))
    assert shape(data) == (20, 3, 59)
    assert any(
        note.startswith("1 of 60 answers holds several choices, the first in task 105")
        for note in data.source["notes"]
    )
    assert not any("abstention" in note for note in data.source["notes"])


def test_many_answers_with_several_choices_are_sets(tmp_path):
    data = rl.read(written(tmp_path / "e.json", tasks(values=(["a", "b"], ["b"]))))
    assert data.labels.labels.names == ("a", "b")
    assert {tuple(row) for row in data.labels.labels.y.tolist()} == {(1, 1), (0, 1)}


# --- cases 21 and 22: kinds of answers


def test_case_21_left_and_right_are_two_classes(tmp_path):
    path = written(
        tmp_path / "e.json", tasks(15, 3, "pairwise", "selected", values=("left", "right"))
    )
    done = run("aggregate", path, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "15 items, 3 workers, 45 votes" in done.output
    assert "abstention" not in done.output
    assert rl.read(path).labels.labels.names == ("left", "right")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("polygonlabels", {"points": [[1, 2], [3, 4]], "polygonlabels": ["Car"]}),
        ("keypointlabels", {"x": 1, "y": 2, "width": 0.3, "keypointlabels": ["Nose"]}),
        ("brushlabels", {"format": "rle", "rle": [1, 2], "brushlabels": ["Road"]}),
        ("ellipselabels", {"x": 1, "y": 2, "radiusX": 3, "radiusY": 4, "ellipselabels": ["Cell"]}),
        ("hypertextlabels", {"start": "/p", "end": "/p", "text": "a", "hypertextlabels": ["X"]}),
        ("paragraphlabels", {"start": "0", "end": "1", "text": "a", "paragraphlabels": ["X"]}),
        ("timeserieslabels", {"start": 1, "end": 2, "timeserieslabels": ["Run"]}),
        ("videorectangle", {"sequence": [], "framesCount": 3, "labels": ["Car"]}),
        ("datetime", {"datetime": "2024-01-01"}),
    ],
)
def test_case_21_other_kinds_are_refused_by_their_name_and_number(tmp_path, kind, value):
    records = tasks(12)
    for task in records:
        for one in task["annotations"]:
            one["result"] = [result(kind, value)]
    done = run("aggregate", written(tmp_path / "e.json", records), "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "abstention" not in done.output
    assert "36" in done.output
    assert "read are choices, pairwise" in done.output


def test_other_kinds_beside_choices_are_counted_and_no_abstentions(tmp_path):
    records = tasks()
    records[0]["annotations"][0]["result"].append({"type": "relation", "from_id": "a"})
    records[1]["annotations"][0]["result"] = [
        result("polygonlabels", {"points": [], "polygonlabels": ["Car"]})
    ]
    data = rl.read(written(tmp_path / "e.json", records))
    assert shape(data) == (20, 3, 59)
    notes = " ".join(data.source["notes"])
    assert "answers of kinds that are not read are left out: polygonlabels" in notes
    assert "cannot be read 1, relation 1; 1 annotations hold nothing else" in notes
    assert "abstention" not in notes


@pytest.mark.parametrize("value", [None, {"taxonomy": None}, {"taxonomy": []}])
def test_case_22_an_empty_answer_is_an_abstention(tmp_path, value):
    records = tasks(15, 3, "taxonomy", "taxonomy", ([["Animal", "Dog"]], [["Animal", "Cat"]]))
    records[4]["annotations"][1]["result"][0]["value"] = value
    data = rl.read(written(tmp_path / "e.json", records))
    assert shape(data) == (15, 3, 44)
    assert data.labels.labels.names == ("Animal > Cat", "Animal > Dog")
    assert "1 annotations without an answer are abstentions" in data.source["notes"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda task: task.pop("id"), "'id' is missing: the place in the file counts"),
        (lambda task: task.update(data=None), "'data' is null (the first in task 104)"),
        (lambda task: task.update(annotations=7), "'annotations' is a number, not a list"),
        (lambda task: task["annotations"].append(None), "'annotations' holds null in place of"),
        (lambda task: task["annotations"][0].update(lead_time="long"), "'lead_time' is text"),
        (lambda task: task["annotations"][0].update(completed_by=[1]), "'completed_by' is a list"),
        (lambda task: task["annotations"][0].update(created_at="soon"), "the time 'soon' is no"),
        (lambda task: task["annotations"][0].update(result="x"), "'result' is text, not a list"),
    ],
)
def test_what_is_odd_is_named_with_its_task(tmp_path, change, says):
    records = tasks()
    change(records[4])
    data = rl.read(written(tmp_path / "e.json", records))
    assert any(says in note and "task" in note for note in data.source["notes"])
    assert len(data.labels) >= 57


# --- case 23: votes without names


def test_case_23_votes_without_names_are_kept(tmp_path):
    records = tasks()
    for task in records:
        for one in task["annotations"]:
            del one["completed_by"]
    path = written(tmp_path / "e.json", records)
    done = run("aggregate", path, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "60 votes" in done.output
    assert "repeated" not in done.output
    assert "no vote says who gave it" in done.output
    assert "nothing can be said of the skill" in done.output
    records[0]["annotations"][0]["completed_by"] = 3
    data = rl.read(written(path, records))
    assert shape(data) == (20, 60, 60)
    assert any(note.startswith("59 votes do not say who gave") for note in data.source["notes"])


def test_prodigy_without_sessions_keeps_its_votes(tmp_path):
    data = rl.read(written(tmp_path / "e.jsonl", prodigy(people=(None, None)), lines=True))
    assert len(data.labels) == 40
    assert any("no vote says who gave it" in note for note in data.source["notes"])


# --- case 19 and Argilla's other shapes


def argilla(shape_of, n=60):
    records = []
    for i in range(n):
        answers = [("u1", "good"), ("u2", "bad" if i % 4 == 3 else "good")]
        if shape_of == "flat":
            more = {
                "text": f"a text nr {i}",
                "label.responses": [value for _, value in answers],
                "label.responses.users": [user for user, _ in answers],
            }
        elif shape_of == "version 2":
            held = [{"value": value, "user_id": user} for user, value in answers]
            more = {"fields": {"text": f"a text nr {i}"}, "responses": {"label": held}}
        else:
            held = [
                {"values": {"label": {"value": value}}, "user_id": user, "status": "submitted"}
                for user, value in answers
            ]
            more = {"fields": {"text": f"a text nr {i}"}, "responses": held}
        records.append({"id": str(i), **more})
    return records


@pytest.mark.parametrize("form", ["flat", "version 2", "version 1"])
@pytest.mark.parametrize("lines", [False, True])
def test_case_19_argilla_is_read_in_each_of_its_shapes(tmp_path, form, lines):
    data = rl.read(written(tmp_path / "e.jsonl", argilla(form), lines))
    assert shape(data) == (60, 2, 120)
    assert data.labels.labels.names == ("bad", "good")
    assert data.ids.item(7) == "7"
    assert any(
        "is an Argilla export: 120 responses to 'label' on 60" in n for n in data.source["notes"]
    )


def test_case_19_on_the_command_line_with_the_columns_named(tmp_path):
    path = written(tmp_path / "e.jsonl", argilla("flat"), lines=True)
    words = ("--item", "id", "--worker", "label.responses.users", "--label", "label.responses")
    done = run("aggregate", path, *words, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "60 items, 2 workers, 120 votes" in done.output


def test_argilla_in_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(argilla("flat")), tmp_path / "e.parquet")
    assert shape(rl.read(tmp_path / "e.parquet")) == (60, 2, 120)


def test_argilla_asks_which_of_several_questions_is_meant(tmp_path):
    records = argilla("version 2")
    for record in records:
        record["responses"]["tone"] = [{"value": 3, "user_id": "u1"}]
    records[0]["responses"]["label"][0]["status"] = "draft"
    path = written(tmp_path / "e.json", records)
    with pytest.raises(ValueError, match="has no question 'mood'; it has label, tone"):
        rl.read(path, label="mood")
    with pytest.raises(ValueError, match=r"asks 2 questions \(label, tone\)"):
        rl.read(path)
    data = rl.read(path, label="label")
    assert len(data.labels) == 119
    assert any("1 responses that were not submitted" in note for note in data.source["notes"])
    assert len(rl.read(path, label="tone").labels) == 60


# --- doccano


def test_doccano_labels_are_read_and_kept_by_apply(tmp_path):
    names = list(TEXTS)
    records = [
        {"id": i, "text": f"{TEXTS[names[i % 2]]} {i}", "label": [names[i % 2]], "Comments": []}
        for i in range(60)
    ]
    data = rl.read(written(tmp_path / "e.jsonl", records, lines=True))
    assert len(data) == 60
    assert "e.jsonl is a doccano export: 60 records" in data.source["notes"]
    assert data.evidence["items"][1] == f"{TEXTS['bad']} 1"


def test_older_doccano_exports_are_votes_and_spans_are_tagged_text(tmp_path):
    records = [
        {
            "id": i,
            "text": f"text {i}",
            "annotations": [{"label": i % 2 + 1, "user": user} for user in (1, 2)],
            "meta": {},
        }
        for i in range(10)
    ]
    assert shape(rl.read(written(tmp_path / "e.jsonl", records, lines=True))) == (10, 2, 20)
    spans = [{"id": 1, "text": "EU", "label": [[0, 2, "ORG"]], "Comments": []}]
    data = rl.read(written(tmp_path / "s.jsonl", spans, lines=True))
    assert data.labels.units.names == ("ORG",)


# --- Ground Truth


def manifest(n=60, **more):
    names = list(TEXTS)
    return [
        {
            "source": f"{TEXTS[names[i % 2]]} nr{i}",
            "mood": i % 2,
            "mood-metadata": {
                "class-name": names[i % 2],
                "confidence": 0.9,
                "type": "groundtruth/text-classification",
                "job-name": "labeling-job/mood",
                "human-annotated": "yes",
                "creation-date": "2018-10-18T22:18:13.527256",
                **more,
            },
        }
        for i in range(n)
    ]


@pytest.mark.parametrize("named", ["output.manifest", "output.jsonl", "output.json"])
def test_the_classes_of_a_manifest_are_its_labels(tmp_path, named):
    data = rl.read(written(tmp_path / named, manifest(), lines=True))
    assert data.labels.names == ("bad", "good")
    assert data.labels.y.tolist()[:2] == [1, 0]
    assert data.evidence["items"][1] == "dull sad rainy bitter nr1"
    assert any(
        "is a manifest of Ground Truth: the classes of 'mood'" in n for n in data.source["notes"]
    )
    rl.apply(data, decisions=[Decision("1", "change", label="good")], out=tmp_path / "clean.csv")
    assert tables.read(tmp_path / "clean.csv").columns["mood"].tolist()[:3] == ["good"] * 3


def test_a_manifest_of_boxes_is_named(tmp_path):
    records = [
        {
            "source-ref": f"s3://bucket/{i}.png",
            "boxes": {"annotations": [{"class_id": 0, "left": 1}], "image_size": [{"width": 9}]},
            "boxes-metadata": {
                "class-map": {"0": "car"},
                "type": "groundtruth/object-detection",
                "job-name": "labeling-job/boxes",
            },
        }
        for i in range(3)
    ]
    with pytest.raises(ValueError, match=r"kinds that are not read .groundtruth/object-detection"):
        rl.read(written(tmp_path / "o.manifest", records, lines=True))


def test_the_answers_of_ground_truths_workers_are_votes(tmp_path):
    def answers(i):
        return [
            {
                "workerId": f"private.us-east-1.{who}",
                "annotationData": {"content": json.dumps({"mood": {"label": "ab"[i % 2]}})},
            }
            for who in range(3)
        ]

    request = [
        {
            "datasetObjectId": str(i),
            "dataObject": {"content": f"text {i}"},
            "annotations": answers(i),
        }
        for i in range(10)
    ]
    assert shape(rl.read(written(tmp_path / "request.json", request))) == (10, 3, 30)
    in_manifest = [
        {
            "source": f"text {i}",
            "mood": {"annotationsFromAllWorkers": answers(i)},
            "mood-metadata": {"type": "groundtruth/custom", "job-name": "mood"},
        }
        for i in range(10)
    ]
    data = rl.read(written(tmp_path / "o.manifest", in_manifest, lines=True))
    assert shape(data) == (10, 3, 30)
    assert data.labels.labels.names == ("a", "b")
    files = [
        {
            "answers": [
                {
                    "workerId": str(who),
                    "answerContent": {"crowd-classifier": {"label": "ab"[i % 2]}},
                    "submissionTime": "2019-10-27T10:35:45Z",
                }
                for who in range(2)
            ]
        }
        for i in range(4)
    ]
    assert shape(rl.read(written(tmp_path / "f.jsonl", files, lines=True))) == (4, 2, 8)


# --- no key of any export may lead to a traceback

GONE = object()
ODD = (GONE, None, 7, "", "word", [], [None], {}, 1e400)
WHOLE = {
    "choices": tasks(2, 2),
    "taxonomy": tasks(2, 1, "taxonomy", "taxonomy", ([["A", "B"]], [["A", "C"]])),
    "rating": tasks(2, 1, "rating", "rating", (3, 4)),
    "ranker": tasks(2, 1, "ranker", "ranker", (["x", "y"], ["y", "x"])),
    "textarea": tasks(2, 1, "textarea", "text", (["a"], ["b"])),
    "prodigy": prodigy(2, ["ann"]),
    "prodigy spans": [
        {
            "text": "x",
            "spans": [{"start": 0, "end": 1, "label": "A"}],
            "_task_hash": i,
            "answer": "accept",
        }
        for i in range(2)
    ],
    "argilla 1": argilla("version 1", 2),
    "argilla 2": argilla("version 2", 2),
    "argilla flat": argilla("flat", 2),
    "doccano": [{"id": i, "text": "x", "label": ["a"], "Comments": []} for i in range(2)],
    "manifest": manifest(2),
    "wrench": {
        str(i): {"label": 1, "weak_labels": [1, -1], "data": {"text": "x"}} for i in range(2)
    },
}


def places(value, path=()):
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


def changed(value, path, new):
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    if new is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return value


@pytest.mark.parametrize("name", WHOLE)
def test_no_key_of_an_export_leads_to_a_traceback(tmp_path, name):
    path = tmp_path / "e.json"
    read = refused = 0
    for place in places(WHOLE[name]):
        for new in ODD:
            path.write_text(json.dumps(changed(WHOLE[name], place, new)))
            try:
                rl.read(path)
                read += 1
            except ValueError:  # any other error is a fault
                refused += 1
    assert read + refused > 50
    assert read > refused / 2 or name in ("ranker", "prodigy spans")  # no votes on classes


def test_people_without_names_are_not_counted_as_people(tmp_path):
    path = tmp_path / "unnamed.jsonl"
    cases = [
        {"text": f"t {n // 3}", "_input_hash": n // 3, "_task_hash": n // 3} for n in range(60)
    ]
    answer = {"accept": ["a"], "answer": "accept", "options": [{"id": "a"}, {"id": "b"}]}
    path.write_text("\n".join(json.dumps(case | answer) for case in cases))
    done = CliRunner().invoke(app, ["audit", str(path), "--dry-run"])
    assert done.exit_code == 2
    assert "these are 60 votes on 20 items, not one label an item" in done.output
