"""Blocks of rows: worked examples, what blocks carry, sums field by field, errors."""

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reliabel.ops.chunks import RowBlock, Tree, cut, fold, rows, spans, total


@dataclass
class Tally:
    count: int
    sums: Any


@pytest.mark.parametrize(
    ("k", "size"),
    [
        (1, 65_536),
        (31, 65_536),
        (33, 63_550),
        (100, 20_971),
        (1000, 2097),
        (5000, 1024),
        (0, 65_536),
    ],
)
def test_blocks_are_cut_by_shape(k: int, size: int) -> None:
    assert spans(200_000, k)[0] == (0, size)
    assert spans(size, k) == [(0, size)]
    assert spans(0, k) == []


def test_the_number_of_columns_is_read_from_the_first_table() -> None:
    y, p = np.zeros(5000), np.zeros((5000, 1000))
    assert [(block.start, block.stop) for block in cut(y, p)] == spans(5000, 1000)
    assert [(block.start, block.stop) for block in cut(y, p, k=1)] == spans(5000, 1)


def test_a_block_reads_the_same_rows_of_each_source() -> None:
    y, p = np.arange(3000), np.arange(6_000_000).reshape(3000, 2000)
    block = cut(y, p, None)[1]
    part, table, nothing = block.read()
    assert part.tolist() == y[1048:2096].tolist()
    assert np.array_equal(table, p[1048:2096])
    assert nothing is None


def test_the_order_of_an_array_in_memory_leaves_no_trace() -> None:
    x = np.random.default_rng(0).random((3000, 700))
    sums = [
        total(lambda block: float(block.read()[0].sum()), cut(source))
        for source in (x, np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2])
    ]
    assert sums[0] == sums[1] == sums[2]


def test_total_adds_field_by_field() -> None:
    def work(block: RowBlock) -> Any:
        (part,) = block.read()
        return (
            Tally(len(part), part.sum(0)),
            {"a": 1, f"from {block.start}": part[0]},
            part.max() * 0,
        )

    tally, seen, zero = total(work, cut(np.arange(2500.0), k=5000))
    assert (tally.count, tally.sums, zero) == (2500, 2499 * 2500 / 2, 0)
    assert seen == {"a": 3, "from 0": 0.0, "from 1024": 1024.0, "from 2048": 2048.0}


def test_rows_joins_arrays_and_tuples() -> None:
    x = np.arange(3000)
    assert np.array_equal(rows(lambda block: block.read()[0] + 1, cut(x, k=5000)), x + 1)
    double, odd = rows(lambda block: (2 * block.read()[0], block.read()[0] % 2), cut(x, k=5000))
    assert np.array_equal(double, 2 * x)
    assert np.array_equal(odd, x % 2)


def test_the_tree_is_the_one_of_binary_counting() -> None:
    tree: Tree[str] = Tree(lambda a, b: f"({a}{b})")
    for part in "abcdefg":
        tree.add(part)
    assert len(tree.stack) == 3
    assert tree.finish() == "(((ab)(cd))((ef)g))"


def test_without_rows_there_is_nothing_to_add() -> None:
    for join in (lambda: total(len, []), lambda: rows(len, []), lambda: fold(len, max, [])):  # type: ignore[arg-type,return-value]
        with pytest.raises(ValueError, match="nothing to work on: no rows"):
            join()


def test_a_block_of_an_array_takes_its_own_rows_only() -> None:
    x = np.random.default_rng(0).random((5000, 2000), dtype=np.float32)
    block = cut(x)[2]
    packed = pickle.dumps(block)
    assert len(packed) < 1.1 * 1048 * 2000 * 4
    assert np.array_equal(pickle.loads(packed).read()[0], block.read()[0])


@pytest.mark.parametrize("order", ["whole", "rows from 100", "columns cut"])
def test_a_block_of_a_map_travels_as_its_place(tmp_path: Path, order: str) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((5000, 2000), dtype=np.float32))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    x = x if order == "whole" else x[100:] if order == "rows from 100" else x[:, :1500]
    block = cut(x)[1]
    packed = pickle.dumps(block)
    assert (len(packed) < 1000) == (
        order != "columns cut"
    )  # a view with gaps is no place: it takes its rows along
    assert np.array_equal(pickle.loads(packed).read()[0], block.read()[0])


def test_row_results_of_any_length_and_type_are_joined():
    blocks = cut(np.arange(200_000.0))
    assert len(blocks) > 2
    last = blocks[-1].start

    def wider(block):  # int in all blocks but the last
        return np.full(block.stop - block.start, 2 if block.start < last else 2.5)

    def types(block):
        return np.full(block.stop - block.start, "a" if block.start < last else "long"), wider(
            block
        )

    assert rows(wider, blocks)[[0, -1]].tolist() == [2, 2.5]
    names, numbers = rows(types, blocks)
    assert (names[0], names[-1], numbers[-1], len(names)) == ("a", "long", 2.5, 200_000)
    assert rows(lambda block: np.arange(3), blocks).tolist() == [0, 1, 2] * len(
        blocks
    )  # fewer than the block has
    assert (
        len(rows(lambda block: np.zeros((2 * (block.stop - block.start), 2)), blocks)) == 400_000
    )  # and more
    assert rows(lambda block: (np.zeros(block),), [1, 2, 3])[0].shape == (
        6,
    )  # blocks of another kind
    with pytest.raises(ValueError, match="nothing to work on: no rows"):
        rows(len, [])
