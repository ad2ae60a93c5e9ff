"""Chains against sums over all sequences of states."""

from itertools import pairwise, product

import numpy as np

from reliabel.ops.chains import best_path, smoothed


def _world(seed=0, k=3, sizes=(4, 1, 0, 5)):
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    log = rng.normal(0, 2, (int(offsets[-1]), k))
    step = rng.dirichlet(np.ones(k), k)
    step[0, 2] = 0
    step /= step.sum(1, keepdims=True)
    start = np.array([0.7, 0.3, 0.0])
    return log, offsets, start, step


def _all_ways(log, start, step):
    """The chance of each sequence of states together with what is seen."""
    ways = {}
    for states in product(range(log.shape[1]), repeat=len(log)):
        p = start[states[0]] * np.prod([step[a, b] for a, b in pairwise(states)])
        ways[states] = p * np.exp(log[range(len(log)), states].sum())
    return ways


def test_posteriors_and_evidence_are_those_of_all_sequences_of_states():
    log, offsets, start, step = _world()
    found = smoothed(log, offsets, start, step)
    evidence, steps, starts = 0.0, np.zeros_like(step), np.zeros_like(start)
    for a, b in pairwise(offsets):
        if a == b:
            continue
        ways = _all_ways(log[a:b], start, step)
        whole = sum(ways.values())
        evidence += np.log(whole)
        exact = np.zeros((b - a, 3))
        for states, p in ways.items():
            exact[range(b - a), states] += p / whole
            starts[states[0]] += p / whole
            for one, two in pairwise(states):
                steps[one, two] += p / whole
        assert np.allclose(found.posterior[a:b], exact)
    assert np.isclose(found.evidence, evidence)
    assert np.allclose(found.steps, steps)
    assert np.allclose(found.starts, starts)


def test_the_best_path_is_the_likeliest_sequence_of_states():
    log, offsets, start, step = _world(3)
    path = best_path(log, offsets, start, step)
    for a, b in pairwise(offsets):
        if a < b:
            ways = _all_ways(log[a:b], start, step)
            assert tuple(path[a:b].tolist()) == max(ways, key=ways.get)


def test_a_sequence_that_seems_impossible_gives_no_nan():
    log = np.array([[0.0, -900.0], [-900.0, 0.0], [0.0, -900.0]])
    found = smoothed(log, np.array([0, 3]), np.array([1.0, 0.0]), np.eye(2))
    assert np.isfinite(found.posterior).all()
    assert np.isfinite(found.steps).all()
