"""Sentences of a certificate that depend on what was reviewed, and its picture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from reliabel.reporters.certificate_chart import bound_chart, write_picture
from reliabel.reporters.certificate_text import render, sentences
from reliabel.trust.certified import Certified, certified
from reliabel.trust.review_record import ReviewRecord, record_of
from reliabel.trust.reviewer_errors import most_missed
from reliabel.trust.reviews_left import ReviewsLeft

P = np.full(2000, 0.001)


def right(draws: int) -> ReviewRecord:
    return record_of(2000, ["drawn"] * draws, [0] * draws, forecast=1.0, allowed=20)


def made(record: ReviewRecord, target: float = 0.01) -> Certified:
    return certified(record, P, target, forecast=False, rng=default_rng(0))


def test_second_looks_widen_the_figure() -> None:
    plain = made(replace(right(600), trials=40, missed=1))
    assert plain.certificate.holds
    text = render(plain)
    share = 100 * most_missed(40, 1, 0.01)
    assert plain.certificate.missed == pytest.approx(share / 100)
    assert f"Counting labels that reviewers miss (at most {int(share)}" in text
    assert "from 40 second looks): at most" in text
    assert "not included" not in text
    few = render(made(replace(right(600), trials=10)))
    assert "10 second looks so far; from 30 on" in few
    assert "Reviewers' own errors are not included." in few


def test_unsure_labels_are_said() -> None:
    record = right(600)
    wrong = record.wrong.copy()
    wrong[:3] = 1
    text = render(made(replace(record, wrong=wrong)))
    assert "3 labels that reviewers are unsure of count as wrong and are not mended" in text


def test_all_reviewed() -> None:
    record = record_of(3, ["chosen"] * 3, [0, 1, 0])
    done = certified(record, P[:3], rng=default_rng(0))
    assert next(sentences(done)).startswith("All 3 labels were reviewed; 0 of them are still")


def left(middle: int, high: int, unseen: int = 1400, most: int = 1400) -> ReviewsLeft:
    return ReviewsLeft(True, 110, middle, high, 0.942, 135, unseen, most)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            left(234, 567),
            "About 230 more reviews (110-570); about 94 % of them will look right.",
        ),
        (left(1300, 1400), "1 % needs nearly every label reviewed; 5 % about 120."),
        (
            left(20_000, 20_000, 90_000, 20_000),
            "More than 20,000 more reviews; how many is not known yet.",
        ),
        (left(300, 20_000, 90_000, 20_000), "About 300 more reviews (110-20,000 or more)"),
    ],
)
def test_what_is_said_of_more_reviews(more: ReviewsLeft, says: str) -> None:
    easier = (0.05, ReviewsLeft(True, 100, 121, 140, 0.9, 60, 1400, 1400))
    assert says in render(replace(made(right(50)), left=more, easier=easier))


def test_bound_is_rounded_up() -> None:
    done = made(right(290))
    shown = float(next(sentences(done)).split("at most ")[1].split(" %")[0])
    assert shown >= 100 * done.certificate.share


def test_picture_has_the_target_and_ends_at_the_bound(tmp_path: Path) -> None:
    done = made(right(300))
    chart = bound_chart(done)
    assert "target 1.0 %" in [mark.text for mark in chart.marks]
    assert "after 300 reviews" in chart.says
    assert all(np.isfinite(mark.at).all() for mark in chart.marks)
    write_picture(done, tmp_path / "bound.png")
    assert (tmp_path / "bound.png").stat().st_size > 1000
    with pytest.raises(ValueError, match="a picture is written as"):
        write_picture(done, tmp_path / "bound.gif")
