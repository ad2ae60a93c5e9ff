"""Votes in a tree of classes: two siblings against one far away, and planted trees."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.aggregators import hierarchy, majority
from reliabel.core.labels import Classes, Votes
from reliabel.ops import tree_votes
from reliabel.ops.class_tree import class_tree

NAMES = tuple(f"{a} > {a}{b} > {a}{b}{c}" for a in "xyz" for b in "12" for c in "pqr")
INNER = tuple(f"{a} > {a}{b}" for a in "xyz" for b in "12")


def planted(seed=0, n=300, w=12, each=5, up=0.25):
    """Good workers name the leaf or a sibling, bad ones anything; a part stops one level up."""
    rng = np.random.default_rng(seed)
    names = NAMES + INNER
    tree = class_tree(names)
    leaf = tree.node[: len(NAMES)]
    far = tree.distances(leaf)[leaf].astype(float)
    truth = rng.integers(len(NAMES), size=n)
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    steep = np.where(np.arange(w) < 4, 1.6, 0.5)
    chance = np.exp(-steep[worker][:, None] * far[truth[item]])
    chance /= chance.sum(1, keepdims=True)
    said = (chance.cumsum(1) < rng.random(len(item))[:, None]).sum(1)
    inner = rng.random(len(item)) < up
    said = np.where(inner, len(NAMES) + said // 3, said)
    return Votes(item, worker, Classes(said, names), n, w), truth, far


def test_two_votes_on_siblings_and_one_far_away_give_the_parent():
    names = ("animal > dog", "animal > cat", "plant > oak")
    votes = Votes([0, 0, 0], [0, 1, 2], Classes([0, 1, 2], names), n=1, w=3)
    found = hierarchy.aggregate(votes)
    assert found.info["node"] == ["animal"]
    assert found.info["nearest"] == ["animal"]
    assert found.labels.p[0, 0] == pytest.approx(found.labels.p[0, 1])


def test_a_vote_at_an_inner_node_leaves_the_leaves_below():
    names = ("a > b", "a > c", "d > e", "a")
    votes = Votes([0, 0, 1, 2, 2], [0, 1, 1, 0, 1], Classes([0, 3, 3, 2, 3], names), n=4, w=2)
    found = hierarchy.aggregate(votes)
    assert found.info["node"][:2] == ["a > b", "a"]
    assert found.labels.p[1, 2] < 0.1 < found.labels.p[1, :2].min()
    assert found.labels.p[:, 3].max() == 0
    assert found.labels.p.sum(1) == pytest.approx(np.ones(4))


def test_planted_leaves_are_found_more_often_than_by_plurality():
    mine, plain, steps, before = [], [], [], []
    for seed in range(2):
        votes, truth, far = planted(seed)
        found = hierarchy.aggregate(votes)
        leaf = found.labels.p.argmax(1)
        mine.append((leaf != truth).mean())
        count = majority.aggregate(votes).labels.p[:, : len(NAMES)].argmax(1)
        plain.append((count != truth).mean())
        steps.append(far[leaf, truth].mean())
        before.append(far[count, truth].mean())
    assert np.mean(mine) < 0.75 * np.mean(plain)
    assert np.mean(steps) < 0.6 * np.mean(before)
    assert found.skill[:4].min() > found.skill[4:].max()
    assert found.info["error"][:4].max() < found.info["error"][4:].min()


def test_the_deepest_node_is_right_as_often_as_it_says():
    votes, truth, _ = planted(n=600)
    found = hierarchy.aggregate(votes)
    right = np.array(
        [
            NAMES[t].startswith(node) or node == "(any)"
            for t, node in zip(truth, found.info["node"], strict=True)
        ]
    )
    assert right.mean() > 0.8
    assert abs(right.mean() - found.info["node_p"].mean()) < 0.1
    deep = np.array([node.count(">") for node in found.info["node"]])
    assert (deep == 2).mean() > 0.5


def test_given_distances_replace_those_of_the_tree():
    names = ("a", "b", "c")
    far = np.array([[0, 1, 9], [1, 0, 9], [9, 9, 0.0]])
    y = Classes([0, 1, 2] * 4, names)
    votes = Votes(np.repeat(np.arange(4), 3), np.tile([0, 1, 2], 4), y, n=4, w=3)
    found = hierarchy.aggregate(votes, class_distance=far)
    assert found.labels.p[:, 2].max() < found.labels.p[:, :2].sum(1).min()
    assert found.info["distance"].tolist() == [0, 1, 9]


def test_what_is_known_is_held():
    votes, truth, _ = planted(n=100)
    gold = np.where(np.arange(100) < 40, truth, -1)
    found = hierarchy.aggregate(votes, gold=gold, tol=0.0, iterations=20)
    assert (found.labels.p.argmax(1)[:40] == truth[:40]).all()
    assert (np.diff(found.trace) >= -1e-9 * np.abs(found.trace[1:])).all()


def test_many_distances_are_put_together():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 2))
    far = np.linalg.norm(x[:, None] - x, axis=2)
    y = Classes(rng.integers(12, size=60), [str(c) for c in range(12)])
    votes = Votes(np.repeat(np.arange(20), 3), np.tile([0, 1, 2], 20), y, n=20, w=3)
    found = hierarchy.aggregate(votes, class_distance=far)
    assert len(found.info["distance"]) <= 9
    assert (np.diff(found.info["distance"]) > 0).all()


def test_too_large_trees_are_refused(monkeypatch):
    monkeypatch.setattr(tree_votes, "LARGEST", 10)
    votes, *_ = planted(n=5)
    with pytest.raises(ValueError, match="more than fits"):
        hierarchy.aggregate(votes)


def test_paths_that_are_counted_as_classes_of_their_own_are_told():
    votes, *_ = planted(n=20)
    said = rl.aggregate(votes, by="majority").info["warnings"]
    assert any("classes look like paths of a tree" in sentence for sentence in said)
    for by, names in (("hierarchy", votes.labels.names), ("majority", tuple(map(str, range(24))))):
        plain = Votes(votes.item, votes.worker, Classes(votes.labels.y, names), votes.n, votes.w)
        said = rl.aggregate(plain, by=by).info["warnings"]
        assert not any("paths of a tree" in sentence for sentence in said)
