"""The first page of the measured results: a short table a suite, from the rows alone."""

import pytest

from reliabel.bench.audit import ALONE
from reliabel.bench.crowd import PANELS, SETS
from reliabel.bench.equal_evidence import BEGIN, END, OURS, fill, lines
from reliabel.bench.page import LONG, _table, render
from reliabel.bench.page_front import KEPT, heading, tables, worse
from reliabel.bench.run import SUITES, Row, Table


def row(scenario: str, method: str, metric: str, value: float, dataset: str = "", **rest) -> Row:
    return Row(scenario, dataset, rest.get("setting", ""), 0, method, metric, value)


def precision(scenario: str, method: str, value: float, setting: str = "planted") -> Row:
    return row(scenario, method, "average_precision", value, setting=setting)


PLANTED = [
    precision("planted-a-0", OURS, 0.8),
    precision("planted-a-1", OURS, 0.6),
    precision("planted-b-0", OURS, 0.5),
    precision("planted-a-0", ALONE, 0.6),
    precision("planted-a-1", ALONE, 0.4),
    precision("planted-b-0", ALONE, 0.4),
    precision("planted-a-0", "cleanlab self_confidence", 0.5),
    precision("planted-a-1", "cleanlab self_confidence", 0.7),
    precision("planted-b-0", "cleanlab self_confidence", 0.2),
    precision("planted-a-0", "cleanlab quick", 0.9),  # on one way to plant alone
]


def test_the_same_evidence_and_all_of_it_stand_apart_and_draws_count_as_one_scenario():
    _, same, everything = lines(PLANTED)
    assert same[0].startswith("the same")
    assert everything[0].startswith("all")
    assert same[2:] == ["0.450", "0.400 (cleanlab self_confidence)", "1 of 2"]
    assert everything[2:] == ["0.600", "0.400 (cleanlab self_confidence)", "2 of 2"]


def test_people_s_verdicts_are_those_on_all_labels():
    rows = [
        precision("verdicts-imdb-0", OURS, 0.65, "all"),
        precision("verdicts-imdb-0", OURS, 0.99, "judged"),
        precision("verdicts-imdb-0", "cleanlab a", 0.64, "all"),
        precision("verdicts-imdb-0", "cleanlab b", 0.66, "all"),
    ]
    (line,) = lines(rows)[1:]
    assert line[1].startswith("IMDB")
    assert line[2:] == ["0.650", "0.660 (cleanlab b)", "0 of 1"]


def test_the_table_is_written_between_its_marks():
    page = fill(PLANTED, f"before\n{BEGIN}old\n{END}after")
    assert page.startswith(f"before\n{BEGIN}| evidence |")
    assert page.endswith(f"|\n{END}after")
    assert "old" not in page


@pytest.mark.parametrize("rows", [[], PLANTED[:6], PLANTED[6:]], ids=["none", "ours", "peers"])
def test_a_line_without_rows_is_left_out(rows):
    assert lines(rows)[1:] == []
    assert "audit" not in tables({"audit": rows})


def test_people_and_panels_of_models_stand_apart_and_only_whole_runs_are_compared():
    one, two = SETS[:2]
    values = {
        ("reliabel auto", one): 0.8,
        ("reliabel auto", two): 0.6,
        ("reliabel auto", PANELS[0]): 0.5,
        ("reliabel majority", one): 0.7,
        ("reliabel majority", two): 0.5,
        ("reliabel majority", PANELS[0]): 0.4,
        ("crowd-kit glad", one): 0.9,
        ("crowd-kit mace", one): 0.5,
        ("crowd-kit mace", two): 0.7,
    }
    rows = [
        row(name, method, metric, value, name)
        for (method, name), value in values.items()
        for metric in ("accuracy", "nll")
    ]
    rows.append(row("x", "reliabel auto", "accuracy", 0.1, "labelme_features"))
    head, *found = tables({"aggregate": rows})["aggregate"]
    assert head[:3] == ["votes of", "method", "sets"]
    assert [line[:4] for line in found] == [
        ["people", "reliabel auto", "2", "0.700"],
        ["people", "reliabel majority", "2", "0.600"],
        ["people", "crowd-kit mace", "2", "0.600"],
        ["panels of language models", "reliabel auto", "1", "0.500"],
        ["panels of language models", "reliabel majority", "1", "0.400"],
    ]
    assert found[0][5] == ""  # no calibration was measured


