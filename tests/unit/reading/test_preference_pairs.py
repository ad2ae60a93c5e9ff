import numpy as np
import pytest

import reliabel as rl
from reliabel.verbs.read import read_votes


def said(data):
    labels = data.labels.labels
    return [
        f"{labels.names[a]} {'><='[y]} {labels.names[b]}"
        for a, b, y in zip(labels.left, labels.right, labels.y, strict=True)
    ]


@pytest.mark.parametrize(
    "answers",
    [
        ["ada", "cid", "tie"],
        ["left", "right", "both"],
        ["a", "b", "tie (bothbad)"],
        ["[[A]]", "[[B]]", "both are good"],
        ["one", "two", "draw"],
        [0, 1, 0.5],
        ["<", ">", "="][::-1][1:] + ["="],
    ],
)
def test_answers_are_names_sides_columns_or_numbers(answers):
    if answers[0] == ">":
        answers = [">", "<", "="]
    table = {"one": ["ada", "bob", "ada"], "two": ["bob", "cid", "cid"], "who": list("xyx")}
    data = rl.read({**table, "best": answers}, left="one", right="two", label="best", worker="who")
    assert said(data) == ["ada > bob", "bob < cid", "ada = cid"]
    assert data.ids.items == ("ada / bob", "bob / cid", "ada / cid")
    assert data.ids.workers == ("x", "y")
    assert "3 comparisons of 3 things, 1 tie among them" in data.source["notes"]


def test_numbers_from_one():
    table = {"left": ["p", "q"], "right": ["q", "p"], "label": [1, 2]}
    data = rl.read(table, left="left", right="right", label="label")
    assert said(data) == ["p > q", "q < p"]
    assert "1 is read as the left thing, 2 as the right one" in data.source["notes"]
    assert data.labels.w == 1


def test_a_name_comes_before_a_word_for_a_side():
    table = {"left": ["b", "a"], "right": ["a", "c"], "label": ["a", "left"]}
    assert said(rl.read(table, left="left", right="right", label="label")) == ["b < a", "a > c"]


def test_arena_columns_are_known_by_their_names():
    table = {
        "question_id": [1, 2, 1],
        "model_a": ["gpt", "gpt", "llama"],
        "model_b": ["llama", "llama", "gpt"],
        "winner": ["model_a", "tie (bothbad)", "model_b"],
        "judge": ["j1", "j1", "j1"],
    }
    data = read_votes(table)
    assert said(data) == ["gpt > llama", "gpt = llama", "llama < gpt"]
    assert len(data.labels) == 3  # one judge may compare two models on several questions
    assert (
        "left is 'model_a', right is 'model_b', label is 'winner', worker is 'judge'"
        in (data.source["notes"][0])
    )
    found = rl.aggregate(table)
    assert found.info["things"] == ("gpt", "llama")
    assert found.labels.y[0] > 0
    assert not any("repeat" in one for one in found.info["warnings"])


def test_rows_without_an_answer_are_abstentions():
    table = {"left": ["p", None, "p"], "right": ["q", "q", "q"], "label": ["p", None, ""]}
    data = rl.read(table, left="left", right="right", label="label")
    assert said(data) == ["p > q"]
    none = {"left": ["p"], "right": ["p"], "label": [None], "who": ["x"]}
    assert len(rl.read(none, left="left", right="right", label="label", worker="who").labels) == 0


BAD = [
    ({"label": ["z", "p"]}, "column 'label' holds 'z' in row 0, which is none of the two things"),
    ({"label": ["qq", "p"]}, r"\('p', 'q'\), did you mean 'q'\?; 1 row is like that"),
    ({"right": [None, "p"]}, "column 'right' is empty in row 0, and 'label' says which thing is"),
    ({"right": ["p", "p"]}, "row 0 compares 'p' with itself, as do 0 more rows; leave these"),
    ({"label": [-1, 1]}, "column 'label' holds '-1' in row 0, which is none"),
]


@pytest.mark.parametrize(("other", "sentence"), BAD)
def test_what_cannot_be_understood_gets_a_sentence(other, sentence):
    table = {"left": ["p", "q"], "right": ["q", "p"], "label": ["left", "right"], **other}
    with pytest.raises(ValueError, match=sentence):
        rl.read(table, left="left", right="right", label="label")


def test_many_rows_from_a_file(tmp_path):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 5, 500)
    b = (a + rng.integers(1, 5, 500)) % 5
    lines = ["left,right,winner,user"]
    lines += [f"m{x},m{y},m{min(x, y)},u{x % 3}" for x, y in zip(a, b, strict=True)]
    path = tmp_path / "pairs.csv"
    path.write_text("\n".join(lines))
    found = rl.aggregate(path)
    assert found.info["rank"].tolist() == [1, 2, 3, 4, 5]
    assert found.info["things"] == ("m0", "m1", "m2", "m3", "m4")
