"""The suites cost and scale at small sizes: rows that are right, resumed, and read from where they
lie.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from reliabel.bench import cost, default_audit, growth, mixed, passes, peer, scale
from reliabel.bench.child import child
from reliabel.bench.page import render
from reliabel.bench.run import Row, Table
from reliabel.bench.trust_worlds import Drawn
from reliabel.core.labels import Classes


@pytest.fixture
def pictures(monkeypatch):
    """Three hundred rows in place of the 20,000 pictures."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 300)
    features = (rng.normal(size=(3, 400))[truth] + rng.normal(size=(300, 400))).astype(np.float32)
    monkeypatch.setattr(
        mixed, "make", lambda world, data, cache: Drawn(Classes(truth), truth, features)
    )
    return features, truth


def test_mixed_rows_are_distinct_pairs_of_neighbours(pictures, tmp_path):
    features, truth = pictures
    mixed.write(20_000, "float16", tmp_path, tmp_path, tmp_path)
    x, p, y = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "xpy")
    assert (x.shape, x.dtype, p.shape) == ((20_000, 384), np.float16, (20_000, 3))
    assert np.asarray(p).sum(1) == pytest.approx(1, abs=1e-6)
    assert len(np.unique(np.asarray(x), axis=0)) == 20_000
    near = np.load(tmp_path / "cifar10n_near.npy")
    first = np.asarray(x[0], dtype=np.float32)
    off = [
        np.abs(first - 0.7 * features[i, :384] - 0.3 * features[near[i], :384]).max(1).min()
        for i in range(300)
    ]
    assert min(off) < 0.01  # it is such a pair
    assert truth[int(np.argmin(off))] == np.asarray(p[0]).argmax()
    assert 0.9 < (np.asarray(y) == np.asarray(p).argmax(1)).mean() < 0.99
    with pytest.raises(
        ValueError, match=r"300 pictures with 128 neighbours give 38400 rows, asked were 40000"
    ):
        mixed.write(40_000, "float16", tmp_path, tmp_path, tmp_path)


@pytest.mark.slow
def test_scale_measures_made_rows_and_mixed_ones_and_goes_on_where_it_was(
    pictures, tmp_path, monkeypatch
):
    monkeypatch.setattr(scale, "SIZES", (400,))
    monkeypatch.setattr(scale, "DEFAULT", 400)
    monkeypatch.setattr(default_audit, "TURNS", 1)
    monkeypatch.setattr(scale, "REAL", {500: "float16"})
    monkeypatch.setattr(scale, "BESIDE", 500)
    ways = {
        "engine_500x384": ("audit", "float32", ("local",)),
        "engine_600x384": ("parquet", "float16", ("local",)),
        "votes_2000": ("votes", "", ("local", "ray")),
    }
    monkeypatch.setattr(scale, "ENGINES", ways)
    monkeypatch.setattr(peer, "python", lambda: None)
    scale.run(Table(tmp_path / "scale.csv"), quick=False, data=None)
    scale.run(Table(tmp_path / "scale.csv"), quick=False, data=None)
    rows = Table(tmp_path / "scale.csv").rows
    assert len({(row.scenario, row.setting, row.method, row.metric) for row in rows}) == len(rows)
    found = {(row.scenario, row.metric): row.value for row in rows}
    assert found["audit_400x384", "recall"] == 1
    assert found["default_400x384", "times"] > 1
    assert found["default_400x384", "at most"] == 1.5
    assert 0 < found["audit_400x384", "second_run_share"] < 1
    assert found["mixed_500x384", "not run"] == "no real data: set RELIABEL_DATA"
    scale.run(Table(tmp_path / "more" / "scale.csv"), quick=False, data=tmp_path)
    rows = Table(tmp_path / "more" / "scale.csv").rows
    real = {(row.method, row.metric): row.value for row in rows if row.scenario == "mixed_500x384"}
    assert real["reliabel", "cpu_s"] > 0
    ways_found = {(row.scenario, row.metric): row.value for row in rows}
    for case in ways:
        assert 0 < ways_found[case, "driver_share"] <= 1
    assert ways_found["votes_2000", "same_bits"] == 1
    assert ways_found["engine_600x384", "recall"] == 1
    assert real["cleanlab", "not run"].startswith("no .venv-peers here")
    assert not list((tmp_path / "more").glob("tmp*"))  # the rows themselves are taken away
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "scale.csv").write_bytes((tmp_path / "more" / "scale.csv").read_bytes())
    page = render(tmp_path / "page")
    assert "| mixed_500x384 | float16, one thread | reliabel |" in page
    assert "| mixed_500x384 | float16, default threads | reliabel |" in page


def test_the_passes_of_the_bench_count_the_same(tmp_path):
    passes.write(tmp_path, 3000, 4)
    y = np.load(tmp_path / "y.npy")
    score, flag = passes.counting(tmp_path / "p.parquet", y)
    said = passes.ours(tmp_path / "p.parquet", y)
    assert np.array_equal(flag, said.flag)
    assert np.array_equal(
        np.argsort(score[flag], kind="stable"), np.argsort(said.score[flag], kind="stable")
    )
    for how in ("reading", "counting", "reliabel"):
        done = subprocess.run(
            [sys.executable, "-m", "reliabel.bench.passes", how, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout)["input_mib"] == pytest.approx(3000 * 4 * 4 / 2**20)


@pytest.mark.parametrize("what", growth.CASES)
def test_everything_whose_growth_is_measured_runs(what):
    if (
        what == "neighbours forest"
    ):  # it changes the module for the whole process: in one of its own, as in the suite
        assert child([sys.executable, "-m", "reliabel.bench.growth", what, "300"])["cpu_s"] > 0
    else:
        assert growth.main(what, 300)["cpu_s"] > 0


def test_growth_is_a_table_of_the_page(tmp_path, monkeypatch):
    monkeypatch.setattr(
        cost,
        "child",
        lambda command, words={}: {"cpu_s": float(command[-1]) / 1000, "extra_mib": 1.0},
    )
    rows = cost._growth("growth_self_confidence")
    assert {row.metric: row.value for row in rows}["growth"] == pytest.approx(10)
    table = Table(tmp_path / "cost.csv")
    table.add(
        [
            *rows,
            Row("case", "", "", 0, "reliabel", "cpu_s", 1.0),
            Row("case", "", "", 0, "other", "cpu_s", 3.0),
        ]
    )
    page = render(tmp_path)
    assert "| self_confidence | n 100,000 | 100 | 1,000 | 10 | 10 | 1 |" in page
    assert "| case | 1 |  | other | 3 |  | 1/3.0 |" in page


def test_a_child_that_fails_says_why():
    with pytest.raises(RuntimeError, match=r"ended with 1: .*no such thing"):
        child([sys.executable, "-c", "raise SystemExit('no such thing')"])
