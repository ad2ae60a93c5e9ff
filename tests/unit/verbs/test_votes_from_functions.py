"""Votes of labelling functions: what they say, what goes wrong, what is told."""

import threading
import time

import numpy as np
import pandas as pd
import pytest

import reliabel as rl
from reliabel.core.run import running
from reliabel.rules import gazetteer, keyword, model, not_of, one_of, span_pattern

TEXTS = ["free money", "see you at noon", "lunch?", "free lunch"]


def test_votes_are_rows_of_those_who_speak():
    data = rl.votes_from_functions(TEXTS, [keyword("spam", "free"), keyword("ham", "lunch")])
    votes = data.labels
    assert votes.item.tolist() == [0, 3, 2, 3]
    assert votes.worker.tolist() == [0, 0, 1, 1]
    assert [votes.labels.names[c] for c in votes.labels.y] == ["spam", "spam", "ham", "ham"]
    assert data.evidence["items"] == TEXTS
    assert data.ids.workers == ("keyword free", "keyword lunch")
    assert "1 of 4 items have no vote" in data.source["notes"][-1]


def test_rows_of_a_table_have_columns_and_attributes():
    def long(row):
        return "long" if len(row.text) > row["limit"] else None

    table = pd.DataFrame({"text": ["a", "abc"], "limit": [2, 2]})
    data = rl.votes_from_functions(table, [long])
    assert data.labels.item.tolist() == [1]
    wrong = rl.votes_from_functions(table, [long, lambda row: row.txt])
    assert "no column 'txt', did you mean 'text'?" in wrong.source["functions"][1]["first_error"]


def test_errors_are_counted_for_each_function_and_told():
    def fails(text):
        return {"free money": "spam"}[text]

    data = rl.votes_from_functions(TEXTS, [keyword("ham", "lunch"), fails])
    record = data.source["functions"][1]
    assert (record["votes"], record["errors"], record["asked"]) == (1, 3, 4)
    assert record["first_error"] == "KeyError at item 1: 'see you at noon'"
    assert "'fails' failed on 3 items of 4" in data.source["notes"][0]
    with pytest.raises(KeyError):
        rl.votes_from_functions(TEXTS, [fails], errors="raise")


def test_unknown_labels_are_counted_and_make_no_vote():
    data = rl.votes_from_functions(
        TEXTS,
        [keyword("ham", "lunch"), lambda t: "spm" if "free" in t else None],
        classes=["ham", "spam"],
    )
    assert len(data.labels) == 2
    assert data.source["functions"][1]["unknown"] == {"spm": 2}
    assert (
        "says answers that are no class, which were left out: 'spm' (2), did you mean 'spam'?"
        in data.source["notes"][0]
    )
    with pytest.raises(ValueError, match="says 'spm', which is no class, did you mean 'spam'"):
        rl.votes_from_functions(TEXTS, [keyword("spm", "free")], classes=["ham", "spam"])


def test_functions_that_say_nothing_are_named():
    data = rl.votes_from_functions(TEXTS, {"silent": lambda t: None, "f": keyword("a", "free")})
    assert any(
        "1 labelling function of 2 never said anything: silent" in n for n in data.source["notes"]
    )
    with pytest.raises(
        ValueError, match="none of 1 labelling function says anything about 4 items"
    ):
        rl.votes_from_functions(TEXTS, [lambda t: None])
    with pytest.raises(ValueError, match="1 function failed, '<lambda>' with ZeroDivisionError"):
        rl.votes_from_functions(TEXTS, [lambda t: 1 / 0])


def _sleeps(text):
    try:
        time.sleep(0.3 if text == "lunch?" else 0)
    except Exception:  # noqa: BLE001 - what a careless function does
        return "late"
    return "ham"


def test_slow_items_are_stopped_and_counted():
    start = time.perf_counter()
    data = rl.votes_from_functions(TEXTS, [_sleeps], seconds=0.05)
    assert time.perf_counter() - start < 0.28
    assert data.source["functions"][0]["slow"] == 1
    assert data.labels.item.tolist() == [0, 1, 3]
    assert "took longer than 0.05 s on 1 item" in data.source["notes"][0]


def test_slow_items_are_counted_where_they_cannot_be_stopped():
    found = []
    work = threading.Thread(
        target=lambda: found.append(rl.votes_from_functions(TEXTS, [_sleeps], seconds=0.05))
    )
    work.start()
    work.join()
    assert found[0].source["functions"][0]["slow"] == 1
    assert len(found[0].labels) == 3


def test_a_function_that_is_always_slow_is_asked_no_more():
    def slow(text):
        time.sleep(1)

    texts = ["free"] * 40
    data = rl.votes_from_functions(texts, [slow, keyword("a", "free")], seconds=0.005)
    record = data.source["functions"][0]
    assert record["slow"] == record["asked"] == 20
    assert "asked no more" in data.source["notes"][0]


