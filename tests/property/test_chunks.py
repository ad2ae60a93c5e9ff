"""Laws of blocks: spans cover, the tree does not know who worked, rows join in order, a map is its
array is its pickled block.
"""

import pickle
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reliabel.core.run import in_place, running
from reliabel.engine.local import Threads
from reliabel.ops.chunks import Tree, cut, fold, rows, spans, total


def reversed_run(
    work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
) -> None:
    """An executor that works from the end and keeps in order."""
    for part in [work(block) for block in reversed(blocks)][::-1]:
        keep(part)


def travelling(
    work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
) -> None:
    """An executor that pickles each block, as a cluster does."""
    for block in blocks:
        keep(work(pickle.loads(pickle.dumps(block))))


EXECUTORS = st.sampled_from([in_place, reversed_run, travelling, Threads(2), Threads(3, ahead=1)])


@given(n=st.integers(0, 10**7), k=st.integers(0, 10**5))
def test_spans_cover_all_rows_once(n: int, k: int) -> None:
    cuts = spans(n, k)
    assert [start for start, _ in cuts] == [0, *[stop for _, stop in cuts[:-1]]][: len(cuts)]
    assert (cuts[-1][1] if cuts else 0) == n
    assert all(start < stop for start, stop in cuts)
    assert len({stop - start for start, stop in cuts[:-1]}) <= 1


@given(parts=st.lists(st.integers(), min_size=1, max_size=200), executor=EXECUTORS)
@settings(deadline=None)
def test_the_tree_depends_on_the_number_of_parts_alone(parts: list[int], executor: Any) -> None:
    def work(block: int) -> tuple[int, int]:
        if isinstance(executor, Threads) and block % 3 == 0:
            time.sleep(0.0005)
        return block, 0

    def merge(a: tuple[Any, int], b: tuple[Any, int]) -> tuple[Any, int]:
        return (a, b), max(a[1], b[1]) + 1

    alone = fold(work, merge, parts)
    with running(executor=executor):
        assert fold(work, merge, parts) == alone
    assert alone[1] <= len(parts).bit_length()  # flat: rounding errors grow with the logarithm


@given(parts=st.integers(1, 300), level=st.integers(0, 6))
def test_aligned_runs_may_come_merged(parts: int, level: int) -> None:
    plain, merged = Tree[Any](lambda a, b: (a, b)), Tree[Any](lambda a, b: (a, b))
    for part in range(parts):
        plain.add(part)
    for start in range(0, parts, 2**level):
        run = Tree[Any](lambda a, b: (a, b))
        for part in range(start, min(start + 2**level, parts)):
            run.add(part)
        merged.add(run.finish(), level)
    assert plain.finish() == merged.finish()


@given(
    n=st.integers(1, 6000),
    d=st.integers(1, 4),
    seed=st.integers(0, 99),
    executor=EXECUTORS,
    dtype=st.sampled_from(["f2", "f4", "f8", "i4"]),
)
@settings(deadline=None, max_examples=30)
def test_arrays_maps_and_pickled_blocks_are_the_same_rows(
    n: int, d: int, seed: int, executor: Any, dtype: str
) -> None:
    x = (1000 * np.random.default_rng(seed).random((n, d))).astype(dtype)

    def work(block: Any) -> Any:
        part, weight = block.read()
        return part.astype(np.float64).T @ weight, float(np.sqrt(np.abs(part.astype(float))).sum())

    def both(source: Any) -> Any:
        blocks = cut(source, x[:, 0].astype(float), k=5000)
        return total(work, blocks), rows(lambda block: block.read()[0], blocks)

    (sums, roots), joined = both(x)
    assert np.array_equal(joined, x)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "x.npy", x)
        mapped = np.load(Path(folder) / "x.npy", mmap_mode="r")
        for source in (x, mapped, np.asfortranarray(x)):
            with running(executor=executor):
                (sums2, roots2), joined2 = both(source)
            assert np.array_equal(joined2, x)
            assert (sums.tobytes(), roots) == (sums2.tobytes(), roots2)
