"""The sample that is kept in an audit folder: what was written is read, damage is a sentence."""

from __future__ import annotations

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.results import Audit
from reliabel.folders.drawn_sample import (
    DrawnSample,
    holds_sample,
    read_p_wrong,
    read_sample,
    write_sample,
)

DRAWN = DrawnSample("name", 3, 4, np.array([2, 0, 2, 5]), np.array([0.1, 0.7, 0.1, 1 / 3]))
P = np.array([0.1, 0.2, 1 / 3, 0.4, np.nan, 0.6])


def audit_of(labels, p):
    return Audit(Dataset(labels, {}), {}, {}, {}, p, None, None, (), (), {})


def test_a_sample_is_read_as_it_was_written(tmp_path):
    assert not holds_sample(tmp_path)
    assert read_sample(tmp_path) is None
    write_sample(tmp_path, DRAWN, audit_of(rl.Classes(np.array([0, 1] * 3)), P / 2), P)
    back = read_sample(tmp_path)
    assert holds_sample(tmp_path)
    assert (back.audit, back.seed, back.n) == ("name", 3, 4)
    assert back.unit.tolist() == DRAWN.unit.tolist()
    assert back.q.tolist() == DRAWN.q.tolist()
    assert read_p_wrong(tmp_path).tobytes() == P.tobytes()


def test_the_table_names_item_and_unit_and_the_present_p_wrong(tmp_path):
    import pyarrow.parquet as pq

    labels = rl.MultiLabel(np.array([[0, 1], [1, 0], [1, 1]]), ("a", "b"))
    write_sample(tmp_path, DRAWN, audit_of(labels, P / 2), P)
    rows = pq.read_table(tmp_path / "sample.parquet").to_pydict()
    assert rows["item"] == [1, 0, 1, 2]
    assert rows["unit"] == [0, 0, 0, 1]
    assert rows["p_wrong"] == (P / 2)[DRAWN.unit].tolist()


@pytest.mark.parametrize("name", ["sample.json", "sample.parquet"])
def test_a_damaged_sample_is_a_sentence(tmp_path, name):
    write_sample(tmp_path, DRAWN, audit_of(rl.Classes(np.array([0, 1] * 3)), P), P)
    (tmp_path / name).write_bytes(b"{")
    with pytest.raises(ValueError, match=r"is damaged .*; remove .*sample.json to draw anew"):
        read_sample(tmp_path)
