"""The suite weak: its worlds, what it measures of a model, and its tables."""

import numpy as np
import pytest

from reliabel.bench import weak_end
from reliabel.bench.weak import _over, _voted, sections, sparse_votes
from reliabel.bench.weak_worlds import WORLDS, drawn_functions, planted


@pytest.mark.parametrize("name", WORLDS)
def test_a_world_is_drawn_again_and_holds_every_class(name):
    (votes, truth), (again, _) = planted(name, 7), planted(name, 7)
    assert votes.item.tolist() == again.item.tolist()
    assert len(np.unique(truth)) == votes.labels.k
    assert votes.n == len(truth)


def test_one_class_worlds_hold_functions_of_one_class():
    votes, _ = planted("one_class", 0)
    cells = np.unique(votes.worker * votes.labels.k + votes.labels.y)
    assert len(cells) == len(np.unique(votes.worker)) == votes.w


def test_functions_drawn_for_texts_fire_on_their_words():
    texts = ["red apple", "red cherry", "blue sky", "blue sea"] * 20
    truth = np.array([0, 0, 1, 1] * 20)
    votes, seen = drawn_functions(texts, truth, 2, each=1, rng=np.random.default_rng(0))
    assert votes.w == 2
    assert seen.sum() == 80
    assert (votes.labels.y == truth[votes.item]).all()


def test_a_model_is_measured_against_a_majority():
    votes, truth = planted("adversarial", 0)
    rows = list(_over("adversarial", "majority", [(votes, truth, _voted(votes))]))
    found = {row.metric: row.value for row in rows}
    assert found["over majority"] == found["worst over majority"] == 0
    better = {
        r.metric: r.value for r in _over("adversarial", "wawa", [(votes, truth, _voted(votes))])
    }
    assert better["accuracy"] == pytest.approx(found["accuracy"] + better["over majority"] / 100)
    first = next(iter(sections(rows)))[1]
    assert first[1][first[0].index("adversarial")] == "+0.0 (+0.0)"


def test_the_votes_whose_cost_is_measured():
    votes = sparse_votes(2000)
    assert votes.w == 100
    assert len(votes) == pytest.approx(2000 * 100 * 0.05, rel=0.05)
    assert len(np.unique(votes.item * 100 + votes.worker)) == len(votes)


@pytest.mark.slow
def test_end_models_are_measured_beside_the_label_model(monkeypatch):
    monkeypatch.setattr(weak_end, "WORLDS", {"sparse": None})
    monkeypatch.setattr(weak_end, "LEARNERS", ("soft_logistic",))
    rows = list(weak_end.worlds_rows([0]))
    found = {(row.method, row.metric): row.value for row in rows}
    assert found["label model alone", "worst over label model"] == 0
    gain = found["soft_logistic", "accuracy"] - found["label model alone", "accuracy"]
    assert found["soft_logistic", "worst over label model"] == pytest.approx(100 * gain)
    ((_, table),) = weak_end.sections(rows)
    assert [line[1] for line in table[1:]] == ["label model alone", "soft_logistic"]
