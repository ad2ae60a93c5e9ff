"""Review sheets as people fill them in: from the top, with gaps, in a spreadsheet program; whose
verdicts count, and that no choice of what to judge bends the count.
"""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.results import Decision
from reliabel.folders.audit_folder import load, save
from reliabel.trust.count import after_review, counted, draw
from reliabel.verbs.reviewed import counted_draws

RUN = CliRunner()
ROWS = 150


def reliabel(*words, code=0):
    done = RUN.invoke(app, list(map(str, words)))
    assert done.exit_code == code, done.output + done.stderr
    return done


@pytest.fixture
def points(tmp_path, monkeypatch):
    """A table of points of two classes, audited; the last 6 labels are wrong."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    truth = np.arange(ROWS) % 2
    x = rng.normal(0, 1, (ROWS, 3)) + truth[:, None] * 3
    given = np.where(np.arange(ROWS) >= ROWS - 6, 1 - truth, truth)
    with open("points.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "label"])
        writer.writerows(
            [*map(repr, map(float, row)), ("sick", "well")[g]]
            for row, g in zip(x, given, strict=True)
        )
    audit()
    return tmp_path


def audit(*words, code=0):
    return reliabel("audit", "points.csv", "--label", "label", "-o", "out", *words, code=code)


def card():
    return json.loads(Path("out/audit.json").read_text())


def rows_of(path, delimiter=","):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def write_rows(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def filled(rows, first):
    """As a person does who stops."""
    return [{**row, "verdict": "keep"} if place < first else row for place, row in enumerate(rows)]


def expected(first):
    """The count of the draws that the first rows of the sheet stand for, all kept."""
    whole = load("out")
    held = rl.sample("out", n=60)  # the same draws, in order
    import pyarrow.parquet as pq

    table = pq.read_table("out/sample.parquet").to_pydict()
    unit, q = np.array(table["label"]), np.array(table["q"])
    judged = set(map(int, held["rows"]["id"][:first]))
    m = next(d for d, u in enumerate(unit.tolist()) if u not in judged)
    p = rl.audit(rl.read("points.csv", label="label")).p_wrong
    assert whole.info["review"]["draws"] == m
    return m, after_review(p, unit[:m], q[:m], np.zeros(m))


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "json", "parquet"])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_sheet_filled_from_the_top_has_its_verdicts_counted(points, form, deleted):
    sheet = f"sheet.{form}"
    reliabel("sample", "out", "--n", 60, "-o", sheet)
    from reliabel.formats import tables
    from reliabel.formats.columns import listed

    table = tables.read(Path(sheet))
    columns = {name: listed(table.columns[name], kind) for name, kind in table.kinds.items()}
    columns["verdict"] = ["keep"] * 25 + [None] * (table.rows - 25)
    if deleted:
        columns = {name: values[:25] for name, values in columns.items()}
    tables.write(Path(sheet), columns, form)
    said = audit("--verdicts", sheet).stdout
    m, count = expected(25)
    assert m >= 25
    assert card()["review"]["draws"] == m
    assert f"the count rests on {m} of 60 drawn labels" in said
    wrong = card()["wrong"]
    assert [wrong["value"], wrong["low"], wrong["high"]] == pytest.approx(
        [count.value, count.low, count.high]
    )


def test_the_sheet_shows_what_people_need_in_the_order_of_the_draws(points):
    reliabel("sample", "out", "--n", 60, "-o", "sheet.csv")
    rows = rows_of("sheet.csv")
    assert list(rows[0]) == [
        *("id", "draw", "column_a", "column_b", "column_c", "given", "suggest"),
        *("verdict", "label", "who", "at"),
    ]
    draws = [int(row["draw"]) for row in rows]
    assert draws == sorted(draws)
    assert draws[0] == 1
    data = rows_of("points.csv")
    assert all(row["given"] == data[int(row["id"])]["label"] for row in rows)
    assert all(row["column_a"] == data[int(row["id"])]["a"] for row in rows)


def test_columns_that_the_audit_did_not_use_are_shown_too(tmp_path):
    lines = ["n,body,page,label"]
    lines += [f"k{i},a text of some words number {i},p{i % 7},{'ab'[i % 2]}" for i in range(80)]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    data = rl.read(tmp_path / "t.csv", label="label", text="body", id="n")
    save(
        rl.audit(data, folder=tmp_path / "out", probs=np.tile([0.6, 0.4], (80, 1))),
        tmp_path / "out",
    )
    made = rl.sample(tmp_path / "out", n=5)["rows"]
    assert made["column_page"] == [f"p{int(one[1:]) % 7}" for one in made["id"]]
    assert made["text"] == [f"a text of some words number {one[1:]}" for one in made["id"]]


def test_a_shorter_sample_never_throws_away_a_longer_one(points):
    reliabel("sample", "out", "--n", 60, "-o", "sheet.csv")
    write_rows("sheet.csv", filled(rows_of("sheet.csv"), ROWS))
    audit("--verdicts", "sheet.csv")
    before = card()
    assert before["review"]["draws"] == 60
    said = reliabel("sample", "out", "--n", 20, "-o", "short.csv").stdout
    assert "the folder keeps all 60 draws; this sheet holds the first 20" in said
    short = rows_of("short.csv")
    assert [row["id"] for row in short] == [row["id"] for row in rows_of("sheet.csv")][: len(short)]
    audit("--verdicts", "sheet.csv")
    assert (card()["review"], card()["wrong"]) == (before["review"], before["wrong"])
    reliabel("sample", "out", "--n", 90, "-o", "long.csv")
    long = rows_of("long.csv")
    assert [row["id"] for row in long][: len(rows_of("sheet.csv"))] == [
        row["id"] for row in rows_of("sheet.csv")
    ]
    judged = [row for row in long if row["verdict"]]
    assert len(judged) == len(rows_of("sheet.csv"))  # what was judged before stands in the sheet
    audit()
    assert card()["review"]["of"] == 90
    assert card()["review"]["draws"] >= 60


def test_a_sample_goes_on_with_the_seed_of_the_folder(points):
    reliabel("sample", "out", "--n", 20, "--seed", 5, "-o", "one.csv")
    reliabel("sample", "out", "--n", 30, "-o", "two.csv")
    first = [row["id"] for row in rows_of("one.csv")]
    assert [row["id"] for row in rows_of("two.csv")][: len(first)] == first
    refused = reliabel("sample", "out", "--n", 30, "--seed", 6, "-o", "three.csv", code=2).stderr
    assert "holds a draw with seed 5; go on with it" in refused
    assert not Path("three.csv").exists()


def _sampled(folder, n):
    rl.sample(folder, n=n, out=Path(folder).parent / f"at_once_{n}.csv")


def test_samples_at_once_do_not_overwrite_each_other(points):
    """Six processes; the folder holds the longest draw, and every sheet is the start of it."""
    sizes = [20, 80, 30, 100, 40, 50]
    spawn = multiprocessing.get_context("spawn")
    runs = [spawn.Process(target=_sampled, args=(str(points / "out"), n)) for n in sizes]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert [one.exitcode for one in runs] == [0] * len(sizes)
    import pyarrow.parquet as pq

    unit = pq.read_table("out/sample.parquet")["label"].to_pylist()
    assert len(unit) == 100
    for n in sizes:
        ids = [int(row["id"]) for row in rows_of(f"at_once_{n}.csv")]
        assert ids == list(dict.fromkeys(unit[:n]))


def test_decisions_on_chosen_labels_stop_no_audit_and_leave_the_count(points):
    before = card()["wrong"]
    Path("out/decisions.csv").write_text("id,verdict,label\n149,change,sick\n0,keep,\n")
    said = audit().stdout
    assert "2 decisions are kept, and the count stays that of the model" in said
    assert "2 decisions in decisions.csv are used" in said
    assert card()["wrong"] == before
    assert Path("out/decisions.csv").read_text().count("\n") == 3
    said = audit("--verdicts", "out/decisions.csv").stdout
    assert "no labels were drawn in this folder" in said


def test_suspects_decided_in_the_page_do_not_bend_the_span_of_a_sheet(points):
    """25 rows of a sheet and suspects that happen to be drawn later: the first 25 rows count."""
    reliabel("sample", "out", "--n", 60, "-o", "sheet.csv")
    rows = rows_of("sheet.csv")
    chosen = [row["id"] for row in rows[32:42:3]]
    Path("out/decisions.csv").write_text(
        "id,verdict\n" + "".join(f"{one},keep\n" for one in chosen)
    )
    write_rows("sheet.csv", filled(rows, 25))
    said = audit("--verdicts", "sheet.csv").stdout
    m, _ = expected(25)
    assert card()["review"]["draws"] == m
    assert card()["review"]["skipped"] == 0
    assert f"{len(chosen)} verdicts on later draws do not count yet" in said


def test_an_audit_without_verdicts_says_what_it_does_with_those_that_are_there(points):
    reliabel("sample", "out", "--n", 60, "-o", "sheet.csv")
    write_rows("sheet.csv", filled(rows_of("sheet.csv"), 25))
    assert "25 verdicts in the sheet sheet.csv are not used" in audit().stdout
    audit("--verdicts", "sheet.csv")
    reviewed = card()["wrong"]
    assert "25 verdicts of earlier reviews, kept in verdicts.jsonl, are used" in audit().stdout
    assert card()["wrong"] == reviewed
    write_rows("sheet.csv", filled(rows_of("sheet.csv"), 30))
    assert "5 verdicts in the sheet sheet.csv are not used" in audit().stdout


def saved_by_a_spreadsheet(rows, encoding, delimiter=";"):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0], delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    empty = delimiter * (len(rows[0]) - 1) + "\r\n"  # rows that were cleared, not deleted
    return (text.getvalue() + empty * 2).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "mac_roman", "utf-16"])
def test_a_sheet_that_a_spreadsheet_saved_reads_back(tmp_path, monkeypatch, encoding):
    """Semicolons, another encoding, ids without zeros in front, capitals, spaces, TRUE."""
    monkeypatch.chdir(tmp_path)
    n = 120
    given = [("Café", "True", "straße")[i % 3] for i in range(n)]
    data = rl.Dataset(rl.Classes.of(given), {}, rl.core.dataset.Ids([f"{i:03}" for i in range(n)]))
    probs = np.full((n, 3), 0.05)
    probs[np.arange(n), data.labels.y] = 0.9
    whole = {"probs": probs, "folder": "out"}
    save(rl.audit(data, **whole), "out")
    rl.sample("out", n=40, out="sheet.csv")
    rows = rows_of("sheet.csv")
    for place, row in enumerate(rows[:20]):
        row["id"] = str(int(row["id"]))
        row["verdict"] = ("Keep ", "KEEP", " kept", "ok", "Correct")[place % 5]
    rows[3]["verdict"], rows[3]["label"] = (
        " Change",
        "TRUE" if rows[3]["given"] != "True" else "CAFÉ ",
    )
    rows[4]["verdict"], rows[4]["label"] = "", "CAFÉ" if rows[4]["given"] != "Café" else "Straße"
    Path("back.csv").write_bytes(saved_by_a_spreadsheet(rows, encoding))
    found = rl.audit(data, **whole, verdicts="back.csv")
    assert found.info["review"]["draws"] >= 20
    kept = [json.loads(line) for line in Path("out/verdicts.jsonl").read_text().splitlines()]
    by_id = {row["id"]: row for row in kept}
    assert len(kept) == 20
    changed = {f"{int(rows[i]['id']):03}" for i in (3, 4)}
    assert {one for one, row in by_id.items() if row["verdict"] == "change"} == changed
    assert all(row["label"] in set(given) for row in kept if row["verdict"] == "change")
    assert any("spelled in another way" in one for one in found.warnings)
    if encoding in ("cp1252", "mac_roman"):
        assert f"back.csv is not UTF-8; it was read as {encoding}" in found.warnings


@pytest.mark.parametrize("word", ["TRUE", "yes", "wrong", "1"])
def test_a_verdict_that_may_mean_both_is_refused_with_a_sentence(points, word):
    reliabel("sample", "out", "--n", 20, "-o", "sheet.csv")
    rows = rows_of("sheet.csv")
    rows[0]["verdict"] = word
    write_rows("sheet.csv", rows)
    said = audit("--verdicts", "sheet.csv", code=2).stderr
    assert f"sheet.csv, row 1: the verdict '{word}' does not say" in said


def test_a_sheet_that_nobody_filled_in_is_a_sentence(points):
    reliabel("sample", "out", "--n", 20, "-o", "sheet.csv")
    said = audit("--verdicts", "sheet.csv", code=2).stderr
    assert "sheet.csv, row 1: no verdict, nor has any other row" in said
    refused = reliabel("apply", "out", "--decisions", "sheet.csv", "-o", "new.csv", code=2).stderr
    assert "no verdict, nor has any other row" in refused


def test_a_half_filled_sheet_can_be_applied(points):
    reliabel("sample", "out", "--n", 60, "-o", "sheet.csv")
    rows = filled(rows_of("sheet.csv"), 10)
    other = {"sick": "well", "well": "sick"}[rows[2]["given"]]
    rows[2] |= {"verdict": "change", "label": other}
    write_rows("sheet.csv", rows)
    reliabel("apply", "out", "--decisions", "sheet.csv", "-o", "new.csv")
    before, after = rows_of("points.csv"), rows_of("new.csv")
    changed = [i for i, (x, y) in enumerate(zip(before, after, strict=True)) if x != y]
    assert changed == [int(rows[2]["id"])]
    assert after[changed[0]]["label"] == other


def test_two_reviewers_and_their_two_files(points):
    reliabel("sample", "out", "--n", 60, "-o", "sheet.csv")
    rows = rows_of("sheet.csv")
    write_rows("ann.csv", [{**row, "verdict": "keep", "who": "ann"} for row in rows[:15]])
    write_rows("bob.csv", [{**row, "verdict": "keep", "who": "bob"} for row in rows[15:30]])
    audit("--verdicts", "ann.csv", "--verdicts", "bob.csv")
    m, _ = expected(30)
    assert card()["review"]["draws"] == m


def test_how_far_a_review_counts_depends_on_gaps_alone():
    far = np.ones(20, dtype=bool)
    assert counted(far) == 20
    far[[3, 9, 15]] = False
    assert counted(far) == 20
    far[10:] = False
    assert counted(far) == 9
    far[0] = False
    assert counted(np.array([False, False, True, True])) == 0
    assert counted(np.zeros(5, dtype=bool)) == 0


# How people choose what they judge: (draws' verdicts, P(wrong), chance) -> who has a verdict.
POLICIES = {
    "stop after 25": lambda bad, p, rng: np.arange(len(bad)) < 25,
    "stop when tired": lambda bad, p, rng: np.arange(len(bad)) < rng.integers(10, len(bad)),
    "skip hard ones": lambda bad, p, rng: rng.random(len(bad)) > np.where(p > 0.1, 0.4, 0.02),
    "skip half of the wrong ones": lambda bad, p, rng: (bad == 0) | (rng.random(len(bad)) < 0.5),
    "skip the wrong ones": lambda bad, p, rng: bad == 0,
    "judge only wrong ones": lambda bad, p, rng: bad == 1,
    "judge only suspects": lambda bad, p, rng: p > 0.3,
    "judge only sure ones": lambda bad, p, rng: p < 0.1,
    "forget one in ten": lambda bad, p, rng: rng.random(len(bad)) < 0.9,
    "stop at the third wrong one": lambda bad, p, rng: np.cumsum(bad) - bad < 3,
    "stop before the first wrong one": lambda bad, p, rng: np.cumsum(bad) == 0,
}


@pytest.mark.parametrize("policy", POLICIES)
def test_no_choice_of_what_to_judge_bends_the_count(policy):
    """300 reviews of 60 draws from 3,000 labels, the model off by a third: where there is a count,
    its interval holds the truth in .93 or more.
    """
    rng, held, made = np.random.default_rng(0), 0, 0
    for _ in range(300):
        p = np.where(rng.random(3000) < 0.15, rng.beta(0.6, 1.2, 3000), rng.beta(0.15, 30, 3000))
        wrong = (rng.random(3000) < np.clip(1.3 * p + 0.004, 0, 1)).astype(float)
        unit, q = draw(p, 60, rng)
        first, of = np.unique(unit, return_index=True, return_inverse=True)[1:]
        sheet = np.sort(first)
        seen = np.zeros(60, dtype=bool)
        seen[sheet] = POLICIES[policy](wrong[unit[sheet]], p[unit[sheet]], rng)
        judged = seen[first][of]  # a label that is drawn again has the verdict that it has
        m = counted_draws(unit, judged, judged)
        if judged[:m].sum() < 2:
            continue
        count = after_review(p, unit[:m], q[:m], np.where(judged[:m], wrong[unit[:m]], np.nan))
        held, made = held + (count.low <= wrong.sum() <= count.high), made + 1
    if policy.startswith(("stop", "skip", "forget")):
        assert made >= 100
    assert held >= 0.93 * made


def test_decisions_given_in_python_may_be_records_mappings_and_frames(points):
    pd = pytest.importorskip("pandas")
    made = rl.sample("out", n=40)["rows"]["id"]
    data = rl.read("points.csv", label="label")
    forms = (
        [Decision(one, "keep") for one in made],
        [{"id": one, "verdict": "keep"} for one in made],
        {"id": made, "verdict": ["keep"] * len(made)},
        pd.DataFrame({"id": made, "verdict": "keep", "label": pd.NA}),
        pd.DataFrame({"id": list(map(int, made)), "verdict": "keep"}),
    )
    counts = []
    for form in forms:
        Path("out/verdicts.jsonl").unlink(missing_ok=True)
        counts.append(rl.audit(data, folder="out", verdicts=form).count)
    assert counts[0].method == "difference estimate"
    assert counts == [counts[0]] * len(forms)
    with pytest.raises(ValueError, match="record 0 of the decisions is a int"):
        rl.audit(data, folder="out", verdicts=[1])
