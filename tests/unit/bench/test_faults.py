"""The suite faults: what counts as found, what the worlds plant, and what the page says."""

from dataclasses import replace

import numpy as np
import pytest

from reliabel.bench import (
    fault_columns,
    fault_nulls,
    fault_peers,
    fault_pictures,
    fault_slices,
    fault_splits,
    fault_texts,
    faults,
    faults_page,
    foreign_personal,
)
from reliabel.bench.fault_worlds import Scenario, World, alike, by_column, by_row
from reliabel.bench.run import Row
from reliabel.core.results import Faults


def told(*found, where=None):
    items, kinds = zip(*found, strict=True) if found else ((), ())
    return Faults(list(items), list(kinds), np.ones(len(found)), [""] * len(found), where=where)


def world(planted, after, before=None, alike=frozenset()):
    def call(faults):
        return None if faults is None else lambda: faults

    return World("made", 10, "none", planted, call(after), call(before), alike=alike)


def rows(scenario):
    return {
        (row.setting, row.metric): row.value
        for row in faults.rows_of("one", scenario, quick=False, data=None)
    }


def pair(*items):
    return frozenset(items)


def test_found_by_name_and_precision_count_the_planted_kind_alone():
    planted = [(pair(0, 1), "exact"), (pair(2, 3), "exact"), (pair(4, 5), "near")]
    after = told(((0, 1, 7), "exact"), ((2, 3), "near"), ((6, 7), "near"), ((8, 9), "near"))
    before = told(((8, 9), "near"))
    seen = rows(Scenario(lambda *_: world(planted, after, before)))
    assert seen["exact", "recall"] == 1
    assert seen["exact", "recall by name"] == 0.5
    assert seen["exact", "precision"] == 1
    assert seen["near", "recall"] == 0
    assert seen["near", "precision"] == 0  # (2, 3) was planted as exact, (8, 9) was there before
    assert seen["near", "found before planting"] == 1
    assert seen["all", "others"] == 1


def test_look_alikes_are_counted_where_they_are_reported():
    after = told(((0,), "card"), ((1,), "card"), ((1,), "phone"))
    seen = rows(Scenario(lambda *_: world([(pair(0), "card")], after, alike=pair(1, 2))))
    assert seen["look-alikes", "look-alikes"] == 2
    assert seen["look-alikes", "reported"] == 1


def test_a_world_without_a_fault_gives_the_share_of_draws_with_an_alarm():
    made = iter([told(), told(((0,), "order")), told(), told()])
    seen = rows(Scenario(lambda *_: world([], next(made)), draws=4, level=0.05))
    assert seen["all", "false alarms"] == 0.25
    assert seen["all", "level"] == 0.05
    assert ("all", "recall") not in seen


def test_views_name_rows_columns_and_slices():
    found = told(((1, 2), "a"), where=[{"columns": ["y", "x"]}])
    assert by_row(lambda: found)().items == [(1,), (2,)]
    assert by_column(lambda: found, ["x", "y"])().items == [(0, 1)]
    groups = [pair(1, 2, 3), pair(7, 8)]
    assert alike(lambda: told(((1, 2), "a"), ((3, 4, 5), "a")), groups)().items == [(0,), (3,)]


