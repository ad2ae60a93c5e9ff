"""A folder of pictures written anew with decisions applied."""

from __future__ import annotations

import json

import pytest

import reliabel as rl
from reliabel.formats import imagefolder


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def files(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def mended(root, out, decisions, **words):
    data = rl.read(root, label=words.pop("label", None))
    return rl.apply(data, decisions=decisions, out=out, **words)


def change(id_, label):
    return {"id": id_, "verdict": "change", "label": label}


def drop(id_):
    return {"id": id_, "verdict": "drop"}


def keep(id_):
    return {"id": id_, "verdict": "keep"}


def test_pictures_move_to_their_class_and_all_else_stays(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "cat/1.png", "cat/2.png", "cat/3.png", "dog/1.png", "dog/4.png", "readme.txt")
    before = files(root)
    done = mended(root, out, [change("cat/2.png", "dog"), drop("cat/3.png"), keep("dog/4.png")])
    assert (done["changed"], done["dropped"], done["kept"]) == (1, 1, 1)
    assert files(out) == {
        "cat/1.png": b"cat/1.png",
        "dog/2.png": b"cat/2.png",
        "dog/1.png": b"dog/1.png",
        "dog/4.png": b"dog/4.png",
        "readme.txt": b"readme.txt",
    }
    assert files(root) == before
    table = imagefolder.read(out)
    assert table.columns["label"].tolist() == ["cat", "dog", "dog", "dog"]


def test_two_of_one_name_are_told_apart(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "cat/1.png", "cat/2.png", "dog/1.png", "dog/1-2.png")
    done = mended(root, out, [change("cat/1.png", "dog")])
    assert files(out) == {
        "cat/2.png": b"cat/2.png",
        "dog/1.png": b"dog/1.png",
        "dog/1-2.png": b"dog/1-2.png",
        "dog/1-3.png": b"cat/1.png",
    }
    assert "1 picture got a new name" in done["notes"][0]


def test_splits_and_folders_around_stay(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "train/cat/1.png", "train/dog/2.png", "test/cat/3.png", "test/dog/4.png")
    mended(root, out, [change("test/cat/3.png", "dog")])
    assert sorted(files(out)) == [
        "test/dog/3.png",
        "test/dog/4.png",
        "train/cat/1.png",
        "train/dog/2.png",
    ]
    assert imagefolder.read(out).columns["split"].tolist() == ["test", "test", "train", "train"]


def test_a_new_class_is_a_new_folder(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "cat/1.png", "cat/2.png", "dog/3.png")
    mended(root, out, [change("cat/1.png", "fox")], new_classes=True)
    assert sorted(files(out)) == ["cat/2.png", "dog/3.png", "fox/1.png"]


def test_a_picture_without_a_class_gets_one(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "cat/1.png", "dog/2.png", "loose.png")
    mended(root, out, [change("loose.png", "cat")])
    assert sorted(files(out)) == ["cat/1.png", "cat/loose.png", "dog/2.png"]


def test_links_instead_of_copies(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "cat/1.png", "cat/2.png", "dog/3.png")
    mended(root, out, [change("cat/1.png", "dog")], links=True)
    assert (out / "dog/1.png").is_symlink()
    assert files(out) == {
        "cat/2.png": b"cat/2.png",
        "dog/1.png": b"cat/1.png",
        "dog/3.png": b"dog/3.png",
    }


def test_columns_of_a_table_beside_the_pictures_stay(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "cat/1.png", "cat/2.png", "dog/3.png")
    (root / "metadata.csv").write_text(
        "file_name,age,by\ncat/1.png,3,ada\ncat/2.png,5,\ndog/3.png,7,bob\n"
    )
    mended(root, out, [change("cat/1.png", "dog"), drop("cat/2.png")])
    table = imagefolder.read(out)
    rows = zip(*(table.columns[n].tolist() for n in ("path", "label", "age", "by")), strict=True)
    assert sorted(rows) == [("dog/1.png", "dog", 3, "ada"), ("dog/3.png", "dog", 7, "bob")]


def test_labels_of_a_table_beside_the_pictures_are_changed_there(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "a/1.png", "a/2.png", "b/3.png")
    rows = [("a/1.png", "cat", "x"), ("a/2.png", "dog", "y"), ("b/3.png", "dog", None)]
    with (root / "metadata.jsonl").open("w") as file:
        for name, label, more in rows:
            print(json.dumps({"file_name": name, "label": label, "more": more}), file=file)
    mended(root, out, [change("a/1.png", "dog"), drop("b/3.png")])
    table = imagefolder.read(out)
    assert table.columns["path"].tolist() == ["a/1.png", "a/2.png"]
    assert table.columns["label"].tolist() == ["dog", "dog"]
    assert table.columns["more"].tolist() == ["x", "y"]


def test_a_table_is_written_where_its_name_says_so(tmp_path):
    root = tmp_path / "pets"
    touch(root, "cat/1.png", "cat/2.png", "dog/3.png")
    mended(root, tmp_path / "mended.csv", [change("cat/1.png", "dog")])
    text = (tmp_path / "mended.csv").read_text()
    assert "cat/1.png,dog" in text


@pytest.mark.parametrize(
    ("out", "decisions", "words", "said"),
    [
        ("pets", [drop("cat/1.png")], {}, "is the input itself"),
        ("pets/inside", [drop("cat/1.png")], {}, "is the input itself"),
        ("there", [drop("cat/1.png")], {}, "no folder is replaced"),
        ("new", [change("cat/1.png", "a/b")], {"new_classes": True}, "cannot be the name"),
        ("new", [change("cat/1.png", "..")], {"new_classes": True}, "cannot be the name"),
    ],
)
def test_what_is_refused_writes_nothing(tmp_path, out, decisions, words, said):
    root = tmp_path / "pets"
    touch(root, "cat/1.png", "cat/2.png", "dog/3.png")
    (tmp_path / "there").mkdir()
    before = files(tmp_path)
    with pytest.raises(ValueError, match=said):
        mended(root, tmp_path / out, decisions, **words)
    assert files(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pets", "there"]


def test_classes_that_cannot_be_told_any_more_are_said(tmp_path):
    root, out = tmp_path / "pets", tmp_path / "mended"
    touch(root, "cat/1.png", "dog/2.png")
    done = mended(root, out, [change("dog/2.png", "cat")])
    assert sorted(files(out)) == ["cat/1.png", "cat/2.png"]
    read_back = imagefolder.parts_of(out).levels.label
    assert bool(done["notes"]) == (read_back != ["cat", "cat"])
