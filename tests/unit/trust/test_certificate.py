"""The certificate: oracles and laws of specification trust_certificate.md, section 14."""

from dataclasses import replace
from math import exp, inf, log

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from reliabel.trust.capital import draws_of, ends, ends_now
from reliabel.trust.certificate import (
    allowed_wrong,
    bound_over_reviews,
    certificate,
    fewest_reviews,
    wrong_at_start,
)
from reliabel.trust.review_record import OPEN, ReviewRecord, record_of, until

ALPHA = 0.05
NAN = float("nan")


def thousand(chosen: tuple[int, ...] = (), expected: float = 30.0) -> ReviewRecord:
    """1,000 draws from 10,000, wrong at 100, 400 and 700, after chosen ones."""
    wrong = np.zeros(1000, dtype=int)
    wrong[[99, 399, 699]] = 1
    kinds = ["chosen"] * len(chosen) + ["drawn"] * 1000
    return record_of(10_000, kinds, [*chosen, *wrong], forecast=expected, allowed=100)


def at_random(n: int, reviews: int, rng: Generator) -> ReviewRecord:
    """A record of so many reviews, half of them chosen, with anything for a forecast."""
    share = rng.uniform(0, 0.5)
    kinds = np.where(rng.random(reviews) < 0.5, "chosen", "drawn").tolist()
    wrong = (rng.random(reviews) < share).astype(int)
    expected = rng.uniform(0, n, reviews).tolist()
    return record_of(n, kinds, wrong.tolist(), forecast=expected, allowed=int(rng.integers(1, n)))


def only_kt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reliabel.trust.capital.WEIGHTS", (1e-300, 1e-300, 1e-300, 1.0))


def test_mixture_of_four_experts() -> None:
    draws = draws_of(thousand())
    assert draws.log_forecast[-1] == pytest.approx(-20.78677, abs=1e-5)
    assert draws.log_odds(103).sum() == pytest.approx(-24.31718, abs=1e-5)
    now = ends_now(draws, 3, 9003, ALPHA)
    assert (now.low, now.high) == (5, 95)


def test_mixture_after_chosen_ones() -> None:
    draws = draws_of(thousand((1,) * 40 + (0,) * 160))
    assert draws.log_forecast[-1] == pytest.approx(-20.79683, abs=1e-5)
    now = ends_now(draws, 43, 8843, ALPHA)
    assert (now.low, now.high) == (45, 134)


def test_share_of_the_draws_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    only_kt(monkeypatch)
    draws = draws_of(thousand())
    assert draws.log_forecast[-1] == pytest.approx(-24.11652, abs=1e-5)
    now = ends_now(draws, 3, 9003, ALPHA)
    assert (now.low, now.high) == (3, 137)


