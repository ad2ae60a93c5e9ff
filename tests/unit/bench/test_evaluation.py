"""The suite evaluation: it resumes, its worlds are as planted, and its figures become a page."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.bench import evaluation
from reliabel.bench.evaluation_page import sections
from reliabel.bench.evaluation_worlds import KINDS, reviewed, world
from reliabel.bench.run import Row, Table


def test_worlds_are_as_planted():
    made = world(np.random.default_rng(0), 20_000, 0.1, "good", differ=0.1, lead=0.02)
    wrong = made.given != made.truth
    assert wrong.mean() == pytest.approx(0.1, abs=0.01)
    assert (made.first != made.second).mean() == pytest.approx(0.1, abs=0.001)
    lead = (made.first == made.truth).mean() - (made.second == made.truth).mean()
    assert lead == pytest.approx(0.02, abs=0.001)
    ranks = np.argsort(np.argsort(made.p))
    auroc = (ranks[wrong].mean() - (wrong.sum() - 1) / 2) / (~wrong).sum()
    assert auroc == pytest.approx(0.95, abs=0.01)
    assert made.p.mean() == pytest.approx(0.1, abs=0.01)
    for kind in KINDS:
        assert world(np.random.default_rng(1), 500, 0.1, kind).p.shape == (500,)


def test_reviews_take_the_most_suspect_in_between_and_count_the_unseen():
    made = world(np.random.default_rng(0), 100, 0.1, "good")
    looks = reviewed(made, 10, 20, np.random.default_rng(1), planned=True)
    assert len(set(looks.item.tolist())) == 30
    assert looks.drawn.sum() == 20
    assert looks.unseen[looks.drawn].tolist() == (100 - np.flatnonzero(looks.drawn)).tolist()
    assert looks.item[0] == np.argmax(made.p)


@pytest.mark.slow
def test_a_quick_run_writes_every_scenario_once(tmp_path):
    table = Table(tmp_path / "evaluation.csv")
    evaluation.run(table, quick=True, data=None)
    rows = len(table.rows)
    evaluation.run(Table(table.path), quick=True, data=None)
    assert len(Table(table.path).rows) == rows
    assert all(text for text in sections(table.rows))


def test_one_scenario_gives_coverage_and_width_of_each_design():
    rows = list(evaluation._accuracy("accuracy/good/0.1", 100, np.random.default_rng(0)))
    seen = {(row.setting, row.method, row.metric) for row in rows}
    assert ("drawn", "PPI++", "coverage") in seen
    assert ("any time", "reliabel", "width") in seen
    assert all(0 <= float(row.value) <= 1 for row in rows if row.metric == "coverage")


def test_the_page_says_what_was_promised_and_what_came_of_it():
    def row(scenario, setting, method, metric, value):
        return Row(scenario, "simulated", setting, 9, method, metric, value, value, value)

    rows = [
        row("accuracy/good/0.1", "drawn", "reliabel", "coverage", 0.95),
        row("accuracy/good/0.1", "drawn", "reliabel", "width", 0.06),
        row("accuracy/good/0.1", "drawn", "reviews alone", "coverage", 0.94),
        row("accuracy/good/0.1", "drawn", "reviews alone", "width", 0.1),
        row("machine/calibrated", "600", "reliabel", "promise broken", 0.01),
        row("comparison/close", "8 %", "where they differ", "reviews for a power of .8", 200.0),
        row("comparison/close", "8 %", "all items", "reviews for a power of .8", 2500.0),
    ]
    text = "\n".join(sections(rows))
    assert "0.60" in text
    assert "calibrated" in text
    assert "0.08" in text
