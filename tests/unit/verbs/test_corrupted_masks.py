"""corrupt writes masks anew in their own format, and tells each edit beside them."""

from __future__ import annotations

import json

import numpy as np
from PIL import Image
from tests.unit.auditors.planted_masks import picture, truth
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli.app import app
from reliabel.core.outlines import outline
from reliabel.ops.regions import areas, boxes, mask_runs


def pictures(folder, n=8):
    """Pictures and class maps in folders, and a COCO file of the objects' outlines."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    images, annotations = [], []
    for i in range(n):
        one = truth(rng)
        Image.fromarray(picture(one, rng)).save(folder / "images" / f"{i}.png")
        Image.fromarray(one.astype(np.uint8)).save(folder / "masks" / f"{i}.png")
        images.append({"id": i, "file_name": f"{i}.png", "width": 64, "height": 64})
        for c in (1, 2):
            runs = mask_runs(one == c)
            box, rings = outline(runs.start, runs.length, 64, 10**9)
            size = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
            about = {"id": len(annotations), "image_id": i, "category_id": c}
            annotations.append({**about, "segmentation": rings, "bbox": size, "iscrowd": 0})
    categories = [{"id": 1, "name": "ball"}, {"id": 2, "name": "box"}]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(whole))
    return folder


def run(*words):
    told = CliRunner().invoke(app, ["corrupt", *map(str, words)])
    assert told.exit_code == 0, told.output
    return told.stdout


def log_of(out):
    lines = (out.parent / f"{out.name}.edits.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_outlines_of_coco_are_written_with_their_boxes_and_areas(tmp_path):
    path, out = pictures(tmp_path) / "instances.json", tmp_path / "noisy.json"
    told = run(path, "--kind", "regions", "--by", "masks", "--rate", 0.5, "-o", out)
    assert "overlap with the true masks" in told
    log = log_of(out)
    assert 5 <= len(log) <= 8  # a box has no fewer corners to be approximated by
    noisy, truths = (rl.read(one, kind="regions") for one in (out, path))
    gone = sum(edit["after"] is None for edit in log)
    units = noisy.labels.units
    assert len(units) == len(truths.labels.units) - gone
    for edit in log:
        if edit["after"] is not None:
            row = edit["row"]
            assert units.names[units.y[row]] == edit["after"]["class"]
            assert areas(units)[row] == edit["after"]["area"]
            assert boxes(units, units.size[:, 1])[row].tolist() == edit["after"]["box"]
    before, after = (json.loads(one.read_text())["annotations"] for one in (path, out))
    assert sum(one in after for one in before) == 16 - len(log)
    shaped = [one for one in after if "counts" in one["segmentation"]]
    told = {(*edit["after"]["box"][:2], edit["after"]["area"]) for edit in log if edit["after"]}
    assert shaped
    assert {(*one["bbox"][:2], one["area"]) for one in shaped} <= told


def test_class_maps_are_painted_anew(tmp_path):
    folder, out = pictures(tmp_path), tmp_path / "noisy"
    (folder / "instances.json").unlink()
    source = tmp_path / "set"
    source.mkdir()
    for name in ("images", "masks"):
        (folder / name).rename(source / name)
    level = json.dumps({"level": "hard"})
    told = run(source, "--by", "masks", "--options", level, "-o", out)
    assert "resized" in told
    changed = {edit["item"] for edit in log_of(out)}
    for i in range(8):
        was, now = (np.asarray(Image.open(place / "masks" / f"{i}.png")) for place in (source, out))
        assert (was != now).any() <= (i in changed)
    again = CliRunner().invoke(app, ["corrupt", str(source), "--by", "masks", "-o", str(out)])
    assert again.exit_code == 2
    assert "is there already" in again.output
