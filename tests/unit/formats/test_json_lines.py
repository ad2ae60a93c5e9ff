import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliabel.formats import json_lines, tables

VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.lists(st.integers(0, 9), max_size=3),
)


def test_records_become_columns_and_missing_fields_are_said(tmp_path):
    (tmp_path / "a.jsonl").write_text(
        '{"a": 1, "b": "ναι"}\n\n{"a": null, "c": [1]}\n', encoding="utf-8"
    )
    table = tables.read(tmp_path / "a.jsonl")
    assert table.columns["a"].tolist()[0] == 1
    assert table.columns["b"].tolist() == ["ναι", None]
    assert table.columns["c"].tolist() == [None, [1]]
    assert "2 records lack a field" in table.notes[0]


def test_a_json_list_and_lines_under_the_name_json(tmp_path):
    (tmp_path / "a.json").write_text('[{"a": 1}, {"a": 2}]')
    (tmp_path / "b.json").write_text('{"a": 1}\n{"a": 2}\n')
    assert (
        tables.read(tmp_path / "a.json").columns["a"].tolist()
        == tables.read(tmp_path / "b.json").columns["a"].tolist()
        == [1, 2]
    )


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        (
            "a.jsonl",
            '{"a": 1}\n{"a":\n',
            "a.jsonl, line 2: broken JSON (Expecting value at character",
        ),
        ("a.jsonl", '{"a": 1}\n[1]\n', "line 2: a list, not an object"),
        ("a.json", '[{"a": 1},]', "a.json, line 1: broken JSON"),
        ("a.json", "[1]", "record 0 is a number"),
        ("a.json", '{"a":\n [1, 2], "b": 3}', "is no list of records, its keys are 'a', 'b'"),
        ("a.json", "[]", "holds no records"),
        ("a.jsonl", b'{"a": "\xe9"}\n', "line 1: byte 0xe9 cannot be read as UTF-8"),
    ],
)
def test_bad_files(tmp_path, name, raw, says):
    (tmp_path / name).write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    with pytest.raises(ValueError) as error:
        tables.read(tmp_path / name)
    assert says in str(error.value)


def test_rewrite_leaves_untouched_lines_as_they_are(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(
        b'{"a":  1.10,"b":"x"}\r\n{"a": 2,"b":"y"}\r\n{"a":3,"b":"z"}'
    )
    json_lines.rewrite(
        tmp_path / "a.jsonl", tmp_path / "b.jsonl", {2: {"b": "ω"}}, {1}, encoding="utf-8"
    )
    assert (tmp_path / "b.jsonl").read_bytes().decode() == '{"a":  1.10,"b":"x"}\r\n{"a":3,"b":"ω"}'


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.fixed_dictionaries({"a": VALUE, "b": VALUE}), min_size=1, max_size=6),
    suffix=st.sampled_from(["jsonl", "json"]),
)
def test_what_is_written_is_read_back(tmp_path_factory, rows, suffix):
    path = tmp_path_factory.mktemp("round") / f"a.{suffix}"
    tables.write(path, {name: [row[name] for row in rows] for name in ("a", "b")}, suffix)
    again = tables.read(path)
    back = [
        {name: cells[row] for name, cells in ((n, again.columns[n].tolist()) for n in ("a", "b"))}
        for row in range(len(rows))
    ]
    assert [{k: None if v is None or v != v else v for k, v in row.items()} for row in back] == rows
    raw = (
        json.loads(path.read_text())
        if suffix == "json"
        else [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    )
    assert raw == rows


def test_half_a_surrogate_pair_survives(tmp_path):
    tables.write(tmp_path / "a.jsonl", {"a": ["\ud800x"]}, "jsonl")
    assert tables.read(tmp_path / "a.jsonl").columns["a"].tolist() == ["\ud800x"]
