"""The suite auditors: its cells, its rows on digits, and what the page says of them."""

import numpy as np

from reliabel.bench import auditors, auditors_page
from reliabel.bench.run import Row, Table


def row(method, value, dataset="digits", setting="symmetric 0.2", metric="average_precision"):
    return Row(f"{dataset}-{setting}", dataset, setting, 0, method, metric, value, cpu_s=0.5)


def test_cells_are_people_errors_in_pictures_planted_ones_elsewhere_and_verdicts():
    every = auditors.cells(False)
    assert len({cell.scenario for cell in every}) == len(every) == 6 + 3 * 4 * 3 + 2
    assert len(auditors.cells(True)) == 4


def test_every_auditor_that_fits_has_rows_and_only_the_open_ones_are_run(tmp_path):
    cell = auditors.Cell("digits", "symmetric 0.2")
    names = {entry.name for entry in auditors._fit(cell)}
    done = frozenset(names - {"self_confidence"})
    rows = auditors.rows_of((cell, done), data=tmp_path, cache=tmp_path)
    of = {(row.method, row.metric): row.value for row in rows}
    assert of["evidence", "rows"] == 1797
    assert 0.15 < of["evidence", "wrong"] < 0.25
    assert of["self_confidence", "auroc"] > 0.9
    assert of["p_wrong", "average_precision"] > 0.8
    assert not done & {row.method for row in rows}


def test_the_page_ranks_methods_that_have_every_cell(tmp_path):
    rows = [row("p_wrong", 0.9), row("p_wrong", 0.8, setting="people worst")]
    rows += [row("entropy", 0.5), row("entropy", 0.6, setting="people worst"), row("new", 0.7)]
    (says, table), _ = auditors_page.sections(rows)
    assert "2 cells" in says
    lines = {line[0]: line[1:] for line in table}
    assert lines["p_wrong"] == ["0.800", "", "", "0.900", "", "1.0", "0.50"]
    assert lines["entropy"][-2] == "2.0"
    assert lines["new"][-2] == ""
    Table(tmp_path / "auditors.csv").add(rows)
    assert auditors_page.picture(tmp_path).count("<circle") == 2
    assert auditors_page.picture(tmp_path / "none") == ""


def test_an_auditor_without_a_rank_comes_last():
    rows = [row("p_wrong", 0.5), row("other", 0.9, setting="verdicts", dataset="imdb")]
    table = next(auditors_page.sections(rows))[1]
    assert [line[0] for line in table[1:]] == ["other", "p_wrong"]
    assert np.isfinite(float(table[1][5]))
