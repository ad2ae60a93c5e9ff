"""A page is there to be passed on: nothing in it says where the data lies."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.folders.audit_folder import load, save


def pictures(place):
    image = pytest.importorskip("PIL.Image", reason="needs Pillow")
    rng = np.random.default_rng(0)
    for n in range(40):
        shape = [(9, 300), (300, 9), (1, 1), (24, 24)][n % 4]
        path = place / "photos" / ("cat", "dog")[n % 2] / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.fromarray(rng.integers(0, 255, (*shape, 3)).astype(np.uint8)).save(path)
    (place / "photos" / "cat" / "broken.png").write_bytes(b"no picture")
    return rl.read(place / "photos")


def texts(place):
    rows = [f"{n},a text about {'cats' if n % 2 else 'dogs'} {n},{'ab'[n % 2]}" for n in range(80)]
    (place / "secret notes").mkdir()
    table = place / "secret notes" / "reviews.csv"
    table.write_text("id,text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return rl.read(table, label="label", text="text", id="id")


@pytest.mark.parametrize("made", [pictures, texts])
def test_no_place_of_the_disk_is_in_a_page(made, tmp_path):
    data, folder = made(tmp_path), tmp_path / "a folder" / "x.audit"
    audit = rl.audit(data, folder=folder)
    save(audit, folder, page=rl.report(audit, folder=folder))
    for page in (rl.report(audit, folder=folder), rl.report(folder), rl.report(load(folder))):
        for word in (str(tmp_path), tmp_path.name, "secret notes", "a folder"):
            assert word not in page
        assert "x.audit" in page or page == rl.report(load(folder))


def test_pictures_given_as_an_array_are_no_text_in_the_folder(tmp_path):
    rng = np.random.default_rng(0)
    labels = rl.Classes(rng.integers(0, 2, 60), ("a", "b"))
    images = rng.random((60, 8, 8))
    audit = rl.audit(labels, items=images, features=images.reshape(60, -1), folder=tmp_path)
    save(audit, tmp_path)
    assert "data:image" in rl.report(audit)
    assert "[[" not in rl.report(tmp_path).partition('<script type="application/json"')[0]
