"""Numbers in the suite labels: rows of a small draw, of a clean world, and their tables."""

import numpy as np
import pytest

from reliabel.bench import labels_numbers, labels_numbers_page
from reliabel.bench.labels_numbers_worlds import CHOSEN, ERRORS, JUDGED, planted, world


@pytest.mark.parametrize("name", [*CHOSEN, *JUDGED])
def test_worlds_are_drawn_anew_by_their_seed_and_errors_are_planted(name):
    x, y = world(name, 200, 0)
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    assert (world(name, 200, 0)[1] == y).all()
    if name != "diabetes":
        assert (world(name, 200, 1)[1] != y).any()
    for error in ERRORS:
        given, wrong = planted(y, error, 0.1, 0)
        assert ((given != y) == wrong).all()
        assert 0.08 < wrong.mean() <= 0.1


def test_no_world_is_chosen_on_and_judged_on():
    assert not set(CHOSEN) & set(JUDGED)


@pytest.mark.slow
def test_a_small_draw_has_rows_and_a_line_in_each_table(monkeypatch):
    monkeypatch.setattr(
        labels_numbers, "_cleanlab", lambda *_: ({"cleanlab default": np.arange(300.0)}, None)
    )
    monkeypatch.setattr(labels_numbers.peer, "call", lambda *_: ("", "not here"))
    rows = labels_numbers._draw("straight", "swapped_rows", 2, 300)
    rows += labels_numbers._clean("straight", 300)
    rows += labels_numbers._cost(2000)
    tables = dict(labels_numbers.sections(rows))
    assert tables[labels_numbers_page.DRAWS][1][:2] == ["judged on", "swapped_rows"]
    assert [line[1] for line in tables[labels_numbers_page.COUNTS][1:]] == ["none", "swapped_rows"]
    assert tables[labels_numbers_page.COST][1][:2] == ["2,000", "scores and P(wrong)"]
    found = {(row.method, row.metric): row.value for row in rows}
    assert found["P(wrong)", "auroc"] > 0.6