def test_twenty_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    only_kt(monkeypatch)
    kinds = ["chosen"] * 2 + ["drawn"] * 3 + ["chosen"] + ["drawn"] * 5
    wrong = [1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    short = record_of(20, kinds, wrong)
    draws = draws_of(short)
    assert draws.log_forecast[-1] == pytest.approx(-4.33575, abs=1e-5)
    assert draws.log_odds(5).sum() == pytest.approx(-2.83321, abs=1e-5)
    found = short.found
    now = ends_now(draws, found, found + short.left_to_see, ALPHA)
    assert (now.low, now.high) == (3, 10)
    longer = record_of(20, [*kinds, *["drawn"] * 3], [*wrong, 0, 0, 0])
    now = ends_now(draws_of(longer), found, found + longer.left_to_see, ALPHA)
    assert (now.low, now.high) == (3, 8)


@pytest.mark.parametrize(
    ("n", "allowed", "first", "fewest"),
    [
        (10_000, 100, 331, 291),
        (10_000, 50, 649, 570),
        (10_000, 500, 66, 59),
        (1000, 10, 272, 238),
        (1_000_000, 10_000, 339, 298),
    ],
)
def test_first_certificate_where_all_are_right(
    n: int, allowed: int, first: int, fewest: int
) -> None:
    def told(reviews: int) -> bool:
        kinds, right = ["drawn"] * reviews, [0] * reviews
        record = record_of(n, kinds, right, forecast=0.5, allowed=allowed)
        return certificate(record, allowed / n).holds

    assert told(first)
    assert not told(first - 1)
    assert fewest_reviews(n, allowed) == fewest


def test_first_certificate_of_the_draws_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    only_kt(monkeypatch)
    draws = draws_of(record_of(10_000, ["drawn"] * 649, [0] * 649, allowed=100))
    assert draws.log_capital(101) >= log(1 / ALPHA)
    one_less = draws_of(record_of(10_000, ["drawn"] * 648, [0] * 648, allowed=100))
    assert one_less.log_capital(101) < log(1 / ALPHA)


def test_expected_capital_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """All paths: after a wrong one the first unseen is chosen, else one is drawn; stop when the
    unseen are all wrong or all right, so that a draw is no chance any more.
    """
    only_kt(monkeypatch)
    truth = (1, 0, 1, 0, 0, 1)
    total = 0.0

    def walk(kinds: list[str], seen: list[int], chance: float) -> None:
        nonlocal total
        unseen = [item for item in range(6) if item not in seen]
        wrong = [truth[item] for item in seen]
        if len({truth[item] for item in unseen}) < 2:
            draws = draws_of(record_of(6, kinds, wrong, row=seen))
            total += chance * exp(draws.log_capital(3))
            return
        if wrong and wrong[-1]:
            walk([*kinds, "chosen"], [*seen, unseen[0]], chance)
            return
        for item in unseen:
            walk([*kinds, "drawn"], [*seen, item], chance / len(unseen))

    walk([], [], 1.0)
    assert total == pytest.approx(1.0, abs=1e-12)


def test_chosen_reviews_change_no_evidence() -> None:
    plain = thousand()
    more = record_of(
        10_000,
        ["drawn"] * 1000 + ["chosen"] * 50,
        [*plain.wrong, *[1] * 50],
        forecast=30.0,
        allowed=100,
    )
    for m in (53, 103, 500):
        assert draws_of(more).log_capital(m) == draws_of(plain).log_capital(m)
    before, after = wrong_at_start(plain, ALPHA), wrong_at_start(more, ALPHA)
    assert after.high == before.high
    assert certificate(more).left == certificate(plain).left - 50


def test_bound_never_rises_at_a_right_draw() -> None:
    rng = default_rng(0)
    for _ in range(20):
        record = at_random(200, 80, rng)
        left = [certificate(until(record, rows)).left for rows in range(81)]
        for place in np.flatnonzero(record.drawn & (record.wrong == 0)):
            assert left[place + 1] <= left[place]


def test_all_reviewed_is_known() -> None:
    kinds = ["drawn", "chosen"] * 20
    told = certificate(record_of(40, kinds, [1, 0] * 10 + [0] * 20, forecast=1.0), 0.01)
    assert (told.low, told.high, told.left, told.unseen) == (10, 10, 0, 0)
    assert told.holds


def test_log_odds_are_concave() -> None:
    draws = draws_of(at_random(300, 100, default_rng(1)))
    found = int(draws.found[-1]) + 1
    told = [draws.log_odds(m).sum() for m in range(found, 200)]
    assert (np.diff(told, 2) <= 1e-9).all()


@pytest.mark.parametrize("seed", range(30))
def test_ends_are_those_of_all_hypotheses(seed: int) -> None:
    """Against a plain walk through every hypothesis and every draw."""
    record = at_random(60, 25, default_rng(seed))
    draws, found = draws_of(record), record.found
    high = found + record.left_to_see
    stands = [m for m in range(found, high + 1) if draws.log_capital(m) < log(1 / ALPHA)]
    now, ever = ends_now(draws, found, high, ALPHA), ends(draws, found, high, ALPHA)
    if stands:
        assert (now.low, now.high) == (stands[0], stands[-1])
        assert stands == list(range(stands[0], stands[-1] + 1))
    through = [
        ends_now(draws_of(part), part.found, part.found + part.left_to_see, ALPHA)
        for part in (until(record, rows) for rows in range(26))
    ]
    low, up = max(found, *(e.low for e in through)), min(high, *(e.high for e in through))
    assert ever.crossed == (low > up)
    if not ever.crossed:
        assert (ever.low, ever.high) == (low, up)


def test_replay_gives_the_same_numbers() -> None:
    record = at_random(500, 200, default_rng(3))
    assert certificate(record) == certificate(replace(record))


def test_open_draw_blocks_later_evidence() -> None:
    record = thousand()
    wrong = record.wrong.copy()
    wrong[500] = OPEN
    told = certificate(replace(record, wrong=wrong, repaired=wrong == 1))
    first = certificate(until(record, 500))
    assert (told.counted, told.waiting, told.unseen) == (500, 1, 9001)
    assert told.high <= first.high
    assert told.found == 3


def test_unsure_is_wrong_and_not_mended_and_dropped_shrinks_the_data() -> None:
    record = thousand()
    plain = certificate(record)
    unsure = certificate(replace(record, repaired=np.zeros(1000, dtype=bool)))
    assert (unsure.unsure, unsure.left) == (3, plain.left + 3)
    dropped = certificate(replace(record, dropped=record.wrong == 1))
    assert (dropped.dropped, dropped.kept, dropped.allowed) == (3, 9997, 99)
    assert dropped.share == dropped.left / 9997


def test_target_may_change_afterwards() -> None:
    record = thousand()
    assert certificate(record, 0.01).high == certificate(record, 0.2).high
    assert certificate(record, 0.2).holds
    assert not certificate(record, 0.005).holds


def test_no_certificate_without_draws() -> None:
    chosen = record_of(1000, ["chosen"] * 900, [0] * 900)
    assert not certificate(chosen).holds
    greedy = replace(thousand(), greedy=True)
    assert not certificate(greedy, 0.2).holds


def test_figure_with_missed_labels_is_wider() -> None:
    told = certificate(replace(thousand(), trials=60, missed=3))
    assert told.missed == pytest.approx(0.2029, abs=2e-3)
    assert told.left_with_missed is not None
    assert told.left_with_missed > told.left
    assert certificate(replace(thousand(), trials=29)).left_with_missed is None


def test_high_confidence_and_strange_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0 and below 1"):
        certificate(thousand(), 1.0)
    with pytest.raises(ValueError, match="probability"):
        certificate(thousand(), 0.01, confidence=95)
    with pytest.raises(ValueError, match="above 0"):
        certificate(thousand(), NAN)


def test_bound_over_reviews_ends_at_the_certificate() -> None:
    at, left, found = bound_over_reviews(thousand(), points=10)
    assert at.tolist() == list(range(0, 1001, 100))
    assert (left[0], left[-1]) == (10_000, certificate(thousand()).left)
    assert found.tolist() == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]


def test_allowed_is_rounded_down_but_not_by_binary_fractions() -> None:
    assert allowed_wrong(100, 0, 0.29) == 29
    assert allowed_wrong(1000, 500, 0.001) == 0


def test_a_sure_forecast_that_fails_costs_and_proves_nothing() -> None:
    told = draws_of(record_of(100, ["drawn"] * 5, [0] * 5, forecast=100.0))
    assert -inf < told.log_forecast[-1] < 0
