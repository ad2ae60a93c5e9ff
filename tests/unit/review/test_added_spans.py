"""Spans added by hand: which place they mean, what becomes of them in the log, the certificate and
the file; and the other kinds in the terminal.
"""

from __future__ import annotations

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Grouped, MultiLabel, Numbers, Spans
from reliabel.core.results import Audit, Decision, Finding, Suspicion
from reliabel.core.rows import findings_csv
from reliabel.reporters.certificate_text import sentences
from reliabel.review.bulk import decide_many
from reliabel.review.card_kinds import slip_of
from reliabel.review.cards import Cards
from reliabel.review.opening import open_log
from reliabel.review.terminal import terminal

pytest.importorskip("sqlalchemy")
CONLL = "Ada B-PER\nLovelace O\nmet O\nKim B-PER\nin O\nNew B-LOC\nYork I-LOC\n\nRain O\nfell O\n"


def audited(data, p, folder, **more):
    p = np.asarray(p, dtype=float)
    made = Audit(data, {"self_confidence": Suspicion(p)}, {}, {}, p, None, None, (), (), {}, **more)
    return rl.save(made, folder)


@pytest.fixture
def folder(tmp_path):
    """A file of tags: three spans, a place where one may be missing, and a sentence without any."""
    path = tmp_path / "news.conll"
    path.write_text(CONLL)
    read = rl.read(path)
    spans = Spans([0, 3, 5, 1], [1, 4, 7, 2], [1, 1, 0, -1], ["LOC", "PER"])
    data = Dataset(Grouped(spans, [0, 4, 4]), read.evidence, read.ids, read.source)
    return audited(data, [0.9, 0.6, 0.5, 0.4], tmp_path / "news.audit")


def added(label, who="ann", id_="1"):
    return Decision(id_, "add", None, label, who)


def test_an_added_span_is_written_into_its_sentence_and_nothing_else_changes(folder, tmp_path):
    log = rl.log(folder)
    done = log.decide([added("LOC 0:1"), added("LOC 0:1")])
    assert (done.new, done.same) == (1, 1)
    out = tmp_path / "clean.conll"
    told = rl.apply(folder, out=out)
    assert out.read_text() == CONLL.replace("Rain O", "Rain B-LOC")
    assert told["notes"] == ["1 span that was added where none was listed is written too"]
    assert log.verify() == ""
    # from a table too, and in the labels in memory
    rows = [{"id": "1", "verdict": "add", "label": "PER 0:2", "who": "bob"}]
    data = rl.load(folder).data
    other = tmp_path / "other.conll"
    rl.apply(data, decisions=rows, out=other)
    assert other.read_text() == CONLL.replace("Rain O\nfell O", "Rain B-PER\nfell I-PER")


def test_undo_takes_an_added_span_back(folder, tmp_path):
    log = rl.log(folder)
    log.decide([added("LOC 0:1")])
    assert log.summary()["added"] == 1
    taken = log.undo(who="ann")
    assert (taken.verdict, taken.label) == ("add", "LOC 0:1")
    assert log.summary()["added"] == 0
    assert log.decisions() == []
    log.decide([added("LOC 0:1")])
    assert [one.label for one in log.decisions()] == ["LOC 0:1"]


def test_an_added_span_on_a_listed_place_is_a_decision_on_it(folder):
    log = rl.log(folder)
    log.decide([added("PER 1:3", id_="0"), added("LOC 3:4", id_="0")])
    said = [(one.verdict, one.unit, one.label) for one in log.decisions()]
    assert said == [("change", 3, "PER 1:3"), ("change", 1, "LOC 3:4")]
    assert log.record().found == 2  # the missing one counts as an error of the listed places


