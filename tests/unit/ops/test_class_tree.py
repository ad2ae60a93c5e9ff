"""Trees of classes by names that are paths."""

import numpy as np

from reliabel.ops.class_tree import class_tree


def test_every_part_of_a_path_is_a_node():
    tree = class_tree(("a > b > c", "a > d", "e"))
    assert tree.names == ("", "a", "e", "a > b", "a > d", "a > b > c")
    assert tree.parent.tolist() == [-1, 0, 0, 1, 1, 3]
    assert [tree.names[u] for u in tree.leaves] == ["e", "a > d", "a > b > c"]
    below = tree.below(tree.leaves)
    assert below[tree.names.index("a")].tolist() == [False, True, True]
    assert below[0].all()


def test_distances_are_steps_in_the_tree():
    tree = class_tree(("a/b/c", "a/d", "e", "a"))
    steps = tree.distances(np.arange(len(tree.names)))
    at = {name: place for place, name in enumerate(tree.names)}
    assert steps[at["a/b/c"], at["a/d"]] == 3
    assert steps[at["a/b/c"], at["e"]] == 4
    assert steps[at["a"], at["a/d"]] == 1
    assert (steps == steps.T).all()


def test_the_end_of_one_path_means_that_node_and_of_two_none():
    tree = class_tree(("animal > dog", "dog", "plant > ash", "fire > ash", "ash"))
    assert tree.node[1] == tree.node[0]
    assert tree.names[tree.node[4]] == "ash"
    assert tree.depth[tree.node[4]] == 1


def test_plain_names_are_a_tree_of_one_level():
    tree = class_tree(("ape", "bee", "n/a"))
    assert tree.depth[tree.node].tolist() == [1, 1, 2]
    assert len(tree.leaves) == 3
