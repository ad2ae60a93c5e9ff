"""Predictors go to disk and back without pickle; what is no predictor of ours never does."""

import json
from dataclasses import dataclass, field

import numpy as np
import pytest

from reliabel.core.predictors import is_predictor, pack_predictor, unpack_predictor
from reliabel.ops import heads as home
from reliabel.ops.heads import Heads

LINEAR = Heads((((np.eye(2), np.zeros(2)),),), np.zeros(2), 1.0, ("a", "b"))


@dataclass(frozen=True, eq=False)
class Odd:
    """A predictor with a field of each sort; the tests put it into reliabel.ops."""

    value: object
    size: int = field(default=3, init=False)

    def __call__(self, features):
        return self.value


@pytest.fixture
def odd(monkeypatch):
    monkeypatch.setattr(Odd, "__module__", home.__name__)
    monkeypatch.setattr(home, "Odd", Odd, raising=False)
    return Odd


def there_and_back(predictor):
    kept = {}

    def keep(array):
        kept[str(len(kept))] = array
        return str(len(kept) - 1)

    return unpack_predictor(json.loads(json.dumps(pack_predictor(predictor, keep))), kept.get)


def equal(a, b):
    """The same value of the same type."""
    if isinstance(a, np.ndarray | np.generic):
        return (
            type(a) is type(b)
            and a.dtype == b.dtype
            and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        )
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(map(equal, a.values(), b.values()))
    return type(a) is type(b) and (a == b or a != a)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 3, 0.1, float("nan"), float("inf"), "text", np.float32(0.1), np.float64(0.1)),
        *(np.int8(3), np.bool_(True), np.zeros((2, 0), np.float16), np.array("x"), np.array(["é"])),
        *((), (1, (np.arange(3),)), {}, {"#array": np.ones(2), "b": ({"c": 1},)}),
        np.asfortranarray(np.arange(6.0, dtype=np.float32).reshape(2, 3)),
    ],
    ids=repr,
)
def test_every_sort_of_field_comes_back_as_it_was(odd, value):
    assert equal(there_and_back(odd(value)).value, value)


def test_a_predictor_may_hold_predictors(odd):
    both = there_and_back(odd((LINEAR, odd(1)))).value
    assert both[0].names == ("a", "b")
    assert both[1].value == 1


@pytest.mark.parametrize(
    "value", [[1], {1: 2}, {3}, np.array([None]), 1j, len, np.datetime64("2020"), b"x"], ids=repr
)
def test_a_field_without_a_safe_form_is_named(odd, value):
    with pytest.raises(
        TypeError, match=r"the field 'value' of a predictor holds .* cannot be kept"
    ):
        there_and_back(odd(value))


@pytest.mark.parametrize("predictor", [len, lambda x: x, Odd(1), LINEAR.names, Heads])
def test_what_is_no_predictor_of_ours_is_not_written(predictor):
    assert not is_predictor(predictor)
    with pytest.raises(TypeError, match=r"must predict by a frozen record of reliabel\.ops"):
        pack_predictor(predictor, lambda array: "")


@pytest.mark.parametrize(
    "form",
    [
        *("os:System", "ops.heads:Heads.logits", "ops.heads", "ops:Heads", "ops..heads:Heads", ""),
        *("ops.heads:_through", "../ops.heads:Heads", "ops.heads:Heads\n", None, 3),
        "subprocess:Popen",
    ],
)
def test_a_form_that_leads_out_of_ops_is_never_imported(form):
    with pytest.raises(ValueError, match=r"which is no predictor of reliabel\.ops; only those"):
        unpack_predictor({"#predictor": form}, {}.get)


def test_a_form_that_this_version_lacks_gets_a_sentence():
    for form in (
        "ops.heads:Nothing",
        "ops.logistic:Logistic",
        "ops.heads:Soft",
        "ops.chunks:RowBlock",
    ):
        with pytest.raises(ValueError, match="which is no predictor of this version"):
            unpack_predictor({"#predictor": form}, {}.get)
    with pytest.raises(ValueError, match=r"and reliabel\.ops\.nowhere is not installed"):
        unpack_predictor({"#predictor": "ops.nowhere:Net"}, {}.get)


def test_missing_and_unknown_fields_are_named():
    packed = pack_predictor(LINEAR, lambda array: "")
    del packed["mean"]
    with pytest.raises(ValueError, match="missing or unknown: extra, mean"):
        unpack_predictor({**packed, "extra": 1}, {}.get)
