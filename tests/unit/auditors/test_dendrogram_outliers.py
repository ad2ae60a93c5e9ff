"""Dendrogram outliers: against areas measured one by one, ties, clusters of outliers."""

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

from reliabel.auditors import dendrogram_outliers, knn_outliers
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


def measured(x: np.ndarray) -> np.ndarray:
    """1 - the area to the left of each leaf and of the boxes that hold it, from all pairs."""
    n = len(x)
    steps = hierarchy.linkage(pdist(x - x.mean(0), "cosine"), "single")
    height = np.concatenate([np.zeros(n), steps[:, 2] / 2])
    size = np.concatenate([np.ones(n), steps[:, 3]])
    area = np.zeros(n)

    def visit(node: int, start: float, end: float, boxes: list[tuple[float, float]]) -> None:
        parent = boxes[-1][2] if boxes else 1.0
        boxes = [*boxes, (end, parent - height[node], height[node])]
        if node < n:
            area[node] = start + sum((right - start) * tall for right, tall, _ in boxes)
            return
        parts = [int(part) for part in steps[node - n, :2]]
        small, large = sorted(parts, key=lambda part: (size[part], -height[part]))
        unit = (end - start) / size[node]
        visit(small, start, start + unit * size[small], boxes)
        visit(large, start + unit * size[small], start + unit * size[large], boxes)

    visit(2 * n - 2, 0.0, 1.0, [])
    return 1 - area


@pytest.mark.parametrize("n", [2, 5, 40, 150])
def test_the_sum_along_the_tree_is_the_area(n: int) -> None:
    x = np.random.default_rng(n).normal(size=(n, 4))
    said = dendrogram_outliers.audit(Classes(np.zeros(n, int)), neighbours=nearest(x, j=n - 1))
    assert said.score == pytest.approx(measured(x), abs=1e-6)


def test_the_smaller_side_of_each_join_is_more_suspect() -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    x[:5] = [0, 0, 40] + 0.1 * np.random.default_rng(1).normal(size=(5, 3))
    said = dendrogram_outliers.audit(Classes(np.zeros(60, int)), neighbours=nearest(x, j=59))
    top = hierarchy.fcluster(
        hierarchy.linkage(pdist(x - x.mean(0), "cosine"), "single"), 2, "maxclust"
    )
    small = top == np.bincount(top)[1:].argmin() + 1
    assert said.score[small].min() > said.score[~small].max()


def test_parts_of_the_data_are_joined_by_their_nearest_pair() -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.normal(size=(40, 5)), 30 + rng.normal(size=(8, 5))])
    labels = Classes(np.zeros(48, int))
    said = dendrogram_outliers.audit(labels, neighbours=nearest(x, j=5), features=x)
    assert said.info["joined"] >= 1
    assert said.score[40:].min() > said.score[:40].max()
    blind = dendrogram_outliers.audit(labels, neighbours=nearest(x, j=5))
    assert blind.info["joined"] == said.info["joined"]
    assert not np.array_equal(blind.score, said.score)


def test_a_cluster_of_outliers_that_distance_to_neighbours_is_blind_to() -> None:
    rng = np.random.default_rng(3)
    x = np.zeros((615, 4))
    x[:600, :3] = rng.normal(size=(600, 3))
    x[600:] = [0, 0, 0, 20] + 2 * rng.normal(size=(15, 4))
    planted = np.arange(615) >= 600
    near, labels = nearest(x, j=100), Classes(np.zeros(615, int))
    by_tree = dendrogram_outliers.audit(labels, neighbours=near, features=x)
    by_distance = knn_outliers.audit(labels, neighbours=near)
    assert planted[np.argsort(-by_tree.score)[:15]].all()
    assert not planted[np.argsort(-by_distance.score)[:15]].any()


def test_the_fraction_cut_flags_a_few_and_none_of_even_data() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 30)) + 0.02 * rng.normal(size=(400, 30))
    x[[5, 300]] = 4 * rng.normal(size=(2, 30))
    labels = Classes(np.zeros(400, int))
    said = dendrogram_outliers.audit(labels, neighbours=nearest(x, j=50), features=x)
    assert np.flatnonzero(said.flag).tolist() == [5, 300]
    assert said.info["bound"] < said.score[[5, 300]].min()
    even = dendrogram_outliers.audit(labels, neighbours=nearest(np.ones((400, 3)), j=50))
    assert not even.flag.any()


def test_one_item_is_not_judged() -> None:
    none = Neighbours(np.empty((1, 0), int), np.empty((1, 0)))
    said = dendrogram_outliers.audit(Classes(np.array([0])), neighbours=none)
    assert np.isnan(said.score).all()
    assert not said.flag.any()
