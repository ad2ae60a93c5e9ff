"""Known answers of any kind from files."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.reading.gold_answers import answers_of_classes, gold_answers, gold_strengths


def test_known_texts_are_matched_by_item(tmp_path):
    table = {"item": ["a", "a", "b"], "worker": ["x", "y", "x"], "label": ["p q", "p q", "r s"]}
    data = rl.read(table, item="item", worker="worker", label="label", kind="texts")
    path = tmp_path / "gold.csv"
    path.write_text("item,label\nb,r t\nc,z z\na,\n")
    known, notes = gold_answers(path, data, "texts")
    assert (known.item.tolist(), list(known.labels.y)) == ([1], ["r t"])
    assert "gold.csv: 1 of 3 gold rows are of no item here" in notes
    found = rl.aggregate(data, gold=known)
    assert found.info["gold"] == {"items": 1, "exactly right": 0}
    path.write_text("item,label\nq,r t\n")
    with pytest.raises(ValueError, match="names no item that was voted on"):
        gold_answers(path, data, "texts")
    path.write_text("item,label\na,r t\na,r t\n")
    with pytest.raises(ValueError, match="several rows of one item"):
        gold_answers(path, data, "texts")


def test_ranks_of_things_tell_which_pairs_are_in_order(tmp_path):
    table = {"left": ["a", "a", "b"], "right": ["b", "c", "c"], "label": ["a", "a", "c"]}
    data = rl.read(table, left="left", right="right", label="label")
    path = tmp_path / "gold.csv"
    path.write_text("thing,rank\na,1\nb,2\nc,3\n")
    known, notes = gold_strengths(path, data)
    assert notes == ["gold.csv: 'rank' is taken as a rank, 1 is the best"]
    found = rl.aggregate(data, gold=known)
    assert found.info["gold"]["of the pairs in the right order"] == pytest.approx(2 / 3)
    path.write_text("thing,rank\nz,1\n")
    with pytest.raises(ValueError, match="names none of the compared things"):
        gold_strengths(path, data)
    path.write_text("thing,name\nz,y\n")
    with pytest.raises(ValueError, match="a column of things and a column of numbers"):
        gold_strengths(path, data)


def test_known_classes_of_candidate_sets():
    known = answers_of_classes(np.array(["b", None, "a"], dtype=object))
    assert (known.item.tolist(), known.labels.names) == ([0, 2], ("a", "b"))
