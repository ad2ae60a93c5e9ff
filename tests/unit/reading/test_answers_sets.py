"""Votes that are label sets or leave a choice, read from tables and exports."""

import json

import pytest

import reliabel as rl
from reliabel.reading import answers_candidates, answers_sets


def _votes(tmp_path, cells, kind="auto", **more):
    import csv

    path = tmp_path / "votes.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["item", "worker", "label"])
        rows.writerows([f"i{n // 2}", f"w{n % 2}", cell] for n, cell in enumerate(cells))
    return rl.read(path, item="item", worker="worker", label="label", kind=kind, **more)


def test_labels_joined_by_a_character(tmp_path):
    data = _votes(
        tmp_path, ["food;sport", "food", "sport", "", "n/a", "food"], "sets", missing=["n/a"]
    )
    assert data.labels.labels.names == ("food", "sport")
    assert data.labels.labels.y.tolist() == [[1, 1], [1, 0], [0, 1], [0, 0], [1, 0]]
    assert any("taken apart at ';'" in note for note in data.source["notes"])
    assert any("1 empty cell: none of the labels" in note for note in data.source["notes"])
    again = _votes(tmp_path, ["food;sport", "", "n/a", "sport"], separator=";", missing=["n/a"])
    assert again.labels.labels.y.tolist() == [[1, 1], [0, 0], [0, 1]]


def test_an_item_without_a_worker_is_no_vote(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text("item,worker,label\n1,ann,a;b\n1,bo,\n2,,\n")
    data = rl.read(path, item="item", worker="worker", label="label", kind="sets")
    assert (data.labels.n, len(data.labels)) == (2, 2)


def test_an_empty_cell_among_written_lists_is_no_answer(tmp_path):
    data = _votes(tmp_path, ['["a", "b"]', '["a"]', "", '["b"]'])
    assert len(data.labels) == 3
    assert any("1 empty cell without an answer" in note for note in data.source["notes"])


def test_lists_are_sets_of_themselves(tmp_path):
    data = _votes(tmp_path, ['["a", "b"]', '["a"]', "[]", '["b"]'])
    assert data.labels.labels.y.tolist() == [[1, 1], [1, 0], [0, 0], [0, 1]]
    with_separator = _votes(tmp_path, ["a|b", "a"], separator="|")
    assert with_separator.labels.labels.y.tolist() == [[1, 1], [1, 0]]


def test_a_mapping_says_what_was_shown(tmp_path):
    data = _votes(tmp_path, ['{"a": true, "b": false}', '{"b": 1}', '{"c": "no"}', ""], "sets")
    assert data.labels.labels.y.tolist() == [[1, 0, -1], [-1, 1, -1], [-1, -1, 0]]
    mixed = _votes(tmp_path, ['{"a": 1, "b": 0}', '["b"]'])
    assert mixed.labels.labels.y.tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ValueError, match="says 'perhaps' of 'a'"):
        _votes(tmp_path, ['{"a": "perhaps"}', ""], "sets")


def test_lists_of_flags():
    labels, given, _ = answers_sets.answers([[0, 1, 0], [1, 1, 0], None], names=(), missing=())
    assert labels.y[given].tolist() == [[0, 1, 0], [1, 1, 0]]


def test_what_is_no_label_is_refused():
    with pytest.raises(ValueError, match="which is no label"):
        answers_sets.answers([["a", 0.5]], names=(), missing=())


def test_choices(tmp_path):
    data = _votes(tmp_path, ["dog or wolf", "dog", "not dog", "!wolf", "cat", ""], "candidates")
    assert data.labels.labels.names == ("cat", "dog", "wolf")
    expected = [[0, -1, -1], [0, 1, 0], [-1, 0, -1], [-1, -1, 0], [1, 0, 0]]
    assert data.labels.labels.y.tolist() == expected
    found = rl.aggregate(data)
    assert found.info["method"] == "candidate_sets"
    assert found.labels.p[0].argmax() == 1


def test_a_class_may_begin_with_not():
    cells = ["not sure", "a", "b", "not a"]
    labels, *_ = answers_candidates.answers(cells, names=(), missing=())
    assert labels.names == ("a", "b", "not sure")
    assert labels.y[3].tolist() == [0, -1, -1]


def test_several_choices_of_label_studio(tmp_path):
    def task(number, *answers):
        return {
            "id": number,
            "data": {"text": f"text {number}"},
            "annotations": [
                {
                    "completed_by": who,
                    "result": [
                        {
                            "from_name": "topic",
                            "to_name": "text",
                            "type": "choices",
                            "value": {"choices": list(chosen)},
                        }
                    ],
                }
                for who, chosen in enumerate(answers, 1)
            ],
        }

    path = tmp_path / "export.json"
    tasks = [task(1, ["food", "sport"], ["food"]), task(2, ["sport"], ["sport"])]
    path.write_text(json.dumps(tasks))
    data = rl.read(path)
    assert data.labels.labels.y.tolist() == [[1, 1], [1, 0], [0, 1], [0, 1]]
    assert rl.aggregate(data).info["method"] == "label_sets"


def test_a_column_for_each_label_or_number(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text("item,worker,food,sport\n1,ann,1,0\n1,bo,yes,\n2,ann,,\n2,bo,0,1\n")
    words = {"item": "item", "worker": "worker", "label": ["food", "sport"]}
    data = rl.read(path, **words)
    assert data.labels.labels.names == ("food", "sport")
    assert data.labels.labels.y.tolist() == [[1, 0], [1, -1], [0, 1]]
    assert rl.aggregate(data).info["method"] == "label_sets"
    path.write_text("item,worker,food,sport\n1,ann,1,0.5\n1,bo,2,\n2,bo,0,1\n")
    points = rl.read(path, kind="numbers", **words)
    assert points.labels.labels.y.tolist() == [[1, 0.5], [0, 1]]
    with pytest.raises(ValueError, match="is a set, a column a label"):
        rl.read(path, kind="texts", **words)
    with pytest.raises(ValueError, match="stands twice"):
        rl.read(path, item="item", worker="worker", label=["food", "food"])
