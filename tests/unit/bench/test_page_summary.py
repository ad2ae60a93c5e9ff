"""The first table of the bench page: our figure beside the best peer's, from the rows alone."""

from __future__ import annotations

from reliabel.bench.crowd import SETS
from reliabel.bench.page import LONG, _table
from reliabel.bench.page_summary import in_short
from reliabel.bench.run import Row


def row(scenario: str, method: str, metric: str, value: float, dataset: str = "") -> Row:
    return Row(scenario, dataset, "", 0, method, metric, value)


def test_the_best_peer_stands_beside_us():
    rows = [
        row("planted-a", "reliabel p_wrong", "average_precision", 0.8),
        row("planted-b", "reliabel p_wrong", "average_precision", 0.6),
        row("planted-a", "cleanlab self_confidence", "average_precision", 0.5),
        row("planted-a", "cleanlab normalized_margin", "average_precision", 0.9),
    ]
    (line,) = in_short({"audit": rows})
    assert line[1:3] == ("0.700", "0.900")
    assert line[3].startswith("cleanlab normalized_margin")


def test_only_peers_that_ran_on_every_crowd_are_compared_and_the_lower_loss_is_the_better():
    one, two = SETS[:2]
    rows = [
        row(one, "reliabel auto", "nll", 0.4, one),
        row(two, "reliabel auto", "nll", 0.6, two),
        row(one, "crowd-kit quick", "nll", 0.1, one),
        row(one, "crowd-kit glad", "nll", 0.7, one),
        row(two, "crowd-kit glad", "nll", 0.9, two),
        row(one, "crowd-kit worse", "nll", 1.7, one),
        row(two, "crowd-kit worse", "nll", 0.9, two),
    ]
    (line,) = in_short({"aggregate": rows})
    assert line[1:3] == ("0.500", "0.800")
    assert line[3].startswith("crowd-kit glad")


def test_costs_come_from_whichever_suite_ran_both():
    case = "dawid_skene_1e6x5"
    rows = [
        row(case, "reliabel dawid_skene", "cpu_s", 2.0),
        row(case, "crowd-kit dawid_skene", "cpu_s", 30.0),
        row("confident_learning_1e6x100", "reliabel", "cpu_s", 1.0),
    ]
    (line,) = in_short({"aggregate": rows})
    assert line[1:] == ("2", "30", "crowd-kit dawid_skene")


def test_nothing_committed_makes_no_line():
    assert in_short({}) == []


def test_a_long_table_is_folded_and_a_short_one_is_not():
    line = ["1", "2"]
    assert "<details" not in _table(["a", "b"], [line] * LONG)
    folded = _table(["a", "b"], [line] * (LONG + 1))
    assert folded.startswith(f'<details markdown="1"><summary>{LONG + 1} rows</summary>\n\n| a')
    assert folded.endswith("|\n\n</details>")
