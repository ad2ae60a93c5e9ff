"""Boxes from the file through audit, decisions and apply back to a file of the same format."""

import json
import shutil

import numpy as np
import pytest
from tests.unit.formats.drawn_sets import COCO, coco, label_studio, voc, yolo
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.box_values import box_text
from reliabel.folders.mended_objects import edits_between
from reliabel.verbs.corrupt import write_corrupted_boxes

MAKE = {"coco": coco, "voc": voc, "yolo": yolo, "label_studio": label_studio}


def made(form, folder):
    return MAKE[form](folder if form in ("coco", "label_studio") else folder / "set")


def out_of(form, folder):
    return folder / ("out.json" if form in ("coco", "label_studio") else "out")


def rows(data):
    units = data.labels.units
    ids = [data.ids.item(item) for item in data.labels.item.tolist()]
    return [
        (name, box_text(units.names[y], corners))
        for name, y, corners in zip(ids, units.y.tolist(), units.xyxy.tolist(), strict=True)
    ]


@pytest.mark.parametrize("form", MAKE)
def test_decisions_come_back_in_the_same_format(tmp_path, form):
    data = rl.read(made(form, tmp_path))
    was, names = rows(data), data.labels.units.names
    first, second = was[0][0], was[-1][0]
    last_unit = int(np.diff(data.labels.offsets)[data.labels.item[-1]]) - 1
    decided = [
        {"id": first, "unit": 0, "verdict": "change", "label": f"{names[1]} 1,2,33,44"},
        {"id": second, "unit": last_unit, "verdict": "drop"},
    ]
    out = out_of(form, tmp_path)
    done = rl.apply(data, decisions=decided, out=out)
    assert (done["changed"], done["dropped"]) == (1, 1)
    now = rows(rl.read(out))
    assert now == [(first, f"{names[1]} 1,2,33,44"), *was[1:-1]]
    with pytest.raises(ValueError, match="is there already"):
        rl.apply(data, decisions=decided, out=out)


@pytest.mark.parametrize("form", MAKE)
def test_a_place_where_none_is_given_becomes_an_object(tmp_path, form):
    data = rl.read(made(form, tmp_path))
    units, offsets = data.labels.units, data.labels.offsets
    more = rl.Boxes(np.vstack([[10, 10, 20, 20.5], units.xyxy]), [-1, *units.y], units.names)
    held = rl.Grouped(more, np.concatenate([[0], offsets[1:] + 1]))
    asked = rl.Dataset(held, data.evidence, data.ids, data.source)
    decided = [
        {"id": data.ids.item(0), "unit": 0, "verdict": "change", "label": units.names[0]},
        {"id": data.ids.item(0), "unit": 1, "verdict": "change", "label": units.names[1]},
    ]
    out = out_of(form, tmp_path)
    rl.apply(asked, decisions=decided, out=out)
    now = rl.read(out).labels
    assert len(now.units) == len(units) + 1
    added = [j for j in range(int(now.offsets[1])) if now.units.xyxy[j][3] == 20.5]
    assert len(added) == 1
    assert now.units.names[now.units.y[added[0]]] == units.names[0]
    assert now.units.names[now.units.y[0]] == units.names[1]


@pytest.mark.parametrize("form", MAKE)
def test_planted_errors_are_written_into_the_same_format(tmp_path, form):
    data = rl.read(made(form, tmp_path))
    bad = rl.corrupt(data, by="boxes", rate=0.5)
    out = out_of(form, tmp_path)
    write_corrupted_boxes(data, out, bad)
    again = rl.read(out).labels
    assert len(again.units) == len(bad.labels.units)
    assert again.offsets.tolist() == bad.labels.offsets.tolist()
    for item in range(len(again)):
        cut = slice(int(again.offsets[item]), int(again.offsets[item + 1]))
        here, there = (np.sort(one.units.xyxy[cut], 0) for one in (again, bad.labels))
        assert here == pytest.approx(there, abs=0.02)


def test_a_dropped_picture_goes_with_its_boxes(tmp_path):
    path = coco(tmp_path)
    out = tmp_path / "out.json"
    rl.apply(rl.read(path), decisions=[{"id": "b.jpg", "verdict": "drop"}], out=out)
    now = json.loads(out.read_text())
    assert [one["id"] for one in now["images"]] == [1, 3]
    assert now["annotations"] == [COCO["annotations"][1]]


