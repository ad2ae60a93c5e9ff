"""Texts with spans in JSON, as several tools write them; what is not decided stays as it is."""

import json

import pytest

import reliabel as rl
from reliabel.core.labels import Classes

TEXT = "He flew to New York on Monday"
PRODIGY = {
    "text": TEXT, "meta": {"source": "x"}, "_input_hash": 5, "_task_hash": 6, "answer": "accept",
    "tokens": [{"text": w, "start": a, "end": a + len(w), "id": i} for i, (w, a) in enumerate(
        zip(TEXT.split(), [0, 3, 8, 11, 15, 20, 23], strict=True))],
    "spans": [{"start": 11, "end": 19, "token_start": 3, "token_end": 4, "label": "LOC",
               "pattern": 9}],
}  # fmt: skip
DOCCANO = {"id": 1, "text": TEXT, "label": [[11, 19, "LOC"], [0, 2, "PER"]], "Comments": []}
RELATIONS = {
    "id": 1, "text": TEXT, "relations": [],
    "entities": [{"id": 7, "label": "LOC", "start_offset": 11, "end_offset": 19}],
}  # fmt: skip
SPACY = {"text": TEXT, "ents": [{"start": 11, "end": 19, "label": "LOC"}], "tokens": []}
TAGGED = {"tokens": TEXT.split(), "ner_tags": ["O", "O", "O", "B-LOC", "I-LOC", "O", "O"], "k": [1]}
ALL = {
    "prodigy": PRODIGY,
    "doccano": DOCCANO,
    "relations": RELATIONS,
    "spacy": SPACY,
    "tags": TAGGED,
}
NONE = {
    "prodigy": {
        "text": "Nothing",
        "_input_hash": 8,
        "_task_hash": 9,
        "answer": "accept",
        "spans": [],
    },
    "doccano": {"id": 2, "text": "Nothing", "label": [], "Comments": []},
    "relations": {"id": 2, "text": "Nothing", "relations": [], "entities": []},
    "spacy": {"text": "Nothing", "ents": [], "tokens": []},
    "tags": {"tokens": ["Nothing"], "ner_tags": ["O"], "k": []},
}


