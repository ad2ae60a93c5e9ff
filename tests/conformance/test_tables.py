"""The law book of the tables that auditors offer to P(wrong)."""

import inspect

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.trust.from_features import from_features
from reliabel.trust.offered import offered, offering

N, K = 180, 3
MOVED = 0.05  # standard deviations: what a class's count or one of many training items changes


def world():
    """Three classes in ten dimensions; labels, and evidence that is not made anew with them."""
    rng = np.random.default_rng(0)
    truth = np.arange(N) % K
    x = 1.5 * np.eye(10)[truth] + rng.normal(size=(N, 10)) / 2
    labels = Classes(np.where(rng.random(N) < 0.1, (truth + 1) % K, truth), ("a", "b", "c"))
    _, probs, near = from_features(labels, x, rng=rng)
    return labels, truth, {"features": x, "probs": probs, "neighbours": near}


@pytest.fixture(scope="module")
def made():
    return world()


def table_of(entry, labels, evidence):
    return next(iter(offered(labels, evidence, 0, [entry]).values()))


@pytest.mark.parametrize("entry", offering(), ids=lambda entry: entry.name)
class TestTable:
    def test_it_says_something_finite_of_every_class(self, entry, made):
        labels, truth, evidence = made
        table = table_of(entry, labels, evidence)
        assert table.shape == (N, K)
        assert np.isfinite(table).all()
        assert (table.argmax(1) == truth).mean() > 0.7, "larger must support the class"

    def test_a_label_never_moves_its_own_row(self, entry, made):
        labels, _, evidence = made
        table = table_of(entry, labels, evidence)
        moved = []
        for item in range(0, N, 9):
            y = labels.y.copy()
            y[item] = (y[item] + 1) % K
            other = table_of(entry, Classes(y, labels.names), evidence)
            moved.append(np.abs(other[item] - table[item]).max() / table.std())
        assert np.median(moved) <= MOVED, f"rows move by {np.median(moved):.2f} deviations"

    def test_the_same_seed_the_same_table(self, entry, made):
        labels, _, evidence = made
        once, again = (table_of(entry, labels, evidence) for _ in range(2))
        assert (once == again).all()

    def test_unlabelled_items_have_a_row_too(self, entry, made):
        labels, truth, evidence = made
        y = np.where(np.arange(N) % 5 == 0, -1, labels.y)
        table = table_of(entry, Classes(y, labels.names), evidence)
        assert (table.argmax(1) == truth)[y < 0].mean() > 0.7

    def test_its_signature_is_the_one_read(self, entry, made):
        parameters = inspect.signature(entry.load_table()).parameters
        words = {n: p for n, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}
        assert set(words) == entry.table_takes
        needs = {n for n, p in words.items() if p.default is inspect.Parameter.empty}
        assert needs == entry.table_needs
