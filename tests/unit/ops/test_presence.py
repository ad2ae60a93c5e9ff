"""Whether an object is there that some drew and others did not; which masks are of objects."""

import numpy as np
import pytest

from reliabel.core.labels import Grouped, Votes
from reliabel.core.objects import Regions
from reliabel.ops.drawn_votes import are_objects
from reliabel.ops.presence import presence


def planted(rng, drawn, n=400, invented=0.1):
    """Objects (one a picture) that each worker draws with a chance of the worker's own, and such as
    one worker invents; who drew which, and which are there.
    """
    w = len(drawn)
    real = rng.random((n, w)) < drawn
    fake = np.eye(w, dtype=bool)[rng.integers(0, w, int(invented * n))]
    seen = np.vstack([real[real.any(1)], fake])
    there = np.arange(len(seen)) < real.any(1).sum()
    cluster, worker = np.nonzero(seen)
    item = np.arange(len(seen))
    looked = np.repeat(item, w), np.tile(np.arange(w), len(item))
    return cluster, worker, item, looked, there


def test_how_often_workers_draw_what_is_there_is_found_again():
    drawn = np.array([0.95, 0.8, 0.6, 0.4])
    cluster, worker, item, looked, there = planted(np.random.default_rng(0), drawn)
    found = presence(cluster, worker, item, looked, np.ones(4))
    assert found.drawn == pytest.approx(drawn, abs=0.06)
    share = np.bincount(cluster) / 4
    assert np.mean((found.chance - there) ** 2) < 0.6 * np.mean((share - there) ** 2)


def test_with_two_workers_a_picture_it_is_the_share_of_weights():
    cluster, worker, item, looked, _ = planted(np.random.default_rng(1), np.array([0.9, 0.5]))
    found = presence(cluster, worker, item, looked, np.array([1.5, 0.5]))
    assert np.isnan(found.drawn).all()
    assert set(np.round(found.chance, 6)) <= {0.25, 0.75, 1.0}


def test_no_objects():
    none = np.zeros(0, int)
    found = presence(none, none, none, (np.zeros(3, int), np.arange(3)), np.ones(3))
    assert len(found.chance) == 0


def regions(start, length, runs, y):
    sizes = [[4, 6]] * len(y)
    units = Regions(y, start, length, np.append(0, np.cumsum(runs)), sizes, ("a", "b"))
    return Votes([0], [0], Grouped(units, [0, len(y)]), 1, 1)


def test_which_masks_are_of_objects():
    assert are_objects(regions([0, 1], [2, 2], [1, 1], [0, 1])), "they overlap"
    assert are_objects(regions([0, 2], [2, 2], [1, 1], [0, 0])), "two of a class side by side"
    assert are_objects(regions([0, 8], [2, 2], [1, 1], [0, 0])), "two of a class corner to corner"
    assert not are_objects(regions([0, 2], [2, 2], [1, 1], [0, 1])), "two classes side by side"
    assert not are_objects(regions([0, 3], [2, 2], [1, 1], [0, 0])), "a pixel between them"
    assert not are_objects(regions([4, 6], [2, 2], [1, 1], [0, 0])), "in two rows, far apart"
