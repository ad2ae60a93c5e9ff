"""Which models ``auto`` combines, and why."""

import numpy as np
import pytest

from reliabel.aggregators import bwa
from reliabel.auto.aggregate import combined_consensus, graph_warnings
from reliabel.core.labels import Classes, Votes
from reliabel.core.results import Measure


def rules(share, each=40, w=4):
    """Rules on 2 ``each`` items: half vote class 0, half class 1, on ``share`` of their items, and
    the other class on the rest.
    """
    n = 2 * each
    own = np.arange(w) % 2
    item = np.concatenate([np.arange(each) + each * (j // 2 % 2) for j in range(w)])
    worker = np.repeat(np.arange(w), each)
    y = np.where(np.tile(np.arange(each), w) < round(share * each), own[worker], 1 - own[worker])
    return Votes(item, worker, Classes(y, ("a", "b")), n, w)


@pytest.mark.parametrize(
    ("share", "one_class"),
    [(0.6, False), (0.8, False), (0.95, False), (0.975, True), (1.0, True)],
)
def test_sources_of_one_class_say_it_more_than_nineteen_times_of_twenty(share, one_class):
    """People with a bias towards a class, even for nine votes of ten, are no one-class sources."""
    assert (
        combined_consensus(rules(share)).info["models"] == {"precision_model": 1.0}
    ) == one_class


@pytest.mark.parametrize(("each", "one_class"), [(19, False), (20, True)])
def test_sources_with_fewer_than_twenty_votes_are_no_rules(each, one_class):
    assert (
        combined_consensus(rules(1.0, each)).info["models"] == {"precision_model": 1.0}
    ) == one_class


@pytest.mark.parametrize(("first", "one_class"), [(89, True), (91, False)])
def test_a_crowd_that_says_one_class_as_a_whole_makes_nobody_a_rule(first, one_class):
    """One worker always votes a, the other gives the rest of the 200 votes: 89 or 91 % are a."""
    y = np.r_[np.zeros(120, dtype=int), np.where(np.arange(80) < 2 * first - 120, 0, 1)]
    item, worker = np.r_[np.arange(120), np.arange(80)], np.repeat([0, 1], [120, 80])
    votes = Votes(item, worker, Classes(y, ("a", "b")), 120, 2)
    models = combined_consensus(votes).info["models"]
    assert (models == {"precision_model": 1.0}) == one_class


def test_rules_are_read_backwards_only_where_they_give_most_votes():
    """Half of the votes, and just over half of them, come from a one-class source."""
    for own, rule in ((100, False), (102, True)):
        y = np.r_[np.zeros(own, dtype=int), np.arange(100) % 2]
        item, worker = np.r_[np.arange(own), np.arange(100)], np.repeat([0, 1], [own, 100])
        models = combined_consensus(Votes(item, worker, Classes(y, ("a", "b")), own, 2)).info[
            "models"
        ]
        assert (models == {"precision_model": 1.0}) == rule


def crowd(n=120, w=8, each=4, k=3, right=0.7, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    item, worker = (
        np.repeat(np.arange(n), each),
        np.concatenate([rng.permutation(w)[:each] for _ in range(n)]),
    )
    y = np.where(rng.random(n * each) < right, truth[item], rng.integers(k, size=n * each))
    return Votes(item, worker, Classes(y, ("a", "b", "c")[:k]), n, w), truth


@pytest.mark.parametrize(
    ("thorough", "models"),
    [
        (False, {"dawid_skene": 0.7, "bwa": 0.3}),
        (True, {"dawid_skene": 0.56, "bwa": 0.24, "ebcc": 0.2}),
    ],
)
def test_the_posterior_is_the_weighted_mean_of_its_parts(thorough, models):
    votes, _ = crowd(n=40)
    found = combined_consensus(votes, thorough=thorough)
    assert found.info["models"] == models
    parts = found.info["parts"]
    mean = np.sum([weight * parts[name].labels.p for name, weight in models.items()], axis=0)
    assert found.labels.p == pytest.approx(mean, abs=1e-5)
    assert found.info["balance"] == pytest.approx(found.labels.p.mean(0))
    assert set(found.info["held_out"]) == set(models)
    credit = {name: part.labels.credit() for name, part in parts.items()}
    first, *others = credit.values()
    assert found.info["agreement"] == pytest.approx(
        np.mean([(first * other).sum() / 40 for other in others])
    )


@pytest.mark.parametrize(("per_item", "models"), [(1, {"majority"}), (2, {"dawid_skene", "bwa"})])
def test_skill_is_learnt_from_two_votes_an_item_on(per_item, models):
    votes, _ = crowd(each=per_item)
    found = combined_consensus(votes)
    assert set(found.info["models"]) == models
    few = any("too few to learn" in line for line in found.info["warnings"])
    assert few == (per_item == 1)
    few = combined_consensus(votes.take(np.arange(len(votes)) != 0))  # 239 votes on 120 items
    assert set(few.info["models"]) == {"majority"}


def test_a_skill_is_shrunk_to_the_crowds_by_four_votes():
    votes, _ = crowd()
    found = combined_consensus(votes)
    hit = np.bincount(votes.worker, found.labels.p[votes.item, votes.labels.y], 8)
    size = np.bincount(votes.worker, minlength=8)
    common = hit.sum() / size.sum()
    assert found.skill == pytest.approx((hit + 4 * common) / (size + 4))
    idle = Votes(votes.item, votes.worker, votes.labels, votes.n, 9)
    assert combined_consensus(idle).skill[8] == pytest.approx(common, abs=0.01)


def test_gold_is_told_to_every_model_but_not_to_those_that_predict_held_out_votes(monkeypatch):
    from reliabel.aggregators import dawid_skene, raykar

    votes, truth = crowd()
    gold = np.where(np.arange(120) < 20, truth, -1)
    told = {}

    def spy(module, name):
        whole = module.aggregate

        def aggregate(some, **words):
            told.setdefault(name, []).append(words.get("gold") is not None)
            return whole(some, **words)

        monkeypatch.setattr(module, "aggregate", aggregate)

    for module, name in (
        (bwa, "bwa"),
        (dawid_skene, "dawid_skene"),
        (raykar, "raykar"),
    ):
        spy(module, name)
    features = np.eye(3)[truth] + 0.5 * np.random.default_rng(0).normal(size=(120, 3))
    found = combined_consensus(votes, gold=gold, features=features)
    assert found.labels.p[:20].tolist() == np.eye(3)[truth[:20]].tolist()
    assert told["raykar"] == [True]
    for name in ("bwa", "dawid_skene"):
        assert told[name] == [
            True,
            False,
            False,
            False,
        ]  # then two rounds held out, and one for the weight of the model


def test_matrices_that_do_not_fit_are_replaced_by_one_number_a_worker(monkeypatch):
    votes, _ = crowd()
    few = {"bwa": 0.4, "one_coin": 0.4, "majority": 0.2}
    for largest, models in ((8 * 9, {"dawid_skene": 0.7, "bwa": 0.3}), (8 * 9 - 1, few)):
        monkeypatch.setattr("reliabel.ops.votes.AFFORDABLE", largest)
        found = combined_consensus(votes).info
        assert found["models"] == models
        assert any("one-coin Dawid-Skene replaces" in line for line in found["warnings"]) == (
            models is few
        )
        assert ("independent" in found) == (models is not few)


def test_models_that_disagree_on_more_than_fifteen_of_a_hundred_items_are_said():
    for right in (0.9, 0.75, 0.6, 0.45):
        found = combined_consensus(crowd(n=300, each=3, right=right)[0]).info
        told = [line for line in found["warnings"] if "disagree on" in line]
        assert bool(told) == (found["agreement"] < 0.85)
        assert not told or f"{1 - found['agreement']:.0%}" in told[0]


def one_sided(seed=0, n=400):
    """Four workers who nearly always say b where it is b, and mostly where it is a; and three who
    say a nearly always where it is a, and mostly where it is b.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=n)
    of_b, of_a = np.array([0.98] * 4 + [0.4, 0.5, 0.4]), np.array([0.3] * 4 + [0.97] * 3)
    item, worker = np.repeat(np.arange(n), 7), np.tile(np.arange(7), n)
    right = rng.random(n * 7) < np.where(truth[item] == 1, of_b[worker], of_a[worker])
    y = np.where(right, truth[item], 1 - truth[item])
    return Votes(item, worker, Classes(y, ("a", "b")), n, 7), truth


def test_bwa_is_heard_where_its_classes_are_those_of_the_votes_and_left_out_elsewhere():
    votes, truth = one_sided()
    alone = bwa.aggregate(votes).labels.p
    share = np.bincount(votes.labels.y, minlength=2) / len(votes)  # seven votes on every item
    assert np.abs(alone.mean(0) - share).sum() / 2 > 0.1
    found = combined_consensus(votes)
    assert found.info["models"] == {"dawid_skene": 1.0}
    assert set(found.info["parts"]) == set(found.info["held_out"]) == {"dawid_skene"}
    told = [line for line in found.info["warnings"] if "bwa was left out" in line]
    assert len(told) == 1
    apart = float(np.abs(alone.mean(0) - share).sum() / 2)
    assert f"{100 * apart:.0f} points" in told[0]
    assert (found.labels.p.argmax(1) == truth).mean() > (alone.argmax(1) == truth).mean()


def test_what_workers_share_is_said_where_it_is_much():
    independent = combined_consensus(crowd(n=300, w=9, each=9)[0]).info
    assert not any("independent ones" in line for line in independent["warnings"])
    votes, _ = crowd(n=300, w=6, each=6)
    item, worker = np.r_[votes.item, votes.item], np.r_[votes.worker, votes.worker + 6]
    y = np.r_[votes.labels.y, votes.labels.y]
    copied = combined_consensus(Votes(item, worker, Classes(y, ("a", "b", "c")), 300, 12)).info
    assert copied["independent"].copies() == tuple((j, j + 6) for j in range(6))
    assert any("12 workers in 6 groups" in line for line in copied["warnings"])
    told = [line for line in copied["warnings"] if "independent votes" in line]
    assert len(told) == 1
    assert told[0].startswith("12 workers are worth about")  # all of them vote on all items


def test_where_few_workers_vote_on_an_item_the_votes_are_told_to_be_worth_less():
    """Twelve workers in pairs of one opinion, four of them on each item."""
    votes, _ = crowd(n=600, w=6, each=2)
    item, worker = np.repeat(votes.item, 2), np.repeat(votes.worker, 2) * 2
    worker = worker + np.tile([0, 1], len(votes))
    names = ("a", "b", "c")
    pairs = Votes(item, worker, Classes(np.repeat(votes.labels.y, 2), names), 600, 12)
    lines = combined_consensus(pairs).info["warnings"]
    assert any(line.startswith("the 4.0 votes of an item are worth about 2.0") for line in lines)


def measure(**parts):
    plain = {
        "components": 1,
        "items_per_component": [9],
        "verdict": "identified",
        "classes_never_voted": [],
        "items_by_votes": {"0": 0},
    }
    return Measure(0.0, 0.0, 0.0, {**plain, **parts}, {})


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, []),
        ({"verdict": "inside each group only"}, []),
        (
            {"components": 3, "items_per_component": [1200, 3, 1]},
            ["into 3 groups", "(1,200, 3, 1 items)"],
        ),
        ({"verdict": "only for some"}, ["skills can be learnt only for some"]),
        ({"verdict": "not at all"}, ["skills: not at all"]),
        ({"classes_never_voted": ["b", "c"]}, ["'b', 'c'"]),
        ({"items_by_votes": {"0": 1200}}, ["1,200 items have no vote"]),
    ],
)
def test_what_the_graph_of_votes_forbids_is_said(parts, words):
    found = graph_warnings(measure(**parts))
    assert len(found) == bool(words)
    assert all(word in found[0] for word in words)
