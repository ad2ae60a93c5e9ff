"""Which labels a filter means, and labels handed out by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.review.filters import Filter, Matcher, matching
from reliabel.review.groups import groups
from reliabel.review.handing import hand_out_of, release
from reliabel.review.opening import open_log

TEXTS = ["a lost card", "A lost card", "a lost card", "top up", "refund", "exchange rate"]


@pytest.fixture
def opened(tmp_path, store):
    """Six texts in two classes, three of them copies; the last label is unknown."""
    labels = rl.Classes(np.array([0, 1, 0, 1, 1, -1]), ("card", "money"))
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7], [0.55, 0.45], [0.5, 0.5]])
    audit = rl.audit(
        labels, probs=p, items=TEXTS, by=["self_confidence", "near_duplicates"], seed=0
    )
    audit = replace(audit, p_wrong=np.array([0.1, 0.9, 0.4, 0.2, 0.6, np.nan]))
    return open_log(rl.save(audit, tmp_path / "texts.audit"), store=store)


def rows(opened, **words):
    who, blind = words.pop("asks", None), words.pop("blind", False)
    with opened.log.looking() as board:
        return matching(opened, board, Filter(**words), who=who, blind=blind).tolist()


def say(opened, verdict, *items, who=None, label=None):
    opened.log.decide([Decision(str(i), verdict, label=label, who=who) for i in items])


def test_nothing_asked_means_all_known_labels_most_suspect_first(opened):
    assert rows(opened) == [1, 4, 2, 3, 0]


def test_by_class_and_suggestion(opened):
    assert sorted(rows(opened, given="card")) == [0, 2]
    assert set(rows(opened, suggest="card")) <= {1, 3, 4}
    assert 1 in rows(opened, given="money", suggest="card")


def test_by_p_wrong(opened):
    assert rows(opened, p_from=0.4) == [1, 4, 2]
    assert rows(opened, p_to=0.4) == [2, 3, 0]
    assert rows(opened, p_from=0.2, p_to=0.5) == [2, 3]


def test_without_p_wrong_there_is_nothing_to_ask_of_it(log, folder):
    opened = open_log(folder)
    bare = replace(opened, audit=replace(opened.audit, p_wrong=None))
    assert rows(bare) == list(range(60))
    with pytest.raises(ValueError, match=r"this audit has no P\(wrong\)"):
        rows(bare, p_from=0.5)


def test_by_text_in_capitals_or_not(opened):
    assert sorted(rows(opened, text="LOST card")) == [0, 1, 2]
    assert rows(opened, text="nowhere") == []


def test_by_group_and_lasso(opened):
    copies = groups(opened.audit)
    assert [one.rows for one in copies] == [(0, 1, 2)] or {0, 1} <= set(copies[0].rows)
    assert copies[0].conflicting
    assert set(copies[0].labels) == {"card", "money"}
    assert sorted(rows(opened, group=0)) == sorted(copies[0].rows)
    assert sorted(rows(opened, group=0, given="card")) == [
        row for row in sorted(copies[0].rows) if row in (0, 2)
    ]
    assert rows(opened, rows=(4, 5)) == [4]
    assert rows(opened, rows=()) == []


def test_by_verdict_and_person(opened):
    say(opened, "keep", 0, 3, who="ada")
    say(opened, "drop", 3, who="bob")
    assert rows(opened, verdict="keep") == [0]
    assert rows(opened, verdict="unsure") == [3]
    assert rows(opened, verdict="disputed") == [3]
    assert sorted(rows(opened, verdict="undecided")) == [1, 2, 4]
    assert sorted(rows(opened, who="ada")) == [0, 3]
    assert rows(opened, who="bob", verdict="drop") == [3]
    assert rows(opened, who="bob", verdict="keep") == []
    assert 0 in rows(opened, who="bob", verdict="undecided")
    opened.log.undo(who="bob")
    assert rows(opened, who="bob") == []


def test_a_blind_reviewer_filters_by_their_own_verdicts(opened):
    say(opened, "keep", 0, 3, who="ada")
    say(opened, "drop", 3, 4, who="bob")
    assert sorted(rows(opened, verdict="drop", asks="bob", blind=True)) == [3, 4]
    assert rows(opened, verdict="keep", asks="bob", blind=True) == []
    assert sorted(rows(opened, verdict="undecided", asks="bob", blind=True)) == [1, 2]
    for words in ({"who": "ada"}, {"verdict": "disputed"}):
        with pytest.raises(ValueError, match="what others said is not told"):
            rows(opened, asks="bob", blind=True, **words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"given": "cart"}, "'cart', which is no class of these labels, did you mean"),
        ({"suggest": "what"}, "'what', which is no class"),
        ({"p_from": 0.9, "p_to": 0.1}, "between 0 and 1; the filter asks from 0.9 to 0.1"),
        ({"p_to": 1.5}, "from 0 to 1.5"),
        ({"verdict": "kept"}, "the verdict 'kept'"),
        ({"group": 9}, "no group of copies 9"),
        ({"rows": (0, 77)}, "the filter names 77"),
        ({"rows": (-1,)}, "the filter names -1"),
    ],
)
def test_what_there_is_not_is_a_sentence(opened, words, said):
    with pytest.raises(ValueError, match=said):
        rows(opened, **words)


def test_one_matcher_answers_many_filters(opened):
    made = Matcher(opened)
    with opened.log.looking() as board:
        assert made.matching(board, Filter(text="refund")).tolist() == [4]
        assert sorted(made.matching(board, Filter(given="card")).tolist()) == [0, 2]
        assert len(made.groups) == len(groups(opened.audit))


def test_labels_of_a_filter_are_handed_to_one_person(opened):
    log = opened.log
    first = hand_out_of(log, rows(opened), 3, who="ada")
    assert list(first.rows) == rows(opened)[:3]
    assert first.draws == 0
    say(opened, "keep", rows(opened)[3], who="bob")
    assert list(hand_out_of(log, rows(opened), 9, who="bob").rows) == [rows(opened)[4]]
    assert list(hand_out_of(log, rows(opened), 2, who="ada").rows) == list(first.rows)[:2]


def test_what_is_released_goes_to_others(opened):
    log = opened.log
    held = hand_out_of(log, rows(opened), 3, who="ada").rows
    assert release(log, held, who="bob") == 0
    assert release(log, held[:2], who="ada") == 2
    assert set(held[:2]) <= set(hand_out_of(log, rows(opened), 9, who="bob").rows)
    assert held[2] not in hand_out_of(log, rows(opened), 9, who="bob").rows


def test_a_released_draw_stays_open(log):
    draw = log.draw(who="ada", lease=60.0)
    release(log, [draw.row], who="ada")
    assert log.board.open_draws("all") == [draw.row]
    assert len(log.record().evidence) == 0
