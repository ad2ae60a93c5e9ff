"""The suite tables: what a table is worth, on the sets that choose and on those that judge."""

import pytest

from reliabel.bench.run import Row
from reliabel.bench.tables import gains, lines, verdicts


def row(dataset, method, value, seed=0):
    return Row(f"{dataset}-{seed}", dataset, "human", seed, method, "study", value, 0.1)


ROWS = [
    row("digits", "as it is", 0.8),
    row("digits", "without near", 0.7),
    row("digits", "with the table of echo", 0.84),
    row("digits", "with the table of luck", 0.84),
    row("ag_news", "as it is", 0.5),
    row("ag_news", "without near", 0.52),
    row("ag_news", "with the table of echo", 0.53),
    row("ag_news", "with the table of luck", 0.4),
    row("ag_news", "as it is", 0.6, 1),
    row("ag_news", "without near", 0.6, 1),
    row("ag_news", "with the table of echo", 0.65, 1),
    row("ag_news", "with the table of luck", 0.49, 1),
]


def test_a_gain_is_that_of_having_the_table():
    found = gains(ROWS)
    assert found["without near"][0] == ("digits", pytest.approx(0.1))
    assert found["with the table of echo"][1] == ("ag_news", pytest.approx(0.03))
    assert "as it is" not in found


def test_a_table_joins_by_the_sets_that_choose_unless_those_that_judge_say_no():
    told = {(r.method, r.dataset, r.metric): r for r in verdicts(ROWS)}
    assert told["with the table of echo", "", "joins"].value == 1
    assert told["with the table of luck", "", "joins"].value == 0
    judged = told["with the table of echo", "judged on", "gain"]
    assert judged.value == pytest.approx(0.04)
    assert judged.low == pytest.approx(0.04 - 12.7062 * 0.01, abs=1e-4)  # Student's t, 1 degree
    assert told["with the table of luck", "judged on", "gain"].high < 0
    assert told["without near", "chosen on", "gain"].value == pytest.approx(0.1)


def test_nothing_is_said_of_a_table_that_only_one_half_has_seen():
    assert verdicts(ROWS[:4]) == []


def test_the_page_has_a_line_for_each_table():
    told = lines([*ROWS, *verdicts(ROWS)])
    assert [line[0] for line in told[1:]] == [
        "without near",
        "with the table of echo",
        "with the table of luck",
    ]
    assert [line[-1] for line in told[1:]] == ["stands", "yes", "no"]
    assert told[2][1:3] == ["+0.0400", "+0.0400 (-0.0871 to +0.1671)"]