def lines(tmp_path, *records, name="a.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def spans(data):
    units, item = data.labels.units, data.labels.item
    return [
        (int(i), units.names[y], int(a), int(b))
        for i, y, a, b in zip(item, units.y, units.start, units.end, strict=True)
    ]


@pytest.mark.parametrize("tool", ALL)
def test_each_tool_is_read_and_written_anew_without_a_change(tmp_path, tool):
    path = lines(tmp_path, ALL[tool], NONE[tool])
    data = rl.read(path)
    assert (0, "LOC", 3, 5) in spans(data)
    assert len(data.labels) == 2
    out = tmp_path / "out.jsonl"
    rl.apply(data, decisions=[{"id": data.ids.item(0), "unit": 0, "verdict": "keep"}], out=out)
    assert out.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("tool", ALL)
def test_a_span_with_other_words_keeps_its_unknown_fields(tmp_path, tool):
    path, out = lines(tmp_path, ALL[tool], NONE[tool]), tmp_path / "out.jsonl"
    data = rl.read(path)
    unit = len([one for one in spans(data) if one[0] == 0]) - 1
    change = [{"id": data.ids.item(0), "unit": unit, "verdict": "change", "label": "LOC 4:5"}]
    rl.apply(data, decisions=change, out=out)
    again = rl.read(out)
    assert (0, "LOC", 4, 5) in spans(again)
    first, second = map(json.loads, out.read_text().splitlines())
    assert second == NONE[tool]
    left = {name: value for name, value in first.items() if name != data.source["columns"]["label"]}
    assert left == {name: value for name, value in ALL[tool].items() if name in left}
    if tool == "prodigy":
        moved = {"start": 15, "end": 19, "token_start": 4, "token_end": 4}
        assert first["spans"][0] == PRODIGY["spans"][0] | moved
    if tool == "doccano":
        assert first["label"] == [[15, 19, "LOC"], [0, 2, "PER"]]


def test_a_span_taken_away_and_another_class(tmp_path):
    path, out = lines(tmp_path, DOCCANO, NONE["doccano"]), tmp_path / "out.jsonl"
    decisions = [
        {"id": "1", "unit": 0, "verdict": "change", "label": "LOC"},
        {"id": "1", "unit": 1, "verdict": "drop"},
    ]
    rl.apply(rl.read(path), decisions=decisions, out=out)
    assert json.loads(out.read_text().splitlines()[0])["label"] == [[0, 2, "LOC"]]


def test_pairs_of_spacy(tmp_path):
    pairs = [[TEXT, {"entities": [[11, 19, "LOC"]], "more": 1}], ["Nothing", {"entities": []}]]
    whole = tmp_path / "train.json"
    whole.write_text(json.dumps(pairs))
    data = rl.read(whole)
    assert spans(data) == [(0, "LOC", 3, 5)]
    change = [{"id": "0", "unit": 0, "verdict": "change", "label": "LOC 0:1"}]
    rl.apply(data, decisions=change, out=tmp_path / "out.json")
    new = json.loads((tmp_path / "out.json").read_text())
    assert new == [[TEXT, {"entities": [[0, 2, "LOC"]], "more": 1}], pairs[1]]
    by_line = tmp_path / "train.jsonl"
    by_line.write_text("".join(json.dumps(one) + "\n" for one in pairs))
    assert spans(rl.read(by_line)) == [(0, "LOC", 3, 5)]


def test_overlapping_spans_are_kept(tmp_path):
    nested = [
        {"start": 11, "end": 19, "label": "LOC"},
        {"start": 15, "end": 19, "label": "STATE"},
    ]
    record = {"text": TEXT, "spans": nested}
    assert spans(rl.read(lines(tmp_path, record, record))) == [
        (i, *one) for i in (0, 1) for one in (("LOC", 3, 5), ("STATE", 4, 5))
    ]


def test_spans_within_words_cut_them_and_those_within_tokens_are_said(tmp_path):
    inside = {"text": "Yorkshire", "spans": [{"start": 0, "end": 4, "label": "LOC"}]}
    data = rl.read(lines(tmp_path, inside, inside))
    assert data.evidence["items"][0] == ("York", "shire")
    tokens = inside | {"tokens": [{"text": "Yorkshire", "start": 0, "end": 9}]}
    data = rl.read(lines(tmp_path, inside, tokens, tokens))
    assert "2 records with a span that begins or ends within a word" in data.source["notes"][1]
    assert "line 2" in data.source["notes"][1]


def test_rejected_records_are_left_out_and_stay_in_the_file(tmp_path):
    rejected = PRODIGY | {"_task_hash": 77, "answer": "reject"}
    path, out = lines(tmp_path, rejected, PRODIGY, NONE["prodigy"]), tmp_path / "out.jsonl"
    data = rl.read(path)
    assert len(data.labels) == 2
    assert "1 records were rejected or ignored (line 1)" in data.source["notes"][1]
    rl.apply(data, decisions=[{"id": data.ids.item(0), "unit": 0, "verdict": "drop"}], out=out)
    told = list(map(json.loads, out.read_text().splitlines()))
    assert told[0] == rejected
    assert told[1]["spans"] == []


def test_words_with_classes_are_no_spans(tmp_path):
    record = {"words": ["He", "flew"], "tags": ["PRON", "VERB"]}
    path, out = lines(tmp_path, record, record), tmp_path / "out.jsonl"
    data = rl.read(path)
    assert isinstance(data.labels.units, Classes)
    change = [{"id": "0", "unit": 1, "verdict": "change", "label": "PRON"}]
    rl.apply(data, decisions=change, out=out)
    assert json.loads(out.read_text().splitlines()[0])["tags"] == ["PRON", "PRON"]


GOOD = {"text": TEXT, "spans": [{"start": 11, "end": 19, "label": "LOC"}]}


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"start": 11, "end": 40, "label": "LOC"}, r"line 2: the span 11:40 \(LOC\) does not lie"),
        ({"start": 19, "end": 11, "label": "LOC"}, "line 2: the span 19:11"),
        ({"start": 2, "end": 3, "label": "LOC"}, "covers no word, only spaces"),
        ({"start": 2, "end": 5, "label": None}, "a span from 2 to 5 of the class None"),
        ({"begin": 2}, "is no span: a start, an end and a class are wanted"),
        ("LOC", 'line 2: "LOC" is no span'),
    ],
)
def test_a_span_that_is_none_gets_its_place(tmp_path, record, sentence):
    with pytest.raises(ValueError, match=sentence):
        rl.read(lines(tmp_path, GOOD, {"text": TEXT, "spans": [record]}))


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ('{"text": "x", "spans": [', "line 2: broken JSON"),
        ('{"text": 5, "spans": []}', "line 2: 'text' is a number, not a text"),
        ('{"text": "x", "spans": 7}', "line 2: 'spans' is a number, not a list of spans"),
    ],
)
def test_a_record_that_is_none_gets_its_place(tmp_path, record, sentence):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + record + "\n")
    with pytest.raises(ValueError, match=sentence):
        rl.read(path)


