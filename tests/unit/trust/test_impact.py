"""Impact: what mending does to a model, judged on labels that no audit has touched."""

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.trust.impact import Judge, impact


def world(wrong=0.3, n=900, d=60, k=6):
    """Classes in d dimensions of which few tell them apart, so that a model learns wrong labels by
    heart; a share of the labels is another class.
    """
    rng = np.random.default_rng(0)
    truth = np.arange(n) % k
    x = np.eye(d)[truth] * 2.5 + rng.normal(size=(n, d)) / 2
    given = np.where(rng.random(n) < wrong, (truth + rng.integers(1, k, n)) % k, truth)
    return x, truth, given


def judged(truth, some, weight=None):
    on = np.where(some, truth, -1)
    weight = np.ones(len(truth)) if weight is None else weight
    return Judge(on, weight, np.ones(len(truth), dtype=bool))


def of(given, x, judge, **options):
    return impact(
        Classes(given, tuple("abcdef")), x, judge, rng=np.random.default_rng(0), **options
    )


def test_mending_planted_errors_pays_and_dropping_others_by_chance_does_not():
    x, truth, given = world()
    found = of(given, x, judged(truth, np.arange(900) % 2 == 0))
    gain = found.parts["difference"]
    assert found.low > 0
    assert found.value == gain["mended"]["value"] > 0.02
    assert gain["dropped less dropped by chance"]["low"] > 0
    assert gain["dropped by chance"]["value"] < found.value / 2
    assert 0.25 < found.info["suspects"] < 0.4  # 30 % are wrong
    assert found.info["judged"] == 450


def test_right_labels_gain_nothing():
    x, truth, _ = world()
    found = of(truth, x, judged(truth, np.ones(900, dtype=bool)))
    assert found.low <= 0 <= found.high
    assert abs(found.value) < 0.01
    assert found.high > 0.003  # of 900 labels, one in three hundred may hide


def test_an_interval_is_as_wide_as_the_splits_differ():
    x, truth, given = world()
    many = of(given, x, judged(truth, np.ones(900, dtype=bool)), repeats=2)
    few = of(given, x, judged(truth, np.arange(900) % 7 == 0), repeats=2)
    assert few.high - few.low > 1.5 * (many.high - many.low)


def test_no_label_that_is_judged_on_has_a_part_in_a_suggestion(monkeypatch):
    """Labels of held-out rows may be anything: nothing that is learnt changes with them."""
    x, truth, given = world()
    held = np.arange(900) % 4 == 0
    judge = Judge(np.where(held, truth, -1), np.ones(900), ~held)
    folds = np.random.default_rng(3).permutation(900) % 5
    monkeypatch.setattr("reliabel.trust.impact.fold_of", lambda *a, **k: folds)
    once = of(given, x, judge, repeats=1)
    other = np.where(held, (given + 1) % 3, given)
    assert of(other, x, judge, repeats=1).parts == once.parts


def test_items_count_by_their_weight():
    x, truth, given = world()
    x[truth == 2] = np.random.default_rng(1).normal(size=(150, 60)) / 2  # as good as noise
    everything = np.ones(900, dtype=bool)
    all_ = of(given, x, judged(truth, everything), repeats=1)
    some = of(given, x, judged(truth, everything, np.where(truth == 2, 1e-9, 1)), repeats=1)
    assert some.parts["score"]["as given"] > all_.parts["score"]["as given"] + 0.02


def test_groups_are_never_on_both_sides(monkeypatch):
    x, truth, given = world()
    groups, seen = np.arange(900) // 2, []
    from reliabel.ops.folds import fold_of

    def watched(y, **options):
        fold = fold_of(y, **options)
        seen.append(fold)
        return fold

    monkeypatch.setattr("reliabel.trust.impact.fold_of", watched)
    of(given, x, judged(truth, np.ones(900, dtype=bool)), repeats=1, groups=groups)
    assert (seen[0][::2] == seen[0][1::2]).all()


def test_too_little_to_judge_on_is_refused():
    x, truth, given = world()
    with pytest.raises(ValueError, match="19 true labels are known to judge on, and fewer than 20"):
        of(given, x, judged(truth, np.arange(900) < 19))
    with pytest.raises(ValueError, match="at and level must lie between 0 and 1"):
        of(given, x, judged(truth, np.ones(900, dtype=bool)), at=1.5)
    alone = Judge(truth, np.ones(900), np.zeros(900, dtype=bool))
    with pytest.raises(ValueError, match="0 of 10 splits leave something to learn from"):
        of(given, x, alone)
