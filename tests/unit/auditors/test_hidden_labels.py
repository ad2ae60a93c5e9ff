"""Hidden labels: items that show two classes are found, better than by entropy."""

import numpy as np

from reliabel.auditors import entropy, hidden_labels
from reliabel.bench.metrics import average_precision
from reliabel.core.labels import Classes


def world(n=1200, k=6, seed=0):
    """Items of one class, a tenth of two; two classes of the six look alike."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    both = rng.random(n) < 0.1
    second = (y + rng.integers(1, k, n)) % k
    logit = rng.normal(size=(n, k)) * 0.7
    logit[np.arange(n), y] += 4
    logit[both, second[both]] += 4
    alike = {0: 1, 1: 0}
    for a, b in alike.items():
        logit[y == a, b] += 3
    p = np.exp(logit) / np.exp(logit).sum(1, keepdims=True)
    return Classes(y, tuple("abcdef")), p, both, second


def test_items_with_two_classes_rank_above_those_of_classes_that_look_alike():
    labels, p, both, second = world()
    found = hidden_labels.audit(labels, probs=p)
    ours = average_precision(found.score, both)
    assert ours > 0.75
    assert ours > average_precision(entropy.audit(labels, probs=p).score, both) + 0.1
    assert both[found.flag].mean() > 0.6
    hit = both & found.flag
    assert (found.info["second"][hit] == second[hit]).mean() > 0.95


def test_a_wrong_label_alone_is_no_second_label():
    labels, p, _, _ = world()
    wrong = labels.y.copy()
    wrong[0] = (p[0].argmax() + 3) % 6
    found = hidden_labels.audit(Classes(wrong, labels.names), probs=p)
    assert found.score[0] < 0.1


def test_unlabelled_items_have_no_score():
    labels, p, _, _ = world(50)
    y = labels.y.copy()
    y[3] = -1
    found = hidden_labels.audit(Classes(y, labels.names), probs=p)
    assert np.isnan(found.score[3])
    assert not found.flag[3]
    assert found.info["second"][3] == -1
