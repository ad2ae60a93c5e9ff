"""Votes from exports of labelling tools, from wide tables, and what stands beside a vote."""

import json

import numpy as np
import pytest

import reliabel as rl


def test_a_label_studio_export_needs_no_columns(tmp_path):
    def said(who, value):
        result = [{"from_name": "q", "to_name": "t", "type": "choices", "value": {"choices": [value]}}]
        return {"completed_by": who, "result": result, "lead_time": 2.5, "created_at": "2024-05-01T10:00:00Z"}

    tasks = [{"id": n, "data": {"text": f"film {n}"}, "annotations": [said(1, "good"), said(2, "bad" if n else "good")]} for n in range(3)]
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
    (tmp_path / "v.csv").write_text("task,who,answer,when,took\na,x,1,2024-05-01 10:00:00,3\na,y,,2024-05-01 10:00:01,4\nb,x,0,2024-05-01 10:00:02,5\n")
    data = rl.read(tmp_path / "v.csv", item="task", worker="who", label="answer", time="when", seconds="took")
    assert data.source["vote_columns"]["seconds"].tolist() == [3, 5]
    assert np.diff(data.source["vote_columns"]["time"]).tolist() == [2.0]
    with pytest.raises(ValueError, match="must hold numbers or moments"):
        rl.read(tmp_path / "v.csv", item="task", worker="who", label="answer", time="who")
