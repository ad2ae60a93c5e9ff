import json

import numpy as np
import pytest

from reliabel.core.columns import Coded
from reliabel.core.evidence import Dynamics, Neighbours
from reliabel.core.labels import Classes, Soft
from reliabel.core.packing import pack, unpack
from reliabel.core.results import Model, Suspicion
from reliabel.core.training import Training
from reliabel.ops.heads import Heads


def there_and_back(thing):
    kept = []

    def keep(array):
        kept.append(array)
        return str(len(kept) - 1)

    form = json.loads(json.dumps(pack(thing, keep)))
    return unpack(form, lambda name: kept[int(name)])


@pytest.mark.parametrize(
    "thing",
    [
        None,
        1,
        1.5,
        "x",
        True,
        [1, [2]],
        (1, (2, 3)),
        {"a": (1,)},
        {1: "a", (2, 3): "b"},
        {"#tuple": [1]},
    ],
)
def test_plain_things_come_back_as_they_were(thing):
    assert there_and_back(thing) == thing


def test_records_and_arrays_come_back():
    said = there_and_back(
        Suspicion(
            np.array([0.5, np.nan]),
            np.array([True, False]),
            Classes(np.array([0, 1])),
            ["x", "y"],
            {"near": Neighbours(np.zeros((2, 1), dtype=int), np.ones((2, 1)))},
        )
    )
    assert np.array_equal(said.score, [0.5, np.nan], equal_nan=True)
    assert said.suggest.names == ("0", "1")
    assert said.info["near"].recall == 1.0


def test_a_model_comes_back_with_all_its_parts():
    layer = np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32)
    model = Model(
        Heads(((layer,),), np.zeros(2), 1.0, ("a", "b")),
        Soft(np.full((3, 2), 0.5)),
        Dynamics(*np.zeros((3, 4, 3))),
        np.array([0.5, 0.75]),
        {"kept": (1, 2), "training": Training(epochs=3)},
    )
    again = there_and_back(model)
    x = np.random.default_rng(0).normal(size=(9, 2))
    assert np.array_equal(again.predict(x).p, model.predict(x).p)
    assert again.predict.heads[0][0][0].dtype == np.float32
    assert np.array_equal(again.labels.p, model.labels.p)
    assert again.dynamics.correct.dtype == bool
    assert again.trace.tolist() == [0.5, 0.75]
    assert again.info == model.info


def test_a_model_that_predicts_by_a_closure_is_refused():
    with pytest.raises(TypeError, match="cannot keep a function on disk"):
        there_and_back(Model(lambda features: Soft(features)))


def test_what_has_no_safe_form_is_refused():
    with pytest.raises(TypeError, match="cannot keep a function on disk"):
        there_and_back({"a": lambda: 1})


def test_words_as_codes_come_back_as_codes():
    said = there_and_back(
        Suspicion(np.zeros(3), kind=Coded(np.array([1, 0, 1], dtype=np.int8), ("a", "b")))
    )
    assert isinstance(said.kind, Coded)
    assert list(said.kind) == ["b", "a", "b"]
