"""Masks from end to end: read, audited, decided on, written back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from tests.mask_worlds import mask_world

import reliabel as rl
from reliabel.core.evidence import PixelProbs
from reliabel.core.kinds import layout_of
from reliabel.formats.mask_files import open_mask
from reliabel.ops.regions import painted
from reliabel.reading.masks import regions_of_arrays

NAMES = ("ground", "rock", "car", "bus", "bike")


@pytest.fixture(scope="module")
def world():
    return mask_world(24, side=40, rate=0.3, seed=7)


@pytest.fixture
def folder(world, tmp_path):
    """Pictures and palette masks of a few classes, with a legend."""
    root = tmp_path / "data"
    for name in ("images/train", "masks/train"):
        (root / name).mkdir(parents=True)
    for item, grid in enumerate(world.maps):
        grid = grid.astype(np.uint8)
        grid[0, :5] = 255
        picture = Image.fromarray(grid, "P")
        picture.putpalette([p for c in range(256) for p in (c, 255 - c, c * 7 % 256)])
        picture.save(root / f"masks/train/{item:03d}.png", dpi=(72, 72))
        Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(root / f"images/train/{item:03d}.jpg")
    (root / "classes.txt").write_text("\n".join(NAMES) + "\n")
    return root


@pytest.fixture
def probs(world, tmp_path):
    place = tmp_path / "probs"
    place.mkdir()
    for item in range(len(world.labels)):
        np.save(place / f"{item:03d}.npy", world.pixel_probs[item].astype(np.float16))
    return place


def test_a_folder_of_masks_is_told_and_read(folder, world):
    data = rl.read(folder)
    units = data.labels.units
    assert units.names == NAMES
    assert len(data.labels) == 24
    assert data.ids.item(3) == "003"
    assert "masks of pictures in data" in data.source["notes"][0]
    assert "pixels of 255 have no label" in data.source["notes"]
    assert any("named by classes.txt" in told for told in data.source["notes"])
    one = data.labels.take(np.array([3]))
    expected = world.maps[3].copy()
    expected[0, :5] = -1
    assert np.array_equal(painted(one.units, (40, 40)), expected)
    assert data.evidence["sizes"].tolist() == [[40, 40]] * 24
    assert data.evidence["items"][0].endswith("000.jpg")


def test_apply_changes_the_pixels_of_decided_regions_and_nothing_else(folder, probs, tmp_path):
    data = rl.read(folder, probs=probs)
    audit = rl.audit(data)
    findings = [f for f in audit.findings if f.suggest is not None][:3]
    decisions = [
        {"id": f.id, "unit": f.unit, "verdict": "change", "label": f.suggest} for f in findings
    ]
    out = tmp_path / "mended"
    done = rl.apply(audit, decisions=decisions, out=out)
    assert done["changed"] == len(decisions)
    changed = {f"masks/train/{f.id}.png" for f in findings}
    for path in sorted(folder.rglob("*.*")):
        name = path.relative_to(folder).as_posix()
        same = (out / name).read_bytes() == path.read_bytes()
        assert same == (name not in changed), name
    labels, layout = audit.data.labels, layout_of(audit.data.labels)
    for name in changed:
        was, now = open_mask(folder / name).codes, open_mask(out / name).codes
        expected = was.copy()
        for f in sorted(findings, key=lambda f: f.unit):
            if f"masks/train/{f.id}.png" != name:
                continue
            row = layout.row(f.item, f.unit)
            region = labels.units.take(np.array([row]))
            mask = painted(region, (40, 40), [1]) == 1
            expected[mask] = NAMES.index(f.suggest)
        assert np.array_equal(now, expected)
        with Image.open(folder / name) as a, Image.open(out / name) as b:
            assert (a.mode, a.getpalette(), a.info) == (b.mode, b.getpalette(), b.info)
    again = rl.read(out)
    assert again.labels.units.names == NAMES


def test_a_dropped_region_has_no_label_and_a_dropped_picture_goes(folder, tmp_path):
    data = rl.read(folder)
    audit = rl.audit(data, by=["region_faults"])
    out = tmp_path / "mended"
    drop = [{"id": "002", "unit": 0, "verdict": "drop"}, {"id": "004", "verdict": "drop"}]
    rl.apply(audit, decisions=drop, out=out)
    was, now = (open_mask(one / "masks/train/002.png").codes for one in (folder, out))
    region = data.labels.take(np.array([2])).units.take(np.array([0]))
    mask = painted(region, (40, 40), [1]) == 1
    assert (now[mask] == 255).all()
    assert np.array_equal(now[~mask], was[~mask])
    gone = [out / "masks/train/004.png", out / "images/train/004.jpg"]
    assert not any(one.exists() for one in gone)
    assert len(list(out.rglob("*.png"))) == 23


def test_arrays_npz_and_lists(tmp_path, world):
    maps = world.maps.astype(np.uint8)
    np.savez(tmp_path / "a.npz", masks=maps, names=np.array(NAMES), other=np.arange(3))
    data = rl.read(tmp_path / "a.npz")
    assert data.labels.units.names == NAMES
    audit = rl.audit(data, pixel_probs=world.pixel_probs)
    f = audit.findings[0]
    decided = [{"id": f.id, "unit": f.unit, "verdict": "change", "label": f.suggest}]
    rl.apply(audit, decisions=decided, out=tmp_path / "b.npz")
    with np.load(tmp_path / "b.npz") as held:
        moved = held["masks"] != maps
        assert held["other"].tolist() == [0, 1, 2]
    assert np.flatnonzero(moved.any((1, 2))).tolist() == [f.item]
    read = rl.read(None, label=maps, kind="regions", probs=world.pixel_probs)
    assert len(read.labels.units) == len(data.labels.units)
    with pytest.raises(ValueError, match=r"regions are read from masks"):
        rl.read(None, kind="regions")


def test_binary_masks_colours_and_codes_without_a_name(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    grid = np.zeros((8, 8), np.uint8)
    grid[2:5, 2:5] = 255
    for item in range(3):
        Image.fromarray(grid).save(tmp_path / f"masks/{item}.png")
        Image.fromarray(grid).save(tmp_path / f"images/{item}.png")
    data = rl.read(tmp_path)
    assert data.labels.units.names == ("0", "255")
    assert any("255 is taken for a class" in told for told in data.source["notes"])
    rgb = np.zeros((8, 8, 3), np.uint8)
    rgb[:4] = (128, 0, 0)
    rgb[7, 7] = (1, 2, 3)
    for item in range(3):
        Image.fromarray(rgb).save(tmp_path / f"masks/{item}.png")
    bare = rl.read(tmp_path)
    assert bare.labels.units.names == ("#000000", "#010203", "#800000")
    (tmp_path / "labelmap.txt").write_text("sea:128,0,0::\nsky:0,0,0::\n")
    named = rl.read(tmp_path)
    assert named.labels.units.names == ("sea", "sky")
    assert any("1 colour of masks is not in the legend" in told for told in named.source["notes"])
    out = tmp_path.parent / f"{tmp_path.name}-out"
    audit = rl.audit(named, by=["region_faults"])
    rl.apply(
        audit, decisions=[{"id": "1", "unit": 0, "verdict": "change", "label": "sky"}], out=out
    )
    with Image.open(out / "masks/1.png") as made:
        assert not np.asarray(made)[:7].any()


def test_bad_input_is_told_with_its_place(folder):
    (folder / "masks/train/001.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (folder / "masks/train/005.png").unlink()
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(folder / "masks/train/006.png")
    data = rl.read(folder)
    told = "; ".join(data.source["notes"])
    assert "1 mask cannot be read" in told
    assert "masks/train/001.png cannot be opened as a picture" in told
    assert "1 picture without a mask (the first is 005)" in told
    audit = rl.audit(data, by=["region_faults"])
    shape = [f for f in audit.findings if f.kind == "other shape"]
    assert [f.id for f in shape] == ["006"]
    assert "20 x 20" in shape[0].why
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match=r"holds no masks that are read"):
        rl.read(folder / "empty", kind="regions")


def coco(tmp_path):
    """Two pictures of 20 x 30 pixels; polygons, run lengths, and what is broken."""
    from reliabel.ops.regions import mask_runs
    from reliabel.ops.rle import packed_counts, region_counts

    mask = np.zeros((20, 30), bool)
    mask[3:9, 4:12] = True
    counts = region_counts(mask_runs(mask), 0, mask.shape)
    held = {
        "images": [
            {"id": 1, "file_name": "a.jpg", "height": 20, "width": 30},
            {"id": 2, "file_name": "b.jpg", "height": 20, "width": 30},
        ],
        "annotations": [
            {"id": 5, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 4], "area": 36,
             "segmentation": [[1, 1, 10, 1, 10, 5, 1, 5]]},
            {"id": 6, "image_id": 1, "category_id": 2, "bbox": [4, 3, 8, 6], "iscrowd": 1,
             "segmentation": {"size": [20, 30], "counts": counts}},
            {"id": 7, "image_id": 2, "category_id": 2, "bbox": [4, 3, 8, 6],
             "segmentation": {"size": [20, 30], "counts": packed_counts(counts)}},
            {"id": 8, "image_id": 2, "category_id": 2, "bbox": [4, 3, 8, 6],
             "segmentation": {"size": [20, 30], "counts": [3, 4]}},
            {"id": 9, "image_id": 2, "category_id": 1, "bbox": [4, 3, 8, 6]},
        ],
        "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}],
    }  # fmt: skip
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(held))
    return path


def test_outlines_of_coco_are_regions(tmp_path):
    data = rl.read(coco(tmp_path), kind="regions")
    units = data.labels.units
    assert units.area.tolist() == [36, 48, 48, 0, 0]
    assert units.crowd.tolist() == [False, True, False, False, False]
    told = "; ".join(data.source["notes"])
    assert "the run lengths are broken (counts add up to 7 pixels" in told
    assert "number 3 of b.jpg" in told
    assert "no outline" in told


def test_outlines_are_written_back_with_all_else_as_it_was(tmp_path):
    path = coco(tmp_path)
    p = np.full((2, 3, 20, 30), 0.05, np.float32)
    p[:, 0] = 0.9  # nothing
    p[0, :, 1:5, 1:10] = np.array([0.05, 0.9, 0.05])[:, None, None]
    p[1, :, 3:9, 4:12] = np.array([0.05, 0.05, 0.9])[:, None, None]
    p[0, :, 10:18, 15:25] = np.array([0.05, 0.9, 0.05])[:, None, None]  # a car that is missing
    p[1, :, 3:9, 8:12] = np.array([0.95, 0.04, 0.01])[:, None, None]  # half of the bus is none
    data = rl.read(path, kind="regions")
    probs = PixelProbs(p, ("nothing", "car", "bus"))
    audit = rl.audit(data, pixel_probs=probs)
    units, layout = audit.data.labels.units, layout_of(audit.data.labels)
    missing = int(np.flatnonzero(units.y < 0)[0])
    item, unit = (int(one[0]) for one in layout.place(np.array([missing])))
    assert item == 0
    decisions = [
        {"id": "a.jpg", "unit": unit, "verdict": "change", "label": "car"},
        {"id": "b.jpg", "unit": 2, "verdict": "change", "label": "bus"},
    ]
    part = [
        r for r in range(*audit.data.labels.offsets[1:3]) if r >= audit.data.labels.offsets[1] + 3
    ]
    decisions += [{"id": "b.jpg", "unit": 3, "verdict": "drop"}] if part else []
    rl.apply(audit, decisions=decisions, out=tmp_path / "out.json")
    was, now = json.loads(path.read_text()), json.loads((tmp_path / "out.json").read_text())
    assert now["annotations"][:2] == was["annotations"][:2]
    assert now["annotations"][4]["category_id"] == 2
    new = now["annotations"][5]
    assert (new["image_id"], new["category_id"], new["bbox"]) == (1, 1, [15, 10, 10, 8])
    again = rl.read(tmp_path / "out.json", kind="regions")
    assert again.labels.units.area.tolist()[2] == 80
    if part:
        assert now["annotations"][2]["bbox"] == [4, 3, 4, 6]
        assert now["annotations"][2]["area"] == 24


def test_probabilities_that_do_not_fit_are_told(folder, probs, tmp_path):
    (probs / "004.npy").unlink()
    with pytest.raises(ValueError, match=r"and none for 1, the first is 004"):
        rl.read(folder, probs=probs)
    np.save(tmp_path / "p.npy", np.zeros((24, 40, 40), np.float32))
    with pytest.raises(ValueError, match=r"must hold an array \(pictures, classes, height, width"):
        rl.audit(rl.read(folder), pixel_probs=tmp_path / "p.npy")


def test_regions_of_arrays_know_what_has_no_label():
    labels, notes = regions_of_arrays([np.array([[0, 0, 255], [1, 1, -1]])])
    assert labels.units.names == ("0", "1")
    assert notes == ["pixels of 255 have no label"]


def test_boxes_of_a_model_beside_masks_are_refused_with_what_to_give(folder):
    with pytest.raises(ValueError, match="probabilities of pixels as probs="):
        rl.read(folder, predicted=folder)
