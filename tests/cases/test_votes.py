"""Tables of votes as people bring them, through the command line and in Python."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.reading.gold_table import gold_of


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def aggregated(tmp_path, text, *words, name="votes.csv"):
    """The consensus folder of a file with this text, and what was printed."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = run("aggregate", tmp_path / name, *words, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    return tmp_path / "out", done.output


def column(folder, name):
    return pq.read_table(folder / "consensus.parquet").column(name).to_pylist()


def card(folder):
    return json.loads((folder / "aggregate.json").read_text())


def sentiment():
    rng = np.random.default_rng(0)
    truth = rng.integers(-1, 2, 40)
    votes = np.where(rng.random((40, 3)) < 0.8, truth[:, None], rng.integers(-1, 2, (40, 3)))
    return ["id,r1,r2,r3"] + [f"s{n},{a},{b},{c}" for n, (a, b, c) in enumerate(votes.tolist())]


THREE = ("--item", "id", "--worker", "r1", "--worker", "r2", "--worker", "r3")


def test_minus_one_is_a_class_in_a_wide_table(tmp_path):
    lines = sentiment()
    folder, said = aggregated(tmp_path, "\n".join(lines), *THREE)
    assert (card(folder)["votes"], card(folder)["items"]) == (120, 40)
    assert card(folder)["classes"] == ["-1", "0", "1"]
    given = sum(line.split(",")[1:].count("-1") for line in lines)
    assert f"-1 counts as a class, with {given} of 120 votes" in said
    assert "--missing -1" in said
    # the same votes in a long table give the same consensus
    long = ["id,who,answer"] + [
        f"{item},r{place},{vote}"
        for item, *votes in (line.split(",") for line in lines[1:])
        for place, vote in enumerate(votes, 1)
    ]
    labels = column(folder, "label")
    words = ("--item", "id", "--worker", "who", "--label", "answer")
    assert column(aggregated(tmp_path, "\n".join(long), *words)[0], "label") == labels


@pytest.mark.parametrize(("word", "classes"), [("-1", ["0", "1"]), ("0", ["-1", "1"])])
def test_a_word_named_missing_is_no_vote(tmp_path, word, classes):
    lines = [*sentiment(), f"last,{word},{word},{word}"]
    folder, said = aggregated(tmp_path, "\n".join(lines), *THREE, "--missing", word)
    cells = [cell for line in lines[1:] for cell in line.split(",")[1:]]
    assert card(folder)["classes"] == classes
    assert card(folder)["votes"] == len(cells) - cells.count(word)
    assert column(folder, "id")[-1] == "last"
    assert column(folder, "votes")[-1] == 0
    assert ("-1 counts as a class" in said) == (word == "0")


def test_items_without_votes_keep_their_place(tmp_path):
    lines = ["id,r1,r2,r3"] + [f"s{n},yes,no,yes" for n in range(24)]
    lines[4], lines[12] = "s3,,,", "s11,, ,"
    folder, said = aggregated(tmp_path, "\n".join(lines), *THREE)
    assert column(folder, "id") == [f"s{n}" for n in range(24)]
    assert [n for n, votes in enumerate(column(folder, "votes")) if not votes] == [3, 11]
    assert "2 items have no vote and are kept, with 0 votes" in said
    # rows in the order of the file, also where ids are counted, and in a long table of a join
    data = rl.read(tmp_path / "votes.csv", worker="r[0-9]")
    assert data.ids.items == tuple(map(str, range(24)))
    long = {"task": ["a", "b", "c"], "who": ["x", None, "x"], "answer": ["p", None, "q"]}
    data = rl.read(long, item="task", worker="who", label="answer")
    assert data.ids.items == ("a", "b", "c")
    assert "1 item has no vote and is kept, with 0 votes" in data.source["notes"]
    long["answer"][1] = "p"
    with pytest.raises(ValueError, match="column 'who' is empty in row 1"):
        rl.read(long, item="task", worker="who", label="answer")


