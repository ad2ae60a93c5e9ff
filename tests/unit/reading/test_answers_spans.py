"""Votes on spans: cells of tables, and exports of annotation tools with several annotators."""

import json

import pytest

import reliabel as rl
from reliabel.reading.answers_spans import answers

TEXTS = ["Tony Blair left New York in May.", "nothing here at all"]
SAID = {  # item -> worker -> spans in characters
    0: {
        "1": [(0, 10, "PER"), (16, 24, "LOC")],
        "2": [(0, 10, "PER"), (20, 24, "LOC")],
        "3": [(0, 10, "PER"), (16, 24, "LOC")],
    },
    1: {"1": [], "2": [], "3": [(0, 7, "LOC")]},
}


def _label_studio(path):
    def result(text, start, end, name):
        value = {"start": start, "end": end, "text": text[start:end], "labels": [name]}
        return {"from_name": "ner", "to_name": "text", "type": "labels", "value": value}

    tasks = [
        {
            "id": i,
            "data": {"text": TEXTS[i]},
            "annotations": [
                {"completed_by": int(who), "result": [result(TEXTS[i], *one) for one in spans]}
                for who, spans in per.items()
            ],
        }
        for i, per in SAID.items()
    ]
    path.write_text(json.dumps(tasks))


def _prodigy(path):
    lines = [
        {
            "text": TEXTS[i],
            "_task_hash": i,
            "_input_hash": i,
            "_annotator_id": who,
            "answer": "accept",
            "spans": [{"start": a, "end": b, "label": c} for a, b, c in spans],
        }
        for i, per in SAID.items()
        for who, spans in per.items()
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))


@pytest.mark.parametrize(
    ("write", "name"), [(_label_studio, "ls.json"), (_prodigy, "prodigy.jsonl")]
)
def test_exports_of_several_annotators_are_votes_on_words(tmp_path, write, name):
    write(tmp_path / name)
    data = rl.read(tmp_path / name)
    votes = data.labels
    assert data.ids.workers == ("1", "2", "3")
    assert votes.item.tolist() == [0, 0, 0, 1, 1, 1]
    assert votes.labels.offsets.tolist() == [0, 2, 4, 6, 6, 6, 7]
    assert votes.labels.units.start.tolist() == [0, 3, 0, 4, 0, 3, 0]
    assert votes.labels.units.end.tolist() == [2, 5, 2, 5, 2, 5, 1]
    assert data.evidence["items"][0][3:5] == ("New", "York")
    found = rl.aggregate(data)
    assert found.labels.units.start.tolist() == [0, 3]
    assert found.labels.units.end.tolist() == [2, 5]


def test_doccano_with_the_person_of_each_span(tmp_path):
    lines = [
        {
            "id": i,
            "text": TEXTS[i],
            "annotations": [
                {"label": c, "start_offset": a, "end_offset": b, "user": int(who)}
                for who, spans in per.items()
                for a, b, c in spans
            ],
        }
        for i, per in SAID.items()
    ]
    path = tmp_path / "doccano.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    votes = rl.read(path).labels
    assert votes.item.tolist() == [0, 0, 0, 1]  # who marks nothing is not in such an export
    assert votes.labels.units.end.tolist() == [2, 5, 2, 5, 2, 5, 1]


def test_a_table_of_spans_in_words(tmp_path):
    rows = {
        "sentence": [0, 0, 1, 1],
        "who": ["ann", "bo", "ann", "bo"],
        "spans": ['[["LOC", 3, 5]]', '[["LOC", 3, 5], ["PER", 0, 2]]', "[]", None],
        "text": [TEXTS[0], TEXTS[0], TEXTS[1], TEXTS[1]],
    }
    data = rl.read(rows, item="sentence", worker="who", label="spans", text="text", kind="spans")
    assert data.labels.labels.units.end.tolist() == [5, 2, 5]
    assert len(data.labels) == 3
    assert "spans count words" in data.source["notes"][-1]
    rows["spans"][0] = '[["LOC", 16, 240]]'
    with pytest.raises(ValueError, match="goes beyond its text"):
        rl.read(rows, item="sentence", worker="who", label="spans", text="text", kind="spans")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("x", "no list of spans"),
        (7, "no list of spans"),
        ([["A", 3, 3]], "no span"),
        ([[1]], "no span"),
    ],
)
def test_cells_that_are_no_spans(cell, said):
    with pytest.raises(ValueError, match=said):
        answers([cell], names=(), missing=())


def test_forms_of_a_span():
    cells = [["A", 0, 2], [[0, 2, "A"]], [{"type": "A", "start": 0.0, "end": 2}], "accept", ""]
    labels, given, _ = answers(cells, names=(), missing=())
    assert labels.offsets.tolist() == [0, 1, 2, 3, 3, 3]
    assert given.tolist() == [True, True, True, True, False]
    assert set(labels.units.end.tolist()) == {2}
