"""Classes as nodes of a tree, from names that are paths such as "animal > dog > poodle".

Every part of a path is a node, also where no class is named so; classes without children are the
leaves.  Names without a separator lie right below the root, so that plain names are a tree of one
level.  A name that is the last part of exactly one path means that node: "poodle".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Bools, Ints
from reliabel.core.short_repr import by_fields

SEPARATORS = (">", "/", "::", "|", "\\")


@dataclass(frozen=True, eq=False)
class ClassTree:
    """``names`` of the nodes, the root first and parents before children; the ``parent`` (u,) of
    each, -1 for the root; ``depth`` (u,); the ``node`` (k,) that each class is.
    """

    names: tuple[str, ...]
    parent: Ints
    depth: Ints
    node: Ints

    __repr__ = by_fields

    @property
    def leaves(self) -> Ints:
        """Nodes without children."""
        inner = np.unique(self.parent[self.parent >= 0])
        return np.setdiff1d(np.arange(len(self.names)), inner)

    def below(self, leaves: Ints) -> Bools:
        """(u, leaves) whether a leaf is the node or lies below it."""
        found = np.zeros((len(self.names), len(leaves)), dtype=bool)
        at, place = np.array(leaves), np.arange(len(leaves))
        while True:
            up = at >= 0
            if not up.any():
                return found
            found[at[up], place[up]] = True
            at[up] = self.parent[at[up]]

    def distances(self, leaves: Ints) -> Ints:
        """(u, leaves) the number of steps from each node to each leaf.

        >>> tree = class_tree(("a > b", "a > c", "d"))
        >>> tree.names, tree.distances(tree.leaves).tolist()[2]
        (('', 'a', 'd', 'a > b', 'a > c'), [0, 3, 3])
        """
        below = self.below(np.arange(len(self.names)))  # (above, node)
        common = (
            below.T.astype(np.int64) @ below[:, leaves].astype(np.int64) - 1
        )  # depth of meeting
        return np.asarray(self.depth[:, None] + self.depth[leaves][None, :] - 2 * common)


def class_tree(names: Sequence[str]) -> ClassTree:
    """The tree of classes with these names.

    >>> tree = class_tree(("animal > dog > poodle", "animal > cat", "plant", "poodle"))
    >>> [tree.names[node] for node in tree.node]
    ['animal > dog > poodle', 'animal > cat', 'plant', 'animal > dog > poodle']
    """
    mark = separator_of(names)
    paths = [_parts(name, mark) for name in names]
    ends: dict[str, set[tuple[str, ...]]] = {}
    for path in paths:
        for depth in range(2, len(path) + 1):
            ends.setdefault(path[depth - 1], set()).add(path[:depth])
    tops = {path[0] for path in paths if len(path) > 1}
    for place, path in enumerate(paths):
        meant = ends.get(path[0], set())
        if len(path) == 1 and len(meant) == 1 and path[0] not in tops:
            paths[place] = next(iter(meant))
    nodes = {path[:depth] for path in paths for depth in range(len(path) + 1)}
    order = sorted(nodes, key=lambda path: (len(path), path))
    number = {path: place for place, path in enumerate(order)}
    given = dict(zip(reversed(paths), reversed(list(names)), strict=True))
    joined = mark if mark in ("/", "::", "\\") else f" {mark} "
    return ClassTree(
        tuple(given.get(path, joined.join(path)) for path in order),
        np.array([number[path[:-1]] if path else -1 for path in order], dtype=np.int64),
        np.array([len(path) for path in order], dtype=np.int64),
        np.array([number[path] for path in paths], dtype=np.int64),
    )


def separator_of(names: Sequence[str]) -> str:
    """The separator that most names have, the first of ``SEPARATORS`` where none has any.

    >>> separator_of(["animal/dog", "n > 1", "animal/cat"])
    '/'
    """
    return max(SEPARATORS, key=lambda mark: sum(mark in name for name in names))


def _parts(name: str, mark: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in name.split(mark))
    return tuple(part for part in parts if part) or (name,)