def test_items_of_wrench_without_votes_keep_their_place(tmp_path):
    records = {
        str(n): {"label": n % 2, "weak_labels": [-1, -1] if n == 1 else [n % 2, 1], "data": {}}
        for n in range(4)
    }
    (tmp_path / "train.json").write_text(json.dumps(records))
    data = rl.read(tmp_path / "train.json")
    assert data.ids.items == ("0", "1", "2", "3")
    assert len(data.labels) == 6
    assert data.labels.labels.names == ("0", "1")
    assert "1 item has no vote and is kept, with 0 votes" in data.source["notes"]


def test_items_without_a_name_are_refused(tmp_path):
    (tmp_path / "v.csv").write_text("id,r1,r2\ns0,no,no\n,no,yes\n")
    done = run("aggregate", tmp_path / "v.csv", "--item", "id", "--worker", "r*", "-o", tmp_path)
    assert done.exit_code == 2
    assert "column 'id' is empty in row 1; give every item a name, or leave --item" in done.output


def test_an_empty_column_is_left_out_and_said(tmp_path):
    lines = ["id,anna,ben,cleo,dora"] + [f"i{n},{n % 3},{n % 3},{n % 2}," for n in range(30)]
    people = [word for name in ("anna", "ben", "cleo", "dora") for word in ("--worker", name)]
    folder, said = aggregated(tmp_path, "\n".join(lines), "--item", "id", *people)
    assert (card(folder)["votes"], card(folder)["workers"]) == (90, 3)
    assert card(folder)["classes"] == ["0", "1", "2"]
    assert "column 'dora' holds no vote and is left out" in said


def test_one_word_among_numbers_is_a_class(tmp_path):
    lines = ["id,anna,ben,cleo"] + [f"i{n},{n % 3},{n % 3}.0,{n % 2}" for n in range(30)]
    lines[3] = "i2,unsure,2.0,0"
    folder, _ = aggregated(tmp_path, "\n".join(lines), "--item", "id", "--worker", "[abc]*")
    assert card(folder)["classes"] == ["0", "1", "2", "unsure"]
    assert card(folder)["votes"] == 90


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_with_columns_of_several_types(library):
    frames = pytest.importorskip(library)
    columns = {"id": ["x", "y", "z"], "a": [1, 2, 1], "b": [1.0, None, 2.0], "c": ["1", "2", None]}
    data = rl.read(frames.DataFrame(columns), item="id", worker=["a", "b", "c"])
    assert data.labels.labels.names == ("1", "2")
    assert len(data.labels) == 7
    found = rl.aggregate(data, by="majority").labels.p
    assert found[0].tolist() == [1, 0]


def test_a_pattern_names_many_workers(tmp_path):
    text = "id,r1,r2,r10,text\na,yes,no,yes,one\nb,no,no,yes,two\n"
    (tmp_path / "v.csv").write_text(text)
    data = rl.read(tmp_path / "v.csv", item="id", worker="r*", text="text")
    assert data.ids.workers == ("r1", "r2", "r10")
    assert data.evidence["items"] == ["one", "two"]
    assert "worker: 3 columns fit 'r*': r1, r2, r10" in data.source["notes"]
    everybody = rl.read(tmp_path / "v.csv", item="id", worker="*", text="text")
    assert everybody.ids.workers == ("r1", "r2", "r10")
    with pytest.raises(ValueError, match=r"no column fits 'x\*' for worker; the columns are 'id'"):
        rl.read(tmp_path / "v.csv", item="id", worker="x*")
    with pytest.raises(ValueError, match="'id' names the items and cannot hold the votes"):
        rl.read(tmp_path / "v.csv", item="id", worker=["id", "r1"])
    with pytest.raises(ValueError, match="holds no time of each vote; leave time="):
        rl.read(tmp_path / "v.csv", item="id", worker="r*", time="text")


def test_wide_tables_are_measured_too(tmp_path):
    lines = ["id,r1,r2,r3"] + [f"s{n},{n % 2},{n % 2},{n % 3 % 2}" for n in range(30)]
    (tmp_path / "v.csv").write_text("\n".join(lines))
    words = ("--item", "id", "--worker", "r*", "--by", "krippendorff_alpha", "--json")
    done = CliRunner().invoke(app, ["measure", str(tmp_path / "v.csv"), *words])
    assert done.exit_code == 0, done.output
    votes = rl.read(tmp_path / "v.csv", item="id", worker=["r1", "r2", "r3"])
    expected = rl.measure(votes, by="krippendorff_alpha").value
    assert json.loads(done.stdout.splitlines()[-1])["value"] == pytest.approx(expected)


