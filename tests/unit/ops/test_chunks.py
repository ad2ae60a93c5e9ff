import pickle

import numpy as np
import pytest

from reliabel.core.run import running
from reliabel.ops.chunks import Tree, cut, fold, rows, spans, total


def test_cuts_depend_on_the_shape_alone():
    assert spans(100_000, 100) == [(0, 20971), (20971, 41942), (41942, 62913), (62913, 83884), (83884, 100_000)]
    assert spans(5) == [(0, 5)]
    assert spans(0) == []


def test_totals_add_field_by_field():
    x = np.arange(200_000.0)
    made = total(lambda block: (block.read()[0].sum(), {"n": len(block.read()[0])}), cut(x, k=64))
    assert made[0] == x.sum()
    assert made[1] == {"n": 200_000}


def test_rows_come_back_in_order_alone_or_in_tuples():
    x = np.arange(150_000)
    assert (rows(lambda block: block.read()[0] + 1, cut(x, k=64)) == x + 1).all()
    left, right = rows(lambda block: (block.read()[0], -block.read()[0]), cut(x, k=64))
    assert (left == -right).all()


def test_nothing_to_work_on_is_an_error():
    for walk in (rows, total):
        with pytest.raises(ValueError, match="nothing to work on: no rows"):
            walk(lambda block: 1, [])


def test_another_executor_gives_the_same_bits():
    x = np.random.default_rng(0).normal(size=400_000)
    blocks = cut(x, k=64)

    def backwards(work, todo, keep):
        for part in [work(block) for block in reversed(todo)][::-1]:
            keep(part)

    here = total(lambda block: block.read()[0].sum(), blocks)
    with running(executor=backwards):
        assert total(lambda block: block.read()[0].sum(), blocks) == here


def test_the_tree_takes_merged_runs():
    plain, ahead = Tree(lambda a, b: a + b), Tree(lambda a, b: a + b)
    for part in "abcdef":
        plain.add(part)
    ahead.add("abcd", 2)
    ahead.add("e")
    ahead.add("f")
    assert plain.finish() == ahead.finish() == "abcdef"


def test_folds_merge_by_any_rule():
    assert fold(lambda block: block.stop, max, cut(np.zeros(70_000))) == 70_000


def test_blocks_travel_light(tmp_path):
    x = np.arange(100_000, dtype=np.float64).reshape(-1, 10)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for source, most in ((mapped, 1000), (x, 400_000)):
        block = cut(source, None, k=2048)[3]
        sent = pickle.dumps(block)
        assert len(sent) < most
        assert (pickle.loads(sent).read()[0] == x[block.start : block.stop]).all()
        assert pickle.loads(sent).read()[1] is None


def test_a_view_of_a_memory_map_travels_to_its_own_rows(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(60_000.0).reshape(-1, 2))
    view = np.load(tmp_path / "x.npy", mmap_mode="r")[10_000:]
    block = cut(view, k=2048)[1]
    assert (pickle.loads(pickle.dumps(block)).read()[0] == view[block.start : block.stop]).all()