def test_the_file_that_was_audited_is_asked_for(tmp_path):
    path = coco(tmp_path)
    data = rl.read(path)
    kept = [{"id": "b.jpg", "verdict": "keep", "unit": 0}]
    path.write_text(path.read_text() + " ")
    with pytest.raises(ValueError, match="is not the file that was audited"):
        rl.apply(data, decisions=kept, out=tmp_path / "o.json")
    data = rl.read(path)
    with pytest.raises(ValueError, match="boxes, which are written in their own format: end"):
        rl.apply(data, decisions=kept, out=tmp_path / "o.csv")


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A COCO file audited on the command line: the folder, and what was printed."""
    place = tmp_path_factory.mktemp("audited")
    words = ["audit", str(coco(place)), "-o", str(place / "a.audit")]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0, run.output
    return place / "a.audit", run.output


def test_the_command_line_infers_the_task_and_writes_back(tmp_path, audited):
    folder, printed = audited
    out = tmp_path / "mended.json"
    assert "boxes in pictures (COCO): 3 boxes of 2 classes (car, dog) in 3 pictures" in printed
    assert "3 rows, 2 classes (object detection)" in printed
    assert "\nWrong boxes: " in printed
    assert "needs neighbours" not in printed  # nobody makes them of pictures with objects
    sheet = tmp_path / "decisions.csv"
    sheet.write_text("id,unit,verdict,label\nb.jpg,0,change,dog\n")
    words = ["apply", str(folder), "--decisions", str(sheet), "-o", str(out)]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0, run.output
    now = json.loads(out.read_text())
    assert now["annotations"][0] == COCO["annotations"][0] | {"category_id": 7}
    again = rl.read(out)
    assert again.labels.units.names == ("car", "dog")


def test_boxes_are_handed_out_and_decided_by_table(tmp_path, audited):
    folder = tmp_path / "a.audit"
    shutil.copytree(audited[0], folder)
    sheet = tmp_path / "batch.csv"
    rl.next(folder, n=3, out=sheet)
    lines = sheet.read_text().splitlines()
    assert len(lines) == 4
    assert '"car 1,2,31,42"' in sheet.read_text()
    filled = [lines[0]] + [line.replace(",,,,", ",drop,,me,", 1) for line in lines[1:]]
    sheet.write_text("\n".join(filled) + "\n")
    rl.decide(folder, sheet)
    done = rl.apply(folder, out=tmp_path / "out.json")
    assert done["dropped"] + done["kept"] + done["changed"] >= 1
    assert len(json.loads((tmp_path / "out.json").read_text())["annotations"]) < 3


def test_class_names_that_are_alike_become_one(tmp_path):
    whole = json.loads(json.dumps(COCO))
    whole["categories"].append({"id": 9, "name": "Car"})
    whole["annotations"][2]["category_id"] = 9
    path = coco(tmp_path, whole)
    results = [{"image_id": 2, "category_id": 9, "bbox": [1, 2, 3, 4], "score": 0.2}]
    (tmp_path / "r.json").write_text(json.dumps(results))
    assert rl.read(path).labels.units.names == ("car", "dog", "Car")
    data = rl.read(path, merge_alike=True, predicted=tmp_path / "r.json")
    assert data.labels.units.names == ("car", "dog")
    assert data.evidence["predicted"].units.y.tolist() == [0]
    assert "names of classes mended: 'Car' is 'car'" in data.source["notes"]
    decided = [{"id": "b.jpg", "unit": 1, "verdict": "change", "label": "dog"}]
    rl.apply(data, decisions=decided, out=tmp_path / "out.json")
    now = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert now == [*whole["annotations"][:2], whole["annotations"][2] | {"category_id": 7}]


def test_sizes_come_from_the_pictures_where_the_file_says_none_or_others(tmp_path):
    whole = json.loads(json.dumps(COCO))
    del whole["images"][0]["width"]
    whole["images"][1] |= {"width": 640, "height": 480}
    data = rl.read(coco(tmp_path, whole))
    assert data.evidence["sizes"].tolist() == [[80, 100], [480, 640], [80, 100]]
    told = "b.jpg has 100 x 80 pixels, the file says 640 x 480"
    assert told in " ".join(data.source["notes"])


def test_corrupt_on_the_command_line(tmp_path):
    path, out = coco(tmp_path), tmp_path / "noisy.json"
    words = ["corrupt", str(path), "--by", "boxes", "--rate", "0.5", "-o", str(out)]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0, run.output
    assert "keeps the truth" in run.output
    assert len(rl.read(out).labels) == 3


def test_some_of_the_pictures(tmp_path):
    folder = yolo(tmp_path / "set")
    data = rl.read(folder, rows=2, seed=1)
    assert len(data.labels) == 2
    assert len(data.evidence["items"]) == 2
    item = next(i for i in range(2) if np.diff(data.labels.offsets)[i])
    out = tmp_path / "out"
    decided = [{"id": data.ids.item(item), "unit": 0, "verdict": "change", "label": "dog"}]
    rl.apply(data, decisions=decided, out=out, links=True)
    whole = dict(rows(rl.read(out)))
    assert whole[data.ids.item(item)].startswith("dog")
    assert (out / "images" / "train" / "0.jpg").is_symlink()
    shutil.rmtree(out)


def test_the_same_boxes_in_another_order_are_no_change():
    one = rl.Grouped(rl.Boxes([[0, 0, 9, 9], [20, 0, 29, 9]], [0, 1], ["a", "b"]), [0, 2, 2])
    other = rl.Grouped(rl.Boxes([[20, 0, 29, 9], [0, 0, 9, 9]], [1, 0], ["a", "b"]), [0, 2, 2])
    assert edits_between(one, other) == {}
    none = rl.Grouped(rl.Boxes([], [], ["a", "b"]), [0, 0, 0])
    assert [edit.name for edit in edits_between(one, none)[0]] == [None, None]
    assert [edit.place for edit in edits_between(none, one)[0]] == [None, None]


@pytest.mark.parametrize(("kind", "what"), [("boxes", "boxes"), ("regions", "masks")])
def test_boxes_and_masks_at_an_address_are_refused_in_a_sentence(kind, what):
    with pytest.raises(ValueError, match=f"{what} are read from files and folders of this machine"):
        rl.read("s3://scans/set", kind=kind)
