import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reliabel.ops import sources
from reliabel.ops.chunks import cut, total
from reliabel.ops.sources import ParquetMatrix


@pytest.fixture
def made(tmp_path):
    x = np.random.default_rng(0).random((5000, 3)).astype(np.float32)
    pq.write_table(
        pa.table({name: x[:, c] for c, name in enumerate("abc")}),
        tmp_path / "x.parquet",
        row_group_size=700,
    )
    return x, ParquetMatrix(tmp_path / "x.parquet")


def test_it_reads_like_an_array(made):
    x, matrix = made
    assert matrix.shape == (5000, 3)
    assert matrix.dtype == np.float32
    assert matrix.ndim == 2
    assert len(matrix) == 5000
    for rows in (
        slice(0, 0),
        slice(650, 2200),
        slice(None),
        slice(4999, 9000),
        slice(10, 3000, 7),
        slice(None, None, -1),
    ):
        assert (matrix[rows] == x[rows]).all()
        assert matrix[rows].shape == x[rows].shape
    index = np.array([4999, 0, 701, 699, 0])
    assert (matrix[index] == x[index]).all()
    assert (matrix[x[:, 0] > 0.5] == x[x[:, 0] > 0.5]).all()
    assert (matrix[-1] == x[-1]).all()
    assert (matrix[3:5, 1] == x[3:5, 1]).all()
    assert (np.asarray(matrix) == x).all()
    with pytest.raises(IndexError):
        matrix[5000]


def test_blocks_of_it_travel_by_path_and_sum_to_the_bit(made):
    x, matrix = made
    blocks = pickle.loads(pickle.dumps(cut(matrix)))
    assert (
        total(lambda block: block.read()[0].sum(0), blocks).tobytes()
        == total(lambda block: block.read()[0].sum(0), cut(x)).tobytes()
    )
    assert len(pickle.dumps(matrix)) < 1000


def test_columns_are_chosen_and_ordered(made):
    x, matrix = made
    assert (matrix.select(("c", "a"))[:9] == x[:9][:, [2, 0]]).all()
    with pytest.raises(ValueError, match=r"has no columns \['z'\]"):
        matrix.select(("z",))


def test_a_column_of_lists_is_a_matrix(tmp_path):
    x = np.arange(12.0).reshape(4, 3)
    pq.write_table(pa.table({"e": x.tolist()}), tmp_path / "x.parquet", row_group_size=3)
    matrix = ParquetMatrix(tmp_path / "x.parquet")
    assert matrix.shape == (4, 3)
    assert (matrix[1:4] == x[1:4]).all()
    pq.write_table(pa.table({"e": [[1.0], [1.0, 2.0]]}), tmp_path / "y.parquet")
    with pytest.raises(ValueError, match="must have one length"):
        ParquetMatrix(tmp_path / "y.parquet")


def test_text_is_no_matrix(tmp_path):
    pq.write_table(pa.table({"a": [1.0], "t": ["x"]}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="column 't' holds string, not numbers"):
        ParquetMatrix(tmp_path / "x.parquet")


def test_few_row_groups_stay_in_memory_and_threads_read_what_one_reads(made, monkeypatch):
    x, matrix = made
    opened = []
    whole = ParquetMatrix._opened
    monkeypatch.setattr(
        ParquetMatrix, "_opened", lambda self, group: opened.append(group) or whole(self, group)
    )
    spans = [
        (start, min(start + 300, 5000)) for start in range(0, 5000, 300)
    ]  # smaller than a row group of 700
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda span: matrix[slice(*span)], spans))
    assert (np.concatenate(read) == x).all()
    assert sorted(opened) == list(range(8))  # each once, whoever asks first
    monkeypatch.setattr(sources, "HELD", 0)
    matrix = ParquetMatrix(matrix.path)
    opened.clear()
    for start, stop in spans:
        assert (matrix[start:stop] == x[start:stop]).all()
    assert opened == list(range(8))
    assert len(matrix._held) == 1


def test_many_columns_keep_their_order(tmp_path):
    x = np.random.default_rng(0).random((9000, 37)).astype(np.float32)
    pq.write_table(
        pa.table({f"c{c}": x[:, c] for c in range(37)}), tmp_path / "x.parquet", row_group_size=5000
    )
    matrix = ParquetMatrix(tmp_path / "x.parquet")
    assert (matrix[:] == x).all()
    assert (matrix.select(("c30", "c2"))[4990:5010] == x[4990:5010][:, [30, 2]]).all()


def test_groups_are_held_as_long_as_they_fit_together(made, monkeypatch):
    """A group of 700 rows of three float32 takes 8,400 bytes: two fit, the third drives the first
    out.
    """
    x, matrix = made
    monkeypatch.setattr(sources, "HELD", 2 * 8400)
    opened = []
    whole = ParquetMatrix._opened
    monkeypatch.setattr(
        ParquetMatrix, "_opened", lambda self, group: opened.append(group) or whole(self, group)
    )
    matrix = ParquetMatrix(matrix.path)
    for start in (0, 700, 0, 1400, 700, 0):
        assert (matrix[start : start + 10] == x[start : start + 10]).all()
    assert opened == [0, 1, 2, 0]
    assert sorted(matrix._held) == [0, 2]
