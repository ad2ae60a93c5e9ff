"""Batches: handed out, judged, taken back; what is wrong with them is said in a sentence."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from tests.unit.review.test_store import change, keep

import reliabel as rl
from reliabel.core.results import Decision


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def fill(path, verdict=lambda row: "keep", label=lambda row: ""):
    rows = rows_of(path)
    for row in rows:
        row["verdict"], row["label"] = verdict(row), label(row)
    write(path, rows)
    return rows


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def batch(folder, tmp_path):
    path = tmp_path / "batch.csv"
    rl.next(folder, n=10, out=path)
    return path


def test_the_way_of_a_batch(folder, batch):
    rows = fill(batch)
    assert len(rows) == 10
    done = rl.decide(folder, batch)
    assert (done["new"], done["same"], done["blank"], done["notes"]) == (10, 0, 0, [])
    log = rl.log(folder)
    assert log.record().left_to_see == 50
    assert {one.id for one in log.decisions()} == {row["id"] for row in rows}
    assert log.verify() == ""


def test_draws_are_in_the_log_before_the_file_is_written(folder, tmp_path):
    """The disk is full: the draws stand, and come again in their order."""
    from reliabel.review import batches

    rl.log(folder).fix_population("few", np.arange(10, 60))
    seen = []

    def full(path, rows):
        seen.append(rl.log(folder).record("few"))
        raise OSError("no space left")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "_write", full)
        with pytest.raises(OSError, match="no space"):
            rl.next(folder, n=20, out=tmp_path / "a.csv", population="few")
    assert seen[0].drawn.sum() == 20
    again = rl.next(folder, n=20, out=tmp_path / "b.csv", population="few")
    assert again["held"] == 20
    assert [int(row["id"]) for row in rows_of(tmp_path / "b.csv")] == seen[0].row.tolist()
    assert rl.log(folder).record("few").row.tolist() == seen[0].row.tolist()


def test_a_batch_says_nothing_of_how_its_labels_were_picked(batch):
    assert set(rows_of(batch)[0]) == {"id", "given", "suggest", "verdict", "label", "who", "batch"}


def test_a_batch_returned_twice_is_logged_once(folder, batch):
    fill(batch)
    rl.decide(folder, batch)
    done = rl.decide(folder, batch)
    assert (done["new"], done["same"]) == (0, 10)
    assert rl.log(folder).verify() == ""


def test_half_a_batch_leaves_the_rest_open_and_hands_it_out_again(folder, batch, tmp_path):
    ids = [row["id"] for row in rows_of(batch)]
    fill(batch, verdict=lambda row: "keep" if row["id"] in ids[:4] else "")
    done = rl.decide(folder, batch)
    assert (done["new"], done["blank"]) == (4, 6)
    again = rl.next(folder, n=10, out=tmp_path / "rest.csv")
    assert again["held"] == 6
    assert "6 of them were handed out before" in again["notes"][0]
    assert {row["id"] for row in rows_of(tmp_path / "rest.csv")} >= set(ids[4:])


def test_an_empty_batch_is_refused(folder, batch):
    with pytest.raises(ValueError, match="no verdict"):
        rl.decide(folder, batch)


def test_unknown_items_are_left_out_and_named(folder, batch):
    rows = fill(batch)
    write(batch, [*rows, {**rows[0], "id": "stranger"}])
    done = rl.decide(folder, batch)
    assert done["new"] == 10
    assert done["notes"] == [
        "1 verdict of batch.csv is on items that are not in the audit and left out: 'stranger'"
    ]


def test_a_table_of_unknown_items_alone_is_refused(folder):
    with pytest.raises(ValueError, match="2 ids of the decisions are not in the audit: 'x', 'y'"):
        rl.decide(folder, [{"id": "x", "verdict": "keep"}, {"id": "y", "verdict": "keep"}])
    assert rl.log(folder).board.seq == 0


def test_a_batch_of_another_audit_is_refused_though_its_ids_exist(folder, batch, tmp_path):
    from tests.unit.review.conftest import made

    fill(batch)
    other = made(tmp_path / "other.audit", wrong=3)
    with pytest.raises(ValueError, match=r"batch\.csv, row 1: .* was handed out for another audit"):
        rl.decide(other, batch)
    assert rl.log(other).board.seq == 0


def test_contradicting_verdicts_are_all_logged_and_the_last_counts(folder):
    done = rl.decide(folder, [*keep(1, 2), Decision("1", "drop")])
    assert (done["new"], done["changed"]) == (3, 1)
    assert "contradict each other on '1'; the last one counts" in done["notes"][0]
    log = rl.log(folder)
    assert [one.verdict for one in log.decisions() if one.id == "1"] == ["drop"]
    assert [one.verdict for one in log.events()] == ["keep", "keep", "drop"]


def test_a_verdict_that_cannot_be_understood_logs_nothing(folder, batch):
    ids = [row["id"] for row in rows_of(batch)]
    fill(batch, verdict=lambda row: "yes" if row["id"] == ids[3] else "keep")
    with pytest.raises(ValueError, match=r"batch\.csv, row 4: the verdict 'yes' does not say"):
        rl.decide(folder, batch)
    assert rl.log(folder).record().wrong.tolist().count(0) == 0


def test_a_label_that_is_no_class_logs_nothing_unless_it_may_be_new(folder):
    given = [{"id": "1", "verdict": "change", "label": "maybe"}]
    with pytest.raises(ValueError, match="maybe"):
        rl.decide(folder, given)
    assert rl.decide(folder, given, new_classes=True)["new"] == 1
    assert rl.log(folder).record().repaired.tolist() == [True]


@pytest.mark.parametrize("target", [0, 1, -0.1, 2, float("nan")])
def test_a_target_out_of_range(folder, tmp_path, target):
    with pytest.raises(ValueError, match="the target is a share of the labels between 0 and 1"):
        rl.next(folder, out=tmp_path / "b.csv", target=target)
    assert not (tmp_path / "b.csv").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"n": 0}, "one label or more"),
        ({"hours": 0}, "some hours"),
        ({"population": "few"}, "no population 'few'"),
    ],
)
def test_what_cannot_be_handed_out(folder, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        rl.next(folder, **options)


def test_a_file_that_is_there_is_never_overwritten(folder, batch):
    before = batch.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="exists already"):
        rl.next(folder, out=batch)
    assert batch.read_text(encoding="utf-8") == before


def test_a_changed_input_is_found_by_its_labels(folder, batch):
    """Another audit in the same folder: the log stays, and is not used for other labels."""
    fill(batch)
    rl.decide(folder, batch)
    y = np.arange(60) % 2
    p = np.where(y[:, None] == np.arange(2), 0.8, 0.2)
    audit = rl.audit(rl.Classes(y, ("no", "yes")), probs=p, by=["self_confidence"])
    before = (folder / "decisions.db").read_bytes()
    rl.save(audit, folder, resume=True)
    for act in (lambda: rl.next(folder), lambda: rl.decide(folder, batch)):
        with pytest.raises(ValueError, match=r"holds decisions on other labels than this audit's"):
            act()
    assert (folder / "decisions.db").read_bytes() == before


def test_an_audit_of_other_data_asks_before_it_takes_the_place(folder, batch):
    fill(batch)
    rl.decide(folder, batch)
    y = np.arange(61) % 2
    p = np.where(y[:, None] == np.arange(2), 0.8, 0.2)
    audit = rl.audit(rl.Classes(y, ("no", "yes")), probs=p, by=["self_confidence"])
    with pytest.raises(ValueError, match=r"holds people's decisions \(decisions\.db\)"):
        rl.save(audit, folder)


def test_greedy_makes_no_draws(folder):
    done = rl.next(folder, n=20, greedy=True)
    record = rl.log(folder).record()
    assert done["labels"] == 20
    assert record.greedy
    assert not record.drawn.any()


def test_two_people_get_different_labels(folder):
    ada = rl.next(folder, n=8, who="ada")["rows"]["id"]
    bob = rl.next(folder, n=8, who="bob")["rows"]["id"]
    assert not set(ada) & set(bob)
    assert set(rl.next(folder, n=8, who="ada")["rows"]["id"]) == set(ada)


def test_an_expired_lease_serves_the_same_draws_again(folder, monkeypatch):
    import time

    rl.log(folder).fix_population("few", np.arange(10, 60))
    ada = rl.next(folder, n=12, who="ada", hours=1, population="few")["rows"]["id"]
    bob = rl.next(folder, n=12, who="bob", population="few")["rows"]["id"]
    assert not set(ada) & set(bob)
    later = time.time() + 3700
    monkeypatch.setattr("reliabel.review.handing.time.time", lambda: later)
    eve = rl.next(folder, n=14, who="eve", population="few")["rows"]["id"]
    assert eve[:12] == ada


def test_a_population_of_its_own_is_drawn_from_alone(folder):
    rl.log(folder).fix_population("few", np.arange(20, 26))
    done = rl.next(folder, n=10, population="few")
    assert sorted(map(int, done["rows"]["id"])) == list(range(20, 26))
    assert rl.log(folder).record("few").drawn.all()
    assert "no more are left" in done["notes"][-1]


def test_decisions_in_the_folder_are_taken_over_as_chosen(folder):
    (folder / "decisions.csv").write_text("id,verdict,label\n1,keep,\n7,change,no\n")
    done = rl.next(folder, n=5)
    assert done["notes"][0] == (
        "2 decisions of decisions.csv were taken over into the log, as chosen reviews"
    )
    record = rl.log(folder).record()
    assert record.row[:2].tolist() == [1, 7]
    assert not record.drawn[:2].any()
    assert rl.next(folder, n=5)["notes"][0].startswith("5 of them were")
    assert (folder / "decisions.csv").read_text().startswith("id,verdict")


def test_a_bad_file_of_decisions_stops_no_review(folder):
    (folder / "decisions.csv").write_text("id,verdict\n1,maybe\n")
    assert (
        "decisions.csv in the folder is not taken over: decisions.csv, row 1"
        in (rl.next(folder, n=5)["notes"][0])
    )


def test_apply_takes_what_the_log_holds(folder):
    rl.decide(folder, [*change(0, 7), Decision("9", "drop"), *keep(1)])
    done = rl.apply(folder)
    assert {name: done[name] for name in ("changed", "dropped", "kept")} == {
        "changed": 2,
        "dropped": 1,
        "kept": 1,
    }
    (folder / "decisions.csv").write_text("id,verdict,label\n20,drop,\n")
    assert rl.apply(folder)["dropped"] == 2


def test_the_log_moves_no_count_of_a_weighted_sample(folder, tmp_path):
    """Its decisions are shown as decided, and are no part of the sample's count."""
    before = rl.load(folder)
    rl.sample(folder, n=10)
    rl.decide(folder, keep(*range(60)))
    audit = rl.audit(before.data, by=["self_confidence"], folder=folder)
    assert audit.count.method == before.count.method
    assert audit.info["decisions"] == 60


def test_labels_without_p_wrong_are_drawn(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3))
    y = x @ [1.0, 2.0, 3.0]
    audit = rl.audit(rl.Numbers(y), features=x, by=["knn_outliers"])
    folder = rl.save(audit, tmp_path / "numbers.audit")
    done = rl.next(folder, n=10)
    assert len(done["rows"]["id"]) == 10
    assert rl.log(folder).record().drawn.all()


def test_json_lines_come_back_too(folder, tmp_path):
    path = tmp_path / "batch.jsonl"
    rl.next(folder, n=5, out=path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps({**row, "verdict": "keep"}) + "\n" for row in rows))
    assert rl.decide(folder, path, who="ada")["new"] == 5
    assert {one.who for one in rl.log(folder).decisions()} == {"ada"}
