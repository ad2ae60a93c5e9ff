"""Many reviews at once say the same as one review by its record; futures and their band."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.special import expit

from reliabel.core.labels import Bools, Floats
from reliabel.trust.capital import draws_of, ends_now
from reliabel.trust.certificate import allowed_wrong
from reliabel.trust.next_review import outlook
from reliabel.trust.refit import log_odds_of, queue_of
from reliabel.trust.review_record import ReviewRecord, record_of
from reliabel.trust.review_simulation import Simulation, Worlds, until_certified
from reliabel.trust.reviews_left import reviews_left

ALPHA, TARGET = 0.05, 0.02


def world(n: int, size: int, share: float, seed: int) -> Worlds:
    """Labels by falling P(wrong), which says something; a part of the wrong ones is not mended."""
    rng = default_rng(seed)
    wrong = rng.random((size, n)) < share
    score = rng.normal(size=(size, n)) + 2 * wrong
    odds = log_odds_of(expit(2 * score - 2 + np.log(share)))
    order = np.argsort(-odds, axis=1)
    odds, wrong = np.take_along_axis(odds, order, 1), np.take_along_axis(wrong, order, 1)
    mended = wrong & (rng.random((size, n)) < 0.9)
    return Worlds(odds, wrong, mended, mended & (rng.random((size, n)) < 0.2))


class Kept:
    """The record of each review of a simulation, step by step."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.steps: list[tuple[NDArray[Any], ...]] = []

    def step(self) -> None:
        s = self.simulation
        before = (np.full(len(s.at), s.unseen), s.expected.copy(), s.allowed.copy())
        item, drawn, wrong = s.step()
        told = s.worlds.mended[s.at, item], s.worlds.dropped[s.at, item]
        self.steps.append((item, drawn, wrong, *before, *told))

    def record(self, review: int) -> ReviewRecord:
        item, drawn, wrong, unseen, expected, allowed, mended, dropped = (
            np.array([step[place][review] for step in self.steps]) for place in range(8)
        )
        kinds = np.where(drawn, "drawn", "chosen").tolist()
        made = record_of(
            self.simulation.n,
            kinds,
            wrong.astype(int).tolist(),
            row=item.tolist(),
            unseen=unseen.tolist(),
            forecast=expected.tolist(),
            allowed=allowed.tolist(),
        )
        return replace(made, repaired=mended, dropped=dropped)


@pytest.mark.parametrize(("share", "seed"), [(0.005, 0), (0.03, 1), (0.2, 2)])
def test_simulation_says_what_its_record_says(share: float, seed: int) -> None:
    simulation = Simulation(world(400, 4, share, seed), TARGET, ALPHA, default_rng(seed))
    kept = Kept(simulation)
    for step in range(1, 381):
        kept.step()
        if step % 20:
            continue
        holds = simulation.certified()
        simulation.capital.fresh(np.ones(4, dtype=bool))
        for review in range(4):
            record = kept.record(review)
            draws, found = draws_of(record), record.found
            repaired, dropped = int(record.repaired.sum()), int(record.dropped.sum())
            m = max(repaired + allowed_wrong(400, dropped, TARGET) + 1, found)
            assert simulation.capital.m[review] == m
            assert simulation.capital.log_capital[review] == pytest.approx(draws.log_capital(m))
            ends = ends_now(draws, found, found + record.left_to_see, ALPHA)
            allowed = allowed_wrong(400, dropped, TARGET)
            if record.left_to_see > 5:
                assert holds[review] == (ends.high - repaired <= allowed)


def test_simulation_expects_what_the_rule_expects() -> None:
    """Refit, expected errors and the frontier factor are those of ``outlook``."""
    made = world(300, 1, 0.1, 3)
    simulation = Simulation(made, TARGET, ALPHA, default_rng(0))
    kept = Kept(simulation)
    promised: list[float] = []
    for _ in range(130):
        p = expit(simulation.shift + simulation.slope * made.log_odds[0])
        kept.step()
        promised.append(float(p[kept.steps[-1][0][0]]))
    queue = queue_of(expit(made.log_odds[0]))
    record = replace(kept.record(0), p=np.array(promised))
    told = outlook(queue, record)
    assert told.line.shift == pytest.approx(simulation.shift[0], abs=1e-3)
    assert told.line.slope == pytest.approx(simulation.slope[0], abs=1e-3)
    assert told.expected == pytest.approx(simulation.expected[0], rel=1e-3)
    frontier = (2 + simulation.kept[0]) / (2 + simulation.promised[0])
    assert told.frontier == pytest.approx(frontier, rel=1e-2)


def test_finished_reviews_are_left_out() -> None:
    made = world(600, 12, 0.02, 4)
    reviews, found = until_certified(Simulation(made, 0.05, ALPHA, default_rng(0)), 600)
    assert ((reviews > 50) & (reviews <= 600)).all()
    assert (found <= made.wrong.sum(1)).all()
    assert len(set(reviews.tolist())) > 3


def played(reviews: int, share: float, seed: int = 5) -> tuple[Floats, Bools, ReviewRecord]:
    made = world(1500, 1, share, seed)
    made = replace(made, mended=made.wrong, dropped=np.zeros_like(made.wrong))
    simulation = Simulation(made, TARGET, ALPHA, default_rng(1))
    kept = Kept(simulation)
    for _ in range(reviews):
        kept.step()
    return expit(made.log_odds[0]), made.wrong[0], kept.record(0)


def test_reviews_left_are_about_what_it_takes() -> None:
    """Of six reviews the band holds the median of the whole review in half at least (a forecast is
    no interval with a promise), and its middle is never off by more than a factor of three.
    """
    held = 0
    for seed in range(5, 11):
        p, wrong, record = played(100, 0.03, seed)
        told = reviews_left(queue_of(p), record, TARGET, rng=default_rng(0))
        x = np.broadcast_to(log_odds_of(p), (20, 1500))
        bad = np.broadcast_to(wrong, (20, 1500))
        worlds = Worlds(x, bad, bad, np.zeros_like(bad))
        simulation = Simulation(worlds, TARGET, ALPHA, default_rng(2))
        truth = float(np.median(until_certified(simulation, 1500)[0])) - 100
        assert told.known
        assert 1 / 3 <= told.middle / truth <= 3
        assert 0 <= told.right <= 1
        assert told.fewest == 137
        held += told.low <= truth <= told.high
    assert held >= 3


def test_before_any_review_nothing_is_known() -> None:
    p, _, record = played(0, 0.03)
    told = reviews_left(queue_of(p), record, TARGET, rng=default_rng(0))
    assert (told.known, told.nearly_all, told.fewest) == (False, False, 137)


def test_a_target_far_below_what_is_there_needs_nearly_all() -> None:
    p, _, record = played(150, 0.3)
    flat = np.full_like(p, 0.3)
    told = reviews_left(queue_of(flat), record, 0.001, rng=default_rng(0))
    assert told.nearly_all