def test_features_have_their_cost_and_what_they_are_worth():
    precise = "average_precision"
    rows = [
        row("accuracy_x", "text_a", "embedding_cpu_s", 2.0, "x"),
        row("accuracy_x", "text_a", "accuracy", 0.5, "x"),
        row("planted_x_0", "text_a, errors by text_a: p_wrong", precise, 0.4, "x"),
        row("planted_x_1", "text_a, errors by text_b: p_wrong", precise, 0.6, "x"),
        row("planted_x_1", "text_a, errors by text_b: p_wrong", "auroc", 0.9, "x"),
        row("planted_x_1", "text_a, errors by text_b: self_confidence", precise, 0.0, "x"),
        row("pictures_a", "image_a", "cpu_ms_a_picture", 4.0, "y"),
        row("auto_y", "auto (image_a): p_wrong", precise, 0.7, "y"),
        row("auto_blobs", "auto (image_a): p_wrong", precise, 0.7, "blobs"),
        row("csv_plain", "reliabel", "cpu_s", 0.7, "generated"),
    ]
    assert tables({"evidence": rows})["evidence"][1:] == [
        ["x", "text_a", "2 s", "0.5", "0.5"],
        ["y", "auto (image_a)", "", "", "0.7"],
        ["y", "image_a", "4 ms a picture", "", ""],
    ]


def test_costs_come_from_whichever_suite_ran_both():
    case = "dawid_skene_1e6x5"
    rows = [
        row(case, "reliabel dawid_skene", "cpu_s", 2.0),
        row(case, "crowd-kit dawid_skene", "cpu_s", 30.0),
        row("confident_learning_1e6x100", "reliabel", "cpu_s", 1.0),
    ]
    (line,) = tables({"aggregate": rows})["cost"][1:]
    assert line[1:] == ["2", "30", "crowd-kit dawid_skene"]


def test_nothing_committed_makes_no_table():
    assert tables({}) == {}


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_says_its_command_what_it_takes_and_where_the_rest_is(suite):
    text = heading(suite)
    assert f"`reliabel bench run {suite}`: " in text
    assert f"[All of it](#{suite})" in text
    assert "minutes" in text or "hour" in text or "timed" in text


def test_the_promises_that_are_shown_exist():
    from reliabel.bench.trust_summary import summary

    assert set(KEPT) <= summary([]).keys()


def test_what_got_worse_is_read_from_its_file(tmp_path):
    assert worse(tmp_path / "worse.csv") == []
    path = tmp_path / "worse.csv"
    path.write_text("suite,what\ntrust,the interval is wider\n", encoding="utf-8")
    assert worse(path) == [["suite", "what"], ["trust", "the interval is wider"]]
    page = render(tmp_path)
    assert "| trust | the interval is wider |" in page
    path.unlink()
    assert "Nothing is noted." in render(tmp_path)


def test_the_first_page_stands_before_the_suites(tmp_path):
    Table(tmp_path / "audit.csv").add(PLANTED)
    page = render(tmp_path)
    assert page.index("all: P(wrong)") < page.index("kept by hand") < page.index("## audit")


def test_a_long_table_is_folded_and_a_short_one_is_not():
    line = ["1", "2"]
    assert "<details" not in _table(["a", "b"], [line] * LONG)
    folded = _table(["a", "b"], [line] * (LONG + 1))
    assert folded.startswith(f'<details markdown="1"><summary>{LONG + 1} rows</summary>\n\n| a')
    assert folded.endswith("|\n\n</details>")
