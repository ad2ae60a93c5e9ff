"""Single linkage of neighbour lists: against SciPy on all pairs, copies, parts apart."""

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

from reliabel.core.evidence import Neighbours
from reliabel.ops.nearest_in_group import nearest_in_group
from reliabel.ops.neighbours import nearest
from reliabel.ops.single_linkage import single_linkage


@pytest.mark.parametrize("n", [5, 30, 80])
def test_complete_lists_give_the_exact_tree(n: int) -> None:
    x = np.random.default_rng(n).normal(size=(n, 4))
    tree, joined = single_linkage(nearest(x, j=n - 1))
    exact = hierarchy.linkage(pdist(x - x.mean(0), "cosine"), "single")
    assert joined == 0
    assert tree.distance == pytest.approx(exact[:, 2], abs=1e-6)
    assert np.sort(tree.size[n:]).tolist() == np.sort(exact[:, 3]).astype(int).tolist()


def test_copies_are_joined_at_distance_zero() -> None:
    x = np.repeat(np.random.default_rng(0).normal(size=(6, 3)), 3, axis=0)
    tree, joined = single_linkage(nearest(x, j=17))
    assert (tree.distance == 0).sum() == 12
    assert joined == 0
    assert tree.size[-1] == 18


def test_groups_without_an_edge_are_joined_by_their_nearest_pair() -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=(20, 3)) + centre for centre in 30 * np.eye(3)])
    near = nearest(x, j=3)
    exact = hierarchy.linkage(pdist(x - x.mean(0), "cosine"), "single")
    tree, joined = single_linkage(near, x)
    assert joined >= 2
    assert tree.distance[-2:] == pytest.approx(exact[-2:, 2], abs=1e-6)
    blind, _ = single_linkage(near)
    assert blind.distance[-1] == pytest.approx(near.distance.max())
    assert blind.size[-1] == 60


def test_items_without_any_neighbour_are_joined_too() -> None:
    tree, joined = single_linkage(Neighbours(np.full((3, 1), -1), np.full((3, 1), np.inf)))
    assert joined == 2
    assert tree.distance.tolist() == [0.0, 0.0]


def test_the_nearest_of_a_group_and_of_the_others() -> None:
    x = np.random.default_rng(2).normal(size=(50, 6))
    group = np.arange(50) % 4 - 1  # -1 is never found
    unit = x - x.mean(0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    far = 1 - unit @ unit.T
    row = np.flatnonzero(group >= 0)[:20]
    for own in (True, False):
        index, distance, farthest = nearest_in_group(x, row, group, own=own)
        for at, i in enumerate(row):
            fits = (group >= 0) & ((group == group[i]) == own) & (np.arange(50) != i)
            assert index[at] == np.where(fits, far[i], np.inf).argmin()
            assert distance[at] == pytest.approx(far[i][fits].min(), abs=1e-6)
            assert farthest[at] == pytest.approx(far[i].max(), abs=1e-6)


def test_an_item_alone_has_no_nearest() -> None:
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 2.0]])
    index, distance, farthest = nearest_in_group(x, np.array([0]), np.array([0, 1, 1]), own=True)
    assert index.tolist() == [-1]
    assert np.isinf(distance).all()
    assert 1 < farthest[0] <= 2
