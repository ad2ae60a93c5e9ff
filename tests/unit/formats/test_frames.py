import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliabel.core.columns import Coded, masked
from reliabel.formats import frames, tables

ROWS = {
    "i": [1, None, 3],
    "n": [1, 2, 3],
    "f": [0.5, None, 2.0],
    "b": [True, False, True],
    "s": ["ά", None, "γ"],
    "d": [dt.datetime(2024, 1, 2, 3), None, dt.datetime(2024, 1, 3)],
    "l": [[1], [2, 3], []],
}
KINDS = {
    "i": "integer",
    "n": "integer",
    "f": "decimal",
    "b": "boolean",
    "s": "text",
    "d": "date",
    "l": "other",
}


def frame(kind):
    if kind == "pandas":
        return pd.DataFrame(
            {
                **ROWS,
                "i": pd.array(ROWS["i"], dtype="Int64"),
                "s": pd.Series(ROWS["s"], dtype="category"),
            }
        )
    return pl.DataFrame({**ROWS}) if kind == "polars" else pa.table(ROWS)


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_every_library_gives_the_same_columns(kind):
    table = frames.of_frame(frame(kind))
    assert dict(table.kinds) == KINDS
    assert frames.kind_of(frame(kind)) == kind
    assert table.columns["n"].dtype == np.int64
    assert table.columns["s"].tolist() == ["ά", None, "γ"]
    assert np.isnan(table.columns["i"][1])
    assert np.isnan(table.columns["f"][1])
    assert np.isnat(table.columns["d"][1])
    assert [list(v) for v in table.columns["l"]] == [[1], [2, 3], []]


def test_lazy_frames_mappings_and_names_that_are_numbers():
    assert frames.of_frame(pl.LazyFrame({"a": [1]})).columns["a"].tolist() == [1]
    assert list(frames.of_frame(pd.DataFrame({0: [1], 1: [2]})).columns) == ["0", "1"]
    assert frames.of_frame({"a": (1, 2), "x": np.eye(2)}).columns["x"][1].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"a": [1], "b": [1, 2]}, "columns must have one length, got a 1, b 2"),
        ({"a": []}, "holds no rows"),
        ({"a": "text"}, "must hold one value per row"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "seen twice: 'a'"),
        (pd.DataFrame({"a": []}), "has columns (a) and no rows"),
    ],
)
def test_bad_tables(source, says):
    with pytest.raises(ValueError) as error:
        frames.of_frame(source)
    assert says in str(error.value)


def test_arrow_files_and_their_faults(tmp_path):
    pyarrow.feather.write_feather(pa.table({"a": ["x"]}), tmp_path / "a.feather")
    assert tables.read(tmp_path / "a.feather").columns["a"].tolist() == ["x"]
    (tmp_path / "b.arrow").write_bytes((tmp_path / "a.feather").read_bytes()[:-20])
    with pytest.raises(ValueError, match="is a broken Arrow file"):
        tables.read(tmp_path / "b.arrow")
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), tmp_path / "c.parquet")
    with pytest.raises(ValueError, match=r"c.parquet has columns \(a\) and no rows"):
        tables.read(tmp_path / "c.parquet")


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_mended_frames_keep_their_kind_their_types_and_their_other_columns(kind):
    before = frame(kind)
    after = frames.mended(before, {"n": [9, 2, 3]}, [True, False, True])
    assert frames.kind_of(after) == kind
    table = frames.of_frame(after)
    assert table.columns["n"].tolist() == [9, 3]
    assert table.kinds["n"] == "integer"
    assert table.columns["s"].tolist() == ["ά", "γ"]


def test_replaced_cells_keep_the_schema_of_a_file():
    table = pa.table(
        {"y": pa.array(["a", "b"]).dictionary_encode(), "x": pa.array([1, 2], pa.int8())}
    ).replace_schema_metadata({"k": "v"})
    done = frames.replaced(table, {0: {"y": "c"}}, {1})
    assert done.schema == table.schema
    assert done.schema.metadata == {b"k": b"v"}
    assert done.to_pylist() == [{"y": "c", "x": 1}]


VALUES = st.one_of(
    st.lists(st.one_of(st.none(), st.text(max_size=6)), min_size=2, max_size=5),
    st.lists(st.integers(-(2**62), 2**62), min_size=2, max_size=5),
    st.lists(st.floats(allow_nan=False), min_size=2, max_size=5),
    st.lists(st.booleans(), min_size=2, max_size=5),
)


@settings(max_examples=50, deadline=None)
@given(values=VALUES, form=st.sampled_from(["parquet", "arrow"]))
def test_what_is_written_is_read_back(tmp_path_factory, values, form):
    try:
        "".join(v for v in values if isinstance(v, str)).encode()
    except UnicodeEncodeError:
        return
    path = tmp_path_factory.mktemp("round") / f"a.{form}"
    tables.write(path, {"a": values, "row": list(range(len(values)))}, form)
    assert tables.read(path).columns["a"].tolist() == values


def test_whole_numbers_that_become_fractions_stay_numbers():
    table = pa.table({"y": pa.array([1, 2, None], pa.int64())})
    changed = frames.replaced(table, {1: {"y": 2.5}}, set())
    assert changed["y"].to_pylist() == [1, 2.5, None]
    assert changed.schema.field("y").type == pa.float64()
    assert frames.replaced(table, {1: {"y": 7}}, set()).schema.field("y").type == pa.int64()
    for frame in (pd.DataFrame({"y": [1, 2]}), pl.DataFrame({"y": [1, 2]})):
        mended = frames.mended(frame, {"y": [1, 2.5]}, [True, True])
        assert list(mended["y"]) == [1, 2.5]
        assert list(frames.mended(frame, {"y": [1.0, 3.0]}, [True, True])["y"]) == [1, 3]


def test_columns_of_codes_and_masked_numbers_become_what_they_stand_for():
    assert frames.as_arrow(Coded(np.array([1, -1, 0]), ("a", "b"))).to_pylist() == ["b", None, "a"]
    assert frames.as_arrow(masked(np.array([1.5, np.nan]))).to_pylist() == [1.5, None]
    rows = masked(np.array([[1.5, np.nan], [np.nan, np.nan]]))
    assert frames.as_arrow(rows).to_pylist() == [[1.5, None], None]
    table = frames.to_frame({"a": Coded(np.array([0, -1]), ("x",)), "b": rows}, "pandas")
    assert table["a"].isna().tolist() == [False, True]
    assert table["b"].tolist() == [[1.5, None], None]
