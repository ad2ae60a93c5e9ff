"""Votes from exports of labelling tools, from wide tables, and what stands beside a vote."""

import json

import numpy as np
import pytest

import reliabel as rl
from reliabel.reading.gold_table import gold_of


def test_a_label_studio_export_needs_no_columns(tmp_path):
    def said(who, value):
        result = [
            {"from_name": "q", "to_name": "t", "type": "choices", "value": {"choices": [value]}}
        ]
        return {
            "completed_by": who,
            "result": result,
            "lead_time": 2.5,
            "created_at": "2024-05-01T10:00:00Z",
        }

    tasks = [
        {
            "id": n,
            "data": {"text": f"film {n}"},
            "annotations": [said(1, "good"), said(2, "bad" if n else "good")],
        }
        for n in range(3)
    ]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    data = rl.read(tmp_path / "export.json")
    assert (len(data.labels), data.labels.n, data.labels.w) == (6, 3, 2)
    assert data.labels.labels.names == ("bad", "good")
    assert data.source["vote_columns"]["seconds"].tolist() == [2.5] * 6
    assert rl.aggregate(data, by="majority").labels.p.shape == (3, 2)


def test_several_worker_columns_are_a_wide_table(tmp_path):
    (tmp_path / "wide.csv").write_text("task,ann,bob\na,yes,no\nb,no,\n")
    data = rl.read(tmp_path / "wide.csv", item="task", worker=["ann", "bob"])
    assert (len(data.labels), data.labels.n, data.labels.w) == (3, 2, 2)
    assert data.ids.workers == ("ann", "bob")


def test_times_beside_votes_follow_their_order(tmp_path):
    (tmp_path / "v.csv").write_text(
        "task,who,answer,when,took\na,x,1,2024-05-01 10:00:00,3\na,y,,2024-05-01 "
        "10:00:01,4\nb,x,0,2024-05-01 10:00:02,5\n"
    )
    data = rl.read(
        tmp_path / "v.csv", item="task", worker="who", label="answer", time="when", seconds="took"
    )
    assert data.source["vote_columns"]["seconds"].tolist() == [3, 5]
    assert np.diff(data.source["vote_columns"]["time"]).tolist() == [2.0]
    with pytest.raises(ValueError, match="must hold numbers or moments"):
        rl.read(tmp_path / "v.csv", item="task", worker="who", label="answer", time="who")


def _label_studio(path, **annotation):
    made = {
        "completed_by": 1,
        "result": [{"from_name": "q", "value": {"choices": ["a"]}}],
        **annotation,
    }
    path.write_text(
        json.dumps([{"id": n, "data": {"text": "x"}, "annotations": [made]} for n in range(2)])
    )
    return path


def test_a_project_with_several_questions_is_read_by_one(tmp_path):
    path = _label_studio(
        tmp_path / "e.json",
        result=[
            {"from_name": "q", "value": {"choices": ["a"]}},
            {"from_name": "r", "value": {"choices": ["b"]}},
        ],
    )
    with pytest.raises(
        ValueError, match=r"asks 2 questions \(q, r\); say which one is meant with label='q'"
    ):
        rl.read(path)
    assert rl.read(path, label="r").labels.labels.names == ("b",)
    with pytest.raises(ValueError, match="has no question 'z'; it has q, r"):
        rl.read(path, label="z")


def test_broken_annotations_are_told(tmp_path):
    data = rl.read(_label_studio(tmp_path / "e.json", created_at="yesterday"))
    assert np.isnan(data.source["vote_columns"]["time"].astype(float)).all()
    assert any(
        "2 times the time 'yesterday' is no moment" in note and "(the first in task 0)" in note
        for note in data.source["notes"]
    )
    for nothing in ([{"from_name": "q", "value": {"choices": []}}], None):
        data = rl.read(_label_studio(tmp_path / "e.json", result=nothing))
        assert len(data.labels) == 0
        assert "2 annotations without an answer are abstentions" in data.source["notes"]
    boxes = [
        {
            "from_name": "q",
            "value": {"rectanglelabels": ["car"], "x": 1, "y": 1, "width": 2, "height": 2},
        }
    ]
    # rectangles in pictures are labels, not votes
    labels = rl.read(_label_studio(tmp_path / "e.json", result=boxes)).labels
    assert isinstance(labels.units, rl.Boxes)
    with pytest.raises(
        ValueError,
        match=r"the answers in 'label' are lists such as \[\['car', 1.0.*; say kind=: se",
    ):
        rl.read(_label_studio(tmp_path / "e.json", result=boxes), kind="classes")


def test_a_worker_called_na_is_pointed_at(tmp_path):
    (tmp_path / "v.csv").write_text("task,who,answer\na,x,1\na,NA,0\n")
    assert (
        "'NA' counts as the name of a worker; leave out the rows where nobody is known"
        in rl.read(tmp_path / "v.csv", item="task", worker="who", label="answer").source["notes"]
    )


def test_gold_tables_are_matched_by_item_and_checked(tmp_path):
    (tmp_path / "v.csv").write_text("task,who,answer\na,x,yes\na,y,no\nb,x,no\n")
    data = rl.read(tmp_path / "v.csv", item="task", worker="who", label="answer")
    gold, said = tmp_path / "g.csv", []
    gold.write_text("task,answer\nb,no\nz,yes\n")
    assert gold_of(gold, data, notes=said).tolist() == [None, "no"]
    assert said == ["g.csv: 1 of 2 gold items have no vote and are left out"]
    gold.write_text("task,answer\nb,no\nb,yes\n")
    with pytest.raises(ValueError, match="says both 'no' and 'yes' of item 'b'"):
        gold_of(gold, data)
    gold.write_text("task,answer\nz,no\n")
    with pytest.raises(ValueError, match="names no item that was voted on; items are called 'a'"):
        gold_of(gold, data)


def test_gold_numbers_are_read_as_numbers():
    votes = rl.Votes(
        np.array([0, 0, 1, 1]),
        np.array([0, 1, 0, 1]),
        rl.Numbers(np.array([1.0, 2.0, 3.0, 5.0])),
        2,
        2,
    )
    found = rl.aggregate(votes, gold=np.array([None, "4.5"], dtype=object))
    assert found.labels.y[1] == 4.5
    with pytest.raises(
        ValueError, match="gold must hold numbers, as the votes do, got 'many' for item 0"
    ):
        rl.aggregate(votes, gold=np.array(["many", ""], dtype=object))