def test_people_who_add_different_spans_on_the_same_words_differ(folder, tmp_path):
    log = rl.log(folder)
    log.decide([added("LOC 0:1"), added("PER 0:2", "bob"), added("LOC 1:2", "eve")])
    out = tmp_path / "clean.conll"
    told = rl.apply(folder, out=out)
    assert told["disagreed"] == 3
    assert out.read_text() == CONLL
    log.undo(who="bob")
    told = rl.apply(folder, out=out, overwrite=True)
    assert told["disagreed"] == 0
    assert out.read_text() == CONLL.replace("Rain O\nfell O", "Rain B-LOC\nfell B-LOC")


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("LOC", "names no words"),
        ("ORG 0:1", "there is no class 'ORG'"),
        ("LOC 2:2", "covers no word"),
        (None, "needs its class and its words"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence(folder, label, says):
    with pytest.raises(ValueError, match=says):
        rl.log(folder).decide([added(label)])


def test_only_spans_can_be_added(tmp_path):
    data = Dataset(Numbers(np.array([1.0, 2.0])), {}, Ids(("a", "b")), {})
    folder = audited(data, [0.5, 0.4], tmp_path / "n.audit")
    with pytest.raises(ValueError, match="only spans of tagged text can be added"):
        rl.log(folder).decide([added("3", id_="a")])


def test_the_certificate_counts_spans_and_says_what_was_added(folder):
    log = rl.log(folder)
    log.decide([added("LOC 0:1"), Decision("0", "keep", 1, None, "ann")])
    record = log.record()
    assert (record.n, record.found, record.added) == (4, 0, 1)  # the added one is none of the four
    told = " ".join(sentences(rl.certify(folder, forecast=False)))
    assert "Counted are 3 given spans and 1 place where the model sees a span" in told
    assert "1 span was added by hand where none was listed" in told


def test_a_changed_extent_counts_as_one_wrong_span(folder, tmp_path):
    log = rl.log(folder)
    log.decide([Decision("0", "change", 0, "PER 0:2", "ann")])
    assert log.record().found == 1
    rl.apply(folder, out=tmp_path / "clean.conll")
    mended = CONLL.replace("Lovelace O", "Lovelace I-PER")
    assert (tmp_path / "clean.conll").read_text() == mended


def test_a_card_shows_the_other_spans_as_far_as_somebody_may_know(folder):
    log = rl.log(folder)
    log.decide([added("LOC 4:5", id_="0"), Decision("0", "drop", 1, None, "ann")])
    cards = Cards(open_log(folder))

    def seen(who, blind):
        card = cards.cards([0], log.board, who, blind=blind)[0]
        return [(one.label, one.start, one.state) for one in card.tagged.others]

    missing, york = (None, 1, "missing"), ("LOC", 5, "given")
    assert seen("ann", True) == [missing, ("LOC", 4, "added"), york]
    assert seen("bob", False) == [missing, ("LOC", 4, "added"), york]
    assert seen("bob", True) == [missing, ("PER", 3, "given"), york]  # nothing of what ann said


def typed(folder, keys, lines=(), who="ann"):
    """What the terminal shows while somebody presses keys."""
    pressed, written, shown = iter(keys), iter(lines), []
    sitting = rl.judge(folder, who=who, greedy=True)
    terminal(sitting, lambda: next(pressed, ""), lambda: next(written, ""), shown.append)
    return "\n".join(shown)


def test_spans_in_the_terminal(folder):
    told = typed(folder, "/+/dq", ["PER 0:4", "LOC 6:7", "PER 0:2"])
    assert "words: 0:Ada 1:Lovelace 2:met" in told
    assert "other spans: missing? 'Lovelace' 1:2, PER 'Kim' 3:4, LOC 'New York' 5:7" in told
    assert "and PER “Kim” share words" in told
    assert "LOC “York” and LOC “New York” share words" in told
    said = [(one.unit, one.verdict, one.label) for one in rl.log(folder).decisions()]
    assert said == [(0, "change", "PER 0:2"), (1, "drop", None)]


def test_several_labels_in_the_terminal(tmp_path):
    labels = MultiLabel(np.array([[1, 0, 0], [1, 1, 0]]), ["art", "food", "sport"])
    data = Dataset(labels, {"items": ["soup", "stew"]}, Ids(("a", "b")), {})
    folder = audited(data, [0.7, 0.9, 0.02, 0.1, 0.1, 0.1], tmp_path / "posts.audit")
    told = typed(folder, "wwq", ["food, sprt", "food"])
    assert "the item has: art" in told
    assert "looks wrong: food missing? 0.90, art too much? 0.70" in told
    assert "there is no class 'sprt'" in told
    assert rl.apply(folder)["labels"].y.tolist() == [[0, 1, 0], [1, 1, 0]]


def test_numbers_in_the_terminal(tmp_path):
    data = Dataset(Numbers(np.array([13520.0, 900.0])), {"items": ["a", "b"]}, Ids(("a", "b")), {})
    ends = np.array([[1000, 1700], [700, 1100]], dtype=float)
    more = {"suggest": Numbers(np.array([1310.0, 905.0])), "suggest_range": ends}
    folder = audited(data, [0.9, 0.4], tmp_path / "n.audit", **more)
    told = typed(folder, "t/y", ["many"])
    assert "90 % between 1000 and 1700" in told
    assert "1352 without a slip (the point one place off): t takes it" in told
    assert "'many' is not a number" in told
    assert rl.apply(folder)["labels"].y.tolist() == [1352.0, 905.0]


def test_slips_are_told_only_where_they_explain_a_number():
    assert slip_of(254.0, 90, 110, 101) == ("100", "inches and centimetres")
    assert slip_of(-101.0, 90, 110, 100) == ("101", "the sign left out")
    assert slip_of(5000.0, 90, 110, 100) is None


def test_many_at_once_take_nothing_away_where_nothing_is(folder):
    opened = open_log(folder)
    with pytest.raises(ValueError, match="item 0: no span is given here"):
        decide_many(opened, [0, 3], "drop", who="ann", key="k")
    assert opened.log.decisions() == []
    assert decide_many(opened, [0, 1], "drop", who="ann", key="k").n == 2


def test_lists_of_findings_name_the_class_of_several_labels(tmp_path):
    labels = MultiLabel(np.array([[1, 0], [1, 1]]), ["art", "food"])
    data = Dataset(labels, {"items": ["soup", "stew"]}, Ids(("a", "b")), {})
    found = Finding(
        0, "a", 1, "label", None, 1.0, 0.9, ("x",), "no", "yes", (), None, "the model says so"
    )
    p = np.array([0.1, 0.9, 0.1, 0.1])
    audit = Audit(data, {"x": Suspicion(p)}, {}, {}, p, None, None, (found,), (), {})
    assert findings_csv(audit).splitlines()[:2] == [
        "item,id,unit,class,finds,kind,rank,p_wrong,by,given,suggest,others,where,why,agree",
        "0,a,1,food,label,,1.0,0.9,x,no,yes,,,the model says so,",
    ]
