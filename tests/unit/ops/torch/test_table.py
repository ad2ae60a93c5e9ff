"""Rows by index, from memory or disk, and the rows that are held out."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from reliabel.core.labels import Classes, MultiLabel, Soft, Votes
from reliabel.core.training import Training
from reliabel.ops.torch.table import NOISE, Table, even_target, held_out, labelled, questions

X = np.random.default_rng(0).normal(size=(30, 5))
Y = Classes(np.arange(30) % 3)


def table(features=X, labels=Y, **options):
    return Table(features, labels, Training(**options), np.random.default_rng(0))


def forms(tmp_path):
    """The same numbers, lying in many ways."""
    np.save(tmp_path / "x.npy", X)
    read_only = X.copy()
    read_only.setflags(write=False)
    wide = np.zeros((60, 10))
    wide[::2, ::2] = X
    return {
        "plain": X,
        "a memory map": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "read-only": read_only,
        "strided": wide[::2, ::2],
        "negative strides": X[::-1, ::-1].copy()[::-1, ::-1],
        "column by column": np.asfortranarray(X),
        "big-endian": X.astype(">f8"),
    }


def test_rows_are_the_same_however_they_lie(tmp_path):
    want = torch.tensor(X[[3, 29, 3]].astype(np.float32))
    for name, features in forms(tmp_path).items():
        mine = table(features)
        assert torch.equal(mine.x(torch.tensor([3, 29, 3])), want), name
        assert torch.equal(mine.x(range(2, 9)), torch.tensor(X[2:9].astype(np.float32))), name
        assert mine.x(range(3)).dtype == torch.float32, name


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.int8, np.uint16, np.int64, bool])
def test_numbers_of_any_type(kind):
    x = (10 * X).astype(kind)
    assert torch.equal(table(x).x(torch.tensor([1, 2])), torch.tensor(x[[1, 2]].astype(np.float32)))


def test_arrays_in_memory_are_shared():
    assert table().whole.data_ptr() == X.ctypes.data


def test_blocks_cover_all_rows():
    mine = table()
    mine.block = 8
    assert [len(block) for block in mine.blocks()] == [8, 8, 8, 6]
    some = torch.arange(17)
    assert torch.equal(torch.cat(mine.blocks(some)), some)
    assert table(np.zeros((3, 10**6), np.float32)).block == 64


def test_another_view_is_noise_with_the_covariance_of_the_data():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(4000, 2)) @ np.array([[3.0, 1.0], [0.0, 0.5]])).astype(np.float32)
    mine = table(x, Classes(np.zeros(4000, int)))
    rows = torch.arange(4000)
    noise = (mine.other_view(rows) - mine.x(rows)).numpy()
    assert np.allclose(np.cov(noise.T), 2 * NOISE**2 * np.cov(x.T), atol=0.01)
    pictures = table(np.zeros((30, 2, 2), np.float32))
    assert not pictures.other_view(torch.arange(3)).any(), "plain rows where nothing is known"
    own = table(views=lambda x, rng: x + 1)
    assert torch.equal(own.other_view(torch.arange(3)), own.x(torch.arange(3)) + 1)


def test_targets_of_each_kind_of_labels():
    assert table(labels=Classes(np.array([1, -1] * 15, dtype=np.int8))).y.dtype == torch.int64
    soft = np.full((30, 3), 1 / 3)
    assert torch.equal(table(labels=Soft(soft)).y, torch.tensor(soft))
    some = np.tile([1, 0, -1], (30, 1))
    assert table(labels=MultiLabel(some)).y.tolist() == some.tolist()
    votes = Votes(np.arange(30), np.zeros(30, int), Y, 30, 1)
    assert table(labels=votes).k == 3
    assert not table(labels=votes).y.any()


def test_an_unknown_class_is_an_even_distribution():
    assert even_target(torch.tensor([1, -1]), 4).tolist() == [[0, 1, 0, 0], [0.25] * 4]
    given = torch.tensor([[1, 0], [0, 1]])
    assert even_target(given, 2).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_which_rows_have_a_label():
    rows = np.arange(4)
    assert labelled(Classes(np.array([0, -1, 1, 0])), rows).tolist() == [True, False, True, True]
    some = MultiLabel(np.array([[-1, -1], [1, -1], [0, 0], [-1, -1]]))
    assert labelled(some, rows).tolist() == [False, True, True, False]
    votes = Votes(np.array([0, 3]), np.zeros(2, int), Classes(np.zeros(2, int), ("a",)), 4, 1)
    assert labelled(votes, rows).tolist() == [True, False, False, True]
    assert labelled(Soft(np.full((4, 2), 0.5)), rows).all()


def test_yes_no_questions():
    assert questions(MultiLabel(np.eye(3, dtype=int)))
    assert questions(Classes(np.zeros(3, int), ("only",)))
    assert not questions(Y)


def held(y, share, groups=None, fold=0):
    training = Training(hold_out=share, fold=fold)
    return held_out(Classes(y), np.arange(len(y)), training, groups, np.random.default_rng(0))


def test_every_class_is_held_out_alike_and_keeps_a_row():
    y = np.repeat([0, 1, 2], [200, 95, 5])
    found = held(y, 0.1)
    assert np.abs(np.bincount(y[found], minlength=3) - [20, 10, 0.5]).max() <= 1
    rare = np.repeat([0, 1, 2], [200, 99, 1])
    for fold in range(5):
        left = np.setdiff1d(np.arange(300), held(rare, 0.2, fold=fold))
        assert set(rare[left]) == {0, 1, 2}, "the only row of a class is trained on"


def test_too_few_rows_hold_none_out():
    assert len(held(np.zeros(190, int), 0.1)) == 0
    assert len(held(np.zeros(200, int), 0.1)) == 20
    assert len(held(np.zeros(200, int), 0.0)) == 0


def test_groups_are_held_out_whole():
    groups = np.arange(300) // 6
    found = held(np.arange(300) % 3, 0.2, groups)
    assert 40 <= len(found) <= 80
    assert set(groups[found]).isdisjoint(groups[np.setdiff1d(np.arange(300), found)])
