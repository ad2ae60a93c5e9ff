"""The suite trust: its worlds, one small draw, and what the draws come to."""

import numpy as np
import pytest

from reliabel.bench import trust, trust_picture
from reliabel.bench.run import Row, Table
from reliabel.bench.trust_summary import summary
from reliabel.bench.trust_worlds import World, make, worlds
from reliabel.core.results import Interval

pytest.importorskip("sklearn")


def test_worlds_are_many_distinct_and_thirty_when_quick():
    every, quick = worlds(False), worlds(True)
    assert len(set(every)) == len(every) > 350
    assert len(quick) == 30
    assert {w.rate for w in every if w.noise == "human"} == {0.01, 0.02, 0.05, 0.1, 0.2, 0.4}


def test_a_draw_is_the_same_twice_and_has_the_wanted_errors(tmp_path):
    one, two = (
        make(World("digits", "human", 0.1, 300, seed=3), tmp_path, tmp_path) for _ in range(2)
    )
    np.testing.assert_array_equal(one.labels.y, two.labels.y)
    assert len(one.truth) == 300
    assert 0.04 < (one.labels.y != one.truth).mean() < 0.16


def test_rows_of_a_small_draw_and_a_second_run_adds_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(trust, "worlds", lambda quick: [World("digits", "human", 0.1, 300)])
    table = Table(tmp_path / "trust.csv")
    trust.run(table, quick=True, data=tmp_path)
    rows = len(table.rows)
    found = {(row.method, row.metric): row for row in table.rows}
    assert found["p_wrong", "average_precision"].value > 0.6
    assert (
        found["p_wrong", "brier_skill"].low
        < found["p_wrong", "brier_skill"].value
        < found["p_wrong", "brier_skill"].high
    )
    assert (
        found["best single", "average_precision"].value
        >= found["model given", "average_precision"].value
    )
    trust.run(Table(tmp_path / "trust.csv"), quick=True, data=tmp_path)
    assert len(Table(tmp_path / "trust.csv").rows) == rows


def test_without_data_the_suite_says_what_it_needs(tmp_path):
    with pytest.raises(ValueError, match="RELIABEL_DATA"):
        trust.run(Table(tmp_path / "x.csv"), quick=True, data=None)


def test_skill_is_one_for_the_truth_and_zero_for_the_share():
    wrong = np.arange(100) % 10 == 0
    assert trust._skill(wrong.astype(float), wrong)[0] == pytest.approx(1)
    assert trust._skill(np.full(100, 0.1), wrong)[0] == pytest.approx(0)


def test_the_truth_is_within_a_wide_band():
    rng = np.random.default_rng(0)
    p = rng.beta(0.2, 2, 3000)
    wrong = rng.random(3000) < p
    assert trust._within(p, Interval(p.sum(), p.sum() / 2, 2 * p.sum(), 0.95, "", ""), wrong) == 1
    assert (
        trust._within(p, Interval(p.sum(), p.sum(), p.sum(), 0.95, "", ""), rng.permutation(wrong))
        < 0.5
    )


def test_the_summary_counts_each_promise():
    def draw(name, share, ap, single, covered):
        values = {
            ("truth", "share"): share,
            ("p_wrong", "identified"): 1.0,
            ("p_wrong", "weak"): 0.0,
            ("p_wrong", "average_precision"): ap,
        }
        values |= {
            ("best single", "average_precision"): single,
            ("model given", "average_precision"): single,
            ("count", "covered"): covered,
        }
        values |= {("p_wrong", "calibration_error"): 0.01}
        return [
            Row(name, "digits", "human 0.1", 0, method, metric, value)
            for (method, metric), value in values.items()
        ]

    out = summary(draw("a", 0.1, 0.9, 0.8, 1.0) + draw("b", 0.3, 0.5, 0.6, 0.0))
    assert out["interval covers"] == (0.5, 2)
    assert out["identified where 2-20 % are wrong"] == (1.0, 1)
    assert out["average precision at least the hindsight-best single's - .01"] == (0.5, 2)
    assert out["average precision above the best fixed single"] == (pytest.approx(0.0), 2)
    assert out["ECE at most .05 on plain draws"] == (1.0, 1)


def test_the_picture_shows_identified_draws(tmp_path):
    pytest.importorskip("matplotlib")
    values = {
        ("truth", "share"): 0.1,
        ("p_wrong", "identified"): 1.0,
        ("p_wrong", "average_precision"): 0.9,
        ("best single", "average_precision"): 0.8,
    }
    rows = [
        Row("a", "digits", "human 0.1", 0, method, metric, value)
        for (method, metric), value in values.items()
    ]
    rows.append(Row("a", "digits", "human 0.1", 0, "p_wrong", "pi", 0.09, 0.05, 0.2))
    assert trust_picture._identified(rows) == {"digits": [(0.1, 0.09, 0.05, 0.2, 0.9, 0.8)]}
    rows.append(Row("a", "digits", "human 0.1", 0, "p_wrong", "bin_9", 0.9, 0.95, 20))
    assert [float(x[0]) for x in trust_picture._reliability(rows, 0.0, 0.15)] == [0.95, 0.9, 20.0]
    assert not len(trust_picture._reliability(rows, 0.15, 1.0)[0])
    trust_picture.draw(rows, tmp_path / "img" / "trust.svg")
    assert "<svg" in (tmp_path / "img" / "trust.svg").read_text()
