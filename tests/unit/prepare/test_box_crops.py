"""Boxes without a detector: planted errors are found by what the crops look like."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.ops.pictures import cut_out
from reliabel.prepare.box_crops import Crops
from reliabel.prepare.cost import estimate

NAMES = ("stripes", "checks", "dots")


def texture(kind, high, wide, rng):
    y, x = np.mgrid[:high, :wide]
    step = 3
    form = (y // step % 2, (y // step + x // step) % 2, (y % 5 < 2) & (x % 5 < 2))[kind]
    return np.stack([60 + 140 * form + rng.integers(0, 30, form.shape)] * 3, 2)


def pictures(n=90, seed=0):
    """Grey pictures with two textured squares each; errors of class, and boxes upon nothing."""
    rng = np.random.default_rng(seed)
    images, boxes, y, item = [], [], [], []
    for i in range(n):
        image = np.repeat(rng.integers(90, 150, (100, 160, 1)), 3, axis=2)
        for left in (5, 85):
            top, side, kind = rng.integers(3, 60), rng.integers(28, 40), rng.integers(0, 3)
            image[top : top + side, left : left + side] = texture(kind, side, side, rng)
            boxes.append([left, top, left + side, top + side])
            y.append(kind)
            item.append(i)
        images.append(image.astype(np.uint8))
    boxes, y, item = np.array(boxes, float), np.array(y), np.array(item)
    swapped = rng.random(len(y)) < 0.06
    given = np.where(swapped, (y + 1) % 3, y)
    fake = np.flatnonzero(rng.random(n) < 0.06)
    corner = np.column_stack([np.full(len(fake), 45.0), rng.integers(0, 60, len(fake))])
    order = np.argsort(np.concatenate([item, fake]), kind="stable")
    every = np.concatenate([boxes, np.hstack([corner, corner + [35, 35]])])[order]
    codes = np.concatenate([given, rng.integers(0, 3, len(fake))])[order]
    wrong = np.concatenate([np.where(swapped, 1, 0), np.full(len(fake), 2)])[order]
    offsets = np.searchsorted(np.concatenate([item, fake])[order], np.arange(n + 1))
    return images, Grouped(Boxes(every, codes, NAMES), offsets), wrong


@pytest.mark.slow
def test_errors_are_found_without_a_detector():
    images, labels, wrong = pictures()
    audit = rl.audit(Dataset(labels, {"items": images}), embed="patches", seed=0)
    assert audit.p_wrong is not None
    first = np.argsort(-np.nan_to_num(audit.p_wrong))[: int((wrong > 0).sum())]
    assert (wrong[first] > 0).mean() > 0.75
    named = {f.unit + labels.offsets[f.item]: f.kind for f in audit.findings if f.finds == "label"}
    swapped = [row for row in first if wrong[row] == 1]
    assert np.mean([named[row] == "wrong class" for row in swapped]) > 0.8
    upon_nothing = [row for row in first if wrong[row] == 2]
    assert np.mean([named[row] == "no object" for row in upon_nothing]) > 0.5
    assert any("judged by what they show alone" in line for line in audit.warnings)


def test_crops_are_opened_one_by_one_with_a_margin():
    images, labels, _ = pictures(n=3)
    crops = Crops(images, labels.item, labels.units.xyxy)
    high = labels.units.xyxy[0, 3] - labels.units.xyxy[0, 1]
    assert crops[0].shape[0] == pytest.approx(high * 1.2, abs=2)
    assert len(crops[:2]) == 2
    assert cut_out(None, labels.units.xyxy[0], 0.1, 96).shape == (8, 8, 3)


def test_boxes_alone_are_checked_and_that_is_said():
    _, labels, _ = pictures(n=40)
    audit = rl.audit(labels)
    assert audit.p_wrong is None
    assert any("checked by their coordinates alone" in line for line in audit.warnings)


def test_pictures_that_are_not_there_are_said():
    _, labels, _ = pictures(n=30)
    audit = rl.audit(Dataset(labels, {"items": ["nowhere.png"] * 30}))
    assert any("0 boxes have a crop" in line for line in audit.warnings)


def test_what_crops_would_cost():
    images, labels, _ = pictures(n=40)
    data = Dataset(labels, {"items": images}, source={"task": "image"})
    pieces = estimate(data, embed="patches")
    assert [piece["piece"].split(":")[0] for piece in pieces] == [
        "crops of boxes, features",
        "crops of boxes, probs",
        "crops of boxes, neighbours",
    ]
    assert {piece["rows"] for piece in pieces} == {2 * len(labels.units)}
    assert estimate(Dataset(labels, {"items": images, "predicted": labels})) == []
    assert estimate(Dataset(labels)) == []
