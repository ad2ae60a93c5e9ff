import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from reliabel.core.results import Budget
from reliabel.reporters import charts
from reliabel.trust.calibration import calibration

BAD = "<script>alert(1)</script>"
MATRIX = np.array([[50.0, 0.0, 2.0], [9.0, 40.0, 0.0], [0.0, 1.0, 30.0]])  # true, given


def every_chart():
    rng = np.random.default_rng(0)
    p = rng.random(200)
    yield charts.heat(MATRIX, ["a", BAD, "$c$"])
    yield charts.histogram(p, flag=p > 0.9, title=BAD)
    yield charts.curve(
        Budget(
            np.array([1, 10, 100, 500]),
            np.array([0.1, 0.4, 0.8, 1.0]),
            np.array([0.0, 0.3, 0.7, 0.9]),
            np.array([0.2, 0.5, 0.9, 1.0]),
        )
    )
    yield charts.reliability(calibration(p, (rng.random(200) < p).astype(float)))
    yield charts.bars(["a", BAD], np.array([5, 9]), np.array([1, 0]))


@pytest.mark.parametrize(
    "chart", list(every_chart()), ids=["heat", "histogram", "curve", "reliability", "bars"]
)
def test_a_chart_is_well_formed_within_its_frame_and_says_what_it_shows(chart):
    root = ET.fromstring(chart.svg())
    assert root.attrib["role"] == "img"
    assert len(root.attrib["aria-label"]) > 10
    for mark in chart.marks:
        if mark.shape == "rect":
            x, y, width, height = mark.at
            assert x >= 0
            assert y >= 0
            assert x + width <= chart.width + 0.1
            assert y + height <= chart.height + 0.1


@pytest.mark.parametrize(
    "chart", list(every_chart()), ids=["heat", "histogram", "curve", "reliability", "bars"]
)
def test_the_same_chart_is_a_matplotlib_figure(chart, tmp_path):
    figure = chart.figure()
    figure.savefig(tmp_path / "chart.png")
    assert figure.get_figwidth() * 72 == pytest.approx(chart.width)
    assert len(figure.axes[0].texts) == sum(mark.shape == "text" for mark in chart.marks)


def test_the_heat_map_has_given_labels_in_rows_and_likely_ones_in_columns():
    said = [
        mark.text for mark in charts.heat(MATRIX, ["a", "b", "c"]).marks if mark.shape == "rect"
    ]
    assert "given a: 9 (15 %) looks like b" in said  # MATRIX[true b, given a]
    assert "given c: 2 (6.2 %) looks like a" in said
    assert "given b: 40 (98 %) looks right" in said


def test_shares_of_a_part_are_of_all_labels_of_the_given_class():
    part = charts.heat(MATRIX[:2, :2], ["a", "b"], given=MATRIX.sum(0)[:2], total=3)
    assert "given b: 40 (98 %) looks right" in [mark.text for mark in part.marks]
    assert "2 classes of 3" in part.says


def test_the_darkest_cell_is_the_largest_share_of_its_row_off_the_diagonal():
    dark = max(
        (mark for mark in charts.heat(MATRIX, ["a", "b", "c"]).marks if mark.ink == "heat"),
        key=lambda mark: mark.opacity,
    )
    assert dark.text.startswith("given a: 9")
    assert dark.opacity == pytest.approx(charts.STRONGEST)


def test_a_matrix_without_errors_has_no_dark_cell():
    assert not [
        mark for mark in charts.heat(np.diag([3.0, 4.0]), ["a", "b"]).marks if mark.ink == "heat"
    ]


def test_most_confused_takes_whole_pairs_worst_first_up_to_the_size():
    matrix = np.zeros((6, 6))
    matrix[4, 1], matrix[2, 3], matrix[0, 5] = 9, 5, 0.4
    assert charts.most_confused(matrix, 4).tolist() == [1, 2, 3, 4]
    assert charts.most_confused(matrix, 6).tolist() == [
        1,
        2,
        3,
        4,
    ]  # four tenths of a label are none
    assert charts.most_confused(np.eye(6), 4).tolist() == []


def test_a_histogram_leaves_out_unknown_scores_and_shows_every_flagged_one():
    values = np.r_[np.zeros(1000), 0.99, np.nan, np.inf]
    flag = values == 0.99
    chart = charts.histogram(values, flag=flag, title="x")
    assert "1,001 labels, 1 flagged" in chart.says
    orange = [mark for mark in chart.marks if mark.ink == "suggest"]
    assert len(orange) == 1
    assert orange[0].at[3] >= 1.5


def test_histograms_of_nothing_and_of_one_value():
    assert "says nothing" in charts.histogram(np.full(5, np.nan), title="x").svg()
    assert ">7.00<" in charts.histogram(np.full(5, 7.0), title="x").svg()


def test_the_curve_names_what_round_numbers_of_reviews_find():
    k = np.arange(1, 2001)
    found = 1 - np.exp(-k / 500)
    svg = charts.curve(Budget(k, found, found - 0.05, np.minimum(found + 0.05, 1))).svg()
    assert "500 reviews should find 63 % of the wrong labels (58 % to 68 %)" in svg
    assert "1,000 reviews should find 86 %" in svg


def test_a_curve_of_a_single_point():
    one = np.array([1])
    assert (
        "1 reviews"
        in charts.curve(Budget(one, np.array([1.0]), np.array([0.5]), np.array([1.0]))).says
    )


def test_calibration_puts_each_bin_at_its_mean_and_its_share():
    p = np.r_[np.full(100, 0.25), np.full(50, 0.85)]
    wrong = np.r_[np.arange(100) < 25, np.arange(50) < 40]
    svg = charts.reliability(calibration(p, wrong.astype(float))).svg()
    assert "predicted 25 %, wrong 25 % (18 % to 34 %; 100 seen)" in svg
    assert "predicted 85 %, wrong 80 % (67 % to 89 %; 50 seen)" in svg


def test_bars_go_from_large_to_small_and_mark_a_part():
    said = [
        mark.text
        for mark in charts.bars(["a", "b"], np.array([5, 90]), np.array([2, 0])).marks
        if mark.shape == "rect"
    ]
    assert said == ["b: 90, 0 flagged", "a: 5, 2 flagged", "a: 5, 2 flagged"]


def test_colours_follow_the_page_and_stand_alone_in_a_notebook():
    chart = charts.bars(["a"], np.array([5]))
    assert re.search(r"fill:var\(--accent,#[0-9a-f]{6}\)", chart.svg())
    assert chart._repr_html_().startswith("<div")
