"""JSON written anew: only what differs is other text, whatever the layout around it."""

import json

import pytest

import reliabel as rl
from reliabel.formats import json_lines
from reliabel.formats.json_edits import cuts_between
from reliabel.formats.json_spans import edited

ONE = '{"text" : "one",\n "label": [ [0, 3, "A"] ] , "n": 1e3}'
TWO = '{"text":"two"}'
LAYOUTS = {
    "list.json": f"[\n  {ONE},\n  {TWO}\n]\n",
    "lines.jsonl": f"{ONE}\r\n{TWO}".replace(",\n", ",  "),
    "wrapped.json": f'{{"version": 1.0, "data": [\t{ONE},{TWO}], "more": [ ]}}',
    "keyed.json": f'{{"k1": {ONE}, "k2": {TWO}}}',
    "after.json": f"{ONE}\n{TWO}\n".replace("one", "on\\u0065"),
    "train.json": f'{{"train": [{ONE}], "test": [{TWO}]}}',
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_one_changed_value_is_the_only_change_in_any_shape(tmp_path, name):
    path, out = tmp_path / name, tmp_path / "out.json"
    path.write_bytes(LAYOUTS[name].encode())
    json_lines.rewrite(path, out, {}, set(), encoding="utf-8")
    assert out.read_bytes() == path.read_bytes()
    json_lines.rewrite(path, out, {0: {"label": [[0, 3, "B"]]}}, set(), encoding="utf-8")
    assert out.read_bytes() == path.read_bytes().replace(b'"A"', b'"B"')


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"a": [1, 2, 3]}, {"a": [1, 3]}),
        ({"a": [1, 2]}, {"a": [5, 2, 7]}),
        ({"a": []}, {"a": [{"x": "é"}]}),
        ({"a": [1, 2, 3]}, {"a": []}),
        ({"a": [1, 2, 3]}, {"a": [9]}),
        ({"a": {"b": 1, "c": [1]}}, {"a": {"b": 1, "c": [2], "d": None}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 2}}),
        ({}, {"a": "\ud800"}),
        ({"a": "x"}, {"a": [1]}),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_new_text_says_the_new_value(old, new, indent):
    text = json.dumps(old, indent=indent)
    assert json.loads(edited(text, cuts_between(text, (0, len(text)), old, new))) == new


def test_pairs_of_spacy_keep_their_layout(tmp_path):
    first = '["Ada met Bob", {"entities" : [[0,3,"P"],  [8, 11, "P"]], "cats": {}}]'
    text = f'[\n {first},\n ["no", {{"entities": []}}]\n]\n'
    path, out = tmp_path / "a.json", tmp_path / "b.json"
    path.write_text(text)
    data = rl.read(path)
    rl.apply(data, decisions=[], out=out)
    assert out.read_text() == text
    drop = [{"id": data.ids.item(0), "unit": 1, "verdict": "drop"}]
    rl.apply(data, decisions=drop, out=out, overwrite=True)
    assert out.read_text() == text.replace(',  [8, 11, "P"]', "")
    gone = [{"id": data.ids.item(0), "verdict": "drop"}]
    rl.apply(data, decisions=gone, out=out, overwrite=True)
    assert json.loads(out.read_text()) == [["no", {"entities": []}]]
    assert '["no", {"entities": []}]' in out.read_text()
