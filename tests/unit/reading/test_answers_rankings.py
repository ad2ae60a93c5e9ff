import pytest

import reliabel as rl
from reliabel.core.kinds import given_values


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
