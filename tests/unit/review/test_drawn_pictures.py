"""Objects drawn for tables and terminals."""

import csv

import numpy as np
import pytest
from PIL import Image
from tests.unit.reporters.made_objects import boxes_audit, regions_audit

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Grouped, Spans
from reliabel.core.results import Audit, Suspicion
from reliabel.core.words import Words
from reliabel.review.drawn_pictures import (
    GIVEN,
    SUGGESTED,
    DrawnObjects,
    colourful,
    in_blocks,
    where_in_words,
)
from reliabel.review.terminal import terminal


def has(picture, colour):
    return bool((np.abs(np.asarray(picture).astype(int) - colour).sum(2) < 3).any())


@pytest.mark.parametrize("made", [boxes_audit, regions_audit])
def test_given_and_suggested_stand_side_by_side(tmp_path, made):
    drawn = DrawnObjects(made(tmp_path))
    picture = drawn.picture(1)
    left, right = (np.array_split(np.asarray(picture), 2, axis=1)[place] for place in (0, 1))
    assert has(left, GIVEN)
    assert not has(left, SUGGESTED)
    assert has(right, SUGGESTED)
    missing = drawn.picture(3)
    assert not has(missing, GIVEN)
    assert has(missing, SUGGESTED)
    assert drawn.picture(2).width < picture.width  # nothing is suggested


def test_a_batch_names_the_drawn_picture_of_each_object_and_comes_back(tmp_path):
    folder = rl.save(boxes_audit(tmp_path / "p"), tmp_path / "p.audit")
    rl.next(folder, n=7, out=tmp_path / "batch.csv")
    with (tmp_path / "batch.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    for row in rows:
        with Image.open(tmp_path / row["drawn"]) as picture:
            assert picture.width > 300
        bogus = row["given"] == "person 10,10,50,40"
        row["verdict"] = "change" if row["suggest"] else "drop" if bogus else ""
        row["label"] = row["suggest"]
    with (tmp_path / "batch.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert rl.decide(folder, tmp_path / "batch.csv")["new"] == 4
    assert {(one.id, one.label) for one in rl.log(folder).decisions()} == {
        ("scene_0", "car 20,40,80,90"),
        ("scene_0", "person 150,50,190,120"),
        ("scene_1", "car 200,100,260,160"),
        ("scene_1", None),
    }


def test_a_batch_of_tagged_text_marks_the_words(tmp_path):
    words = Words(["Ada", "flew", "to", "New", "York"])
    labels = Grouped(Spans([0, 3], [1, 5], [1, -1], ["LOC", "PER"]), [0, 2])
    data = Dataset(labels, {"items": [words]}, Ids(("s",)), {"task": "tagged text"})
    p = np.array([0.9, 0.8])
    audit = Audit(data, {"self_confidence": Suspicion(p)}, {}, {}, p, None, None, (), (), {})
    folder = rl.save(audit, tmp_path / "s.audit")
    texts = rl.next(folder, n=2)["rows"]["text"]
    assert sorted(texts) == ["Ada flew to [New York]", "[Ada] flew to New York"]


def test_a_lost_picture_leaves_its_cell_empty(tmp_path):
    folder = rl.save(boxes_audit(tmp_path / "p"), tmp_path / "p.audit")
    (tmp_path / "p" / "scene_1.png").unlink()
    rl.next(folder, n=7, out=tmp_path / "batch.csv")
    with (tmp_path / "batch.csv").open(newline="") as file:
        drawn = {row["id"]: row["drawn"] for row in csv.DictReader(file)}
    assert drawn["scene_1"] == ""
    assert drawn["scene_0"].startswith("batch_pictures/")


def test_the_terminal_draws_objects_in_blocks_and_says_where_they_lie(tmp_path):
    folder = rl.save(boxes_audit(tmp_path / "p"), tmp_path / "p.audit")
    sitting, told, keys = rl.judge(folder, greedy=True), [], iter("yyymq")
    assert terminal(sitting, lambda: next(keys), lambda: "", told.append, pictures=True) == 4
    shown = "\n".join(told)
    assert "\033[38;2;11;98;168" in shown
    assert "60 x 50 pixels at 40,40 of 320 x 240, 2 other objects" in shown
    assert "nothing is given here; the place: 60 x 60 pixels at 200,100" in shown
    lines = in_blocks(DrawnObjects(boxes_audit(tmp_path / "p")), 0)
    assert 0 < len(lines) <= 18
    assert all(line.endswith("\033[0m") for line in lines)


def test_a_box_that_cannot_be_drawn_is_said(tmp_path):
    drawn = DrawnObjects(boxes_audit(tmp_path, sick=[(float("nan"), 0, 9, 9)]))
    last = drawn.drawings.layout.rows - 1
    assert "somewhere in 320 x 240 pixels" in where_in_words(drawn.drawing(last))
    assert drawn.picture(last).size


def test_colours_are_for_terminals_that_show_them(monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colourful()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colourful()
