"""Choose or draw, the refit, and batches: they decide what a certificate costs."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.special import expit, logit

from reliabel.trust.next_batch import ALL_SEEN, DULL, NO_DRAWS, Batch, next_batch
from reliabel.trust.next_review import chance_to_choose, frontier_factor, most_suspect, outlook
from reliabel.trust.refit import Line, bin_edges, fit, last_refit, queue_of
from reliabel.trust.review_record import ReviewRecord, record_of

P = np.linspace(0.001, 0.5, 1000)
NONE = record_of(1000, [], [])


def after(kinds: list[str], wrong: list[int], rows: list[int]) -> ReviewRecord:
    return record_of(1000, kinds, wrong, row=rows, forecast=1.0, allowed=10)


def choose(
    expected: float, top: float, *, capital: float = 0.0, draws: int = 0, allowed: int = 100
) -> float:
    return float(chance_to_choose(allowed, expected, 10_000, top, capital, draws, 0.05))


def test_a_label_like_the_others_is_not_chosen() -> None:
    assert choose(50.0, 1.5 * 50 / 10_000) == 0.0
    assert choose(1000.0, 1.4 * 1000 / 10_000) == 0.0


def test_too_many_expected_errors_are_looked_for_first() -> None:
    assert choose(98.0, 0.5) == 0.9
    assert choose(97.9, 0.5) == 1.0


def test_choosing_pays_where_an_error_saves_more_than_a_draw() -> None:
    """The formula of section 5 at one place, by hand."""
    x, u, t, draws = 0.5, 10_000, 100, 200
    g = 1 - x + x * np.log(x)
    gain = (np.log(20) - 1.0 + 0.7) * u * -np.log(x) / (t * g) ** 2 + draws / (t * g)
    edge = 0.005 + 1 / gain
    assert choose(50.0, edge * 1.001, capital=1.0, draws=draws) == 1.0
    assert choose(50.0, edge * 0.999, capital=1.0, draws=draws) == 0.0


@pytest.mark.parametrize("allowed", [0, 1])
def test_extremes_give_a_probability(allowed: int) -> None:
    for expected in (0.0, 1e-300, 1e9):
        for top in (0.0, 1.0):
            assert 0 <= choose(expected, top, allowed=allowed, capital=50.0) <= 1


def test_bins_as_the_specification_counts_them() -> None:
    assert [len(bin_edges(n)) - 1 for n in (10_000, 1_000_000)] == [101, 180]
    for n in (1, 4, 5, 6, 99, 1000):
        edges = bin_edges(n)
        assert (edges[0], edges[-1]) == (0, n)
        assert (np.diff(edges) > 0).all()


def test_refit_finds_the_top_of_the_posterior() -> None:
    x = default_rng(0).normal(size=(5, 40)) * 4
    tried = default_rng(1).integers(0, 9, (5, 40))
    wrong = default_rng(2).binomial(tried, expit(x * 0.3 - 2))
    a, b = fit(x, tried, wrong)
    p = expit(a[:, None] + b[:, None] * x)
    assert (wrong - tried * p).sum(1) == pytest.approx(a / 9, abs=1e-6)
    assert ((wrong - tried * p) * x).sum(1) == pytest.approx(b - 1, abs=1e-6)


def test_refit_schedule() -> None:
    assert last_refit(np.zeros(0, dtype=bool)) == 0
    assert [last_refit(np.zeros(k, dtype=bool)) for k in (99, 100, 124, 125)] == [90, 100, 100, 125]


def test_queue_is_by_falling_p_and_reversed_by_a_negative_slope() -> None:
    queue = queue_of(P)
    assert most_suspect(queue, NONE.row, Line(), 2).tolist() == [999, 998]
    assert most_suspect(queue, NONE.row, Line(0.0, -1.0), 2).tolist() == [0, 1]
    assert most_suspect(queue, np.array([999]), Line(), 1).tolist() == [998]


def test_expected_errors_are_those_of_the_unseen() -> None:
    queue = queue_of(P)
    assert outlook(queue, NONE).expected == pytest.approx(P.sum(), rel=0.02)
    seen = after(["chosen"] * 3, [0, 0, 0], [999, 998, 997])
    told = outlook(queue, seen)
    assert told.unseen == 997
    assert outlook(queue, NONE).expected - told.expected == pytest.approx(P[-3:].sum(), rel=0.01)


def test_broken_promises_stop_the_choosing() -> None:
    wrong = after(["chosen"] * 30, [0] * 30, list(range(970, 1000)))
    kept = after(["chosen"] * 30, [1] * 30, list(range(970, 1000)))
    p = np.full(30, 0.5)
    faded = (0.98 ** np.arange(30)).sum()
    assert frontier_factor(wrong, p) == pytest.approx(2 / (2 + 0.5 * faded))
    assert frontier_factor(kept, p) == pytest.approx((2 + faded) / (2 + 0.5 * faded))
    assert frontier_factor(NONE, p[:0]) == 1.0
    both = after(["chosen", "drawn"], [1, 0], [999, 0])
    assert frontier_factor(both, np.array([0.5, 0.1])) == pytest.approx(2.998 / 2.499)


def test_refit_learns_that_the_top_is_right() -> None:
    rows = list(range(900, 1000))
    line = outlook(queue_of(P), after(["chosen"] * 100, [0] * 100, rows)).line
    assert line.of(logit(np.array([0.5])))[0] < 0.2


def batch(record: ReviewRecord, n: int, *, allowed: int = 10, greedy: bool = False) -> Batch:
    rng = default_rng(0)
    return next_batch(queue_of(P), record, n, allowed=allowed, greedy=greedy, rng=rng)


def test_batch_of_the_greedy_has_no_draws() -> None:
    told = batch(NONE, 5, greedy=True)
    assert told.row.tolist() == [999, 998, 997, 996, 995]
    assert not told.drawn.any()
    assert told.why == NO_DRAWS


def test_claimed_labels_are_not_chosen_but_drawn() -> None:
    claimed = np.array([999, 998])
    rng = default_rng(0)
    told = next_batch(queue_of(P), NONE, 3, allowed=10, greedy=True, claimed=claimed, rng=rng)
    assert told.row.tolist() == [997, 996, 995]
    queue, claimed = queue_of(P[:3]), np.arange(3)
    few = next_batch(queue, record_of(3, [], []), 3, allowed=2, claimed=claimed, rng=rng)
    assert sorted(few.row.tolist()) == [0, 1, 2]
    assert few.drawn.all()


def test_draws_of_a_batch_count_down_what_they_were_drawn_from() -> None:
    told = batch(NONE, 50, allowed=900)
    assert told.why == DULL
    assert len({*told.row.tolist()}) == 50
    assert told.unseen.tolist() == list(range(1000, 950, -1))
    assert (np.diff(told.expected) < 0).all()


def test_chosen_ones_of_a_batch_can_still_be_drawn() -> None:
    """A draw comes from all labels without a decision, those chosen in the batch among them: one
    that is more suspect than a label chosen before it had been chosen itself.
    """
    queue, record = queue_of(np.array([0.01] * 6 + [0.9] * 6)), record_of(12, [], [])
    rank, hit = np.argsort(queue.order), 0
    for seed in range(200):
        told = next_batch(queue, record, 6, allowed=1, rng=default_rng(seed))
        assert len({*told.row.tolist()}) == len(told) == 6
        assert told.unseen[told.drawn].tolist() == list(range(12, 12 - told.drawn.sum(), -1))
        for place in np.flatnonzero(told.drawn):
            before = told.row[:place][~told.drawn[:place]]
            hit += bool((rank[before] > rank[told.row[place]]).any())
    assert hit > 0


def test_draws_are_even() -> None:
    queue, record = queue_of(P[:20]), record_of(20, ["chosen"], [0], row=[3])
    counts = np.zeros(20)
    for seed in range(2000):
        told = next_batch(queue, record, 1, allowed=19, rng=default_rng(seed))
        assert told.drawn.all()
        counts[told.row] += 1
    assert counts[3] == 0
    assert np.abs(np.delete(counts, 3) - 2000 / 19).max() < 5 * np.sqrt(2000 / 19)


def test_batch_ends_with_the_labels() -> None:
    record = record_of(5, ["drawn"] * 3, [0, 0, -1])
    told = next_batch(queue_of(P[:5]), record, 10, allowed=1, rng=default_rng(0))
    assert set(told.row.tolist()) == {3, 4}
    done = record_of(2, ["drawn"] * 2, [0, 0])
    assert next_batch(queue_of(P[:2]), done, 3, allowed=1, rng=default_rng(0)).why == ALL_SEEN


def test_open_draws_are_not_drawn_again() -> None:
    open_draws = replace(after(["drawn"] * 5, [-1] * 5, [0, 1, 2, 3, 4]), n=1000)
    told = batch(open_draws, 30, allowed=900)
    assert not {0, 1, 2, 3, 4} & set(told.row.tolist())
    assert told.unseen[told.drawn][0] == 995


def test_labels_without_p_wrong_stand_in_the_middle() -> None:
    p = np.array([0.9, np.nan, 0.1])
    assert queue_of(p).order.tolist() == [0, 1, 2]
    assert queue_of(np.full(3, np.nan)).size.tolist() == [3]
