import numpy as np
import pytest

from reliabel.bench import evidence, evidence_pictures, page
from reliabel.bench import evidence_texts as audits
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import Entry
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
        "auto_banking77_0",
        "auto_ag_news_0",
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


def test_a_run_that_was_stopped_goes_on_case_by_case(small, monkeypatch, tmp_path):
    made = []

    def cases(quick, data):
        def measure(name):
            made.append(name)
            if name == "b" and made.count("b") == 1:
                raise KeyboardInterrupt
            yield "method", "metric", 1.0

        return {name: ("set", 0, lambda name=name: measure(name)) for name in "abc"}

    monkeypatch.setattr(evidence, "_cases", cases)
    for _ in range(2):
        try:
            evidence.run(Table(tmp_path / "evidence.csv"), quick=True, data=None)
        except KeyboardInterrupt:
            continue
    assert made == ["a", "b", "b", "c"]
    assert [row.scenario for row in Table(tmp_path / "evidence.csv").rows] == ["a", "b", "c"]


def test_auto_is_measured_with_what_it_joins(monkeypatch, tmp_path):
    """A small text set through the whole path; the cache of the user is left alone."""
    import os

    rng = np.random.default_rng(0)
    words = [["card", "pay", "shop", "till"], ["sea", "boat", "shop", "till"]]
    label = rng.integers(0, 2, 200).tolist()
    texts = [" ".join(rng.choice(words[c], 4)) + f" {row}" for row, c in enumerate(label)]
    monkeypatch.setattr(audits, "_texts", lambda data, name: (label, texts))
    monkeypatch.setattr(audits, "EYES", ("text_tfidf",))
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: tuple(sorted(entry.extras)))
    before = os.environ.get("RELIABEL_CACHE")
    audits._embedded.cache_clear()
    rows = list(audits._by_auto(lambda: tmp_path, "made", 0))
    audits._embedded.cache_clear()
    assert os.environ.get("RELIABEL_CACHE") == before
    assert {row[0] for row in rows} == {
        f"auto, errors by text_tfidf: {score}" for score in ("self_confidence", "p_wrong")
    }
    assert {row[1] for row in rows} == {"auroc", "average_precision"}


def test_an_embedder_whose_extra_is_missing_is_told(monkeypatch):
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: ("text",))
    with pytest.raises(audits.Absent, match=r"text_minilm needs the extra \[text\]"):
        audits._features("text_minilm", ["a"])


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
