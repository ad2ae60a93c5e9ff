"""Label Studio's rectangles: percent of the picture there and back, and answers that count."""

import json

import pytest
from tests.unit.formats.drawn_sets import label_studio

import reliabel as rl
from reliabel.formats import label_studio_boxes as reader
from reliabel.formats.drawn import Edit


def test_rectangles_become_boxes_in_pixels(tmp_path):
    data = rl.read(label_studio(tmp_path))
    units = data.labels.units
    assert units.xyxy.tolist() == [[10, 8, 30, 48], [50, 8, 70, 48]]
    assert units.names == ("car", "dog")
    assert list(data.ids.items) == ["11", "12"]
    assert data.labels.offsets.tolist() == [0, 2, 2]
    assert data.evidence["sizes"].tolist() == [[80, 100], [80, 100]]  # the second of the picture
    assert data.source["row"].tolist() == [0, 1]
    assert "1 tasks without an answer are left out (task 13)" in " ".join(data.source["notes"])


def test_changes_are_written_in_percent_and_all_else_stays(tmp_path):
    path, out = label_studio(tmp_path), tmp_path / "out.json"
    words = {"encoding": "utf-8", "question": "label"}
    reader.rewrite(path, out, {}, set(), **words)
    assert out.read_bytes() == path.read_bytes()
    edits = {
        0: [Edit(0, "dog", (10, 8, 40, 48)), Edit(1, None)],
        1: [Edit(None, "car", (0, 0, 10, 8))],
    }
    reader.rewrite(path, out, edits, {2}, **words)
    was, now = json.loads(path.read_text()), json.loads(out.read_text())
    assert len(now) == 2
    [first] = now[0]["annotations"][0]["result"]
    value = {"x": 10, "y": 10, "width": 30, "height": 50, "rotation": 0, "rectanglelabels": ["dog"]}
    assert first["value"] == value
    assert first["id"] == was[0]["annotations"][0]["result"][0]["id"]
    [new] = now[1]["annotations"][0]["result"]
    assert (new["value"]["width"], new["original_height"], new["type"]) == (
        10,
        80,
        "rectanglelabels",
    )
    assert rl.read(out).labels.units.xyxy.tolist() == [[10, 8, 40, 48], [0, 0, 10, 8]]


def test_several_answers_and_questions_are_refused(tmp_path):
    path = label_studio(tmp_path)
    tasks = json.loads(path.read_text())
    tasks[0]["annotations"].append(dict(tasks[0]["annotations"][0]))
    path.write_text(json.dumps(tasks))
    with pytest.raises(ValueError, match=r"task 11 \(1 in all\) have several answers"):
        rl.read(path)
    tasks[0]["annotations"][1]["ground_truth"] = True
    path.write_text(json.dumps(tasks))
    assert len(rl.read(path).labels.units) == 2


def test_turned_rectangles_and_unknown_sizes_are_told(tmp_path):
    path = label_studio(tmp_path)
    tasks = json.loads(path.read_text())
    held = tasks[0]["annotations"][0]["result"]
    held[0]["value"]["rotation"] = 90
    del held[1]["original_width"]
    path.write_text(json.dumps(tasks))
    data = rl.read(path)
    assert data.labels.units.xyxy[0].tolist() == [-30, 8, 10, 28]
    notes = " ".join(data.source["notes"])
    assert "a rectangle is turned; the box around it is taken (the first in task 11)" in notes
    assert "does not say the size of its picture; its place is unknown" in notes
