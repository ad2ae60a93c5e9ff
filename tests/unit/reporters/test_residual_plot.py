"""The plot of residuals: on pages of numbers with predictions alone, with what lies beyond at its
edge.
"""

import numpy as np

import reliabel as rl
from reliabel.reporters import html
from reliabel.reporters.residual_plot import HIGH, TOP, plot

RNG = np.random.default_rng


def test_the_page_of_numbers_holds_the_plot_and_that_of_classes_does_not():
    rng = RNG(0)
    said = rng.normal(10, 3, 200)
    y = said + rng.normal(0, 0.5, 200)
    y[4:7] = 80
    audit = rl.audit(rl.Numbers(y), predicted=rl.Numbers(said))
    page = html.render(audit)
    assert "Residual plot" in page
    assert "expected by a model of the others" in page
    assert "+7" in page
    p = np.repeat([[0.9, 0.1], [0.1, 0.9]], 20, axis=0)
    assert "Residual plot" not in html.render(rl.audit([0] * 20 + [1] * 20, probs=p))


def test_what_lies_beyond_is_drawn_at_the_edge_and_missing_numbers_are_left_out():
    said = np.linspace(0, 1, 100)
    left = RNG(1).normal(0, 0.1, 100)
    left[3], left[4] = 1e6, np.nan
    chart = plot(said, left, np.array([3, 4]))
    dots = [mark for mark in chart.marks if mark.shape == "dot"]
    assert [dot.at[1] for dot in dots] == [TOP]
    assert chart.height > HIGH
    assert "99 numbers" in chart.says
