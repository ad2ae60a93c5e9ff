"""JSON that is changed in some places only."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliabel.formats.json_spans import appended, edited, members, replaced, start_of, without

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(VALUES, max_size=6),
    st.lists(VALUES, max_size=3),
    st.sets(st.integers(0, 5)),
    st.sampled_from([{}, {"indent": 1}, {"indent": 2}, {"separators": (",", ":")}]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_values_go_and_come_and_the_rest_stays(values, new, drop, how, ascii_only):
    whole = {"before": [1, {"a": "]"}], "list": values, "after": "x"}
    text = json.dumps(whole, ensure_ascii=ascii_only, **how)
    found = members(text, start_of(text), "a.json", ["list"])
    drop = {place for place in drop if place < len(values)}
    cuts = without(found["list"], drop) + appended(text, found["list"], new, drop)
    told = edited(text, cuts)
    left = [one for place, one in enumerate(values) if place not in drop]
    assert json.loads(told) == whole | {"list": left + new}
    assert told.startswith(text[: found["list"].inside[0]])
    assert told.endswith(text[found["list"].inside[1] :])


@given(VALUES, VALUES, st.sampled_from([{}, {"indent": 2}]))
@settings(max_examples=60, deadline=None)
def test_one_member_is_replaced(old, new, how):
    text = json.dumps({"a": 1, "b": old, "c": [2]}, **how)
    told = edited(text, replaced(text, members(text, 0, "a.json"), "b", new))
    assert json.loads(told) == {"a": 1, "b": new, "c": [2]}
    assert edited(text, replaced(text, members(text, 0, "a.json"), "z", new)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '{"a": [1, 22',
            "character 13: broken JSON .it ends too early: the file is cut off., after 2",
        ),
        ('{"a": [1 2]}', "',' is wanted., after 1 whole values of 'a'"),
        ('{"a" 3}', "':' is wanted., at the key 'a'"),
        ("{\n1: 3}", "line 2, character 2: broken JSON .a name in quotes is wanted"),
        ('{"a": ' + "[" * 100_000, "nests its brackets too deep"),
    ],
)
def test_broken_json_is_told_with_its_place(text, says):
    with pytest.raises(ValueError, match=says):
        members(text, 0, "a.json", ["a"] if "[[" not in text else [])
