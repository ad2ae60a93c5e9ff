import numpy as np
import pytest

from reliabel.auditors import confident_learning
from reliabel.auditors.prune_by_noise_rate import audit
from reliabel.core.labels import Classes
from reliabel.ops.confident import joint, whole


def by_definition(y, p):
    """Method 4 of Northcutt et al. 2021, cell by cell: the n Q items of class i with the largest
    margin p_j - p_i, where j is above i.
    """
    counts = whole(joint(y, p))  # [true, given]
    flag, k = np.zeros(len(y), dtype=bool), p.shape[1]
    for given in range(k):
        mine = np.flatnonzero(y == given)
        for other in range(k):
            margin = p[mine, other] - p[mine, given]
            if other != given and counts[other, given] and len(mine):
                edge = np.sort(margin)[::-1][min(counts[other, given], len(mine)) - 1]
                flag[mine[(margin >= edge) & (margin > 0)]] = True
    return flag


def noisy(n, k, dtype=float, seed=3):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    p = rng.random((n, k)) ** 4
    p[np.arange(n), y] += 2 * rng.random(n)
    y[: n // 10] = (y[: n // 10] + 1) % k
    y[::50] = -1
    return y, (p / p.sum(1, keepdims=True)).astype(dtype)


def test_the_worked_example():
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.1, 0.9], [0.4, 0.6]])
    said = audit(Classes(np.array([0, 0, 1, 1, 1, 0])), probs=p)
    assert said.info["thresholds"].tolist() == pytest.approx([0.7, 0.6])
    assert said.info["joint"].tolist() == [[2, 1], [1, 2]]
    assert said.flag.tolist() == [False, False, False, True, False, True]
    assert said.suggest.y.tolist() == [0, 0, 1, 0, 1, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "k"), [(400, 3), (2000, 7), (150_000, 2)])
def test_flags_are_those_of_the_definition_over_one_and_many_blocks(n, k, dtype):
    y, p = noisy(n, k, dtype)
    said = audit(Classes(y), probs=p)
    assert (said.flag == by_definition(y, p)).all()
    assert 0.05 * n < said.flag.sum() < 0.3 * n


def test_it_counts_beyond_the_confident():
    y, p = noisy(5000, 4)
    pruned, confident = (
        audit(Classes(y), probs=p).flag,
        confident_learning.audit(Classes(y), probs=p).flag,
    )
    assert pruned.sum() > 1.1 * confident.sum()
    assert pruned[:500].mean() > confident[:500].mean(), "it finds more of the planted errors"


def test_the_flagged_come_first_and_each_part_by_self_confidence():
    y, p = noisy(600, 4)
    said = audit(Classes(y), probs=p)
    known = y >= 0
    own = p[np.arange(len(y)), np.maximum(y, 0)]
    assert np.isnan(said.score[~known]).all()
    assert not said.flag[~known].any()
    assert said.score[said.flag].min() > said.score[known & ~said.flag].max()
    for part in (said.flag, known & ~said.flag):
        assert (
            np.argsort(-said.score[part], kind="stable") == np.argsort(own[part], kind="stable")
        ).all()


def test_a_flagged_label_gets_another_class_that_is_more_probable():
    y, p = noisy(600, 5)
    said = audit(Classes(y), probs=p)
    rows = np.flatnonzero(said.flag)
    assert (said.suggest.y[rows] != y[rows]).all()
    assert (p[rows, said.suggest.y[rows]] > p[rows, y[rows]]).all()


def test_no_label_that_is_the_most_probable_is_flagged_and_ties_fall_together():
    assert not audit(Classes(np.arange(30) % 3), probs=np.full((30, 3), 1 / 3)).flag.any()
    p = np.repeat([[0.9, 0.1], [0.2, 0.8]], 20, axis=0)
    y = np.array([0] * 20 + [1] * 14 + [0] * 6)
    assert audit(Classes(y), probs=p).flag.tolist() == [False] * 34 + [True] * 6


def test_memory_maps_and_parquet_give_the_same_answer(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    from reliabel.ops.sources import ParquetMatrix

    y, p = noisy(150_000, 2, np.float32)
    whole = audit(Classes(y), probs=p)
    np.save(tmp_path / "p.npy", p)
    pq.write_table(
        pa.table({"a": p[:, 0], "b": p[:, 1]}), tmp_path / "p.parquet", row_group_size=40_000
    )
    for source in (
        np.load(tmp_path / "p.npy", mmap_mode="r"),
        ParquetMatrix(tmp_path / "p.parquet", ("a", "b")),
    ):
        said = audit(Classes(y), probs=source)
        assert (said.flag == whole.flag).all()
        assert (said.suggest.y == whole.suggest.y).all()
        np.testing.assert_array_equal(said.score, whole.score)