LONG = ("--item", "task", "--worker", "who", "--label", "label")


def votes_csv(tasks, kinds=("owl", "cat"), who=("w1", "w2", "w3")):
    rows = [f"{t},{w},{kinds[n % 2]}" for n, t in enumerate(tasks) for w in who]
    return "\n".join(["task,who,label", *rows])


def test_gold_rows_without_a_label_are_counted_as_such(tmp_path):
    gold = tmp_path / "gold.csv"
    rows = [f"{1200 + n},{'' if n % 2 else 'owl'}" for n in range(20)]
    gold.write_text("\n".join(["task,label", *rows]))
    _, said = aggregated(tmp_path, votes_csv(range(1200, 1220)), *LONG, "--gold", gold)
    assert "gold.csv: 10 of 20 gold rows hold no label" in said
    assert "no vote" not in said
    gold.write_text("task,label\n1200,\n")
    done = run("aggregate", tmp_path / "votes.csv", *LONG, "--gold", gold, "-o", tmp_path / "o")
    assert done.exit_code == 2
    assert "holds no label at all in column 'label'" in done.output


@pytest.mark.parametrize(
    ("in_votes", "in_gold"), [("{}", "{}.0"), ("{}.0", "{}"), ("{}.00", "{}.0")]
)
def test_whole_numbers_with_decimals_name_the_same_item(tmp_path, in_votes, in_gold):
    (tmp_path / "v.csv").write_text(votes_csv([in_votes.format(n) for n in range(1200, 1210)]))
    gold = tmp_path / "g.csv"
    gold.write_text("task,label\n" + "".join(f"{in_gold.format(n)},owl\n" for n in (1201, 1203)))
    data = rl.read(tmp_path / "v.csv", item="task", worker="who", label="label")
    said = []
    found = gold_of(gold, data, notes=said)
    assert [n for n, value in enumerate(found) if value] == [1, 3]
    assert f"'{in_gold.format(1201)}' to '{in_votes.format(1201)}'" in said[0]
    assert len(said) == 1


def test_gold_tables_of_other_names_and_gold_of_numbers(tmp_path):
    (tmp_path / "v.csv").write_text(votes_csv("abcd", kinds=("1", "2")))
    data = rl.read(tmp_path / "v.csv", item="task", worker="who", label="label")
    said, gold = [], tmp_path / "g.csv"
    gold.write_text("id,truth,note\na,1.0,x\nb,,y\nc,2.0,z\n")
    assert gold_of(gold, data, notes=said).tolist() == ["1", None, "2", None]
    assert "items are in column 'id', known labels in 'truth'" in said[0]
    (tmp_path / "w.csv").write_text("task,a,b\nx,1,2\ny,1,1\n")
    wide = rl.read(tmp_path / "w.csv", item="task", worker=["a", "b"])
    gold.write_text("task,gold\ny,1\n")
    assert gold_of(gold, wide, notes=said).tolist() == [None, "1"]


ZONES = {
    "2023-11-14T23:00:{:02}+01:00": 0,
    "2023-11-14T22:00:{:02}Z": 0,
    "2023-11-14 22:00:{:02}.250": 0.25,
    "2023-11-14T22:{:02}": None,
    "Tue Nov 14 14:00:{:02} PST 2023": 0,
    "14/11/2023 22:00:{:02}": 0,
    "1699999200{:03}": None,
}


@pytest.mark.parametrize("form", ZONES)
def test_times_of_any_spelling(tmp_path, form):
    rows = [f"q{n},w{n % 3},{n % 2},{form.format(n)}" for n in range(30)]
    text = "\n".join(["task,who,label,when", *rows])
    aggregated(tmp_path, text, *LONG, "--time", "when")
    data = rl.read(tmp_path / "votes.csv", item="task", worker="who", label="label", time="when")
    times = data.source["vote_columns"]["time"]
    step = {"2023-11-14T22:{:02}": 60, "1699999200{:03}": 0.001}.get(form, 1)
    assert np.diff(times) == pytest.approx(step, abs=1e-6)
    assert times[0] == pytest.approx(1699999200 + (ZONES[form] or 0), abs=1e-6)


