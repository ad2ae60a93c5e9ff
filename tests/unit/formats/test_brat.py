"""BRAT's standoff: read, written anew into another folder, and broken lines with their places."""

import pytest

import reliabel as rl

TEXT = "He flew to New York\non Monday, 4 May.\n"
ANN = "T1\tPER 0 2\tHe\nT2\tLOC 11 19\tNew York\nR1\tTo Arg1:T1 Arg2:T2\t\n#1\tNote T2\tsure\n"


def folder(tmp_path, ann=ANN, other="T1\tPER 0 3\tAnn\n"):
    place = tmp_path / "brat"
    place.mkdir()
    (place / "a.txt").write_text(TEXT)
    (place / "a.ann").write_text(ann)
    (place / "b.txt").write_text("Ann slept.")
    (place / "b.ann").write_text(other)
    (place / "annotation.conf").write_text("[entities]\n")
    return place


def spans(data):
    units, item = data.labels.units, data.labels.item
    return [
        (int(i), units.names[y], int(a), int(b))
        for i, y, a, b in zip(item, units.y, units.start, units.end, strict=True)
    ]


def files(place):
    return {path.name: path.read_bytes() for path in place.iterdir()}


def test_documents_are_items_and_their_bound_annotations_spans(tmp_path):
    data = rl.read(folder(tmp_path))
    assert spans(data) == [(0, "PER", 0, 1), (0, "LOC", 3, 5), (1, "PER", 0, 1)]
    assert data.ids.items == ("a", "b")


def test_a_folder_comes_back_with_the_changes_alone(tmp_path):
    place = folder(tmp_path)
    data = rl.read(place)
    rl.apply(data, decisions=[{"id": "a", "unit": 0, "verdict": "keep"}], out=tmp_path / "same")
    assert files(tmp_path / "same") == files(place)
    decisions = [
        {"id": "a", "unit": 1, "verdict": "change", "label": "LOC 4:5"},
        {"id": "b", "unit": 0, "verdict": "drop"},
    ]
    rl.apply(data, decisions=decisions, out=tmp_path / "new")
    new = files(tmp_path / "new")
    assert new["a.ann"].decode() == ANN.replace("LOC 11 19\tNew York", "LOC 15 19\tYork")
    assert new["b.ann"] == b""
    assert new["a.txt"] == TEXT.encode()
    with pytest.raises(ValueError, match="is there already; give another name"):
        rl.apply(data, decisions=decisions, out=tmp_path / "new")


@pytest.mark.parametrize(
    ("ann", "sentence"),
    [
        ("T1\tPER 0 2\tHe\nT2 LOC\n", "a.ann, line 2: 'T2 LOC' is no span"),
        ("T1\tPER 0 200\tHe\n", "a.ann, line 1: the span 0 200 does not lie within the text"),
    ],
)
def test_a_broken_line_gets_its_place(tmp_path, ann, sentence):
    with pytest.raises(ValueError, match=sentence):
        rl.read(folder(tmp_path, ann))


def test_spans_in_parts_and_other_words_are_said(tmp_path):
    ann = ANN + "T3\tLOC 11 14;23 29\tNew Monday\nT4\tPER 0 2\tShe\n"
    data = rl.read(folder(tmp_path, ann))
    said = " ".join(data.source["notes"])
    assert (
        "1 spans of several parts are left out here and stay in their files (place a.ann:5)" in said
    )
    assert "1 spans hold other words than the text has there" in said
