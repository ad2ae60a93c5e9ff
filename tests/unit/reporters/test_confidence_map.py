"""The data map: confidence against variability, where training dynamics are there."""

import re
from dataclasses import replace

import numpy as np
from tests.unit.reporters.made import an_audit

from reliabel.core.results import Suspicion
from reliabel.reporters import html
from reliabel.reporters.confidence_map import density


def test_each_label_lies_in_its_cell_and_the_most_suspect_are_dots() -> None:
    confidence = np.array([0.99, 0.98, 0.5, 0.02, np.nan])
    variability = np.array([0.01, 0.01, 0.3, 0.05, 0.1])
    chart = density(confidence, variability, [3, 4])
    cells = [mark.text for mark in chart.marks if mark.ink == "heat"]
    assert sorted(int(text.split()[0]) for text in cells) == [1, 1, 2]
    (dot,) = [mark for mark in chart.marks if mark.shape == "dot"]
    assert dot.text == "confidence 0.02, variability 0.05"
    full = next(mark for mark in chart.marks if mark.text.startswith("2 labels"))
    assert full.at[1] < 30, "confident labels lie at the top"
    assert full.at[0] < dot.at[0], "steady ones at the left"
    assert chart.says.startswith("Data map of 4 labels: 1 with a confidence below one half")


def test_the_page_draws_it_where_an_auditor_says_both() -> None:
    plain = an_audit()
    n = len(plain.data)
    assert 'id="training"' not in html.render(plain)
    info = {"confidence": np.linspace(0, 1, n), "variability": np.linspace(0, 0.4, n)}
    said = Suspicion(1 - info["confidence"], info=info)
    page = html.render(replace(plain, opinions={**plain.opinions, "data_map": said}))
    section = page[page.index('id="training"') :]
    assert "Data map" in section
    assert len(re.findall(r"<circle", section[: section.index("</svg>")])) > 5


def test_nothing_known_draws_nothing() -> None:
    plain = an_audit()
    nothing = np.full(len(plain.data), np.nan)
    said = Suspicion(nothing, info={"confidence": nothing, "variability": nothing})
    page = html.render(replace(plain, opinions={**plain.opinions, "data_map": said}))
    assert 'id="training"' not in page