def test_days_and_months_that_cannot_be_told_apart_are_refused(tmp_path):
    (tmp_path / "v.csv").write_text("task,who,label,when\na,x,1,03/04/2024\na,y,2,05/06/2024\n")
    done = run("aggregate", tmp_path / "v.csv", *LONG, "--time", "when", "-o", tmp_path / "o")
    assert done.exit_code == 2
    assert "whether the day or the month comes first cannot be told" in done.output


def test_durations_as_clocks(tmp_path):
    (tmp_path / "v.csv").write_text("task,who,label,took\na,x,1,0:01:05\na,y,2,02:03\na,z,2,\n")
    words = {"item": "task", "worker": "who", "label": "label", "seconds": "took"}
    data = rl.read(tmp_path / "v.csv", **words)
    assert data.source["vote_columns"]["seconds"].tolist()[:2] == [65, 123]
    (tmp_path / "v.csv").write_text("task,who,label,took\na,x,1,long\n")
    with pytest.raises(ValueError, match=r"must hold how many seconds .*; row 0 holds 'long'"):
        rl.read(tmp_path / "v.csv", **words)


NAMES = [
    ("w1", "q1", "cat"),
    ("W1", "q2", "cat"),
    ("w1 ", "q3", "dog"),
    ("w2", "q1", "Cat"),
    ("w2", "Q1", "dog"),
    ("w\u200b2", "q2", "dog"),
    ("w3", "caf\u00e9", "ca\u200bt"),
    ("w3", "cafe\u0301", "dog"),
]


def test_names_that_differ_in_what_nobody_sees_are_pointed_out(tmp_path):
    text = "\n".join(["who,task,label", *(",".join(row) for row in NAMES)])
    folder, said = aggregated(tmp_path, text, *LONG)
    assert card(folder)["workers"] == 6
    assert "workers that differ only in spaces, capitals, Unicode form" in said
    assert "'w1', 'W1', 'w1 '; 'w2', 'w\\u200b2'" in said
    assert "items that differ only in" in said
    assert "'q1', 'Q1'; 'café', 'cafe\\u0301'" in said
    assert "--merge-alike" in said
    assert "'Cat'" in said


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_names_are_mended_on_request(tmp_path, suffix):
    pa = pytest.importorskip("pyarrow")
    path = tmp_path / f"v.{suffix}"
    if suffix == "csv":
        path.write_text("\n".join(["who,task,label", *(",".join(row) for row in NAMES)]))
    else:
        columns = zip(*NAMES, strict=True)
        pq.write_table(pa.table(dict(zip(("who", "task", "label"), columns, strict=True))), path)
    data = rl.read(
        path, item="task", worker="who", label="label", duplicates="all", merge_alike=True
    )
    assert data.ids.workers == ("w1", "w2", "w3")
    assert data.ids.items == ("q1", "q2", "q3", "café")
    assert data.labels.labels.names == ("cat", "dog")
    assert data.labels.worker.tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    assert data.labels.item.tolist() == [0, 1, 2, 0, 0, 1, 3, 3]
    notes = "; ".join(data.source["notes"])
    assert "names of workers mended: 'W1' is 'w1', 'w1 ' is 'w1', 'w\\u200b2' is 'w2'" in notes
    assert "'cafe\\u0301' is 'café'" in notes
    pointed = rl.read(path, item="task", worker="who", label="label", duplicates="all")
    assert "workers that differ only in" in "; ".join(pointed.source["notes"])


def test_flat_records_of_argilla(tmp_path):
    rows = [
        {
            "id": str(n),
            "text": f"sunny or gloomy {n}",
            "label.responses": ["good" if n % 2 else "bad", "good"],
            "label.responses.users": ["u1", "u2"],
        }
        for n in range(60)
    ]
    text = "\n".join(map(json.dumps, rows))
    words = ("--item", "id", "--worker", "label.responses.users", "--label", "label.responses")
    folder, _ = aggregated(tmp_path, text, *words, name="argilla.jsonl")
    assert (card(folder)["items"], card(folder)["workers"], card(folder)["votes"]) == (60, 2, 120)


