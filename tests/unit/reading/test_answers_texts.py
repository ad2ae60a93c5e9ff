"""Free-text answers from tables, from the file to the consensus."""

import json

import pytest

import reliabel as rl

ROWS = [
    ("t1", "ann", "the cat sat"),
    ("t1", "bo", "the cat sat, down"),
    ("t1", "cy", ""),
    ("t2", "ann", "a dog"),
    ("t2", "bo", None),
    ("t2", "cy", "n/a"),
]
WORDS = {"item": "task", "worker": "who", "label": "answer", "kind": "texts"}


def table(suffix, folder):
    path = folder / f"votes.{suffix}"
    if suffix == "csv":
        cells = [f'{a},{b},"{c or ""}"' for a, b, c in ROWS]
        path.write_text("\n".join(["task,who,answer", *cells]), encoding="utf-8")
    else:
        lines = [json.dumps({"task": a, "who": b, "answer": c}) for a, b, c in ROWS]
        path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(("suffix", "said"), [("csv", 4), ("jsonl", 5)])
def test_an_empty_cell_is_no_answer_and_an_empty_text_is_one(suffix, said, tmp_path):
    data = rl.read(table(suffix, tmp_path), **WORDS)
    assert isinstance(data.labels.labels, rl.Texts)
    assert len(data.labels) == said
    assert data.labels.labels.y[1] == "the cat sat, down"
    notes = " ".join(data.source["notes"])
    assert ("1 answer is an empty text, which counts" in notes) == (suffix == "jsonl")
    assert "without a label" in notes


def test_words_that_mean_no_answer():
    columns = {
        name: [row[place] for row in ROWS] for place, name in enumerate(("task", "who", "answer"))
    }
    data = rl.read(columns, **WORDS, missing=["n/a"])
    assert data.labels.labels.y == ("the cat sat", "the cat sat, down", "", "a dog")
    assert rl.aggregate(data).labels.y[1] == "a dog"


def test_a_column_a_worker():
    wide = {"clip": ["a", "b"], "ann": ["one two", "three"], "bo": ["one too", None]}
    data = rl.read(wide, item="clip", worker=["ann", "bo"], kind="texts")
    assert data.labels.labels.y == ("one two", "one too", "three") or len(data.labels) == 3


def test_numbers_are_taken_as_they_are_written():
    data = rl.read(
        {"i": ["a", "a"], "w": ["x", "y"], "l": [3, 4]},
        item="i",
        worker="w",
        label="l",
        kind="texts",
    )
    assert data.labels.labels.y == ("3", "4")


def test_free_text_is_told_from_classes():
    text = [f"a transcript of clip {i} with words" for i in range(80)]
    many = {"item": [str(i // 2) for i in range(80)], "worker": ["ab"[i % 2] for i in range(80)]}
    data = rl.read({**many, "label": text}, item="item", worker="worker", label="label")
    assert isinstance(data.labels.labels, rl.Texts)
    assert "is taken as texts (kind='classes' if not)" in " ".join(data.source["notes"])
