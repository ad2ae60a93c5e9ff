"""corrupt writes boxes anew in their own format, and tells each edit beside them."""

import json

import numpy as np
from tests.unit.formats.drawn_sets import picture
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli.app import app


def sets(folder, n=6):
    """A COCO file of pictures with three boxes each."""
    images, annotations = [], []
    for i in range(n):
        picture(folder / "images" / f"{i}.jpg")
        images.append({"id": i, "file_name": f"{i}.jpg", "width": 100, "height": 80})
        for j in range(3):
            box = [5.0 + 30 * j, 8.0 + i, 20.0, 24.0]
            category = 1 + (i + j) % 2
            one = {"id": 3 * i + j, "image_id": i, "category_id": category, "bbox": box}
            annotations.append({**one, "area": 480.0, "iscrowd": 0})
    categories = [{"id": 1, "name": "car"}, {"id": 2, "name": "dog"}]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    path = folder / "instances.json"
    path.write_text(json.dumps(whole))
    return path


def test_the_file_holds_the_planted_boxes_and_the_log_says_which(tmp_path):
    path, out = sets(tmp_path), tmp_path / "noisy.json"
    words = ["corrupt", str(path), "--by", "boxes", "--rate", "0.5", "-o", str(out)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    assert "wrong class" in told.stdout
    noisy, truth = rl.read(out), rl.read(path)
    lines = (tmp_path / "noisy.json.edits.jsonl").read_text().splitlines()
    log = [json.loads(line) for line in lines]
    assert len(log) == 9
    kinds = [edit["kind"] for edit in log]
    added = kinds.count("doubled") + kinds.count("bogus") - kinds.count("missing")
    assert len(noisy.labels.units) == len(truth.labels.units) + added
    for edit in log:
        if edit["after"] is None:
            continue
        assert noisy.ids.item(edit["item"]) == edit["id"]
        mine = noisy.labels.take(np.array([edit["item"]])).units
        near = np.abs(mine.xyxy - np.array(edit["after"]["box"])).max(1) < 0.02
        assert edit["after"]["class"] in [mine.names[c] for c in mine.y[near]]
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2
    assert "is there already" in again.output
