"""The section of a consensus page that draws everybody's boxes and masks."""

import numpy as np
from PIL import Image
from tests.vote_worlds import boxes, regions

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Grouped, Votes
from reliabel.core.objects import Boxes
from reliabel.verbs.write_consensus import consensus_page


def page_of(votes, **evidence):
    return consensus_page(rl.aggregate(Dataset(votes, evidence, source={"task": "image"})))


def test_the_least_certain_pictures_come_first_with_everybodys_boxes():
    votes = boxes.easy(0, n=45).labels
    found = rl.aggregate(votes)
    page = consensus_page(found)
    part = page[page.index('id="drawn"') :]
    assert "Everybody&#39;s boxes and the consensus" in page or "Everybody's boxes" in page
    worst = int(np.argmax(found.info["risk"]))
    assert part.index(f'<b dir="auto">{worst}</b>') < part.index("</li>")
    assert part.count("<li>") == 24
    rows = votes.labels.take(np.flatnonzero(votes.item == worst)).units
    kept = int((found.labels.item == worst).sum())
    first = part[part.index("<li>") : part.index("</li>")]
    assert first.count("<path") == len(rows) + 2 * kept
    assert "<image" not in first


def test_masks_are_drawn_over_their_picture(tmp_path):
    votes = regions.easy(1, n=44).labels
    path = tmp_path / "a.png"
    noise = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    page = page_of(votes, items=[str(path)] * 44)
    part = page[page.index('id="drawn"') :]
    assert "data:image/webp" in part
    assert 'viewBox="0 0 32 32"' in part
    assert "of the pixels in doubt" in part


def test_masks_without_pictures_are_drawn_on_white(tmp_path):
    path = tmp_path / "mask.png"
    Image.fromarray(np.eye(32, dtype=np.uint8)).save(path)
    page = page_of(regions.easy(1, n=44).labels, items=[str(path)] * 44)
    assert "<image" not in page[page.index('id="drawn"') :]


def test_pictures_that_cannot_be_opened_and_boxes_that_cannot_be_drawn():
    units = Boxes([[np.nan, 0, 1, 1], [0, 0, 9, 9]], [0, 0], ("<b>",))
    votes = Votes([0, 0], [0, 1], Grouped(units, [0, 1, 2]), n=1, w=2)
    page = page_of(votes, items=["nowhere.png"])
    assert 'id="drawn"' in page
    assert "<b>: " not in page
