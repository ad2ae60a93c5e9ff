"""Several labels as others write them: objects in lists, objects of 0 and 1, joined text."""

import json

import pytest

import reliabel as rl
from reliabel.core.labels import Classes, MultiLabel, Numbers


def made(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def changed(path, out, data, item, unit, label):
    one = [{"id": data.ids.item(item), "unit": unit, "verdict": "change", "label": label}]
    rl.apply(data, decisions=[], out=out)
    assert out.read_bytes() == path.read_bytes()
    rl.apply(data, decisions=one, out=out, overwrite=True)
    return out.read_text()


def test_lists_of_objects_are_the_labels_they_name(tmp_path):
    rows = [[("Art", 1)], [("Art", 1), ("War", 2)], []]
    cells = [str([{"id": number, "name": name} for name, number in row]) for row in rows]
    path = made(tmp_path, "a.csv", "genres,x\n" + "".join(f'"{cell}",1\n' for cell in cells))
    data = rl.read(path, label="genres")
    assert data.labels.names == ("Art", "War")
    assert data.labels.y.tolist() == [[1, 0], [1, 1], [0, 0]]
    new = changed(path, tmp_path / "b.csv", data, 2, 1, "yes")
    assert new.split("\n")[3] == "\"[{'id': 2, 'name': 'War'}]\",1"


def test_objects_of_zero_and_one_are_answers_and_stay_as_they_are_written(tmp_path):
    rows = [{"text": "one", "cats": {"A": 1.0, "B": 0.0}}, {"text": "two", "cats": {"B": 1.0}}]
    path = made(tmp_path, "a.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    data = rl.read(path, label="cats")
    assert isinstance(data.labels, MultiLabel)
    assert data.labels.y.tolist() == [[1, 0], [-1, 1]]
    new = changed(path, tmp_path / "b.jsonl", data, 0, 1, "yes")
    assert new == path.read_text().replace('"B": 0.0', '"B": 1.0')


@pytest.mark.parametrize("mark", [",", "|"])
def test_joined_labels_are_split_where_the_parts_are_labels_of_others(tmp_path, mark):
    cells = ["a", f"a{mark}b", "b", "a", f"b{mark}c", "c", "a", f"a{mark}c"]
    path = made(tmp_path, "a.tsv", "y\tx\n" + "".join(f"{cell}\tw\n" for cell in cells))
    data = rl.read(path, label="y")
    assert data.labels.names == ("a", "b", "c")
    assert isinstance(rl.read(path, label="y", separator="").labels, Classes)


def test_places_of_a_grid_and_names_with_commas_stay_classes(tmp_path):
    for cells in (["Oslo, NO", "Rome, IT", "Nice, FR"], ["a,1", "a,2", "b,1", "b,2"]):
        path = made(tmp_path, "a.tsv", "y\tx\n" + "".join(f"{cell}\tw\n" for cell in cells * 9))
        assert isinstance(rl.read(path, label="y").labels, Classes)


def test_dates_are_said_and_question_marks_among_numbers_are_missing(tmp_path):
    days = "".join(f"2020-01-{day:02},{day}.5\n" for day in range(1, 31))
    path = made(tmp_path, "a.csv", f"day,x\n{days}")
    assert "'day' holds dates, each taken as" in " ".join(
        rl.read(path, label="day").source["notes"]
    )
    with pytest.raises(ValueError, match="for dates count the days from one day on"):
        rl.read(path, label="day", kind="numbers")
    data = rl.read(made(tmp_path, "b.csv", f"day,x\n{days}2020-01-31,?\n"), label="x")
    assert isinstance(data.labels, Numbers)
    assert "'?' is taken as missing" in " ".join(data.source["notes"])


def test_spans_outside_their_text_are_counted_with_their_places(tmp_path):
    rows = [{"text": "Ada", "label": [[0, 3, "P"], [2, 9, "P"]]}] * 2
    path = made(tmp_path, "a.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    with pytest.raises(
        ValueError, match=r"line 1: the span 2:9 \(P\) does .*; 1 more such span \(line 2\)"
    ):
        rl.read(path)


def test_votes_that_write_lists_and_objects_become_classes_with_a_word(tmp_path):
    cells = ['{""a"": 3}', '[""x""]', '[""y""]']
    rows = "".join(f'{n},w{n},"{cell}"\n' for n, cell in enumerate(cells))
    data = rl.read(
        made(tmp_path, "a.csv", f"item,worker,label\n{rows}"),
        item="item",
        worker="worker",
        label="label",
    )
    said = " ".join(data.source["notes"])
    assert "3 of 3 answers write lists and objects" in said
    assert "kind='sets'" in said
    with pytest.raises(ValueError, match="these are votes"):
        rl.apply(data, decisions=[], out=tmp_path / "b.csv")


def test_lines_of_fasttext_are_named_as_such(tmp_path):
    path = made(tmp_path, "a.txt", "__label__good a fine film\n__label__bad a dull film\n")
    with pytest.raises(ValueError, match=r"are fastText's, which is not read: write a table"):
        rl.read(path)