def test_columns_with_the_usual_names_need_not_be_named(tmp_path):
    text = "Task ID,annotator_id,note,Answer\na,x,p,yes\na,y,q,no\nb,x,r,no\n"
    folder, said = aggregated(tmp_path, text)
    assert (card(folder)["items"], card(folder)["workers"], card(folder)["votes"]) == (2, 2, 3)
    assert "item is 'Task ID', worker is 'annotator_id', label is 'Answer', by their names" in said
    (tmp_path / "w.csv").write_text("id,r1,r2\na,1,2\n")
    done = run("aggregate", tmp_path / "w.csv", "-o", tmp_path / "w")
    assert done.exit_code == 2
    assert "which columns name the item, who voted and the answer? Name them with" in done.output
    assert "The columns are 'id', 'r1', 'r2'" in done.output


def test_tables_are_aggregated_in_python():
    pd = pytest.importorskip("pandas")
    votes = {"task": list("aabb"), "who": list("xyxy"), "answer": ["p", "p", "q", "q"]}
    expected = [[1, 0], [0, 1]]
    for table in (votes, pd.DataFrame(votes)):
        found = rl.aggregate(table, item="task", worker="who", label="answer", by="majority")
        assert found.labels.p.tolist() == expected
        assert rl.aggregate(table, by="majority").labels.p.tolist() == expected
    wide = pd.DataFrame({"id": ["a", "b"], "r1": ["p", "q"], "r2": ["p", "q"]})
    found = rl.aggregate(wide, item="id", worker="r?", by="majority")
    assert found.labels.p.tolist() == expected
    with pytest.raises(ValueError, match="which columns name the item, who voted and the answer"):
        rl.aggregate(wide)
    with pytest.raises(ValueError, match=r"aggregate takes votes, got Classes; rl\.read"):
        rl.aggregate(rl.Classes([0, 1]))
    read = rl.read(votes, item="task", worker="who", label="answer")
    with pytest.raises(ValueError, match="worker= names a column of a table, and these votes are"):
        rl.aggregate(read, worker="who")


def test_the_order_of_categories_is_kept_in_a_wide_table():
    pd = pytest.importorskip("pandas")
    levels = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    columns = {name: pd.Series(["mid", None, "low"], dtype=levels) for name in ("r1", "r2")}
    data = rl.read(pd.DataFrame({"id": [1, 2, 3], **columns}), item="id", worker="r*")
    assert data.labels.labels.names == ("low", "mid", "high")
    assert data.labels.labels.y.tolist() == [1, 1, 0, 0]
    columns["r2"] = columns["r2"].cat.rename_categories({"high": "top"})
    data = rl.read(pd.DataFrame({"id": [1, 2, 3], **columns}), item="id", worker="r*")
    assert data.labels.labels.names == ("low", "mid")


def test_too_little_memory_is_a_sentence(tmp_path, monkeypatch):
    def full(*args, **words):
        raise MemoryError("Unable to allocate 826. MiB for an array")

    monkeypatch.setattr(rl, "aggregate", full)
    (tmp_path / "v.csv").write_text("task,who,label\na,x,1\n")
    done = run("aggregate", tmp_path / "v.csv", *LONG, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "there is not enough memory for this (Unable to allocate 826. MiB" in done.output
    assert "--by one_coin" in done.output


@pytest.mark.parametrize(
    ("odd", "told"), [("-99", True), ("-9", True), ("999", True), ("5", False), ("9", False)]
)
def test_numbers_that_surveys_write_for_no_answer_are_pointed_out(odd, told, tmp_path):
    rows = [f"s{n},{n % 4 + 1},{odd if n % 8 == 0 else n % 4 + 1},{n % 4 + 1}" for n in range(40)]
    text = "\n".join(["id,r1,r2,r3", *rows])
    words = [word for name in ("r1", "r2", "r3") for word in ("--worker", name)]
    printed = aggregated(tmp_path, text, "--item", "id", *words)[1]
    assert (f"{odd} counts as a class, with 5 of 120 votes" in printed) is told
    printed = aggregated(tmp_path, text, "--item", "id", *words, "--missing", odd)[1]
    assert "115 votes of 3 workers on 40 items" in printed
