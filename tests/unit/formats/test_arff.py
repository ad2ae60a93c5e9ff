"""ARFF files with one label or several an item: read, written anew, broken lines with places."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.labels import Classes, MultiLabel

MEKA = """% a comment
@relation 'films: -C 2'
@attribute comedy {0,1}
@attribute 'very dark' {0,1}
@attribute length numeric
@attribute studio {big,'small one'}
@attribute title string

@data
1,0,90,big,'It''s, a \\'film\\''
0,1,?,'small one',"dark"
% between
1,1,120.5,big,last
"""
MEKA = MEKA.replace("It''s", "It is")
SPARSE = """@relation "x: -C -2"
@attribute a numeric
@attribute b numeric
@attribute red {0,1}
@attribute blue {0,1}
@data
{0 1.5, 2 1}
{3 1}
{1 2}
"""
MULAN = SPARSE.replace('"x: -C -2"', "x")
XML = """<?xml version="1.0"?><labels xmlns="http://mulan.sourceforge.net/labels">
<label name="red"></label><label name="blue"/></labels>"""


def made(tmp_path, text, name="films.arff"):
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def test_meka_says_which_attributes_are_labels(tmp_path):
    data = rl.read(made(tmp_path, MEKA))
    assert isinstance(data.labels, MultiLabel)
    assert data.labels.names == ("comedy", "very dark")
    assert data.labels.y.tolist() == [[1, 0], [0, 1], [1, 1]]
    items = data.evidence["items"]
    assert np.isnan(items["length"][1])
    assert items["studio"].tolist() == ["big", "small one", "big"]
    assert items["title"][0] == "It is, a 'film'"
    assert any("its first 2 attributes are labels (-C 2)" in n for n in data.source["notes"])


def test_sparse_rows_and_the_labels_of_mulan(tmp_path):
    data = rl.read(made(tmp_path, SPARSE))
    assert data.labels.y.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert data.evidence["items"]["a"].tolist() == [1.5, 0, 0]
    (tmp_path / "mulan.xml").write_text(XML)
    data = rl.read(made(tmp_path, MULAN, "mulan.arff"))
    assert data.labels.names == ("red", "blue")
    assert any("2 labels are named in mulan.xml" in note for note in data.source["notes"])
    (tmp_path / "mulan.xml").write_text(XML.replace("red", "green"))
    with pytest.raises(ValueError, match="no attribute 'green'"):
        rl.read(tmp_path / "mulan.arff")


def test_the_last_list_of_values_is_the_label_of_weka(tmp_path):
    data = rl.read(made(tmp_path, MEKA.replace(": -C 2", "")))
    assert isinstance(data.labels, Classes)
    assert data.labels.names == ("big", "small one")


@pytest.mark.parametrize("text", [MEKA, SPARSE, MEKA.replace("\n", "\r\n")])
def test_a_file_comes_back_with_its_changes_alone(tmp_path, text):
    path, out = made(tmp_path, text), tmp_path / "out.arff"
    data = rl.read(path)
    rl.apply(data, decisions=[{"id": "0", "unit": 0, "verdict": "keep"}], out=out)
    assert out.read_bytes() == path.read_bytes()
    decisions = [
        {"id": "0", "unit": 0, "verdict": "change", "label": "no"},
        {"id": "1", "unit": 0, "verdict": "change", "label": "yes"},
        {"id": "2", "unit": None, "verdict": "drop"},
    ]
    rl.apply(data, decisions=decisions, out=out, overwrite=True)
    new = rl.read(out)
    y = data.labels.y[:2].copy()
    y[0, 0], y[1, 0] = 0, 1
    assert new.labels.y.tolist() == y.tolist()
    assert len(out.read_text().splitlines()) == len(path.read_text().splitlines()) - 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (MEKA + "1,0,3\n", "films.arff, line 14: 3 values for 5 attributes"),
        (
            MEKA + "1,0,long,big,x\n",
            "line 14: 'long' is no number, as the attribute 'length' wants",
        ),
        (MEKA + "1,0,1,huge,x\n", "line 14: 'huge' is no value of the attribute 'studio'"),
        (SPARSE + "{9 1}\n", "line 10: attribute 9, there are 0 to 3"),
        (
            MEKA.replace("@attribute length", "@attrib length"),
            "line 5: '@attrib length numeric' is",
        ),
        (MEKA.replace("-C 2", "-C 9"), "the relation says -C 9, there are 5 attributes"),
        (MEKA.split("@data")[0], "it needs @attribute lines and @data"),
        (MEKA.split("1,0,90")[0], "holds no row after @data"),
        ("a,b\n1,2\n", "is named as an ARFF file .* but holds text without @relation"),
    ],
)
def test_what_is_broken_gets_its_place(tmp_path, text, sentence):
    with pytest.raises(ValueError, match=sentence):
        rl.read(made(tmp_path, text))


def test_arff_is_written_of_arff_only(tmp_path):
    (tmp_path / "a.csv").write_text("x,label\n1,a\n2,b\n")
    data = rl.read(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="ARFF is written of ARFF only"):
        rl.apply(data, decisions=[{"id": "0", "verdict": "drop"}], out=tmp_path / "b.arff")
    path = made(tmp_path, MEKA)
    rl.apply(rl.read(path), decisions=[{"id": "0", "verdict": "drop"}], out=tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_text().splitlines()[
        0
    ] == "comedy,very dark,length,studio,title"


WORDS = "".join(f"@attribute word{n} {{0,1}}\n" for n in range(3))


def test_the_file_of_the_labels_counts_more_than_what_a_relation_says(tmp_path):
    made(tmp_path, XML, "films.xml")
    data = rl.read(made(tmp_path, SPARSE.replace("-C -2", "-C 1"), "filmsTest-1.arff"))
    assert data.labels.names == ("red", "blue")
    said = " ".join(data.source["notes"])
    assert "named in films.xml (its relation says -C 1, which are others)" in said
    lower = rl.read(made(tmp_path, SPARSE, "filmsome.arff"))
    assert "(-C -2)" in " ".join(lower.source["notes"])


def test_last_attributes_whose_names_begin_alike_are_the_labels(tmp_path):
    head = f"@relation x\n{WORDS}@attribute TAG_a {{0,1}}\n@attribute TAG_b {{0,1}}\n@data\n"
    data = rl.read(made(tmp_path, head + "0,0,1,1,0\n{4 1}\n"))
    assert data.labels.names == ("TAG_a", "TAG_b")
    assert data.labels.y.tolist() == [[1, 0], [0, 1]]
    plain = rl.read(made(tmp_path, head.replace("TAG_", "") + "0,0,1,1,0\n{4 1}\n"))
    assert isinstance(plain.labels, Classes)
    assert "the 4 attributes before it are 0 and 1 too: if they" in " ".join(plain.source["notes"])


def test_labels_of_more_than_two_values_say_how_one_is_named(tmp_path):
    text = "@relation 'x: -C 2'\n@attribute size {0,1,2}\n@attribute ok {0,1}\n@data\n2,1\n0,0\n"
    path = made(tmp_path, text)
    with pytest.raises(ValueError, match="in several columns name one of them: label='size'"):
        rl.read(path)
    assert rl.read(path, label="size").labels.names == ("0", "2")


def test_what_is_no_cell_of_a_sparse_row_is_not_passed_over(tmp_path):
    with pytest.raises(ValueError, match=r"films.arff, line 8: 'x 1' is no cell of a sparse row"):
        rl.read(made(tmp_path, SPARSE.replace("{3 1}", "{3 1, x 1}")))
