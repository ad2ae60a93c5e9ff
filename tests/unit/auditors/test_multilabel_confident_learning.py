"""Several labels: flags by hand, item scores, unknown cells, and that planted cells are found."""

import numpy as np
import pytest

from reliabel.auditors import multilabel_confident_learning as ours
from reliabel.auditors import prune_by_noise_rate
from reliabel.core.labels import Classes, MultiLabel
from reliabel.ops.item_scores import item_scores


def world(n=2000, k=5, rate=0.03, seed=0):
    rng = np.random.default_rng(seed)
    score = rng.normal(size=(n, k)) * 3 - 1
    truth = rng.random((n, k)) < 1 / (1 + np.exp(-score))
    wrong = rng.random((n, k)) < rate
    return (truth ^ wrong).astype(int), 1 / (1 + np.exp(-score)), wrong


def test_each_class_is_pruned_by_its_own_noise_rate():
    y, probs, _ = world()
    found = ours.audit(MultiLabel(y), probs=probs)
    flag = found.flag.reshape(y.shape)
    for column in range(y.shape[1]):
        two = np.stack([1 - probs[:, column], probs[:, column]], 1)
        alone = prune_by_noise_rate.audit(Classes(y[:, column], ("no", "yes")), probs=two)
        assert abs(int(flag[:, column].sum()) - int(alone.flag.sum())) <= 2
        assert (flag[:, column] & alone.flag).sum() >= flag[:, column].sum() - 2
    assert (found.info["missing"] + found.info["spurious"]).sum() == flag.sum()


def test_planted_cells_are_found_and_named():
    y, probs, wrong = world(rate=0.02)
    found = ours.audit(MultiLabel(y), probs=probs)
    flag = found.flag.reshape(y.shape)
    assert wrong[flag].mean() > 5 * wrong.mean()
    kinds = np.array(found.kind).reshape(y.shape)
    assert set(kinds[flag & (y == 0)]) == {"missing"}
    assert set(kinds[flag & (y == 1)]) == {"spurious"}


def test_unknown_cells_are_never_flagged_and_change_nothing_else():
    y, probs, _ = world()
    some = y.copy()
    some[:, 4] = -1
    whole = ours.audit(MultiLabel(y[:, :4]), probs=probs[:, :4])
    found = ours.audit(MultiLabel(some), probs=probs)
    assert not found.flag.reshape(y.shape)[:, 4].any()
    assert np.isnan(found.score.reshape(y.shape)[:, 4]).all()
    np.testing.assert_array_equal(found.score.reshape(y.shape)[:, :4].ravel(), whole.score)
    np.testing.assert_allclose(found.info["items"], whole.info["items"])


def test_a_class_that_is_never_given_has_nothing_missing():
    y, probs, _ = world()
    y[:, 2] = 0
    found = ours.audit(MultiLabel(y), probs=probs)
    assert found.info["missing"][2] == 0


@pytest.mark.parametrize("expected_errors", [1.0, 2.0, 4.0])
def test_item_scores_do_not_depend_on_the_order_of_classes(expected_errors):
    rng = np.random.default_rng(0)
    quality = rng.random((50, 6))
    one = item_scores(quality, expected_errors)
    np.testing.assert_allclose(one, item_scores(quality[:, ::-1], expected_errors))
    alone = item_scores(quality[:, :1], expected_errors)
    assert np.argsort(alone).tolist() == np.argsort(1 - quality[:, 0]).tolist()


def test_the_moving_average_is_that_of_the_paper_and_the_minimum_at_alpha_1():
    quality = np.array([[0.1, 0.2, 0.3]])
    assert 1 - item_scores(quality, alpha=0.5)[0] == pytest.approx(0.175)
    assert 1 - item_scores(quality, alpha=1.0)[0] == pytest.approx(0.1)


def test_which_score_ranks_items_best_depends_on_how_many_of_their_labels_are_wrong():
    from reliabel.bench.metrics import average_precision as ap

    rng = np.random.default_rng(0)
    y, probs, _ = world(rate=0)
    bad = rng.random(len(y)) < 0.2
    for flips, best, other in ((1, 1.0, 4.0), (4, 4.0, 1.0)):
        wrong = (rng.random(y.shape).argsort(1) < flips) & bad[:, None]
        given = MultiLabel(np.where(wrong, 1 - y, y))
        by = {
            errors: ours.audit(given, probs=probs, expected_errors=errors).info["items"]
            for errors in (best, other)
        }
        assert ap(by[best], bad) > ap(by[other], bad)


def test_options_out_of_range_are_refused():
    y, probs, _ = world(n=50)
    with pytest.raises(ValueError, match="alpha must be from 0 to 1, got 2"):
        ours.audit(MultiLabel(y), probs=probs, alpha=2)
    with pytest.raises(ValueError, match="expected_errors must be above 0"):
        ours.audit(MultiLabel(y), probs=probs, expected_errors=0)


def test_tables_without_items_or_classes_have_nothing_to_tell():
    from reliabel.auditors import label_contradictions

    for shape in ((0, 3), (4, 0)):
        empty = MultiLabel(np.zeros(shape, dtype=int))
        found = ours.audit(empty, probs=np.zeros(shape))
        assert len(found.score) == 0
        assert len(found.info["items"]) == shape[0]
        assert len(label_contradictions.audit(empty).items) == 0


@pytest.mark.parametrize("filled", [0, 1, -1])
def test_an_audit_names_a_class_of_one_answer_and_judges_the_others(filled):
    import reliabel as rl

    y, probs, _ = world(n=400, k=3)
    y[:, 1] = filled
    done = rl.audit(rl.MultiLabel(y, ("a", "b", "c")), probs=probs)
    p = done.p_wrong.reshape(y.shape)
    assert np.isnan(p[:, 1]).all()
    assert np.isfinite(p[:, [0, 2]]).all()
    assert any(line.startswith("b: no P(wrong)") for line in done.warnings)
