"""Laws of the shared mathematics: noise matrices, draws, blocks of rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reliabel.ops.chunks import Tree, cut, fold, rows, spans, total
from reliabel.ops.confident import joint, thresholds
from reliabel.ops.noise import (
    another,
    checked,
    drawn,
    expected_rate,
    how_many,
    noise_matrix_of,
    picked,
    scaled,
)


@st.composite
def matrices(draw, k=st.integers(2, 5)):
    """Noise matrices with more right than wrong in each row."""
    k = draw(k)
    off = draw(hnp.arrays(np.float64, (k, k), elements=st.floats(0, 1))) * ~np.eye(k, dtype=bool)
    off = off / np.maximum(off.sum(1, keepdims=True), 1) * 0.5
    return off + np.diag(1 - off.sum(1))


@st.composite
def counted(draw):
    matrix = draw(matrices())
    return matrix, draw(hnp.arrays(np.int64, len(matrix), elements=st.integers(0, 50)))


@given(matrices())
def test_checked_changes_no_matrix_that_is_one(matrix):
    assert checked(matrix, len(matrix)) == pytest.approx(matrix)


@given(counted(), st.floats(0, 1))
def test_scaled_meets_the_rate_and_keeps_the_proportions(pair, share):
    matrix, count = pair
    now = expected_rate(matrix, count)
    assume(now > 1e-3)
    worst = (1 - np.diag(matrix)).max()
    rate = share * now / worst
    made = scaled(matrix, count, rate)
    assert made.sum(1) == pytest.approx(1)
    assert (made >= 0).all()
    assert expected_rate(made, count) == pytest.approx(rate, abs=1e-9)
    off = ~np.eye(len(matrix), dtype=bool)
    assert made[off] == pytest.approx(matrix[off] * rate / now, abs=1e-9)


@given(matrices(), st.integers(0, 99), st.integers(0, 60))
def test_drawn_gives_only_what_the_matrix_allows(matrix, seed, n):
    rng = np.random.default_rng(seed)
    y = rng.integers(-1, len(matrix), n)
    given = drawn(y, matrix, rng)
    assert ((given < 0) == (y < 0)).all()
    assert (matrix[y[y >= 0], given[y >= 0]] > 0).all()


@given(
    hnp.arrays(
        np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(0, 1)
    ),
    st.integers(0, 99),
)
def test_picked_never_takes_a_class_without_chance(p, seed):
    assume((p.sum(1) > 0).all())
    chosen = picked(p, np.random.default_rng(seed))
    assert (np.take_along_axis(p, chosen[:, None], 1) > 0).all()


@given(st.integers(2, 6), st.integers(0, 40), st.integers(0, 99))
def test_another_class_is_a_class_and_another(k, n, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    other = another(y, k, rng)
    assert (other != y).all()
    assert ((other >= 0) & (other < k)).all()


@given(hnp.arrays(np.float64, st.integers(1, 5).map(lambda k: (k, k)), elements=st.floats(0, 100)))
def test_matrix_of_any_counts_is_a_noise_matrix(counts):
    assert checked(noise_matrix_of(counts), len(counts)).sum(1) == pytest.approx(1)


@given(st.floats(0, 1), hnp.arrays(np.int64, st.integers(0, 30), elements=st.integers(-1, 3)))
def test_no_more_labels_go_wrong_than_there_are(rate, y):
    assert 0 <= how_many(y, 4, rate) <= (y >= 0).sum()


@given(st.integers(0, 300_000), st.integers(1, 5000))
def test_spans_cover_all_rows_once(n, k):
    cuts = spans(n, k)
    assert [start for start, _ in cuts] == [0, *[stop for _, stop in cuts]][: len(cuts)]
    assert (cuts[-1][1] if cuts else 0) == n
    assert all(0 < stop - start <= 65536 for start, stop in cuts)


@given(st.lists(st.text(max_size=2), min_size=1, max_size=40))
def test_the_tree_merges_in_order(parts):
    tree = Tree(lambda a, b: a + b)
    for part in parts:
        tree.add(part)
    assert tree.finish() == "".join(parts)


@given(st.integers(1, 200_000))
def test_totals_and_rows_are_those_of_the_whole(n):
    numbers = np.arange(n, dtype=np.int64)
    assert total(lambda block: int(block.read()[0].sum()), cut(numbers, k=64)) == n * (n - 1) // 2
    assert (rows(lambda block: block.read()[0] * 2, cut(numbers, k=64)) == numbers * 2).all()
    assert fold(lambda block: block.stop, max, cut(numbers, k=64)) == n


@given(st.integers(2, 4), st.integers(1, 60), st.integers(0, 99))
def test_the_confident_joint_keeps_the_given_counts(k, n, seed):
    rng = np.random.default_rng(seed)
    y, probs = rng.integers(-1, k, n), rng.dirichlet(np.ones(k), n)
    assert joint(y, probs).sum(0) == pytest.approx(np.bincount(y[y >= 0], minlength=k))
    limit = thresholds(y, probs)
    for c in range(k):
        assert (
            limit[c] == pytest.approx(probs[y == c, c].mean())
            if (y == c).any()
            else np.isinf(limit[c])
        )
