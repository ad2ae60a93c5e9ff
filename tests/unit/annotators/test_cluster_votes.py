"""A rare class of three clusters among thirty is found with sixty answers."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from reliabel.aggregators import precision_model
from reliabel.annotators.cluster_votes import annotate, ask
from reliabel.core.labels import Classes

NAMES = ("common", "rare")


def _seeded():
    return np.random.default_rng(0)


def rare_world(seed, n=8000, share=0.01, groups=30, purity=0.9):
    """Features and truth: a rare class in three groups of its own, one in ten of it elsewhere."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(0, 3, (groups, 16))
    truth = (rng.random(n) < share).astype(int)
    of = np.where(truth == 1, rng.integers(0, 3, n), rng.integers(3, groups, n))
    of = np.where((truth == 1) & (rng.random(n) > purity), rng.integers(3, groups, n), of)
    stray = (truth == 0) & (rng.random(n) < share * (1 - purity))
    of = np.where(stray, rng.integers(0, 3, n), of)
    return centre[of] + rng.normal(size=(n, 16)), truth


def answers(x, truth, budget=60):
    """What a person said who was shown what ``ask`` picks, the first fifty at once."""
    y, many = np.full(len(x), -1), 50
    while (y >= 0).sum() < budget:
        rows = ask(Classes(y, NAMES), features=x, rng=_seeded()).item[:many]
        y[rows], many = truth[rows], 5
    return y


def f1(truth, said):
    """Harmonic mean of precision and recall of class 1."""
    hit = (truth & said).sum()
    return 2 * hit / max(truth.sum() + said.sum(), 1)


@pytest.mark.parametrize("seed", [0, 2])
def test_a_rare_class_is_found_with_sixty_answers(seed):
    x, truth = rare_world(seed)
    y = answers(x, truth)
    assert (y >= 0).sum() == 60
    votes = annotate(Classes(y, NAMES), features=x, rng=_seeded())
    voted = np.bincount(votes.item, minlength=len(x)) > 0
    p = precision_model.aggregate(votes, gold=y).labels.p[:, 1]
    said = (p > 0.5) & voted
    assert truth[said].mean() >= 0.5  # precision
    assert said[truth == 1].mean() >= 0.5  # recall
    if seed:
        return

    def forest(rows, labels):
        model = RandomForestClassifier(20, min_samples_leaf=3, random_state=0, n_jobs=1)
        return f1(truth, model.fit(x[rows], labels[rows]).predict(x))

    assert forest(voted, said.astype(int)) >= forest(y >= 0, truth) + 0.15


def test_what_is_asked_first():
    x = np.concatenate([np.linspace(0, 1, 9), np.linspace(20, 20.5, 5), [40.0]])[:, None]
    none = np.full(15, -1)
    first = ask(Classes(none, NAMES), features=x, rng=_seeded(), clusters=3).item
    assert first[:3].tolist() == [4, 11, 14]  # the middles, the largest group first
    assert sorted(first.tolist()) == list(range(15))
    y = none.copy()
    y[[4, 11]] = 0, 1
    second = ask(Classes(y, NAMES), features=x, rng=_seeded(), clusters=3)
    assert second.item[0] == 14  # nothing is known of its group
    assert second.item[1] in (10, 12)  # one known item of another class than the usual one
    assert second.score[4] == -1


def test_a_cluster_of_which_answers_differ_says_nothing():
    x = np.concatenate([np.linspace(0, 1, 10), np.linspace(9, 10, 10)])[:, None]
    y = np.full(20, -1)
    y[[0, 5, 12]] = 0, 1, 1
    votes = annotate(Classes(y, NAMES), features=x, rng=_seeded(), clusters=2, reach=1.0)
    by_cluster = votes.worker < 2
    assert set(votes.item[by_cluster]) == set(range(10, 20))
    assert (votes.labels.y[by_cluster] == 1).all()
    most = annotate(Classes(y, NAMES), features=x, rng=_seeded(), clusters=2, reach=0.5)
    assert (most.worker < 2).sum() == 5


def test_far_items_are_the_other_class():
    x = np.array([0.0, 1.0, 2.0, 1.5, 30.0])[:, None]
    y = Classes(np.array([0, 0, 0, -1, -1]), NAMES)
    votes = annotate(y, features=x, rng=_seeded(), clusters=1)
    assert votes.item[votes.worker == 3].tolist() == [4]
    assert votes.labels.y[votes.worker == 3].tolist() == [1]


def test_what_makes_no_sense_is_refused():
    y = Classes(np.array([-1, 0]), NAMES)
    with pytest.raises(ValueError, match="clusters must be 1 or more, got 0"):
        annotate(y, features=np.ones((2, 1)), rng=_seeded(), clusters=0)
    with pytest.raises(ValueError, match="need items, got none"):
        ask(Classes(np.empty(0, int), NAMES), features=np.ones((0, 1)), rng=_seeded())
