"""Spaces of points: logarithm and exponential undo each other, and centres of worked examples."""

import numpy as np
import pytest

from reliabel.ops.metric_spaces import SPACES, beyond_half, centres, space_of


def on_sphere(rng, m, d=3, spread=0.5):
    x = np.eye(d)[0] + spread * rng.normal(size=(m, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def on_hyperboloid(rng, m, d=2, spread=0.7):
    x = spread * rng.normal(size=(m, d))
    return np.column_stack([np.sqrt(1 + (x**2).sum(1)), x])


POINTS = {
    "euclid": lambda rng, m: rng.normal(size=(m, 3)),
    "sphere": on_sphere,
    "hyperbolic": on_hyperboloid,
}


@pytest.mark.parametrize("name", SPACES)
def test_going_the_way_leads_there(name):
    rng, space = np.random.default_rng(0), SPACES[name]
    one, two = POINTS[name](rng, 50), POINTS[name](rng, 50)
    assert space.go(one, space.way(one, two)) == pytest.approx(two, abs=1e-9)
    assert space.distance(one, two) == pytest.approx(space.distance(two, one))
    assert space.distance(one, one) == pytest.approx(np.zeros(50), abs=1e-7)


def test_distances_of_known_points():
    right = SPACES["sphere"].distance(np.array([[1.0, 0, 0]]), np.array([[0, 1.0, 0]]))
    assert right == pytest.approx([np.pi / 2])
    far = np.array([[np.cosh(1.5), np.sinh(1.5)]])
    assert SPACES["hyperbolic"].distance(np.array([[1.0, 0]]), far) == pytest.approx([1.5])


@pytest.mark.parametrize("name", SPACES)
def test_the_centre_of_two_points_is_half_way_and_weights_move_it(name):
    rng, space = np.random.default_rng(1), SPACES[name]
    two = POINTS[name](rng, 2)
    item, far = np.zeros(2, int), space.distance(two[:1], two[1:])
    half = centres(space, two, item, 1, np.ones(2))
    assert space.distance(half, two[:1]) == pytest.approx(far / 2)
    near = centres(space, two, item, 1, np.array([3.0, 1.0]))
    assert space.distance(near, two[:1]) == pytest.approx(far / 4)
    assert space.distance(near, two[1:]) == pytest.approx(3 * far / 4)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("power", [1, 2])
def test_no_point_nearby_costs_less(name, power):
    rng, space = np.random.default_rng(2), SPACES[name]
    x, weight = POINTS[name](rng, 7), rng.random(7) + 0.1
    z = centres(space, x, np.zeros(7, int), 1, weight, power=power, iterations=300)

    def cost(at):
        return (weight * space.distance(np.repeat(at, 7, 0), x) ** power).sum()

    for _ in range(20):
        way = space.way(z, POINTS[name](rng, 1))
        assert cost(z) <= cost(space.go(z, 0.05 * way)) + 1e-6


def test_the_median_stays_where_most_points_are():
    x = np.array([[0.0], [0.1], [0.2], [100.0]])
    z = centres(SPACES["euclid"], x, np.zeros(4, int), 1, np.ones(4), power=1, iterations=300)
    assert 0.09 < z[0, 0] < 0.21


def test_points_all_around_the_sphere_are_told():
    space = SPACES["sphere"]
    x = np.array([[1.0, 0], [-1.0, 0], [1, 0], [0, 1]])
    item = np.array([0, 0, 1, 1])
    z = centres(space, x, item, 2, np.ones(4))
    assert np.isfinite(z).all()
    assert beyond_half(space, x, item, z).tolist() == [True, False]


def test_points_off_their_space_are_refused():
    with pytest.raises(ValueError, match="divide each row by its length"):
        space_of("sphere", np.array([[1.0, 1.0]]))
    with pytest.raises(ValueError, match="Poincare ball"):
        space_of("hyperbolic", np.array([[-1.0, 0.0]]))
    with pytest.raises(ValueError, match="space must be one of"):
        space_of("torus", np.zeros((1, 2)))
