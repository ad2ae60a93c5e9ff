"""Label Studio's spans: read, written anew, and what is refused or said."""

import json

import pytest

import reliabel as rl

TEXT = "He flew to New York on Monday"


def result(start, end, *names, **more):
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": list(names)}
    return {
        "id": "r1",
        "from_name": "ner",
        "to_name": "text",
        "type": "labels",
        "value": value | more,
    }


def task(number, *results, text=TEXT, **more):
    answer = {"id": 10 + number, "completed_by": 1, "result": list(results), "lead_time": 3.5}
    return {"id": number, "data": {"text": text, "page": number}, "annotations": [answer | more]}


def written(tmp_path, *tasks):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(list(tasks), ensure_ascii=False), encoding="utf-8")
    return path


def spans(data):
    units, item = data.labels.units, data.labels.item
    return [
        (int(i), units.names[y], int(a), int(b))
        for i, y, a, b in zip(item, units.y, units.start, units.end, strict=True)
    ]


TASKS = [
    task(1, result(0, 2, "PER"), result(11, 19, "LOC")),
    task(2),
    task(3, result(11, 14, "LOC")),
]


def test_spans_ids_and_other_fields_are_read(tmp_path):
    data = rl.read(written(tmp_path, *TASKS))
    assert spans(data) == [(0, "PER", 0, 1), (0, "LOC", 3, 5), (2, "LOC", 3, 4)]
    assert data.ids.items == ("1", "2", "3")
    assert data.evidence["columns"]["page"].tolist() == [1, 2, 3]
    assert any("Label Studio export: 3 texts with spans (ner)" in n for n in data.source["notes"])


def test_without_changes_nothing_changes_and_with_them_only_they_do(tmp_path):
    path, out = written(tmp_path, *TASKS), tmp_path / "out.json"
    data = rl.read(path)
    rl.apply(data, decisions=[{"id": "1", "unit": 0, "verdict": "keep"}], out=out)
    assert out.read_bytes() == path.read_bytes()
    decisions = [
        {"id": "1", "unit": 1, "verdict": "change", "label": "LOC 4:5"},
        {"id": "1", "unit": 0, "verdict": "drop"},
        {"id": "3", "unit": 0, "verdict": "change", "label": "PER"},
    ]
    rl.apply(data, decisions=decisions, out=out, overwrite=True)
    new = json.loads(out.read_text())
    assert spans(rl.read(out)) == [(0, "LOC", 4, 5), (2, "PER", 3, 4)]
    assert new[0]["annotations"][0]["result"][0]["value"]["text"] == "York"
    assert new[0]["annotations"][0]["lead_time"] == 3.5
    assert new[1] == TASKS[1]


def test_letters_counted_twice_are_put_right_by_the_text_of_the_span(tmp_path):
    text = "\U0001f600 New York"
    moved = {"start": 3, "end": 11, "text": "New York", "labels": ["LOC"]}
    one = {"id": "r", "from_name": "ner", "to_name": "text", "type": "labels", "value": moved}
    data = rl.read(written(tmp_path, task(1, one, text=text), TASKS[0] | {"id": 2}))
    assert (0, "LOC", 1, 3) in spans(data)
    assert any("count letters beyond the basic plane" in note for note in data.source["notes"])


def test_several_answers_are_refused_unless_one_is_the_truth(tmp_path):
    two = dict(TASKS[0])
    two["annotations"] = [*TASKS[0]["annotations"], {"result": [result(0, 2, "LOC")]}]
    with pytest.raises(ValueError, match=r"task 1 \(1 in all\) have several answers"):
        rl.read(written(tmp_path, two))
    two["annotations"][1]["ground_truth"] = True
    assert spans(rl.read(written(tmp_path, two))) == [(0, "LOC", 0, 1)]


def test_a_span_that_is_none_is_refused_with_its_record(tmp_path):
    bad = task(2, result(11, 90, "LOC"))
    with pytest.raises(ValueError, match=r"record 2: the span 11:90 \(LOC\) does not lie within"):
        rl.read(written(tmp_path, TASKS[0], bad))
    with pytest.raises(ValueError, match="record 2: 'text' is null, not a text"):
        rl.read(written(tmp_path, TASKS[0], task(2) | {"data": {"page": 1}}))


def test_tasks_without_an_answer_are_left_out_and_stay_in_the_file(tmp_path):
    bare = {"id": 9, "data": {"text": "x", "page": 1}, "annotations": []}
    path, out = written(tmp_path, bare, *TASKS), tmp_path / "out.json"
    data = rl.read(path)
    assert len(data.labels) == 3
    assert any("1 tasks without an answer are left out (task 9)" in n for n in data.source["notes"])
    rl.apply(data, decisions=[{"id": "1", "unit": 0, "verdict": "change", "label": "LOC"}], out=out)
    new = json.loads(out.read_text())
    assert new[0] == bare
    assert new[1]["annotations"][0]["result"][0]["value"]["labels"] == ["LOC"]
