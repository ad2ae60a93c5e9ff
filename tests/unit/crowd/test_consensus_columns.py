"""A consensus as columns and findings, by hand."""

import numpy as np
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Numbers, Soft, Votes
from reliabel.core.results import Consensus, Measure
from reliabel.crowd.consensus_columns import (
    consensus_card,
    item_columns,
    number_item_columns,
    number_worker_columns,
    worker_columns,
)
from reliabel.crowd.consensus_findings import as_audit
from reliabel.crowd.independence import independence_card, independence_sentence
from reliabel.crowd.study import study
from reliabel.ops.dependence import Dependence

P = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.4, 0.35, 0.25]])
VOTES = Votes(
    np.array([0, 0, 0, 1, 1]),
    np.array([0, 1, 2, 0, 1]),
    Classes(np.array([0, 0, 1, 1, 0]), ("a", "b", "c")),
    3,
    3,
)
DATA = Dataset(
    VOTES,
    {"items": ["t", "u", "v"], "time": np.arange(5.0)},
    Ids(["x", "y", "z"], ["ann", "bob", "cy"]),
    {"path": "v.csv", "task": "text"},
)


@pytest.fixture(scope="module")
def seen():
    return study(VOTES, P, rng=np.random.default_rng(0))


def consensus(**info):
    return Consensus(Soft(P, ("a", "b", "c")), np.zeros(3), info=info)


def test_items_as_columns(seen):
    rows = item_columns(consensus(), DATA, seen)
    assert rows["id"] == ["x", "y", "z"]
    assert rows["label"] == ["a", "b", "a"]
    assert rows["p"].tolist() == [0.7, 1.0, 0.4]
    assert rows["probs"].tolist() == P.tolist()
    assert rows["votes"].tolist() == [3, 2, 0]
    assert rows["agreement"][:2].tolist() == pytest.approx([2 / 3, 1 / 2])
    assert rows["entropy"] == pytest.approx(-(P * np.log(np.maximum(P, 1e-300))).sum(1))
    assert rows["ambiguous"] is seen.ambiguous
    assert rows["excess"] is seen.excess
    assert rows["need"].tolist() == seen.next.need.tolist()
    assert rows["gain"].tolist() == seen.next.value.tolist()
    assert rows["stop"] == [word or None for word in seen.next.why]
    assert rows["stop"][1] == "sure"


def test_workers_as_columns(seen):
    rows = worker_columns(DATA, seen)
    assert rows["worker"] == ["ann", "bob", "cy"]
    assert rows["votes"].tolist() == [2, 2, 1]
    assert rows["kind"] == ["unknown"] * 3
    assert rows["flags"] == [[], [], []]
    for name in (
        "skill",
        "low",
        "high",
        "agreement",
        "spammer_score",
        "gold_right",
        "bias",
        "confusion",
    ):
        assert rows[name] is getattr(seen.workers, name)
    assert worker_columns(Dataset(VOTES), seen)["worker"] == ["0", "1", "2"]


SHARES = Dependence(
    0.5,
    np.array([0, 0, 2]),
    np.array([[0, 1]]),
    np.array([0.9]),
    np.array([[0, 3.0, 0.5], [0, 0, 0], [0, 0, 0]]),
)


def test_near_copies_are_named_beside_each_worker(seen):
    assert worker_columns(DATA, seen, SHARES)["near_copy_of"] == [["bob"], ["ann"], []]
    assert "near_copy_of" not in worker_columns(DATA, seen)


def test_the_card_says_what_votes_are_worth_and_where_workers_err_together():
    card = consensus_card(consensus(independent=SHARES), DATA, VOTES, {})["independent"]
    assert card == {
        "votes": 2.5,  # item 0: ann and bob count once, and cy; item 1: ann and bob
        "worth": pytest.approx((2 / 1.5 + 1) / 2),
        "shared_errors": 0.5,
        "near_copies": [["ann", "bob"]],
        "err_together": [{"likelier": "a", "voted": "b"}],
    }
    assert independence_sentence(card) == (
        "2.5 votes an item, worth about 1.2 independent ones; near copies: ann = bob; most shared "
        "errors: b where a is likelier"
    )
    assert "independent" not in consensus_card(consensus(), DATA, VOTES, {})


