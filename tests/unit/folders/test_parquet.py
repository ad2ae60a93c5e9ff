"""Tables in blocks and with words in their schema."""

import pyarrow.parquet as pq
import pytest

from reliabel.folders.parquet import write_blocks, write_table


def test_blocks_follow_one_another_each_in_a_row_group_of_the_first_ones_types(tmp_path):
    blocks = [
        {"a": [1, 2], "b": ["x", None]},
        {"a": [3], "b": [None]},
        {"a": [None, 5], "b": ["y", "z"]},
    ]
    write_blocks(tmp_path / "t.parquet", iter(blocks))
    file = pq.ParquetFile(tmp_path / "t.parquet")
    assert file.read().to_pydict() == {"a": [1, 2, 3, None, 5], "b": ["x", None, None, "y", "z"]}
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [2, 1, 2]
    assert file.schema_arrow.field("a").type == "int64"


def test_a_single_block_is_a_whole_table(tmp_path):
    write_blocks(tmp_path / "t.parquet", [{"a": [1, 2]}])
    assert pq.read_table(tmp_path / "t.parquet").to_pydict() == {"a": [1, 2]}


@pytest.mark.parametrize("words", [None, {b"reliabel": b"1"}])
def test_words_go_into_the_schema(tmp_path, words):
    write_table(tmp_path / "t.parquet", {"a": [1]}, words)
    assert (pq.read_schema(tmp_path / "t.parquet").metadata or None) == words
