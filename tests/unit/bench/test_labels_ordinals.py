"""Ordered classes in the suite labels: slips as they are planted, and a line in each table."""

import numpy as np
import pytest

from reliabel.bench import labels_ordinals, labels_ordinals_page
from reliabel.bench.labels_ordinals_worlds import CHOSEN, ERRORS, JUDGED, pictures, planted, world


@pytest.mark.parametrize("name", [*CHOSEN, *JUDGED])
def test_worlds_are_drawn_anew_and_slips_are_what_they_are_called(name):
    x, y = world(name, 600, 0)
    assert np.isfinite(x).all()
    assert (world(name, 600, 0)[1] == y).all()
    assert (world(name, 600, 1)[1] != y).any()
    assert not y.min()
    k = y.max() + 1
    assert (np.bincount(y) > 0).all()
    far = {}
    for error in ERRORS:
        given, wrong = planted(y, error, 0.1, 0)
        assert ((given != y) == wrong).all()
        assert 0.06 < wrong.mean() <= 0.1
        assert (given >= 0).all()
        assert (given < k).all()
        far[error] = np.abs(given - y)[wrong]
    assert (far["adjacent"] == 1).all()
    assert (far["far"] >= 2).all()
    given, wrong = planted(y, "reversed", 0.1, 0)
    assert (given[wrong] == k - 1 - y[wrong]).all()


def test_no_world_is_chosen_on_and_judged_on():
    assert not set(CHOSEN) & set(JUDGED)


@pytest.mark.parametrize("name", ["turned", "thick", "digit"])
def test_pictures_have_a_number_each(name):
    x, y = pictures(name, 40, 0)
    assert x.shape == (40, 64)
    assert len(np.unique(y)) == 40
    assert (pictures(name, 40, 0)[0] == x).all()


def test_planted_faults_of_numbers_are_found_and_others_are_not_told():
    rows = labels_ordinals._faults(0)
    told = {(row.dataset, row.setting, row.metric): row.value for row in rows}
    assert not any(told[name, labels_ordinals_page.NO_FAULT, "others"] for name, *_ in told)
    assert told["percentages", "above the bound", "found"]
    assert np.mean([value for (*_, metric), value in told.items() if metric == "found"]) > 0.6
    line = labels_ordinals_page.faults(rows)[1]
    assert line == [labels_ordinals_page.NO_FAULT, "4", "", "0"]


@pytest.mark.slow
def test_a_small_draw_has_rows_and_a_line_in_each_table(monkeypatch):
    scores = {"cleanlab self_confidence": np.arange(400.0)}
    monkeypatch.setattr(labels_ordinals, "_cleanlab", lambda *_: (scores, None))
    rows = labels_ordinals._draw("curved", "far", 2, 400) + labels_ordinals._clean("curved", 400)
    rows += labels_ordinals._selection("turned", 0.4, 0, 200)
    tables = dict(labels_ordinals.sections(rows))
    assert tables[labels_ordinals_page.DRAWS][1][:2] == ["judged on", "far"]
    lines = tables[labels_ordinals_page.COUNTS][1:]
    assert [line[1:3] for line in lines] == [
        *(["far", "order"], ["far", "no order"]),
        *(["none", "order"], ["none", "no order"]),
    ]
    assert tables[labels_ordinals_page.SELECTION][0] == ["method", "turned, 40%"]
    found = {(row.method, row.metric): row.value for row in rows}
    assert found["P(wrong)", "auroc"] > 0.9