def test_models_are_asked_block_by_block_with_progress():
    texts, told, sizes = ["x"] * 2500, [], []

    def probs(items):
        sizes.append(len(items))
        return np.tile([0.9, 0.1], (len(items), 1))

    with running(listener=lambda *step: told.append(step)):
        data = rl.votes_from_functions(texts, [model(probs, ["a", "b"])])
    assert sizes == [1024, 1024, 452]
    assert told[-1] == ("labelling functions", 3, 3)
    assert len(data.labels) == 2500


def test_answers_that_leave_a_choice_make_votes_of_sets():
    data = rl.votes_from_functions(
        TEXTS,
        [
            keyword(not_of("spam"), "noon"),
            keyword(one_of("spam", "ham"), "free"),
            keyword("ham", "lunch"),
        ],
        classes=["ham", "news", "spam"],
    )
    votes = data.labels
    assert isinstance(votes.labels, rl.MultiLabel)
    assert votes.labels.y.tolist() == [[-1, -1, 0], [-1, 0, -1], [-1, 0, -1], [1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: rl.votes_from_functions([], [len]), "no items"),
        (lambda: rl.votes_from_functions("free", [len]), "got the text 'free'"),
        (lambda: rl.votes_from_functions(TEXTS, []), "no labelling functions"),
        (lambda: rl.votes_from_functions(TEXTS, [len], seconds=0), "must be above 0"),
        (lambda: rl.votes_from_functions(TEXTS, [len], errors="skip"), "'count' or 'raise'"),
        (lambda: rl.votes_from_functions(TEXTS, [len], classes="ab"), "must be a list"),
        (lambda: rl.votes_from_functions({"a": [1], "b": []}, [len]), "differ in length"),
    ],
)
def test_bad_input(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_auto_takes_the_precision_model():
    data = rl.votes_from_functions(TEXTS, [keyword("spam", "free"), keyword("ham", "lunch")])
    found = rl.aggregate(data)
    assert found.info["by"] == "precision_model"
    assert [found.labels.names[c] for c in found.labels.p.argmax(1)[[0, 2]]] == ["spam", "ham"]


def test_functions_of_spans_on_texts_words_and_tagged_text(tmp_path):
    texts = ["Tony Blair left New York in May", "May left Rome", "nothing here"]
    places, people = gazetteer("LOC", ["New York", "Rome"]), span_pattern("PER", r"^(\w+ Blair)")
    months = gazetteer("O", "May", name="months")

    def broken(text):
        yield "LOC", 0, 3
        raise KeyError("x")

    data = rl.votes_from_functions(texts, [places, people, months, broken])
    votes = data.labels
    assert repr(votes.labels.units) == "Spans(5 spans, 2 classes: LOC, PER; 2 where none is given)"
    assert votes.labels.units.start.tolist() == [3, 2, 0, 6, 0]
    assert [str(item) for item in data.evidence["items"]] == texts
    assert data.evidence["columns"]["text"] == texts
    assert data.source["functions"][3]["errors"] == 3
    assert "failed on 3 items" in data.source["notes"][0]
    words = [text.split() for text in texts]
    assert rl.votes_from_functions(words, [places, months]).labels.labels.units.k == 1
    file = tmp_path / "a.conll"
    file.write_text("Rome\tB-LOC\nfell\tO\n\nMay\tO\n")
    data = rl.votes_from_functions(rl.read(file), [lambda words: [("PER", 0, 1)], months])
    assert len(data.labels) == 3
    found = rl.aggregate(data)
    assert found.info["method"] == "span_votes"
    assert found.labels.offsets.tolist() == [0, 1, 2]
    assert found.info["p"][1] < found.info["p"][0]  # one says PER, and one that there is none


def test_functions_of_spans_whose_classes_are_unknown_and_that_say_nothing():
    words = [("Rome", "fell"), ("May", "left")]
    data = rl.votes_from_functions(
        words,
        [gazetteer("LOC", "Rome"), lambda w: [("PLACE", 0, 1)]],
        classes=["LOC", "O"],
        spans=True,
    )
    assert data.labels.labels.units.names == ("LOC",)
    assert data.source["functions"][1]["unknown"] == {"PLACE": 2}
    assert len(data.labels) == 1
    with pytest.raises(ValueError, match="marks anything in 2 items"):
        rl.votes_from_functions(words, [gazetteer("LOC", "Paris")])
    with pytest.raises(ValueError, match="name the column of texts"):
        rl.votes_from_functions({"a": ["x"], "b": ["y"]}, [gazetteer("LOC", "Paris")])
