import pytest

import reliabel as rl
from reliabel.core.kinds import given_values
from reliabel.verbs.read import read_votes


def test_rankings_of_one_question_are_read_from_text_lists_and_json():
    cells = ["b > a > c", "a>c", '["c", "b", "a"]', "", "n/a"]
    data = rl.read({"order": cells}, label="order", kind="rankings", missing=("n/a",))
    assert given_values(data.labels.labels) == ["b > a > c", "a > c", "c > b > a"]
    assert (data.labels.n, data.labels.w) == (1, 5)
    assert any("3 rankings of 3 things, the best first" in one for one in data.source["notes"])
    assert any("1 ranking leaves things out" in one for one in data.source["notes"])
    lists = {"q": ["x", "x", "y"], "who": ["1", "2", "1"], "order": [["b", "a"], ["a", "b"], ["c"]]}
    data = rl.read(lists, item="q", worker="who", label="order", kind="rankings")
    assert given_values(data.labels.labels) == ["b > a", "a > b", "c"]
    found = rl.aggregate(data)
    assert given_values(found.labels) == ["a > b", "c"]
    assert found.info["method"] == "kemeny"


def test_bad_rankings_get_a_sentence_with_the_row():
    for cell, sentence in [
        ("a > b > a", "column 'order': row 1 ranks 'a' twice"),
        ("a > > b", "column 'order': row 1: the ranking 'a > > b' has a place with no name"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            rl.read({"order": ["a > b", cell]}, label="order", kind="rankings")


def test_columns_of_rankings_are_known_by_their_names():
    table = {"voter": ["x", "y"], "ranking": ["b > a", "b > a"]}
    data = read_votes(table)
    assert given_values(data.labels.labels) == ["b > a", "b > a"]
    assert "label is 'ranking', worker is 'voter', by their names" in data.source["notes"][0]
    alone = read_votes({"order": [["b", "a"], ["a", "b"]]})
    assert alone.labels.w == 2
    other = {"item": ["x"], "worker": ["y"], "label": ["p"], "order": [1]}
    assert read_votes(other).labels.labels.names == ("p",)
