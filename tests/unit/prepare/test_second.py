"""A second kind of evidence, from other features of the same items."""

from dataclasses import replace

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.catalogue import Entry
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, MultiLabel
from reliabel.folders.evidence_store import Store
from reliabel.prepare import cost, estimate, prepare, second

NEEDS = frozenset({"features", "probs", "neighbours"})
LAST = "text_tfidf"


def texts(n=300):
    """Six words each, of which a seventh tell the class, and twenty wrong labels."""
    draw = np.random.default_rng(0)
    plain = [f"word{place}" for place in range(20)]
    words = [[*plain, "card", "till", "shop"], [*plain, "transfer", "fee", "abroad"]]
    y = draw.integers(0, 2, n)
    items = [" ".join(draw.choice(words[c], 6)) for c in y.tolist()]
    y[:20] = 1 - y[:20]
    return Dataset(Classes(y), {"items": items}, source={"task": "text"})


@pytest.fixture
def bare(monkeypatch):
    """Nothing but TF-IDF is installed."""
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: tuple(sorted(entry.extras)))


@pytest.fixture
def as_if_other(bare, monkeypatch):
    """The first features count as those of another embedder, so that the second are the same."""
    monkeypatch.setattr(second, "_first", lambda work: "another")


def test_the_second_evidence_comes_of_the_same_folds(as_if_other):
    made = prepare(texts(), NEEDS, second=True)
    assert list(made.second) == [LAST]
    again = made.second[LAST]
    assert (again["probs"] == made.data.evidence["probs"]).all()
    assert (again["features"] == made.data.evidence["features"]).all()
    assert (again["neighbours"].index == made.data.evidence["neighbours"].index).all()
    assert made.info["second"]["embedder"] == LAST
    assert made.info["second"]["accuracy"] == made.info["model"]["accuracy"]
    assert made.info["second"]["model"].startswith("logistic regression")
    assert "second" in made.info["timings"]


def test_it_is_kept_and_found_again(as_if_other, tmp_path):
    first = prepare(texts(), NEEDS, second=True, store=Store(tmp_path))
    again = prepare(texts(), NEEDS, second=True, store=Store(tmp_path))
    assert (first.second[LAST]["probs"] == again.second[LAST]["probs"]).all()


def test_there_are_neighbours_where_the_first_evidence_has_them(as_if_other):
    made = prepare(texts(), frozenset({"probs"}), second=True)
    assert set(made.second[LAST]) == {"features", "probs"}


def test_there_is_none_where_there_is_no_other_embedder(bare):
    assert prepare(texts(), NEEDS, second=True).second == {}


def test_there_is_none_of_very_many_items(as_if_other, monkeypatch):
    monkeypatch.setattr(second, "MOST", 299)
    assert prepare(texts(), NEEDS, second=True).second == {}


@pytest.mark.parametrize(
    "words", [{"embed": "tfidf", "second": True}, {}], ids=["an embedder by name", "not asked for"]
)
def test_there_is_none_for(as_if_other, words):
    made = prepare(texts(), NEEDS, **words)
    assert made.second == {}
    assert "second" not in made.info


def test_there_is_none_beside_evidence_that_was_given(as_if_other):
    data, rng = texts(), np.random.default_rng(0)
    for name, value in (
        ("features", rng.normal(size=(300, 4))),
        ("probs", np.full((300, 2), 0.5)),
    ):
        brought = replace(data, evidence={**data.evidence, name: value})
        assert prepare(brought, NEEDS, second=True).second == {}


def test_there_is_none_for_several_labels_an_item(as_if_other):
    y = np.random.default_rng(0).integers(0, 2, (300, 3))
    several = replace(texts(), labels=MultiLabel(y))
    assert prepare(several, NEEDS, second=True).second == {}


def test_texts_that_are_useless_to_it_leave_the_first_alone(as_if_other, monkeypatch):
    from reliabel.prepare import features

    vectors = features._vectors
    used = []

    def once(*args):
        if used:
            raise ValueError("nothing to read")
        used.append(1)
        return vectors(*args)

    monkeypatch.setattr(features, "_vectors", once)
    made = prepare(texts(), NEEDS, second=True)
    assert made.second == {}
    assert made.warnings == []
    assert made.data.evidence["probs"].shape == (300, 2)


def test_an_audit_says_whether_it_was_joined(as_if_other):
    """The same tables again say nothing new."""
    audit = rl.audit(texts())
    told = audit.info["p_wrong"]["second"][LAST]
    assert not told["joined"]
    assert set(told["held_out_log_loss"]) == {"without", "with"}
    assert not any(LAST in name for name in audit.info["p_wrong"]["tables"])


def test_evidence_with_errors_of_its_own_is_joined_and_kept_apart(
    as_if_other, monkeypatch, tmp_path
):
    data, rng = texts(), np.random.default_rng(1)
    truth = np.r_[1 - data.labels.y[:20], data.labels.y[20:]]
    other = np.exp(1.5 * np.eye(2)[truth] + rng.normal(size=(300, 2)))
    other /= other.sum(1, keepdims=True)
    alone = rl.audit(data, folder=tmp_path)
    with monkeypatch.context() as patch:
        beside = {LAST: {"probs": other}}
        patch.setattr("reliabel.prepare.make_second", lambda work, fold, search: beside)
        audit = rl.audit(data, folder=tmp_path)
    assert audit.info["p_wrong"]["second"][LAST]["joined"]
    assert audit.info["p_wrong"]["tables"][f"{LAST} model"] > 0.1
    assert audit.p_wrong.tolist() != alone.p_wrong.tolist()
    assert rl.audit(data, folder=tmp_path).p_wrong.tolist() == alone.p_wrong.tolist()


def test_a_dry_run_names_it(bare, monkeypatch):
    names = [piece["piece"] for piece in estimate(texts(), NEEDS)]
    assert not any(name.startswith("second") for name in names)
    chosen = cost.embedder

    def another(work, embed):
        entry, options, why = chosen(work, embed)
        return replace(entry, name="another"), options, why

    monkeypatch.setattr(cost, "embedder", another)
    last = estimate(texts(), NEEDS)[-1]
    assert last["piece"] == f"second evidence: {LAST}"
    assert last["seconds"] > 0
    assert not any("second" in p["piece"] for p in estimate(texts(), NEEDS, embed="tfidf"))
