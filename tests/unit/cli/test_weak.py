"""reliabel weak: from a table and a file of functions to a folder with a report."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from reliabel.cli import app

RULES = """
from reliabel.rules import keyword, not_of

free = keyword("spam", ["free", "money"])
lunch = keyword("ham", ["lunch", "noon"])
again = keyword("spam", "free")

def broken(text):
    return {"x": "ham"}[text]
"""


def _run(*words):
    return CliRunner().invoke(app, ["weak", *map(str, words)])


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ["free money", "see you at noon", "lunch?", "free lunch", "nothing"] * 8
    known = ["spam", "ham", "", "", ""] * 8
    lines = [f'"{text}",{one}' for text, one in zip(rows, known, strict=True)]
    (tmp_path / "data.csv").write_text("text,known\n" + "\n".join(lines) + "\n")
    (tmp_path / "rules.py").write_text(RULES)
    return tmp_path


def test_a_folder_with_a_report_a_table_and_labels(place):
    done = _run("data.csv", "--functions", "rules.py", "--text", "text", "--label", "known")
    assert done.exit_code == 0, done.output
    assert "Covered: 32 of 40 items (80%)" in done.output
    assert "Known labels: 100.0% of 16 items right" in done.output
    assert "'broken' failed on 40 items of 40" in done.output
    folder = place / "data.consensus"
    rows = pq.read_table(folder / "workers.parquet").to_pydict()
    assert rows["worker"] == ["free", "lunch", "again", "broken"]
    assert rows["errors"] == [0, 0, 0, 40]
    assert rows["coverage"] == [0.4, 0.6, 0.4, 0.0]
    assert rows["kind"] == ["function"] * 4
    page = (folder / "report.html").read_text(encoding="utf-8")
    for part in ("Labelling functions", "Where functions disagree", "40 errors", "free lunch"):
        assert part in page
    assert json.loads((folder / "aggregate.json").read_text())["by"] == "precision_model"


def test_class_names_beyond_those_of_the_functions(place):
    text = (place / "data.csv").read_text().replace("ham", "news")
    (place / "data.csv").write_text(text)
    done = _run("data.csv", "--functions", "rules.py", "--text", "text", "--label", "known")
    assert done.exit_code == 0
    assert "no labelling function says 'news', which known labels do" in done.output
    card = json.loads((place / "data.consensus" / "aggregate.json").read_text())
    assert card["classes"] == ["ham", "news", "spam"]


def test_answers_that_leave_a_choice_count(place):
    (place / "rules.py").write_text(
        RULES + "\nseldom = keyword(not_of('spam'), 'nothing')\nCLASSES = ['ham', 'news', 'spam']\n"
    )
    done = _run("data.csv", "--functions", "rules.py", "--text", "text")
    assert done.exit_code == 0, done.output
    assert "8 of 64 votes leave a choice" in done.output
    found = pq.read_table(place / "data.consensus" / "consensus.parquet").to_pydict()
    assert found["label"][4] != "spam"
    assert found["label"][:2] == ["spam", "ham"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--functions", "none.py", "--text", "text"), "there is no file none.py"),
        (("--functions", "rules.py", "--text", "txt"), "did you mean 'text'"),
        (("--functions", "rules.py", "--text", "text", "--by", "precison"), "precision_model"),
    ],
)
def test_bad_input_is_a_sentence(place, words, said):
    done = _run("data.csv", *words)
    assert done.exit_code == 2
    assert said in done.output


SPAN_RULES = """
from reliabel.rules import gazetteer, span_pattern
places = gazetteer("LOC", ["Rome", "New York"])
people = span_pattern("PER", r"Mr ([A-Z][a-z]+)")
months = gazetteer("O", ["May"])
def capital(words):
    for place, word in enumerate(words if isinstance(words, tuple) else ()):
        if word == "Oslo":
            yield "LOC", place, place + 1
"""


def test_functions_of_spans_on_tagged_text_and_on_a_column_of_texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("rules.py").write_text(SPAN_RULES)
    text = ["Mr Smith left Rome in May", "Oslo and New York", "nothing here"]
    tags = [
        ["O", "B-PER", "O", "B-LOC", "O", "O"],
        ["B-LOC", "O", "B-LOC", "I-LOC"],
        ["O", "B-MISC"],
    ]
    lines = (
        "\n".join(f"{w}\t{t}" for w, t in zip(said.split(), told, strict=True)) + "\n"
        for said, told in zip(text, tags, strict=True)
    )
    Path("a.conll").write_text("\n".join(lines))
    Path("a.csv").write_text("id,text\n" + "".join(f"s{i},{t}\n" for i, t in enumerate(text)))
    told = _run("a.conll", "--functions", "rules.py", "-o", "a.consensus")
    assert told.exit_code == 0, told.output
    assert "Known spans: 5 spans; of the consensus's 100.0% right, 80.0% found" in told.output
    assert "no labelling function marks 'MISC'" in told.output
    assert "Labelling functions" in Path("a.consensus/report.html").read_text()
    told = _run("a.csv", "--functions", "rules.py", "--spans", "--text", "text", "--id", "id")
    assert told.exit_code == 0, told.output
    assert "3 spans in the consensus: LOC 2, PER 1" in told.output
    assert '"id": "s1"' in Path("a.consensus/consensus.jsonl").read_text()
    for words, said in (
        (("a.csv", "--functions", "rules.py"), "--text"),
        (("a.conll", "--functions", "rules.py", "--model"), "tagger"),
        (("a.conll", "--functions", "rules.py", "--text", "x"), "words with tags"),
    ):
        told = _run(*words)
        assert told.exit_code == 2
        assert said in told.output


def test_votes_instead_of_functions(place):
    votes = [[0, -1, 0], [1, 1, -1], [-1, 1, 1], [0, 1, -1], [-1, -1, -1]] * 8
    np.savez(place / "votes.npz", L=votes)
    words = ("--votes", "votes.npz", "--classes", "spam, ham")
    done = _run("data.csv", *words, "--text", "text", "--label", "known")
    assert done.exit_code == 0, done.output
    assert "Covered: 32 of 40 items (80%)" in done.output
    assert "Known labels: 100.0% of 16 items right" in done.output
    rows = pq.read_table(place / "data.consensus" / "workers.parquet").to_pydict()
    assert rows["kind"] == ["function"] * 3
    assert "free money" in (place / "data.consensus" / "report.html").read_text(encoding="utf-8")
    alone = _run(*words)
    assert alone.exit_code == 0, alone.output
    assert (place / "votes.consensus" / "report.html").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("data.csv",), "got neither; give one of them"),
        (("data.csv", "--functions", "rules.py", "--votes", "v.npy"), "got both; give one of them"),
        (("--functions", "rules.py"), "give the table of items"),
        (("data.csv", "--votes", "v.npy"), "votes on 3 items, data.csv has 40 rows"),
    ],
)
def test_what_does_not_go_together(place, words, said):
    np.save(place / "v.npy", np.array([[0], [1], [0]]))
    done = _run(*words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


@pytest.mark.slow
def test_a_model_may_learn_the_likeliest_class(place):
    head, *rows = (place / "data.csv").read_text().splitlines()
    (place / "data.csv").write_text("\n".join([head, *rows, *rows]) + "\n")
    words = ("data.csv", "--functions", "rules.py", "--text", "text", "--hard")
    done = _run(*words)
    assert "add --model" in done.output
    done = _run(*words, "--model", "--embed", "tfidf")
    assert done.exit_code == 0, done.output
    assert "items with the likeliest class" in done.output
