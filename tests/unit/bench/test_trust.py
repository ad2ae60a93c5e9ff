"""The suite trust: its worlds, one small draw, and what the draws come to."""

import numpy as np
import pytest

from reliabel.bench import trust, trust_picture, trust_sets
from reliabel.bench.run import Row, Table
from reliabel.bench.run import run as walk
from reliabel.bench.trust_cells import packed, unpacked
from reliabel.bench.trust_summary import summary
from reliabel.bench.trust_worlds import World, make, together, worlds
from reliabel.core.results import Interval

pytest.importorskip("sklearn")


def test_worlds_are_many_distinct_and_thirty_when_quick():
    every, quick = worlds(False), worlds(True)
    assert len(set(every)) == len(every) > 350
    assert len(quick) == 30
    assert len({w.scenario for w in every}) == len(every)
    assert {w.rate for w in every if w.noise == "human"} == {0.01, 0.02, 0.05, 0.1, 0.2, 0.4}


def test_each_draw_of_a_set_with_two_strengths_is_judged_in_both():
    every = worlds(False)
    for name in ("cifar10n_1", "cifar10n_2", "ag_news", "ag_news_pair", "banking77"):
        weak, strong = (
            {(w.errors, w.seed) for w in every if w.dataset == name and w.strength == strength}
            for strength in ("weak", "strong")
        )
        assert weak == strong
        assert weak
    groups = together(every)
    assert [world for group in groups for world in group] == every
    assert all(len({(w.dataset, w.noise, w.rate, w.seed) for w in group}) == 1 for group in groups)
    assert World("ag_news", "human", 0.1, 300, 2, "weak").scenario == (
        "ag_news-human-0.1-300-rows-weak-2"
    )


def test_errors_that_another_person_shares_are_kept_and_slips_are_not():
    truth = np.array([0, 0, 0, 0])
    people = np.array([[0, 1, 1], [1, 1, 0], [1, 2, 0], [1, 2, 1]])
    assert trust_sets._agreed(people, truth).ravel().tolist() == [0, 1, 0, 1]


def both_strengths(folder, monkeypatch, known=("weak", "strong")):
    """Six hundred texts with features of their own making in both strengths."""
    pytest.importorskip("pyarrow")
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "text").mkdir()
    rng = np.random.default_rng(0)
    truth = np.arange(600) % 3
    table = {"title": ["t"] * 600, "body": [str(c) for c in truth], "label": truth.tolist()}
    pq.write_table(pa.table(table), folder / "text" / "ag_news_test.parquet")
    (folder / "features").mkdir()
    for strength, spread in (("weak", 1.5), ("strong", 0.5)):
        if strength in known:
            x = np.eye(3)[truth] + spread * rng.normal(size=(600, 3))
            np.save(folder / "features" / f"{trust_sets._kept('ag_news', strength)}.npy", x)
    both = [World("ag_news", "human", 0.1, strength=strength) for strength in ("weak", "strong")]
    monkeypatch.setattr(trust, "worlds", lambda quick: both)
    monkeypatch.setattr(trust, "_NEAR", {})
    monkeypatch.setattr(trust, "COSTS", ())


def test_labels_do_not_depend_on_the_strength_of_the_evidence(tmp_path, monkeypatch):
    both_strengths(tmp_path, monkeypatch)
    cache = tmp_path / "features"
    one, two = (
        make(World("ag_news", "human", 0.1, strength=strength), tmp_path, cache)
        for strength in ("weak", "strong")
    )
    np.testing.assert_array_equal(one.labels.y, two.labels.y)
    assert not np.allclose(one.features, two.features)
    trust.run(Table(tmp_path / "trust.csv"), quick=True, data=tmp_path)
    weak, strong = (
        next(
            row.value
            for row in Table(tmp_path / "trust.csv").rows
            if row.setting == f"human 0.1 {strength}"
            and (row.method, row.metric) == ("p_wrong", "average_precision")
        )
        for strength in ("weak", "strong")
    )
    assert strong > weak


def test_worlds_without_their_features_are_told_and_left_out(tmp_path, monkeypatch):
    both_strengths(tmp_path, monkeypatch, known=("strong",))
    broken = {"ag_news": {"weak": "text_of_nobody", "strong": "text_minilm"}}
    monkeypatch.setattr(trust_sets, "STRENGTHS", broken)
    with pytest.warns(UserWarning, match="left out: ag_news weak; no embedder is called 'text_of"):
        trust.run(Table(tmp_path / "trust.csv"), quick=True, data=tmp_path)
    assert {row.scenario for row in Table(tmp_path / "trust.csv").rows} == {
        "ag_news-human-0.1-strong-0"
    }


@pytest.mark.slow
def test_two_processes_write_what_one_writes(tmp_path, monkeypatch):
    both_strengths(tmp_path, monkeypatch)
    found = []
    for workers in (1, 2):
        path = tmp_path / f"{workers}.csv"
        trust.run(Table(path), quick=True, data=tmp_path, workers=workers)
        found.append(sorted(x for x in path.read_text().splitlines() if ",draw,cpu," not in x))
    assert found[0] == found[1]


def test_a_suite_in_one_process_refuses_workers(tmp_path):
    with pytest.raises(ValueError, match="counts runs in one process; leave out workers=2"):
        walk("counts", out=tmp_path / "x.csv", data=tmp_path, workers=2)


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
        >= unpacked(found["singles", "average_precision"].value)["model given"][0] - 1e-4
    )
    assert sum(size for _, _, size in unpacked(found["p_wrong", "bins"].value).values()) == 300
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
            ("singles", "average_precision"): packed({"model given": (single,)}),
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
    found = {("digits", ""): [(0.1, 0.09, 0.05, 0.2, 0.9, 0.8)]}
    assert trust_picture._identified(rows) == found
    bins = packed({"9": (0.9, 0.95, 20)})
    rows.append(Row("a", "digits", "human 0.1", 0, "p_wrong", "bins", bins))
    assert [float(x[0]) for x in trust_picture._reliability(rows, 0.0, 0.15)] == [0.95, 0.9, 20.0]
    assert not len(trust_picture._reliability(rows, 0.15, 1.0)[0])
    trust_picture.draw(rows, tmp_path / "img" / "trust.svg")
    assert "<svg" in (tmp_path / "img" / "trust.svg").read_text()
