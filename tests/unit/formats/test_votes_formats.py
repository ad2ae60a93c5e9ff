"""Votes as labelling tools and matrices hold them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from reliabel.formats import exports, label_studio, prodigy, votes_wide, wrench
from reliabel.formats.columns import Table, settled


def annotation(who, value, seconds=3.5, **more):
    result = [{"from_name": "q", "to_name": "t", "type": "choices", "value": value}]
    return {
        "completed_by": who,
        "result": result,
        "lead_time": seconds,
        "created_at": "2024-05-01T10:00:00.000000Z",
        **more,
    }


def studio(tmp_path, tasks):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def test_label_studio_choices(tmp_path):
    tasks = [
        {
            "id": 7,
            "data": {"text": "good film"},
            "annotations": [
                annotation(1, {"choices": ["pos"]}),
                annotation({"id": 2, "email": "b@x.org"}, {"choices": ["neg"]}),
            ],
        },
        {
            "id": 9,
            "data": {"text": "bad"},
            "annotations": [
                annotation(1, {"choices": ["neg"]}, was_cancelled=True),
                annotation(3, {"choices": ["neg"]}),
            ],
        },
        {"id": 11, "data": {"text": "nobody"}, "annotations": []},
        {
            "id": 12,
            "data": {"text": "no answer"},
            "annotations": [{"completed_by": 1, "result": []}],
        },
    ]
    path = studio(tmp_path, tasks)
    assert exports.form_of(path) is label_studio
    table = label_studio.read(path)
    assert table.columns["item"].tolist() == ["7", "7", "9", "12"]
    assert table.columns["worker"].tolist() == ["1", "b@x.org", "3", "1"]
    assert table.columns["label"].tolist() == ["pos", "neg", "neg", None]
    assert table.columns["text"].tolist()[:2] == ["good film", "good film"]
    assert table.columns["seconds"][0] == 3.5
    assert table.columns["time"][0] == 1714557600.0
    assert any("1 cancelled annotations are no votes" in said for said in table.notes)
    assert any("1 tasks without an annotation" in said for said in table.notes)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ({"choices": ["a", "b"]}, ["a", "b"]),
        ({"rating": 4}, 4),
        ({"number": 2.5}, 2.5),
        ({"taxonomy": [["animal", "dog"]]}, "animal > dog"),
        ({"ranker": ["x", "y"]}, ["x", "y"]),
        ({"start": 3, "end": 9, "labels": ["PER"]}, [["PER", 3, 9]]),
        (
            {"x": 10, "y": 20, "width": 50, "height": 10, "rectanglelabels": ["car"]},
            [["car", 10.0, 20.0, 60.0, 30.0]],
        ),
    ],
)
def test_label_studio_says_each_kind(tmp_path, value, label):
    table = label_studio.read(
        studio(tmp_path, [{"id": 1, "data": {}, "annotations": [annotation(1, value)]}])
    )
    assert table.columns["label"].tolist() == [label]


def test_label_studio_rectangles_are_in_pixels(tmp_path):
    value = {"x": 10, "y": 20, "width": 50, "height": 10, "rectanglelabels": ["car"]}
    result = [{"from_name": "q", "value": value, "original_width": 640, "original_height": 200}]
    table = label_studio.read(
        studio(
            tmp_path,
            [{"id": 1, "data": {}, "annotations": [{"completed_by": 1, "result": result}]}],
        )
    )
    assert table.columns["label"].tolist() == [[["car", 64.0, 40.0, 384.0, 60.0]]]


def test_label_studio_sentences(tmp_path):
    two = annotation(1, {"choices": ["a"]})
    two["result"].append({"from_name": "other", "value": {"rating": 3}})
    path = studio(tmp_path, [{"id": 1, "data": {}, "annotations": [two]}])
    with pytest.raises(ValueError, match="asks 2 questions \\(other, q\\)"):
        label_studio.read(path)
    assert label_studio.read(path, question="other").columns["label"].tolist() == [3]
    with pytest.raises(ValueError, match="has no question 'x'"):
        label_studio.read(path, question="x")
    with pytest.raises(ValueError, match="holds 1 tasks and no annotation"):
        label_studio.read(studio(tmp_path, [{"id": 1, "data": {}, "annotations": []}]))
    with pytest.raises(ValueError, match="is no Label Studio export"):
        label_studio.read(studio(tmp_path, [{"id": 1}]))
    (tmp_path / "cut.json").write_text('[{"id": 1, "data":')
    with pytest.raises(ValueError, match=r"line 1: broken JSON \(Expecting value"):
        label_studio.read(tmp_path / "cut.json")


def lines(tmp_path, records):
    path = tmp_path / "votes.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_prodigy_yes_and_no(tmp_path):
    base = {
        "text": "goal!",
        "label": "SPORT",
        "_task_hash": 5,
        "_annotator_id": "ann",
        "_timestamp": 100,
    }
    records = [
        {**base, "answer": "accept"},
        {**base, "answer": "reject", "_annotator_id": "bob"},
        {**base, "answer": "ignore", "_annotator_id": "cid"},
    ]
    path = lines(tmp_path, records)
    assert exports.form_of(path) is prodigy
    table = prodigy.read(path)
    assert table.columns["label"].tolist() == ["SPORT", "not SPORT"]
    assert table.columns["worker"].tolist() == ["ann", "bob"]
    assert table.columns["item"].tolist() == ["5", "5"]
    assert any("1 ignored tasks are no votes" in said for said in table.notes)


def test_prodigy_options_spans_and_questions(tmp_path):
    options = [{"id": "a"}, {"id": "b"}]
    records = [
        {
            "options": options,
            "accept": ["a"],
            "answer": "accept",
            "_task_hash": 1,
            "_session_id": "s",
        },
        {
            "options": options,
            "accept": ["a", "b"],
            "answer": "accept",
            "_task_hash": 2,
            "_session_id": "s",
        },
        {
            "options": options,
            "accept": ["a"],
            "answer": "reject",
            "_task_hash": 3,
            "_session_id": "s",
        },
    ]
    table = prodigy.read(lines(tmp_path, records))
    assert table.columns["label"].tolist() == ["a", ["a", "b"]]
    assert any("1 rejected tasks" in said for said in table.notes)
    spans = prodigy.read(
        lines(
            tmp_path,
            [
                {
                    "spans": [{"start": 0, "end": 3, "label": "PER"}],
                    "answer": "accept",
                    "_task_hash": 1,
                }
            ],
        )
    )
    assert spans.columns["label"].tolist() == [[["PER", 0, 3]]]
    assert spans.columns["worker"].tolist() == ["unnamed 1"]
    several = prodigy.read(
        lines(
            tmp_path,
            [
                {"label": name, "answer": "accept", "_task_hash": i}
                for i, name in enumerate(["A", "B"])
            ],
        )
    )
    assert several.columns["label"].tolist() == ["accept", "accept"]
    assert several.columns["question"].tolist() == ["A", "B"]


def test_prodigy_sentences(tmp_path):
    with pytest.raises(ValueError, match="is no Prodigy export"):
        prodigy.read(lines(tmp_path, [{"text": "x"}]))
    path = tmp_path / "votes.jsonl"
    path.write_text('{"answer"\n')
    with pytest.raises(ValueError, match="line 1: broken JSON"):
        prodigy.read(path)
    with pytest.raises(ValueError, match="and no vote"):
        prodigy.read(lines(tmp_path, [{"answer": "ignore", "_task_hash": 1}]))


def wide(**columns):
    found = {name: settled(values) for name, values in columns.items()}
    return Table(
        {name: values for name, (_, values) in found.items()},
        {name: kind for name, (kind, _) in found.items()},
        "csv",
    )


def rows_of(table):
    return [table.columns[name].tolist() for name in ("item", "worker", "label")]


def test_wide_tables_become_long():
    table = votes_wide.long(
        wide(id=["x", "y", "z"], ann=["pos", None, None], bob=["neg", "-1", None]),
        item="id",
        missing=["-1"],
    )
    # an item without a vote keeps its place, in a row without worker and label
    assert rows_of(table) == [
        ["x", "x", "y", "z"],
        ["ann", "bob", None, None],
        ["pos", "neg", None, None],
    ]
    some = votes_wide.long(wide(a=[0, -1], b=[1, 1], note=[3, 4]), workers=["a", "b"])
    assert rows_of(some) == [["0", "0", "1", "1"], ["a", "b", "a", "b"], [0, 1, -1, 1]]
    assert any(note.startswith("-1 counts as a class, with 1 of 4 votes") for note in some.notes)


def test_columns_beside_votes_and_columns_without_votes():
    table = wide(id=["x", "y"], text=["one", "two"], a=["p", "q"], b=[None, None])
    found = votes_wide.long(table, item="id", workers=["a", "b"], beside=["text", "id"])
    assert found.columns["text"].tolist() == ["one", "two"]
    assert set(found.columns["worker"].tolist()) == {"a"}
    assert "column 'b' holds no vote and is left out" in found.notes


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        ({"a": ["1", None], "b": ["1.0", "2"]}, [1, 1, 2]),
        ({"a": [1, 2], "b": ["1.0", "unsure"]}, ["1", "1", "2", "unsure"]),
        ({"a": ["01", "1"]}, ["01", "1"]),
        ({"a": ["1.5", "1"]}, [1.5, 1.0]),
        ({"a": ["1.5", "1.0", "no"]}, ["1.5", "1.0", "no"]),
        ({"a": [["p"], []], "b": ["q", None]}, ["p", "q", None]),
        ({"a": [True, False], "b": ["true", None]}, [True, True, False]),
    ],
)
def test_all_cells_are_one_column_of_answers(columns, labels):
    assert rows_of(votes_wide.long(wide(**columns)))[2] == labels


def test_codes_of_classes_are_their_names():
    coded = Table({"a": np.array([1, -1])}, {"a": "integer"}, "arrow", names={"a": ("no", "yes")})
    assert rows_of(votes_wide.long(coded)) == [["0", "1"], ["a", None], ["yes", None]]


def test_matrices_become_long():
    table = votes_wide.of_matrix(np.array([[0, -1, 2], [-1, -1, -1]]), ["r1", "r2", "r3"])
    assert [table.columns[name].tolist() for name in ("item", "worker", "label")] == [
        ["0", "0"],
        ["r1", "r3"],
        [0, 2],
    ]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: votes_wide.long(wide(id=["x"], a=["p"]), item="nope"),
            "no column is called 'nope'",
        ),
        (lambda: votes_wide.long(wide(id=["x"]), item="id"), "needs a column for each worker"),
        (lambda: votes_wide.long(wide(a=[None, None])), "none of the 2 rows holds a vote"),
        (
            lambda: votes_wide.long(wide(a=[-1, -1]), missing=["-1"]),
            "none of the 2 rows holds a vote: all cells are empty or one of '-1'",
        ),
        (
            lambda: votes_wide.long(wide(id=["x", " "], a=[1, 2]), item="id"),
            "column 'id' is empty in row 1; give every item a name, or leave item",
        ),
        (
            lambda: votes_wide.long(wide(a=[True, False], b=[1, 2])),
            "columns of votes hold different things ",
        ),
        (
            lambda: votes_wide.long(wide(a=["TRUE", None], b=["1", "0"])),
            "'a': true or false, 'b': numbers or words",
        ),
        (
            lambda: votes_wide.long(wide(a=["p", ["q", "r"]])),
            r"column 'a' holds \['q', 'r'\] in row 1; a vote in a wide table is one class",
        ),
        (lambda: votes_wide.of_matrix(np.array([0, 1])), "must be numbers of shape"),
        (lambda: votes_wide.of_matrix(np.array([[0, -2]])), "class numbers or -1 for none, got -2"),
        (lambda: votes_wide.of_matrix(np.array([[0.5, 1.0]])), "class numbers, got 0.5"),
        (lambda: votes_wide.of_matrix(np.array([[0, 1]]), ["a"]), "1 names for 2 columns"),
    ],
)
def test_what_is_no_vote_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_wrench_files(tmp_path):
    path = tmp_path / "train.json"
    path.write_text(
        json.dumps(
            {
                "0": {"label": 1, "weak_labels": [1, -1], "data": {"text": "hi"}},
                "1": {"label": 0, "weak_labels": [-1, -1], "data": {}},
            }
        )
    )
    assert exports.form_of(path) is wrench
    table = wrench.read(path)
    assert {name: column.tolist() for name, column in table.columns.items() if name != "label"} == {
        "item": ["0", "1"],
        "worker": ["0", "0"],
        "truth": [1, 0],
        "text": ["hi", None],
    }
    assert table.columns["label"][0] == 1
    assert np.isnan(table.columns["label"][1])
    assert table.notes[1] == "1 items no function speaks of; they are kept, without a vote"
    for wrong, sentence in (
        ({"0": {"label": 1}}, "is no WRENCH file"),
        ({"0": {"weak_labels": [-1]}}, "every function abstains"),
    ):
        path.write_text(json.dumps(wrong))
        with pytest.raises(ValueError, match=sentence):
            wrench.read(path)
    path.write_text(json.dumps({"0": {"weak_labels": [1]}, "1": {"weak_labels": [1, 0]}}))
    with pytest.raises(ValueError, match="records hold 1 to 2 weak labels"):
        wrench.read(path)