def test_many_groups_of_near_copies_are_counted():
    names = [f"w{j}" for j in range(20)]
    group = np.repeat(np.arange(0, 20, 2), 2)
    votes = Votes(np.zeros(20, int), np.arange(20), Classes(np.zeros(20, int), ("a", "b")), 1, 20)
    many = Dependence(0.0, group, np.zeros((0, 2), int), np.zeros(0), np.zeros((2, 2)))
    card = independence_card(many, votes, names)
    assert len(card["near_copies"]) == 10
    assert independence_sentence(card) == (
        "20.0 votes an item, worth about 10.0 independent ones; near copies: "
        + "; ".join(f"w{j} = w{j + 1}" for j in range(0, 16, 2))
        + " and 2 more groups"
    )


def test_a_crowd_too_large_for_matrices_has_fewer_columns(monkeypatch):
    monkeypatch.setattr("reliabel.crowd.study.AFFORDABLE", 1)
    small = study(VOTES, P, rng=np.random.default_rng(0))
    assert set(item_columns(consensus(), DATA, small)) == {
        "id",
        "label",
        "p",
        "probs",
        "votes",
        "agreement",
        "entropy",
    }
    rows = worker_columns(DATA, small)
    assert set(rows) == {"worker", "votes", "skill", "low", "high", "kind"}
    assert rows["votes"].tolist() == [2, 2, 1]
    assert np.isnan(rows["skill"]).all()


def test_numbers_as_columns():
    votes = Votes(VOTES.item, VOTES.worker, Numbers(np.array([1.0, 2, 3, 4, 5])), 3, 3)
    y = np.array([2.0, 4.5, np.nan])
    found = Consensus(
        Numbers(y),
        np.array([0.9, 0.8, 0.7]),
        info={"sd": [1, 2, 3], "low": [0, 1, 2], "bias": [1.0, -1.0, 0.0]},
    )
    rows = number_item_columns(found, DATA, votes)
    assert rows["id"] == ["x", "y", "z"]
    assert rows["label"][:2].tolist() == [2.0, 4.5]
    assert rows["votes"].tolist() == [3, 2, 0]
    assert rows["probs"] == [None] * 3
    assert np.isnan(rows["p"]).all()
    assert np.isnan(rows["agreement"]).all()
    assert (rows["sd"].tolist(), rows["low"].tolist()) == ([1, 2, 3], [0, 1, 2])
    assert "high" not in rows
    people = number_worker_columns(found, DATA, votes)
    assert people["worker"] == ["ann", "bob", "cy"]
    assert people["votes"].tolist() == [2, 2, 1]
    assert people["skill"].tolist() == [0.9, 0.8, 0.7]
    assert people["bias"].tolist() == [[1.0], [-1.0], [0.0]]
    assert people["kind"] == ["unknown"] * 3
    bare = number_worker_columns(Consensus(Numbers(y)), Dataset(votes), votes)
    assert bare["worker"] == ["0", "1", "2"]
    assert np.isnan(bare["skill"]).all()
    assert "bias" not in bare


