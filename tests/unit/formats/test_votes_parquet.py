"""Votes from Parquet in blocks are the votes of the same table in memory, to the last bit."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.formats import votes_parquet

ROLES = {"item": "task", "worker": "who", "label": "answer"}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(votes_parquet, "ROWS", 64)


def _table(rows=1000, seed=0, **columns):
    rng = np.random.default_rng(seed)
    made = {
        "task": [f"item {i}" for i in rng.integers(200, size=rows)],
        "who": [f"worker {j}" for j in rng.integers(12, size=rows)],
        "answer": rng.choice(
            ["yes", "no", "perhaps", None, " "], rows, p=[0.5, 0.3, 0.1, 0.05, 0.05]
        ).tolist(),
    }
    return pa.table({**made, **columns})


def _both(table, tmp_path, monkeypatch, **words):
    """Read in blocks, and as a whole table."""
    path = tmp_path / "votes.parquet"
    pq.write_table(table, path, row_group_size=150)
    blocks = rl.read(path, **{**ROLES, **words})
    assert blocks.labels.item.dtype == np.int32
    monkeypatch.setattr(votes_parquet, "fits", lambda *_: False)
    whole = rl.read(path, **{**ROLES, **words})
    monkeypatch.undo()
    return blocks, whole


def _same(a, b):
    assert (a.labels.n, a.labels.w) == (b.labels.n, b.labels.w)
    assert a.labels.item.tolist() == b.labels.item.tolist()
    assert a.labels.worker.tolist() == b.labels.worker.tolist()
    assert np.array_equal(a.labels.labels.y, b.labels.labels.y)
    assert getattr(a.labels.labels, "names", ()) == getattr(b.labels.labels, "names", ())
    assert (a.ids.items, a.ids.workers) == (b.ids.items, b.ids.workers)
    assert a.source["notes"] == b.source["notes"]
    assert {key: a.source[key] for key in ("sha256", "rows", "columns", "form", "task")} == {
        key: b.source[key] for key in ("sha256", "rows", "columns", "form", "task")
    }


@pytest.mark.parametrize("duplicates", ["last", "first", "all"])
def test_blocks_give_the_votes_of_the_whole_table(tmp_path, monkeypatch, duplicates):
    _same(*_both(_table(), tmp_path, monkeypatch, duplicates=duplicates))


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (
            pa.array([10, 9, None, 2] * 250),
            ("2", "9", "10"),
        ),  # whole numbers are in the order of numbers
        (pa.array([True, False] * 500), ("False", "True")),
        (pa.array(["b", "a", None, "c"] * 250).dictionary_encode(), ("a", "b", "c")),
        (pa.array([None] * 1000, pa.string()), ()),
    ],
)
def test_answers_of_every_kind(tmp_path, monkeypatch, answer, names):
    table = _table().drop_columns("answer").append_column("answer", answer)
    blocks, whole = _both(table, tmp_path, monkeypatch)
    _same(blocks, whole)
    assert blocks.labels.labels.names == names


def test_ids_may_be_numbers_or_codes(tmp_path, monkeypatch):
    table = _table(
        task=pa.array(np.random.default_rng(1).integers(300, size=1000)),
        who=_table()["who"].combine_chunks().dictionary_encode(),
    )
    _same(*_both(table, tmp_path, monkeypatch))


def test_numbers_moments_and_seconds(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    when = pa.array(
        [None if i % 7 == 0 else 1_700_000_000_000 + 1000 * i for i in range(1000)],
        pa.timestamp("ms", tz="Europe/Athens"),
    )
    table = _table(
        answer=pa.array(
            [None if i % 9 == 0 else float(x) for i, x in enumerate(rng.normal(size=1000))]
        ),
        when=when,
        took=pa.array(rng.random(1000)),
    )
    blocks, whole = _both(table, tmp_path, monkeypatch, kind="numbers", time="when", seconds="took")
    _same(blocks, whole)
    for role in ("time", "seconds"):
        assert np.array_equal(
            blocks.source["vote_columns"][role], whole.source["vote_columns"][role], equal_nan=True
        )
    assert np.nanmax(blocks.source["vote_columns"]["time"]) == pytest.approx(1_700_000_999)


@pytest.mark.parametrize("by", ["dawid_skene", "one_coin", "bwa", "auto"])
def test_the_answer_is_the_same_to_the_last_bit(tmp_path, monkeypatch, by):
    blocks, whole = (rl.aggregate(data, by=by) for data in _both(_table(), tmp_path, monkeypatch))
    assert np.array_equal(blocks.labels.p, whole.labels.p)
    assert np.array_equal(blocks.skill, whole.skill)


def test_a_row_without_an_item_is_refused_with_its_place(tmp_path):
    table = _table(rows=100)
    for gap in (None, "  "):
        broken = table.set_column(
            0,
            "task",
            pa.array([*table["task"].to_pylist()[:70], gap, *table["task"].to_pylist()[71:]]),
        )
        pq.write_table(broken, tmp_path / "votes.parquet")
        with pytest.raises(
            ValueError, match="'task' is empty in row 70; every vote needs an item and a worker"
        ):
            rl.read(tmp_path / "votes.parquet", **ROLES)


def test_what_cannot_be_read_in_blocks_is_read_as_a_table_with_its_own_sentences(tmp_path):
    path = tmp_path / "votes.parquet"
    pq.write_table(_table(), path)
    with pytest.raises(ValueError, match="there is no column 'tsk' for item, did you mean 'task'"):
        rl.read(path, **{**ROLES, "item": "tsk"})
    with pytest.raises(ValueError, match="must hold numbers, row 0 holds 'yes'"):
        rl.read(path, **ROLES, kind="numbers")
    pq.write_table(_table().slice(0, 0), path)
    with pytest.raises(ValueError, match="no rows"):
        rl.read(path, **ROLES)
    pq.write_table(_table(), path)
    path.write_bytes(path.read_bytes()[:500] + b"\0" * 300 + path.read_bytes()[800:])
    with pytest.raises(
        ValueError, match=r"votes.parquet (is a broken Parquet file|is named as)|column"
    ):
        rl.read(path, **ROLES)
