"""A weighted draw and its review: which verdicts count, in which order, and what they move."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.folders.audit_folder import save
from reliabel.trust.budget import curve
from reliabel.trust.count import after_review, chances, draw
from reliabel.trust.p_wrong import shift
from reliabel.verbs.sample import evenly

ROWS, DRAWS = 120, 30


@pytest.fixture
def drawn(tmp_path):
    """An audit folder with a draw of 30: the given labels, the data, the drawn labels in order, and
    their chances.
    """
    rng = np.random.default_rng(0)
    truth = np.arange(ROWS) % 2
    p = np.clip(
        np.where(truth[:, None] == np.arange(2), 0.9, 0.1)
        + rng.normal(0, 0.03, (ROWS, 1)) * [1, -1],
        0.01,
        0.99,
    )
    labels = rl.Classes(np.where(np.arange(ROWS) < 8, 1 - truth, truth), ("no", "yes"))
    words = {"probs": p, "folder": tmp_path, "by": ["self_confidence"]}
    save(rl.audit(labels, **words), tmp_path)
    rl.sample(tmp_path, n=DRAWS)
    table = pq.read_table(tmp_path / "sample.parquet")
    return labels, words, table["label"].to_numpy(), table["q"].to_numpy()


def judged(labels, units, wrong):
    """Decisions on labels: those in ``wrong`` are changed to the other class, the others kept."""
    other = {0: "yes", 1: "no"}
    return [
        Decision(str(u), "change", label=other[int(labels.y[u])])
        if u in wrong
        else Decision(str(u), "keep")
        for u in map(int, units)
    ]


def test_who_stops_has_all_draws_up_to_the_first_open_one_counted(drawn):
    """The labels after it have no verdict."""
    labels, words, unit, q = drawn
    before = rl.audit(labels, **words)
    assert before.count.method == "lapse model"
    first = np.array([u not in unit[:draw] for draw, u in enumerate(unit)])
    m = int(np.flatnonzero(first & (np.arange(DRAWS) >= 10))[0])
    wrong = {int(unit[0]), int(unit[3])}
    found = rl.audit(labels, **words, verdicts=judged(labels, np.unique(unit[:m]), wrong))
    bad = np.isin(unit[:m], list(wrong)).astype(float)
    expected = after_review(before.p_wrong, unit[:m], q[:m], bad)
    assert (found.count.value, found.count.low, found.count.high) == (
        expected.value,
        expected.low,
        expected.high,
    )
    assert f"the count rests on {m} of 30 drawn labels" in found.warnings
    assert (
        f"draw {m + 1} has no verdict yet; judge it and the {DRAWS - m - 1} after it to narrow the "
        "interval" in found.warnings
    )
    assert found.info["review"]["draws"] == m


def test_a_label_that_was_skipped_counts_as_right_and_as_wrong(drawn):
    labels, words, unit, q = drawn
    before = rl.audit(labels, **words)
    skipped = int(unit[3])
    rest = np.unique(unit[unit != skipped])
    found = rl.audit(labels, **words, verdicts=judged(labels, rest, set(range(8))))
    bad = np.where(unit == skipped, np.nan, unit < 8)
    expected = after_review(before.p_wrong, unit, q, bad)
    assert (found.count.low, found.count.high) == (expected.low, expected.high)
    both = [
        after_review(before.p_wrong, unit, q, np.where(unit == skipped, as_, unit < 8))
        for as_ in (0.0, 1.0)
    ]
    assert found.count.low <= both[0].low
    assert found.count.high >= both[1].high
    open_ = int((unit == skipped).sum())
    assert (
        f"the count rests on 30 of 30 drawn labels, {open_} of them without a verdict; the "
        "interval reaches from all of these right to all of them wrong" in found.warnings
    )


def test_too_few_verdicts_and_verdicts_from_the_end_leave_the_model_s_count(drawn):
    labels, words, unit, _ = drawn
    before = rl.audit(labels, **words)
    order = list(dict.fromkeys(unit.tolist()))
    for seen in (order[:1], order[-5:]):
        found = rl.audit(labels, **words, verdicts=judged(labels, seen, set()))
        assert found.count == before.count
        assert "review" not in found.info
        assert any(one.startswith("the count stays that of the model: ") for one in found.warnings)
        (words["folder"] / "verdicts.jsonl").unlink()


def test_all_draws_count_once_all_are_judged_and_move_p_wrong_the_curve_and_the_findings(drawn):
    labels, words, unit, q = drawn
    before = rl.audit(labels, **words)
    wrong = set(range(8))
    found = rl.audit(labels, **words, verdicts=judged(labels, np.unique(unit), wrong))
    expected = after_review(before.p_wrong, unit, q, (unit < 8).astype(float))
    moved = shift(before.p_wrong, expected.value / ROWS)
    assert found.count.value == expected.value
    assert found.p_wrong.tolist() == moved.tolist()
    assert found.budget.found.tolist() == curve(moved, expected).found.tolist()
    about = [one for one in found.findings if one.p_wrong is not None]
    assert about
    assert all(one.p_wrong == one.rank == moved[one.item] for one in about)
    assert not [line for line in found.warnings if "no verdict yet" in line]
    assert found.info["review"]["before"][1:] == pytest.approx(
        [before.count.low, before.count.high], nan_ok=True
    )


def test_unsure_draws_are_left_out_of_the_count_and_said(drawn):
    labels, words, unit, q = drawn
    before = rl.audit(labels, **words)
    open_ = int(unit[5])
    decisions = [
        Decision(one.id, "unsure") if one.id == str(open_) else one
        for one in judged(labels, np.unique(unit), set(range(8)))
    ]
    found = rl.audit(labels, **words, verdicts=decisions)
    sure = unit != open_
    assert (
        found.count.value
        == after_review(before.p_wrong, unit[sure], q[sure], (unit[sure] < 8).astype(float)).value
    )
    assert (
        f"the count rests on 30 of 30 drawn labels, {int((~sure).sum())} of them left out as "
        "unsure; the interval reaches from all of these right to all of them wrong"
        in found.warnings
    )


def test_dropped_labels_are_wrong_and_verdicts_on_labels_that_were_not_drawn_do_not_speak(drawn):
    labels, words, unit, q = drawn
    before = rl.audit(labels, **words)
    others = sorted(set(range(ROWS)) - set(unit.tolist()))[:3]
    decisions = [Decision(str(u), "drop" if u < 8 else "keep") for u in np.unique(unit).tolist()]
    found = rl.audit(labels, **words, verdicts=decisions + judged(labels, others, set(others)))
    assert (
        found.count.value == after_review(before.p_wrong, unit, q, (unit < 8).astype(float)).value
    )
    assert (
        "3 verdicts are on labels that were not drawn; they cannot speak for the rest and are left "
        "out of the count" in found.warnings
    )


def test_a_larger_draw_goes_on_with_the_smaller_one_and_with_p_wrong_as_it_began(drawn, tmp_path):
    labels, words, unit, _ = drawn
    began = rl.audit(labels, **words).p_wrong
    save(
        rl.audit(labels, **words, verdicts=judged(labels, np.unique(unit), set(range(20)))),
        tmp_path,
    )
    rl.sample(tmp_path, n=2 * DRAWS)
    table = pq.read_table(tmp_path / "sample.parquet")
    assert table["label"].to_numpy()[:DRAWS].tolist() == unit.tolist()
    assert table["q"].to_numpy() == pytest.approx(chances(began)[table["label"].to_numpy()])
    assert table["draw"].to_pylist() == list(range(2 * DRAWS))


def test_a_form_for_people_holds_every_drawn_label_once_and_nothing_that_leads_them(
    drawn, tmp_path
):
    _, _, unit, _ = drawn
    made = rl.sample(tmp_path, n=DRAWS)
    assert (made["n"], made["labels"], made["out"]) == (DRAWS, len(np.unique(unit)), None)
    ids = [int(one) for one in made["rows"]["id"]]
    assert ids == list(dict.fromkeys(unit.tolist()))
    assert made["rows"]["draw"] == [unit.tolist().index(one) + 1 for one in ids]
    assert "p_wrong" not in made["rows"]
    assert made["rows"]["given"] == [("no", "yes")[int(drawn[0].y[u])] for u in ids]
    assert set(made["rows"]["verdict"]) == {None}


def test_a_draw_of_another_seed_is_refused_and_a_draw_of_other_labels_not_counted(drawn, tmp_path):
    labels, words, unit, _ = drawn
    with pytest.raises(ValueError, match="holds a draw with seed 0; go on with it"):
        rl.sample(tmp_path, n=DRAWS, seed=1)
    with pytest.raises(ValueError, match="two draws or more, got n=1"):
        rl.sample(tmp_path, n=1)
    assert rl.sample(tmp_path, n=2)["n"] == 2
    other = rl.Classes(np.where(np.arange(ROWS) == 60, 1 - labels.y, labels.y))
    found = rl.audit(other, **words, verdicts=judged(labels, np.unique(unit), set(range(8))))
    assert found.count.method == "lapse model"
    assert any("is of another audit, of other labels" in one for one in found.warnings)


def test_verdicts_count_also_where_p_wrong_was_made_in_another_way_since(drawn):
    labels, words, unit, q = drawn
    other = {**words, "probs": np.clip(words["probs"] * 0.8 + 0.1, 0, 1)}
    before = rl.audit(labels, **other)
    found = rl.audit(labels, **other, verdicts=judged(labels, np.unique(unit), set(range(8))))
    expected = after_review(before.p_wrong, unit, q, (unit < 8).astype(float))
    assert before.p_wrong.tolist() != rl.audit(labels, **words).p_wrong.tolist()
    assert found.count.value == expected.value


def test_the_form_is_written_where_it_is_wanted_and_never_over_another(drawn, tmp_path):
    made = rl.sample(tmp_path, n=DRAWS, out=tmp_path / "review.csv")
    assert made["out"] == str(tmp_path / "review.csv")
    lines = (tmp_path / "review.csv").read_text().splitlines()
    assert len(lines) == 1 + made["labels"]
    assert lines[0].split(",")[-4:] == ["verdict", "label", "who", "at"]
    with pytest.raises(ValueError, match="exists already and may hold verdicts"):
        rl.sample(tmp_path, n=DRAWS, out=tmp_path / "review.csv")


def test_rows_of_a_form_that_nobody_has_filled_in_are_no_verdicts(drawn, tmp_path):
    labels, words, unit, q = drawn
    before = rl.audit(labels, **words)
    rl.sample(tmp_path, n=DRAWS, out=tmp_path / "review.csv")
    head, *rows = (tmp_path / "review.csv").read_text().splitlines()
    early = set(unit[:12].tolist())
    assert [row.split(",")[1] for row in rows][:2] == ["1", "2"]
    filled = [
        row[: -len(",,,")] + "keep,,," if int(row.split(",")[0]) in early else row for row in rows
    ]
    (tmp_path / "review.csv").write_text("\n".join([head, *filled]) + "\n")
    found = rl.audit(labels, **words, verdicts=tmp_path / "review.csv")
    m = next((draw for draw, u in enumerate(unit.tolist()) if u not in early), DRAWS)
    expected = after_review(before.p_wrong, unit[:m], q[:m], np.zeros(m))
    assert found.count.value == expected.value
    assert found.info["review"]["draws"] == m


def test_decisions_that_lie_in_the_folder_are_used(drawn, tmp_path):
    labels, words, unit, _ = drawn
    wrong = set(range(8))
    given = rl.audit(labels, **words, verdicts=judged(labels, np.unique(unit), wrong))
    lines = ["id,verdict,label,who"]
    lines += [
        f"{one.id},{one.verdict},{one.label or ''},ann"
        for one in judged(labels, np.unique(unit), wrong)
    ]
    (tmp_path / "decisions.csv").write_text("\n".join(lines) + "\n")
    assert rl.audit(labels, **words).count.value == given.count.value


@pytest.fixture
def several(tmp_path):
    """Two labels an item, given and judged cell by cell."""
    rng = np.random.default_rng(0)
    truth = rng.random((400, 2)) < 0.4
    given = truth ^ (rng.random((400, 2)) < 0.06)
    probs = np.clip(np.where(truth, 0.95, 0.05) + rng.normal(0, 0.02, (400, 2)), 0.001, 0.999)
    labels = rl.MultiLabel(given.astype(int), ("a", "b"))
    words = {"probs": probs, "folder": tmp_path, "by": ["self_confidence"]}
    save(rl.audit(labels, **words), tmp_path)
    rl.sample(tmp_path, n=DRAWS)
    table = pq.read_table(tmp_path / "sample.parquet").to_pydict()
    return (
        labels,
        words,
        (truth ^ given).ravel(),
        {name: np.array(column) for name, column in table.items()},
    )


def test_cells_of_several_labels_are_drawn_and_judged_by_their_unit(several):
    labels, words, wrong, table = several
    assert (table["item"] * 2 + table["unit"] == table["label"]).all()
    before = rl.audit(labels, **words)
    decisions = [
        Decision(str(u // 2), "change", unit=u % 2, label="no" if labels.y.ravel()[u] else "yes")
        if wrong[u]
        else Decision(str(u // 2), "keep", unit=u % 2)
        for u in np.unique(table["label"]).tolist()
    ]
    found = rl.audit(labels, **words, verdicts=decisions)
    bad = wrong[table["label"]].astype(float)
    assert bad.sum() >= 3
    assert found.count.value == after_review(before.p_wrong, table["label"], table["q"], bad).value
    about = [one for one in found.findings if one.p_wrong is not None]
    assert about
    assert all(one.p_wrong == found.p_wrong[one.item * 2 + one.unit] for one in about)


def test_an_item_that_is_dropped_is_wrong_in_every_label(several):
    labels, words, _, table = several
    before = rl.audit(labels, **words)
    items = np.unique(table["item"]).tolist()
    first = int(table["item"][0])
    decisions = [Decision(str(i), "drop" if i == first else "keep") for i in items]
    found = rl.audit(labels, **words, verdicts=decisions)
    bad = (table["item"] == first).astype(float)
    assert found.count.value == after_review(before.p_wrong, table["label"], table["q"], bad).value
    assert not [line for line in found.warnings if "not drawn" in line]


def test_a_label_that_is_named_as_unit_0_is_judged_like_one_without_a_unit(drawn):
    labels, words, unit, _ = drawn
    decisions = judged(labels, set(unit.tolist()), {int(unit[0])})
    named = [Decision(d.id, d.verdict, 0, d.label) for d in decisions]
    counted = rl.audit(labels, **words, verdicts=decisions)
    assert rl.audit(labels, **words, verdicts=named).count == counted.count


@pytest.mark.parametrize("m", [30, 100])
@pytest.mark.parametrize("share", [0.005, 0.05, 0.2, 0.4])
def test_the_count_after_an_even_draw_holds_the_truth(m, share):
    """300 reviews of 2,000 labels whose kind has no P(wrong): at least .93 of the intervals."""
    rng, wrong = np.random.default_rng(0), np.zeros(2000)
    wrong[: int(share * 2000)] = 1
    even, held = np.full(2000, 0.5), 0
    for _ in range(300):
        item, q = draw(even, m, rng)
        count = after_review(evenly(even, wrong[item]), item, q, wrong[item])
        held += count.low <= wrong.sum() <= count.high
    assert held >= 0.93 * 300
