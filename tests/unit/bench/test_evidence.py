import numpy as np
import pytest

from reliabel.bench import evidence, evidence_pictures, page
from reliabel.bench.run import Row, Table
from reliabel.formats import delimited


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(evidence, "ROWS", 500)
    monkeypatch.setattr(evidence_pictures, "_drawn", lambda items, truth: iter([("x", "y", 1.0)]))
    monkeypatch.setattr(evidence, "_long_report", lambda: iter([("report of 500 rows", "mb", 1.5)]))


def test_without_real_data_the_gaps_are_named_and_the_rest_is_measured(small, tmp_path):
    pytest.importorskip("pandas")
    table = Table(tmp_path / "evidence.csv")
    evidence.run(table, quick=True, data=None)
    gaps = {row.scenario: row.value for row in table.rows if row.metric == "not run"}
    assert set(gaps) == {
        "accuracy_banking77",
        "planted_banking77_0",
        "accuracy_ag_news",
        "planted_ag_news_0",
        "pictures",
        "pictures_patches",
        "pictures_efficientnet",
        "auto_photographs",
    }
    assert set(gaps.values()) == {"needs real data where RELIABEL_DATA points"}
    seconds = {(row.scenario, row.method) for row in table.rows if row.metric == "cpu_s"}
    assert seconds == {
        (case, method)
        for case in ("csv_plain", "csv_quoted")
        for method in ("reliabel", "reliabel, line by line", "pandas")
    }
    rows = len(table.rows)
    evidence.run(Table(tmp_path / "evidence.csv"), quick=True, data=None)
    assert len(Table(tmp_path / "evidence.csv").rows) == rows, "what is there is not run again"


@pytest.mark.parametrize("quoted", [False, True])
def test_the_tables_that_are_timed_are_read_alike_by_both_ways(small, tmp_path, quoted):
    path = tmp_path / "table.csv"
    evidence._written(path, quoted)
    quick, careful = delimited.read(path), delimited.read(path, careful=True)
    assert quick.kinds == careful.kinds
    assert quick.rows == 500
    for name in quick.columns:
        np.testing.assert_array_equal(quick.columns[name], careful.columns[name])


def test_the_page_joins_the_draws_and_names_the_gaps(tmp_path):
    rows = [
        Row(f"planted_ag_news_{seed}", "ag_news", "", seed, "text_tfidf", "auroc", 0.7 + 0.2 * seed)
        for seed in (0, 1)
    ]
    rows += [
        Row("csv_plain", "generated", "", 0, "reliabel", "cpu_s", 1.5),
        Row("pictures", "cifar10n", "", 0, "reliabel", "not run", "no pictures"),
    ]
    Table(tmp_path / "evidence.csv").add(rows)
    shown = page.render(tmp_path)
    assert "| ag_news | text_tfidf | 0.8 |" in shown
    assert "| csv_plain | reliabel | 1.5 |" in shown
    assert "| pictures | reliabel | no pictures |" in shown