@pytest.mark.parametrize(
    ("make", "by_name"),
    [
        (fault_slices.made_slices, 1.0),
        (fault_splits.class_counts, 0.75),
        (fault_splits.leaking_groups, 1.0),
        (fault_columns.target_leakage, 1.0),
        (fault_columns.null_columns, 0.85),
        (fault_texts.personal_data, 0.95),
        (fault_texts.encoding, 0.9),
        (fault_texts.broken, 0.9),
        (fault_pictures.faulty_textures, 0.9),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_default_auditors_find_what_is_planted_in_made_data(make, by_name):
    made = make(None, np.random.default_rng(0), True)
    count, cpu = faults._counted(made)
    planted = sum(many for (_, what), many in count.items() if what == "planted")
    named = sum(many for (_, what), many in count.items() if what == "recall by name")
    assert named >= by_name * (planted - len(made.alike))
    assert count["all", "others"] <= 0.05 * planted
    assert count[faults.ALIKE, "reported"] <= 0.05 * len(made.alike)
    assert cpu > 0


def test_every_world_of_real_data_says_what_it_needs_without_them():
    planted = {name: made for name, made in faults.WORLDS.items() if made is not None}
    for name, scenario in planted.items():
        if "photographs" in name or ("copies_" in name and "null" not in name):
            with pytest.raises(FileNotFoundError, match="RELIABEL_DATA"):
                scenario.make(None, np.random.default_rng(0), True)


def test_every_world_without_a_fault_runs_and_is_quiet_at_first():
    for make in (fault_nulls.shares, fault_nulls.gaps, fault_nulls.leaks, fault_nulls.copies):
        assert not make(None, np.random.default_rng(1), True).after().items


def test_faker_brings_forms_that_nobody_here_chose():
    pytest.importorskip("faker")
    made = foreign_personal.foreign(0)
    many = len(made.texts) // 2
    assert all(made.kinds[:many])
    assert not any(made.kinds[many:])
    assert len(set(made.kinds)) == 15  # with look-alikes
    assert foreign_personal.foreign(0) == made


def test_what_methods_report_is_compared_by_its_form():
    items = fault_peers.Kind("items", "x")
    assert fault_peers._compared(items, [1, 2], [2, 3]) == {"recall": 0.5, "precision": 0.5}
    groups = fault_peers.Kind("groups", "x")
    pairs = [[0, 1], [2, 3]]
    assert fault_peers._compared(groups, pairs, [[0, 1, 9], [5, 6]])["recall"] == 0.5
    slices = fault_peers.Kind("slices", "x")
    assert fault_peers._compared(slices, [[1, 2, 3, 4]], [[1, 2, 3]])["recall"] == 1
    whole = fault_peers.Kind("whole", "x")
    assert fault_peers._compared(whole, [0], []) == {"recall": 0.0}


@pytest.mark.slow
def test_a_table_is_audited_in_a_process_of_its_own(tmp_path):
    made = fault_peers.rows_of("beside_tables", quick=True, data=None, place=tmp_path)
    seen = {(row.method, row.setting, row.metric): row.value for row in made}
    assert seen["reliabel", "constant column", "recall"] == 1
    assert seen["reliabel", "identifier column", "recall"] == 1
    assert seen["reliabel", "rows sorted by class", "recall"] == 1
    assert seen["reliabel", "all", "minutes"] > 0
    assert ("reliabel", "weak slice", "recall") not in seen  # asked for by name
    assert ("reliabel, by name", "weak slice", "recall") in seen


def test_the_page_has_a_line_for_each_kind_each_world_and_each_level():
    def row(scenario, setting, metric, value, method="x", low="", high=""):
        return Row(scenario, "made", setting, 0, method, metric, value, low, high)

    made = [
        row("columns", "constant", "planted", 20.0),
        row("columns", "constant", "recall", 0.95, low=0.9, high=0.99),
        row("columns", "all", "cpu_s", 1.25),
        row("null_splits", "all", "draws", 200.0),
        row("null_splits", "all", "false alarms", 0.04, low=0.02, high=0.08),
        row("null_splits", "all", "level", 0.05),
        row("beside_tables", "outliers", "planted", 100.0, "planted"),
        row("beside_tables", "outliers", "recall", 0.9, "reliabel"),
        row("beside_tables", "outliers", "precision", 0.5, "reliabel"),
        row("beside_tables", "all", "minutes", 2.0, "reliabel"),
        replace(row("beside_texts", "", "not run", "needs data")),
    ]
    kinds, worlds, nulls, beside, took = (table for _, table in faults_page.sections(made))
    assert kinds[1][:5] == ["columns", "made", "constant", "20", "0.950 (0.900 to 0.990)"]
    assert worlds[1][-2] == "1.25"
    assert nulls[1] == ["null_splits", "x", "200", "0.040 (0.020 to 0.080)", "0.05", ""]
    assert beside[1:] == [["tables", "outliers", "100", "0.9 / 0.5"]]
    assert took[1][:5] == ["tables", "reliabel", "", "", "2"]
