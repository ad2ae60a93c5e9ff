"""Evidence tables: worked values, the row law, copies, many classes."""

import numpy as np
import pytest

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.trust import table_builders as builders
from reliabel.trust import tables as module
from reliabel.trust.tables import tables


def nearest(x, j, centre=None):
    x = x - (x.mean(0) if centre is None else centre)
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    s = x @ x.T
    np.fill_diagonal(s, -9)
    index = np.argsort(-s, axis=1, kind="stable")[:, :j]
    return Neighbours(index, 1 - np.take_along_axis(s, index, 1))


def world(k=3, n=240, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    x = rng.normal(size=(n, 6)) + 2 * rng.normal(size=(k, 6))[y]
    logits = -((x[:, None] - np.stack([x[y == c].mean(0) for c in range(k)])) ** 2).sum(2) / 4
    p = np.exp(logits - logits.max(1, keepdims=True))
    y = np.where(rng.random(n) < 0.1, rng.integers(0, k, n), y)
    return y, p / p.sum(1, keepdims=True), x, nearest(x, 60), rng.permutation(n) % 5


def made(y, k, **changes):
    _, p, x, near, fold = world(k)
    labels = Classes(y, tuple(str(c) for c in range(k)))
    return tables(
        labels, **{"probs": p, "features": x, "neighbours": near, "fold": fold, **changes}
    )


def test_votes_reverse_votes_and_distances_by_hand():
    y = np.array([0, 0, 1, -1])
    index = np.array([[1, 2], [0, 3], [0, 1], [2, 1]])
    distance = np.array([[0.02, 0.5], [0.02, 0.4], [0.5, 0.6], [0.3, 0.5]])
    vote15, vote50, reverse, wide, near = builders.Near(y, 2, index, distance).rows(0, 4)
    prior = np.array([3 / 5, 2 / 5])
    s = np.array([0.981, 0.501])
    np.testing.assert_allclose(
        vote15[0], np.log((2 * s / s.sum() + prior) / 3), rtol=1e-5
    )  # nearest: a 0 and a 1
    np.testing.assert_allclose(
        vote15[1], np.log((np.array([1.0, 0]) + prior) / 2), rtol=1e-5
    )  # the unlabelled one does not vote
    np.testing.assert_allclose(vote15, vote50)
    held = (
        np.array([1, 1]) + 2 * prior
    ) / 4  # items 1 (label 0) and 2 (label 1) have item 0 among theirs
    np.testing.assert_allclose(reverse[0], np.log(held / prior), rtol=1e-5)
    np.testing.assert_allclose(wide, reverse)  # with two neighbours each they are the same
    np.testing.assert_allclose(near[0], -np.log(np.sqrt([0.04, 1.0])), rtol=1e-5)
    np.testing.assert_allclose(
        near[1], -np.log([np.sqrt(0.04), 1.05 * np.sqrt(0.8)]), rtol=1e-5
    )  # no 1 in sight


def test_discriminant_is_fitted_on_the_other_folds():
    y, _, x, _, fold = world()
    rows = builders.Discriminant(y, 3, x, np.arange(len(y)), fold, np.random.default_rng(0)).rows(
        0, len(y)
    )[0]
    train = fold != 2
    mean = np.stack([x[train & (y == c)].mean(0) for c in range(3)])
    centred = x[train] - mean[y[train]]
    within = centred.T @ centred / train.sum()
    within = 0.8 * within + 0.2 * np.trace(within) / 6 * np.eye(6)
    i = int(np.flatnonzero(fold == 2)[0])
    like = np.array([-0.5 * (x[i] - m) @ np.linalg.solve(within, x[i] - m) for m in mean])
    np.testing.assert_allclose(rows[i], 0.2 * np.maximum(like - like.max(), -30), atol=1e-3)


def test_row_law_changing_a_label_never_changes_its_row():
    """Every label of an item in turn, the class counts held."""
    y, p, x, near, fold = world()
    for i in (0, 17, 99):
        rows = []
        for label in range(3):
            moved = y.copy()
            moved[i] = label
            builder = builders.Near(moved, 3, near.index, near.distance)
            builder.prior = np.full(3, 1 / 3)
            lda = builders.Discriminant(
                moved, 3, x, np.arange(len(y)), fold, np.random.default_rng(0)
            )
            rows.append(
                np.stack(
                    [
                        *(t[i] for t in builder.rows(0, len(y))),
                        lda.rows(0, len(y))[0][i],
                        builders.Model(p).rows(0, len(y))[0][i],
                    ]
                )
            )
        np.testing.assert_array_equal(rows[0], rows[1])
        np.testing.assert_array_equal(rows[0], rows[2])


def test_each_table_has_deviation_one():
    t = made(world()[0], 3)
    assert t.names == ("model", "vote15", "vote50", "reverse", "reverse_wide", "near", "lda")
    assert t.z.dtype == np.float32
    np.testing.assert_allclose(t.z.std((1, 2)), 1, atol=1e-3)


def test_copies_share_one_row_and_do_not_vote_for_each_other():
    y, p, x, _, fold = world()
    twice = np.r_[np.arange(240), np.arange(40)]
    single = made(y, 3)
    near = nearest(x[twice], 100, x.mean(0))
    double = tables(
        Classes(y[twice]),
        probs=p[twice],
        features=x[twice],
        neighbours=near,
        fold=fold[twice],
        copies=twice,
    )
    assert double.z.shape == single.z.shape
    np.testing.assert_array_equal(double.row, twice)
    np.testing.assert_allclose(double.z[:3], single.z[:3], atol=1e-5)
    alone = tables(Classes(y[twice]), probs=p[twice], neighbours=near)
    given = y[:40]
    assert (
        alone.z[1, np.arange(40), given].mean() > double.z[1, np.arange(40), given].mean()
    )  # the twin vouches unless it is left out


def test_copies_that_disagree_evenly_do_not_vote():
    labels = Classes(np.array([0, 1, 1, 0, 0]), ("a", "b"))
    first, row, y = module._distinct(labels, np.array([5, 5, 2, 9, 9]))
    assert (first.tolist(), row.tolist(), y.tolist()) == ([0, 2, 3], [0, 0, 1, 2, 2], [-1, 1, 0])


def test_many_classes_keep_candidates_and_the_given_label():
    k = 24
    y, p, _, near, _ = world(k)
    t = made(y, k)
    assert t.candidates is not None
    assert (t.candidates == y[:, None]).any(1).all()
    top = np.argsort(-p, axis=1)[:, :20]
    assert all(set(top[i]) <= set(t.candidates[i].tolist()) for i in range(0, 240, 17))
    assert all(
        set(y[near.index[i, :15]]) <= set(t.candidates[i].tolist()) for i in range(0, 240, 17)
    )
    i, slot = 5, 3
    model = np.log(np.maximum(p, 1e-5))
    full = [model[r, c] for r in range(240) for c in t.candidates[r] if c >= 0]
    assert t.z[0, i, slot] == pytest.approx(
        model[i, t.candidates[i, slot]] / np.std(full), rel=1e-4
    )


def test_blocks_do_not_change_the_tables(monkeypatch):
    whole = made(world()[0], 3)
    monkeypatch.setattr(
        module, "spans", lambda n, k=1: [(s, min(s + 50, n)) for s in range(0, n, 50)]
    )
    np.testing.assert_allclose(made(world()[0], 3).z, whole.z, atol=1e-5)


def test_wide_features_and_missing_neighbours_are_taken():
    y, p, x, near, _ = world()
    rng = np.random.default_rng(0)
    wide = x @ rng.normal(size=(6, 1100))
    index, distance = near.index.copy(), near.distance.copy()
    index[:, 3:], distance[:, 3:] = -1, np.inf
    t = tables(Classes(y), probs=p, features=wide, neighbours=Neighbours(index, distance), rng=rng)
    assert np.isfinite(t.z).all()


def test_bad_input_is_refused_with_a_sentence():
    y, p, x, _, _ = world()
    with pytest.raises(ValueError, match="out-of-fold class probabilities, got none"):
        tables(Classes(y), features=x)
    with pytest.raises(ValueError, match="probs must have one row per label"):
        tables(Classes(y), probs=p[:5])
    with pytest.raises(ValueError, match="other must have one row per label"):
        tables(Classes(y), probs=p, others={"other": p[:, :2]})
    with pytest.raises(ValueError, match="not finite; clip it first"):
        tables(Classes(y), probs=p, others={"other": np.where(p < 0.5, -np.inf, 0.0)})
    with pytest.raises(ValueError, match="one number per label"):
        tables(Classes(y), probs=p, copies=np.arange(3))


def test_classes_that_are_single_points_are_taken():
    y = np.arange(60) % 3
    t = tables(
        Classes(y),
        probs=np.full((60, 3), 1 / 3),
        features=np.eye(3)[y],
        rng=np.random.default_rng(0),
    )
    assert np.isfinite(t.z).all()
    assert (t.z[1].argmax(1) == y).all()


def test_items_without_a_copy_number_are_like_no_other():
    labels = Classes(np.array([0, 1, 1, 0]), ("a", "b"))
    first, row, y = module._distinct(labels, np.array([-1, 1, 1, -1]))
    assert first.tolist() == [0, 1, 3]
    assert row.tolist() == [0, 1, 1, 2]
    assert y.tolist() == [0, 1, 0]
    assert len(module._distinct(labels, np.array([-1, 0, -1, -3]))[0]) == 4


def test_copies_vote_with_their_commonest_label_and_unlabelled_ones_with_none():
    labels = Classes(np.array([1, 0, 1, -1, -1, 0]), ("a", "b"))
    first, row, y = module._distinct(labels, np.array([7, 7, 7, 7, 2, 2]))
    assert (first.tolist(), row.tolist(), y.tolist()) == ([0, 4], [0, 0, 0, 0, 1, 1], [1, 0])
    assert module._distinct(Classes(np.array([-1]), ("a",)), np.array([3]))[2].tolist() == [-1]


def test_neighbours_of_rows_leave_out_own_copies_and_name_each_row_once():
    """Items 0 and 1 are one row, 2 and 3 another; the list of item 0 holds its copy, both of the
    other row, and 4.
    """
    first, row = np.array([0, 2, 4]), np.array([0, 0, 1, 1, 2])
    index = np.array([[1, 3, 2, 4], [0] * 4, [3, 0, 1, -1], [0] * 4, [2, 3, 1, 0]])
    distance = np.array(
        [[0.0, 0.2, 0.2, 0.7], [0] * 4, [0.0, 0.2, 0.3, np.inf], [0] * 4, [0.1, 0.2, 0.7, 0.8]]
    )
    near, far = module._between_rows(Neighbours(index, distance), first, row)
    assert near.tolist() == [[1, 2, -1, -1], [0, -1, -1, -1], [1, 0, -1, -1]]
    assert far == pytest.approx(
        np.array([[0.2, 0.7, np.inf, np.inf], [0.2] + [np.inf] * 3, [0.1, 0.7, np.inf, np.inf]])
    )


def test_without_folds_the_parts_of_the_discriminant_are_drawn():
    y, p, x, _, _ = world()
    made_by = {
        seed: tables(
            Classes(y),
            probs=p,
            features=x,
            rng=None if seed is None else np.random.default_rng(seed),
        ).z[1]
        for seed in (None, 0, 1)
    }
    np.testing.assert_array_equal(made_by[None], made_by[0])
    assert not np.array_equal(made_by[0], made_by[1])


@pytest.mark.parametrize("k", [3, 24])
def test_large_tables_are_held_in_half_precision(monkeypatch, k):
    y, _, _, _, _ = world(k)
    whole = made(y, k)
    assert whole.z.dtype == np.float32
    monkeypatch.setattr(module, "LARGE", whole.z.size - 1)
    half = made(y, k)
    assert half.z.dtype == np.float16
    np.testing.assert_allclose(half.z.astype(float), whole.z, atol=0.05)


def test_what_is_no_candidate_gets_the_mean_of_what_was_left_out():
    k = 24
    y, p, _, _, _ = world(k)
    t = tables(Classes(y, tuple(str(c) for c in range(k))), probs=p)
    log = np.log(np.maximum(p, 1e-5))
    outside = np.ones((240, k), dtype=bool)
    for i in range(240):
        outside[i, t.candidates[i][t.candidates[i] >= 0]] = False
    assert t.floor[0] == pytest.approx(log[outside].mean() / log[~outside].std(), rel=1e-4)


def test_up_to_twenty_classes_all_are_candidates():
    for k, dense in ((20, True), (21, False)):
        y, p, _, _, _ = world(k, n=420)
        t = tables(Classes(y, tuple(str(c) for c in range(k))), probs=p)
        assert (t.candidates is None) == dense


def test_a_table_that_says_the_same_everywhere_keeps_its_scale():
    y, p, _, _, _ = world()
    t = tables(Classes(y), probs=p, others={"flat": np.full((240, 3), 2.0)})
    assert (t.z[1] == 2).all()


def test_a_fold_that_holds_all_labels_leaves_the_discriminant_without_a_word():
    y = np.r_[np.arange(30) % 3, np.full(30, -1)]
    x = np.random.default_rng(0).normal(size=(60, 4))
    t = tables(
        Classes(y, ("a", "b", "c")),
        probs=np.full((60, 3), 1 / 3),
        features=x,
        fold=(y < 0).astype(int),
    )
    lda = t.z[1]
    assert (lda[:30] == lda[:30, :1]).all()  # nobody to learn from
    assert not (lda[30:] == lda[30:, :1]).all()


def test_a_missing_neighbour_is_no_row():
    near, far = module._between_rows(
        Neighbours(
            np.array([[2, -1], [2, 0], [0, -1]]),
            np.array([[0.5, np.inf], [0.3, 0.4], [0.5, np.inf]]),
        ),
        np.arange(3),
        np.arange(3),
    )
    assert near.tolist() == [[2, -1], [2, 0], [0, -1]]
    assert np.isinf(far[[0, 2], 1]).all()


def test_a_second_kind_of_evidence_has_tables_under_its_name():
    y, p, x, near, fold = world()
    labels = Classes(y, ("0", "1", "2"))
    one = {"probs": p, "neighbours": near, "features": x}
    alone = tables(labels, **one, fold=fold)
    both = tables(labels, **one, fold=fold, second={"again": one})
    m = len(alone.names)
    assert both.names == (*alone.names, *(f"again {name}" for name in alone.names))
    assert (both.z[:m] == alone.z).all()
    assert (both.z[m:] == alone.z).all()
    with pytest.raises(ValueError, match=r"^again probs must have one row per label"):
        tables(labels, **one, fold=fold, second={"again": {"probs": p[:5]}})
