import numpy as np
import pytest

from reliabel.bench.majority_certificate import World, judged, table, true_loss, votes_of
from reliabel.core.labels import Classes, Votes
from reliabel.measures.majority_certificate import measure
from reliabel.ops.majority import compare_alike, compare_unequal

SEED = np.random.default_rng


def _world(right, balance=(0.5, 0.5), items=1000, each=None):
    """Workers with one accuracy each, for both classes."""
    right = np.asarray(right)
    matrices = np.stack([np.array([[p, 1 - p], [1 - p, p]]) for p in right])
    each = len(right) if each is None else each
    return World("one accuracy", np.array(balance), matrices, 0.0, np.eye(2), items, each)


def _certificate(here, seed=0, **options):
    return measure(votes_of(here, SEED([1, seed])), rng=SEED([2, seed]), **options)


def test_the_true_loss_of_a_planted_world_is_that_of_the_formulas():
    alike = compare_alike(0.6, 0.6, 0.1, 5)
    simulated = true_loss(_world([0.6] * 5, (0.9, 0.1)), SEED(0))
    assert simulated == pytest.approx(alike.best - alike.majority, abs=0.003)
    assert simulated == pytest.approx(0.22, abs=0.005)
    expert = compare_unequal(np.array([0.95, 0.6, 0.6]), 0.5)
    assert true_loss(_world([0.95, 0.6, 0.6]), SEED(0)) == pytest.approx(
        expert.best - expert.majority, abs=0.003
    )


def test_the_interval_holds_the_loss_on_planted_worlds():
    """A small version of ``python -m reliabel.bench.majority_certificate``."""
    rows = [judged(number, simulated=20_000) for number in range(10_000, 10_048)]
    holds = np.array([row.holds for row in rows])
    tells = np.array([row.tells for row in rows])
    assert holds.mean() >= 0.93
    assert holds[tells].mean() >= 0.93
    assert tells.mean() >= 0.3, "and it does not say everywhere that it cannot tell"
    assert f"| all | 48 | {holds.mean():.3f} | {tells.mean():.3f} |" in table(rows)


@pytest.mark.parametrize("items", [200, 1000, 5000])
def test_five_poor_workers_and_a_rare_class_cannot_be_told(items):
    """A majority loses 22 points, and the votes are nearly those of fair coins."""
    for seed in range(3):
        found = _certificate(_world([0.6] * 5, (0.9, 0.1), items), seed)
        assert found.parts["verdict"].startswith("cannot tell")
        assert found.low < 0.217 < found.high, "0.9 + by the best rule, .683 by a majority"


def test_where_votes_are_plenty_there_is_an_answer_of_useful_width():
    here = _world(np.linspace(0.7, 0.9, 10), (0.6, 0.4), each=7)
    loss = true_loss(here, SEED(0))
    for seed in range(4):
        found = _certificate(here, seed)
        assert not found.parts["verdict"].startswith("cannot tell")
        assert found.low <= loss <= found.high
        assert found.high - found.low < 0.03


def test_one_expert_among_coins_is_lost_in_a_majority():
    here = _world([0.95, 0.95, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6], items=3000)
    found, truth = _certificate(here), true_loss(here, SEED(0))
    assert truth > 0.08
    assert found.low < truth < found.high
    assert found.parts["verdict"].startswith("it loses between")
    assert found.parts["best"] - found.parts["majority"] == pytest.approx(found.value, abs=0.01)


def test_equal_workers_lose_nothing():
    found = _certificate(_world([0.9] * 7))
    assert found.low == 0
    assert found.parts["verdict"].startswith("as good as the best rule")
    assert found.value <= found.high <= 0.01


def test_workers_who_err_together_cannot_be_told():
    """On three items in ten all workers are drawn to the next class as often as to the true one."""
    right = np.stack([np.full((3, 3), 0.075) + 0.775 * np.eye(3)] * 9)
    away = 0.5 * (np.eye(3) + np.roll(np.eye(3), 1, axis=1)) * 0.94 + 0.02
    here = World("hard, drawn away", np.array([0.4, 0.3, 0.3]), right, 0.3, away, 2000, 9)
    found = _certificate(here)
    assert any(name.endswith("hard items") for name in found.parts["models"])
    assert found.parts["verdict"].startswith("cannot tell")
    assert "err together" in found.parts["verdict"]


def test_it_says_why_where_there_is_nothing_to_say():
    found = _certificate(_world([0.8] * 6, each=2))
    assert found.parts["verdict"].startswith("cannot tell: 2 votes an item")
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.info["why"] in found.parts["verdict"]
    few = _certificate(_world([0.9, 0.7, 0.6], items=40))
    assert few.parts["verdict"].startswith("cannot tell: it loses")
    nothing = Classes(np.empty(0, int), ("a", "b"))
    none = measure(Votes(np.empty(0, int), np.empty(0, int), nothing, 2, 1), rng=SEED(0))
    assert np.isnan(none.value)
    assert none.info["why"] == "there are no votes"
    same = Classes(np.zeros(6, int), ("a", "b"))
    one = measure(Votes(np.repeat([0, 1], 3), np.tile([0, 1, 2], 2), same, 2, 3), rng=SEED(0))
    assert (one.value, one.low, one.high) == (0, 0, 0)
    large = Classes(np.arange(900) % 300)
    many = measure(
        Votes(np.repeat(np.arange(300), 3), np.tile([0, 1, 2], 300), large, 300, 3), rng=SEED(0)
    )
    assert many.parts["verdict"] == "cannot tell: 300 classes have matrices too large to draw"


def test_more_level_is_a_wider_interval_and_the_seed_decides():
    votes = votes_of(_world([0.8, 0.7, 0.7, 0.6], items=300), SEED(0))
    half, most = (measure(votes, rng=SEED(0), level=level) for level in (0.5, 0.95))
    assert most.low <= half.low <= half.value <= half.high <= most.high
    assert half.high - half.low < most.high - most.low
    again = measure(votes, rng=SEED(0), level=0.5)
    assert (again.value, again.low, again.high) == (half.value, half.low, half.high)


def test_many_workers_and_items_are_drawn_in_bounded_time():
    """Items are drawn through workers, so that a thousand items still compare workers."""
    rng = SEED(0)
    n, w = 5000, 1000
    true, item = rng.integers(2, size=n), np.repeat(np.arange(n), 5)
    right = rng.choice([0.65, 0.95], w)
    worker = rng.integers(w, size=5 * n)
    label = np.where(rng.random(5 * n) < right[worker], true[item], 1 - true[item])
    found = measure(Votes(item, worker, Classes(label), n, w), rng=rng)
    assert found.info["items"] == 1000
    assert 0 <= found.low < found.high < 0.1
