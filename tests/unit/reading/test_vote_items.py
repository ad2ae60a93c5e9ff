"""The content of items beside their votes: from the votes' own table, wide or long, or a table of
items.
"""

from __future__ import annotations

import pytest

from reliabel.reading.vote_items import with_items
from reliabel.verbs.aggregate import aggregate
from reliabel.verbs.read import read

VOTES = "task,who,says,words,lang\na,x,p,first,en\nb,x,q,second,de\na,y,p,again,en\nb,y,q,more,de\n"


@pytest.fixture
def votes(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(VOTES)
    return path, read(path, item="task", worker="who", label="says")


def test_the_first_row_of_an_item_says_what_it_is(votes):
    path, data = votes
    seen = with_items(data, path, text="words")
    assert seen.evidence["items"] == ["first", "second"]
    assert seen.source["task"] == "text"


def test_further_columns_make_a_row(votes):
    path, data = votes
    seen = with_items(data, path, text="words", show=["la*"])
    assert seen.evidence["items"] == {"words": ["first", "second"], "lang": ["en", "de"]}


def test_a_table_of_items_is_matched_by_name_and_gaps_are_said(votes, tmp_path):
    _, data = votes
    items = tmp_path / "items.csv"
    items.write_text("task,body\nc,never voted on\nb,the second\n")
    seen = with_items(data, items, text="body")
    assert seen.evidence["items"] == [None, "the second"]
    assert seen.source["notes"][-1] == "items.csv: 1 of 2 items with votes are not in it"


def test_wide_votes_have_their_texts_too(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("id,words,r1,r2\na,first,0,1\nb,second,1,1\n")
    data = read(path, item="id", worker=["r1", "r2"])
    assert with_items(data, path, item="id", text="words").evidence["items"] == [
        "first",
        "second",
    ]


def test_content_changes_no_consensus(votes):
    path, data = votes
    plain, seen = aggregate(data), aggregate(with_items(data, path, text="words"))
    assert (plain.labels.p == seen.labels.p).all()


def test_a_table_of_other_items_is_refused(votes, tmp_path):
    _, data = votes
    items = tmp_path / "items.csv"
    items.write_text("task,body\n1,one\n2,two\n")
    with pytest.raises(ValueError, match="names no item that was voted on; items are called 'a'"):
        with_items(data, items, text="body")


def test_a_column_that_is_not_there_is_named(votes):
    path, data = votes
    with pytest.raises(ValueError, match="'wrods'"):
        with_items(data, path, text="wrods")
