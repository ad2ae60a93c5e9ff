"""Leakage by group: planted groups in several splits, none in independent ones, items without a
group.
"""

import numpy as np

import reliabel as rl
from reliabel.auditors.group_leakage import audit
from reliabel.core.labels import Classes


def labels(n: int) -> Classes:
    return Classes(np.arange(n) % 2)


def test_planted_groups_are_found_and_no_others() -> None:
    """Two in a hundred of the groups of five have an item in the other split."""
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat(np.arange(400), 5))
    split = np.where(groups < 320, "train", "test")
    moved = rng.choice(400, 8, replace=False)
    for group in moved:
        row = np.flatnonzero(groups == group)[0]
        split[row] = "test" if split[row] == "train" else "train"
    found = audit(labels(2000), split=split, groups=groups)
    assert sorted({int(groups[items[0]]) for items in found.items}) == sorted(moved.tolist())
    assert all(len(items) == 5 for items in found.items)
    assert found.info["groups"] == 8
    assert found.info["of"] == 400
    assert (~found.info["clean"]).sum() == 40
    assert sum(one["items"] for one in found.info["leakage"]) == 40


def test_whole_groups_do_not_leak() -> None:
    groups = np.repeat(np.arange(30), 4)
    found = audit(labels(120), split=np.where(groups % 3 == 0, "test", "train"), groups=groups)
    assert found.items == []
    assert found.info["clean"].all()
    assert found.info["leakage"] == []


def test_items_without_a_group_belong_to_none() -> None:
    split = np.array(["train", "test"] * 3)
    for missing in (-1, np.nan):
        groups = np.array([missing, missing, missing, missing, 2, 2])
        assert audit(labels(6), split=split, groups=groups).items == [(4, 5)]


def test_the_group_that_is_torn_most_comes_first() -> None:
    groups = np.repeat([3, 8], 4)
    split = np.array(["train"] * 3 + ["test"] + ["train", "train", "test", "val"])
    found = audit(labels(8), split=split, groups=groups)
    assert found.items == [(4, 5, 6, 7), (0, 1, 2, 3)]
    assert found.score.tolist() == [1.0, 0.5]
    told = "group 8 is in several splits: 2 of its items in train, 1 in test, 1 in val"
    assert found.why[0] == told


def test_an_audit_with_groups_and_splits_looks_for_it() -> None:
    groups, split = np.repeat(np.arange(20), 3), np.array(["train", "train", "test"] * 20)
    done = rl.audit([0, 1, 1] * 20, groups=groups, split=split, features=np.eye(60)[:, :9] + 0.01)
    assert sum(finding.finds == "leak" for finding in done.findings) == 20
