"""Protocols that would make a certificate false, and what the log makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.unit.review.conftest import made

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.trust.certificate import certificate

N, WRONG, TARGET, DRAWS = 1000, 60, 0.02, 250  # 6 % are wrong, 2 % may be


def test_wrong_draws_that_are_skipped_prove_nothing(tmp_path):
    """A reviewer skips every wrong draw and decides it later as if they had chosen it.  Read that
    way the review would certify 2 % although some 4 % are left; in the log the first skipped draw
    holds up the evidence, and decided later it counts as the draw that it is.
    """
    log = rl.log(made(tmp_path / "labels.audit", rows=N, wrong=WRONG))
    skipped = []
    for _ in range(DRAWS):
        draw = log.draw(forecast=1.0, allowed=int(N * TARGET))
        if draw.row < WRONG:
            skipped.append(draw.row)
        else:
            log.decide([Decision(str(draw.row), "keep")])
    assert skipped
    record = log.record()
    assert len(record.evidence) < DRAWS - len(skipped)
    assert not certificate(record, TARGET).holds
    broken = without_skipped(record)
    assert certificate(broken, TARGET).holds

    log.decide([Decision(str(row), "drop") for row in skipped])
    record = log.record()
    assert record.drawn.all()
    assert len(record.evidence) == DRAWS
    assert not certificate(record, TARGET).holds


def without_skipped(record):
    """The record as a log would have it that lets draws be thrown away."""
    kept = record.wrong != -1
    names = ("row", "drawn", "wrong", "repaired", "dropped", "unseen", "forecast", "allowed", "p")
    return replace(record, **{name: getattr(record, name)[kept] for name in names})


def test_what_is_handed_out_ahead_is_drawn_before_it_is_shown(tmp_path):
    """Labels of a batch that are still with a reviewer cannot be looked at and drawn afterwards:
    whatever they decide of it counts by the order of the draws.
    """
    folder = made(tmp_path / "labels.audit", rows=N, wrong=WRONG)
    log = rl.log(folder)
    log.fix_population("some", np.arange(N))
    shown = [int(i) for i in rl.next(folder, n=30, population="some")["rows"]["id"]]
    before = log.record("some")
    assert before.row.tolist() == shown
    log.decide([Decision(str(row), "keep") for row in reversed(shown)])
    after = log.record("some")
    assert after.row.tolist() == shown
    assert after.unseen.tolist() == [N - place for place in range(30)]
    assert after.unseen.tolist() == before.unseen.tolist()


def test_claimed_labels_stay_in_what_draws_are_made_from(tmp_path):
    """Else the most suspect would be missing among the draws."""
    folder = made(tmp_path / "labels.audit", rows=40, wrong=4)
    held = rl.next(folder, n=10, who="ada", greedy=True)["rows"]["id"]
    log = rl.log(folder)
    drawn = {str(log.draw().row) for _ in range(40)}
    assert set(held) <= drawn
    assert log.record().drawn.all()
