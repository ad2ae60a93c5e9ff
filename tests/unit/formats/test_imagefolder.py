import json

import pyarrow as pa
import pytest

from reliabel.formats import hugging_face, imagefolder


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def test_labels_come_from_folders(tmp_path):
    touch(
        tmp_path,
        "dog/2.jpg",
        "cat/1.PNG",
        "cat/deep/3.png",
        "loose.png",
        "cat/notes.txt",
        ".cache/4.png",
    )
    table = imagefolder.read(tmp_path)
    assert table.columns["path"].tolist() == [
        "cat/1.PNG",
        "cat/deep/3.png",
        "dog/2.jpg",
        "loose.png",
    ]
    assert table.columns["label"].tolist() == ["cat", "cat", "dog", None]
    assert table.notes == (
        "4 pictures, labels from the names of 2 folders",
        "1 picture lies in folders inside those of the classes, whose names are not used",
        "1 picture stands in no class folder, unlabelled",
        "1 other file left out (.txt)",
    )


def test_splits_are_the_upper_folders(tmp_path):
    touch(tmp_path, "train/cat/1.png", "test/dog/2.png")
    table = imagefolder.read(tmp_path)
    assert table.columns["label"].tolist() == ["dog", "cat"]
    assert table.columns["split"].tolist() == ["test", "train"]


def test_classes_that_are_called_train_and_test_are_classes(tmp_path):
    touch(tmp_path, "train/1.png", "test/2.png")
    assert imagefolder.read(tmp_path).columns["label"].tolist() == ["test", "train"]


def test_a_folder_without_pictures(tmp_path):
    touch(tmp_path, "a.txt")
    with pytest.raises(ValueError, match=r"holds no pictures \(a.txt\)"):
        imagefolder.read(tmp_path)


def stream(path, table):
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    (path.parent / "dataset_info.json").write_text("{}")
    (path.parent / "state.json").write_text(json.dumps({"_data_files": [{"filename": path.name}]}))


def coded():
    features = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}
    return pa.table({"text": ["a", "b"], "label": [1, -1]}).replace_schema_metadata(
        {"huggingface": json.dumps(features)}
    )


def test_hugging_face_folders_keep_names_and_splits(tmp_path):
    stream(tmp_path / "train" / "data.arrow", coded())
    stream(tmp_path / "test" / "data.arrow", coded())
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    table = hugging_face.read(tmp_path)
    assert table.names == {"label": ("neg", "pos")}
    assert table.columns["split"].tolist() == ["train", "train", "test", "test"]
    assert hugging_face.read(tmp_path / "train").columns["label"].tolist() == [1, -1]


def test_hugging_face_folders_that_are_not_whole(tmp_path):
    stream(tmp_path / "data.arrow", coded())
    (tmp_path / "data.arrow").rename(tmp_path / "other.arrow")
    with pytest.raises(ValueError, match=r"names data.arrow, which is not there"):
        hugging_face.read(tmp_path)
    (tmp_path / "state.json").unlink()
    assert hugging_face.read(tmp_path).rows == 2
    (tmp_path / "other.arrow").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="broken Arrow file"):
        hugging_face.read(tmp_path)


def test_class_names_of_a_hugging_face_folder_are_read_from_its_info_where_the_stream_has_none(
    tmp_path,
):
    bare = coded().replace_schema_metadata(None)
    stream(tmp_path / "data.arrow", bare)
    (tmp_path / "dataset_info.json").write_text(
        json.dumps({"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}})
    )
    assert hugging_face.read(tmp_path).names == {"label": ("neg", "pos")}