def test_ragged_tags_get_their_place(tmp_path):
    good = {"tokens": ["a", "b"], "tags": ["O", "B-X"]}
    bad = {"tokens": ["a", "b"], "tags": ["O"]}
    with pytest.raises(ValueError, match="line 6: 2 words and 1 tags; one tag a word"):
        rl.read(lines(tmp_path, *[good] * 5, bad))


def test_empty_texts_and_records_without_spans_are_said(tmp_path):
    data = rl.read(lines(tmp_path, GOOD, {"text": "", "spans": []}, {"text": "Nothing"}))
    said = " ".join(data.source["notes"])
    assert "1 record without a word, the first in line 2" in said
    assert "1 record without the field 'spans'" in said
    assert [len(item) for item in data.evidence["items"]] == [7, 0, 1]


def test_answers_of_several_people_are_votes(tmp_path):
    two = [PRODIGY | {"_annotator_id": who, "_task_hash": at} for at, who in enumerate("ab")]
    data = rl.read(lines(tmp_path, *two))
    assert isinstance(data.labels, rl.Votes)
    assert data.ids.workers == ("a", "b")


def test_lists_that_are_no_spans_stay_what_they_were(tmp_path):
    several = [{"text": "a", "label": ["food", "sport"]}, {"text": "b", "label": ["food"]}]
    assert type(rl.read(lines(tmp_path, *several), label="label").labels).__name__ == "MultiLabel"
    words = [{"words": ["a", "b", "c"], "labels": ["x"]}, {"words": ["a", "b"], "labels": ["y"]}]
    assert not hasattr(rl.read(lines(tmp_path, *words), label="labels").labels, "units")


@pytest.mark.parametrize("tool", ["prodigy", "doccano", "relations", "spacy"])
def test_a_span_that_is_added_has_the_form_of_the_others_and_no_more(tmp_path, tool):
    path, out = lines(tmp_path, ALL[tool], NONE[tool]), tmp_path / "out.jsonl"
    data = rl.read(path)
    units, offsets = data.labels.units, data.labels.offsets
    more = rl.Spans([*units.start, 0], [*units.end, 1], [*units.y, -1], units.names)
    whole = rl.Dataset(
        rl.Grouped(more, [*offsets[:-1], len(more)]), data.evidence, data.ids, data.source
    )
    add = [{"id": data.ids.item(1), "unit": 0, "verdict": "change", "label": "LOC"}]
    rl.apply(whole, decisions=add, out=out)
    assert (1, "LOC", 0, 1) in spans(rl.read(out))
    first, second = map(json.loads, out.read_text().splitlines())
    assert first == ALL[tool]
    (new,) = second[data.source["columns"]["label"]]
    assert "pattern" not in new
    assert "id" not in new
    keep = [{"id": data.ids.item(1), "unit": 0, "verdict": "keep"}]
    rl.apply(whole, decisions=keep, out=out, overwrite=True)
    assert out.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("edge", ["0", 40, -1])
def test_tokens_that_are_no_pieces_of_the_text_are_refused(tmp_path, edge):
    bad = PRODIGY | {"tokens": [{"text": "He", "start": edge, "end": 2, "id": 0}]}
    with pytest.raises(ValueError, match="line 2: the tokens are not pieces of the text"):
        rl.read(lines(tmp_path, PRODIGY, bad | {"_task_hash": 7}))


def test_ids_that_repeat_and_tags_that_are_too_few_are_said(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id":1,"text":"Ada","label":[[0,3,"P"]]}\n{"id":1,"text":"no","label":[]}\n')
    assert "1 id repeats ('1'), so that items are called by" in " ".join(
        rl.read(path).source["notes"]
    )
    path.write_text('{"tokens":["a","b"],"tags":["O","B-X"]}\n{"tokens":["a","b"],"tags":["O"]}\n')
    with pytest.raises(ValueError, match=r"a.jsonl, line 2: 2 words and 1 tags; one tag a word"):
        rl.read(path)


def test_characters_of_writing_without_spaces_are_words_of_their_own(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text":"李四在上海 ok","label":[[3,5,"LOC"]]}\n', encoding="utf-8")
    data = rl.read(path)
    assert data.evidence["items"][0] == ("李", "四", "在", "上", "海", "ok")
    assert (data.labels.units.start.tolist(), data.labels.units.end.tolist()) == ([3], [5])
