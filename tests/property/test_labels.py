"""Laws of label sets on whatever hypothesis thinks of."""

from __future__ import annotations

from dataclasses import is_dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.retold import same
from tests.property.kinds import ANY, KINDS, grouped, multilabel, with_index

from reliabel.core import free_text, labels, objects, orders
from reliabel.core.labels import Classes, Grouped
from reliabel.core.packing import pack, unpack
from reliabel.core.raw_labels import encode


def test_every_kind_has_a_strategy():
    there = vars(labels) | vars(objects) | vars(free_text) | vars(orders)
    assert set(KINDS) == {name for name, kind in there.items() if is_dataclass(kind)}


@given(with_index(), st.data())
def test_take_composes(pair, data):
    labels, index = pair
    part = labels.take(index)
    then = data.draw(st.lists(st.integers(0, len(part) - 1), max_size=6)) if len(part) else []
    chosen = np.arange(len(labels))[index][np.array(then, dtype=np.int64)]
    assert same(part.take(np.array(then, dtype=np.int64)), labels.take(chosen))


@given(with_index())
def test_take_has_as_many_rows_as_were_asked_for(pair):
    labels, index = pair
    assert len(labels.take(index)) == len(np.arange(len(labels))[index])


@given(ANY)
def test_taking_all_changes_nothing(labels):
    assert same(labels.take(np.arange(len(labels))), labels)


@given(ANY)
def test_there_and_back_from_disk(labels):
    kept = []
    form = pack(labels, lambda array: str(kept.append(array) or len(kept) - 1))
    assert same(unpack(form, lambda name: kept[int(name)]), labels)


@given(st.lists(st.none() | st.text(max_size=4)))
def test_text_round_trips_through_codes(values):
    y, names = encode(values)
    back = [None if code < 0 else names[code] for code in y.tolist()]
    assert back == [None if value is None or not value.strip() else value for value in values]
    assert sorted(names) == sorted(set(names))
    if not any(name.strip().lstrip("+-").isdecimal() for name in names):
        assert list(names) == sorted(names)


@given(st.lists(st.integers(-1000, 1000).map(str)))
def test_whole_numbers_written_as_text_sort_as_numbers(values):
    assert encode(values)[1] == tuple(sorted(set(values), key=int))


@given(st.lists(st.none() | st.integers(-1000, 1000)))
def test_whole_numbers_sort_as_numbers(values):
    y, names = encode(values)
    assert [int(name) for name in names] == sorted({value for value in values if value is not None})
    assert [None if code < 0 else int(names[code]) for code in y.tolist()] == values


@given(st.lists(st.integers(0, 5) | st.booleans() | st.text(min_size=1, max_size=2), min_size=1))
def test_mixed_kinds_are_refused_or_all_of_one_kind(values):
    kinds = {type(value) for value in values if not (isinstance(value, str) and not value.strip())}
    if len(kinds) > 1:
        with pytest.raises(ValueError, match="labels mix"):
            encode(values)
    else:
        assert len(encode(values)[0]) == len(values)


@given(grouped(), st.data())
def test_units_follow_their_item(groups, data):
    index = np.array(
        data.draw(st.lists(st.integers(0, len(groups) - 1), max_size=6)), dtype=np.int64
    )
    part = groups.take(index)
    for place, item in enumerate(index.tolist()):
        before = groups.units.y[groups.offsets[item] : groups.offsets[item + 1]]
        assert (
            part.units.y[part.offsets[place] : part.offsets[place + 1]].tolist() == before.tolist()
        )
    assert part.item.tolist() == np.repeat(np.arange(len(part)), np.diff(part.offsets)).tolist()


@given(grouped(units=multilabel()))
def test_groups_nest_over_any_kind(groups):
    assert isinstance(groups, Grouped)
    assert same(groups.take(np.arange(len(groups))), groups)


@given(with_index(KINDS["Votes"]))
def test_votes_keep_items_and_workers(pair):
    votes, index = pair
    part = votes.take(index)
    assert (part.n, part.w) == (votes.n, votes.w)
    assert isinstance(part.labels, Classes)
