"""Tables of docs/trust.md: weak beside strong evidence, chosen on beside judged on."""

import pytest

from reliabel.bench.run import Row
from reliabel.bench.trust_cells import packed
from reliabel.bench.trust_tables import changes, halves, minutes, people, promises


def draw(dataset: str, setting: str, seed: int = 0, **given: float) -> list[Row]:
    """A draw with a count; ``given`` replaces what it holds."""
    held = {
        "share": 0.1,
        "identified": 1.0,
        "pi": 0.1,
        "covered": 1.0,
        "ratio": 3.0,
        "average_precision": 0.6,
        "single": 0.5,
        "right": 0.9,
        "changed": 100.0,
        "cpu": 30.0,
    } | given
    values = {
        ("truth", "share"): held["share"],
        ("p_wrong", "identified"): held["identified"],
        ("p_wrong", "weak"): 0.0,
        ("p_wrong", "average_precision"): held["average_precision"],
        ("singles", "average_precision"): packed({"model given": (held["single"],)}),
        ("best single", "average_precision"): held["single"],
        ("count", "covered"): held["covered"],
        ("count", "ratio"): held["ratio"],
        ("auto 0.95", "right"): held["right"],
        ("auto 0.95", "changed"): held["changed"],
        ("draw", "cpu"): held["cpu"],
    }
    name = f"{dataset}-{setting}-{seed}"
    rows = [Row(name, dataset, setting, seed, *key, value) for key, value in values.items()]
    ends = held["pi"] / 2, held["pi"] * 2
    return [*rows, Row(name, dataset, setting, seed, "p_wrong", "pi", held["pi"], *ends)]


def test_each_promise_stands_for_each_strength():
    rows = (
        draw("ag_news", "human 0.1 weak", covered=0.0)
        + draw("ag_news", "human 0.1 strong")
        + draw("ag_news", "human 0.1 strong", 1, covered=0.0)
    )
    lines = {line[0]: line[1:] for line in promises(rows)}
    assert lines["promise"] == ["weak evidence", "strong evidence", "one kind alone"]
    assert lines["interval covers"] == ["0.000 (1)", "0.500 (2)", "-"]


def test_the_count_stands_for_what_it_was_chosen_on_and_what_judges_it():
    rows = (
        draw("digits", "human 0.1", ratio=2.0)
        + draw("cifar10n_1", "aggre strong", pi=0.05)
        + draw("cifar10n_2", "aggre strong", pi=0.07, covered=0.0)
        + draw("banking77", "clean strong", share=0.0, identified=0.0)
    )
    assert halves(rows)[1:] == [
        ["chosen on", "strong evidence", "1", "1.000", "3.00", "0.000", "+0.100"],
        ["chosen on", "one kind alone", "1", "1.000", "2.00", "1.000", "+0.100"],
        ["judged on", "strong evidence", "1", "0.000", "3.00", "1.000", "+0.100"],
    ]


def test_peoples_errors_stand_with_the_count_over_the_truth():
    rows = draw("cifar10n_2", "drawn 0.045 weak", share=0.05, pi=0.08)
    rows += draw("cifar10n_2", "aggre strong", identified=0.0, pi=0.02)
    rows += draw("cifar10n_2", "aggre 1000 rows strong")
    assert people(rows)[1:] == [
        *(
            ["cifar10n_2", "aggre", "strong", "1", "0.100", "cannot tell (0.020)", "0.20"]
            + ["0 of 0", "0.600 (0.500)"],
        ),
        *(
            ["cifar10n_2", "drawn 0.045", "weak", "1", "0.050", "0.080, 0.040-0.160", "1.60"]
            + ["1 of 1", "0.600 (0.500)"],
        ),
    ]


def test_changes_without_a_person_are_told_for_each_set_where_there_are_twenty():
    rows = (
        draw("ag_news", "human 0.1 strong", right=0.8, changed=40)
        + draw("ag_news", "human 0.2 strong", right=0.9, changed=20)
        + draw("ag_news", "human 0.4 strong", right=0.1, changed=19)
        + draw("digits", "clean", share=0.0)
    )
    assert changes(rows)[1:] == [["ag_news", "strong", "0.95", "0.850", "0.800", "2", "30"]]
    assert minutes(rows) == pytest.approx(2)