def test_the_card_of_a_consensus():
    measure = Measure(0.5, 0.4, 0.6, {"gap": 1}, {})
    info = {
        "by": "auto",
        "seed": 3,
        "models": {"bwa": 1.0},
        "agreement": 0.9,
        "certificate": measure,
        "warnings": ("look",),
        "other": 1,
    }
    card = consensus_card(consensus(**info), DATA, VOTES, {"percent": measure})
    assert (card["items"], card["workers"], card["votes"]) == (3, 3, 5)
    assert card["classes"] == ["a", "b", "c"]
    assert card["expected_wrong"] == pytest.approx(0.3)  # nobody voted on the third item
    assert card["input"] == {"path": "v.csv"}
    assert (card["by"], card["seed"], card["models"], card["models_agree"]) == (
        "auto",
        3,
        {"bwa": 1.0},
        0.9,
    )
    numbers = {"value": 0.5, "low": 0.4, "high": 0.6}
    assert card["agreement"] == {"percent": numbers}
    assert card["certificate"] == numbers | {"parts": {"gap": 1}}
    assert card["warnings"] == ["look"]
    assert {"held_out", "identifiability", "other"}.isdisjoint(card)
    of_numbers = consensus_card(Consensus(Numbers(np.zeros(3))), DATA, VOTES, {})
    assert (of_numbers["classes"], of_numbers["expected_wrong"]) == (None, None)


def test_labels_that_are_not_sure_and_votes_against_the_consensus_are_findings(seen):
    audit = as_audit(consensus(by="auto", seed=3, temperature=2, warnings=("look",)), DATA, seen)
    assert audit.data.labels.y.tolist() == [0, 1, -1]
    assert audit.p_wrong[:2].tolist() == pytest.approx([0.3, 0])
    assert np.isnan(audit.p_wrong[2])
    assert set(audit.data.evidence) == {"items"}  # the times are of votes, not of items
    assert audit.info == {
        "by": "auto",
        "seed": 3,
        "task": "consensus of votes",
        "classes": ["a", "b", "c"],
    }
    assert audit.warnings == ("look",)
    label, first, second = audit.findings  # a label that is sure is no finding
    assert (label.item, label.id, label.finds, label.given, label.suggest) == (
        0,
        "x",
        "label",
        "a",
        "b",
    )
    assert label.rank == label.p_wrong == pytest.approx(0.3)
    assert label.why == "3 votes, 67% of them for it; next likeliest b (0.20)"
    assert (first.item, first.given, first.suggest, first.where) == (1, "a", "b", {"worker": "bob"})
    assert first.p_wrong == pytest.approx(1.0)
    assert (second.item, second.given, second.suggest, second.where) == (
        0,
        "b",
        "a",
        {"worker": "cy"},
    )
    assert second.p_wrong == pytest.approx(0.8)
    assert second.why == "cy voted b, the consensus is a"


def test_of_many_open_labels_five_hundred_are_named_or_all_that_are_rather_wrong():
    n = 1200
    p = np.tile([0.6, 0.4], (n, 1))
    votes = Votes(
        np.arange(n), np.zeros(n, dtype=int), Classes(np.zeros(n, dtype=int), ("a", "b")), n, 1
    )
    made = study(votes, p, rng=np.random.default_rng(0))
    found = as_audit(Consensus(Soft(p, ("a", "b"))), Dataset(votes), made).findings
    assert len([one for one in found if one.finds == "label"]) == 500
    three = np.tile([0.4, 0.3, 0.3], (n, 1))
    votes = Votes(votes.item, votes.worker, Classes(np.zeros(n, dtype=int), ("a", "b", "c")), n, 1)
    made = study(votes, three, rng=np.random.default_rng(0))
    found = as_audit(Consensus(Soft(three, ("a", "b", "c"))), Dataset(votes), made).findings
    assert len([one for one in found if one.finds == "label"]) == n


def test_workers_of_numbers_who_did_not_vote_have_a_row():
    votes = Votes(VOTES.item, VOTES.worker, Numbers(np.arange(5.0)), 3, 4)
    rows = number_worker_columns(Consensus(Numbers(np.zeros(3))), Dataset(votes), votes)
    assert rows["votes"].tolist() == [2, 2, 1, 0]


def test_votes_that_are_worth_what_they_are_name_no_shared_errors():
    card = {
        "votes": 5.0,
        "worth": 4.9,
        "near_copies": [],
        "err_together": [{"likelier": "a", "voted": "b"}],
    }
    assert independence_sentence(card) == "5.0 votes an item, worth about 4.9 independent ones"
    assert independence_sentence(card | {"worth": 2.0}).endswith("errors: b where a is likelier")
