import json

import numpy as np
import pytest

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.core.packing import pack, unpack
from reliabel.core.results import Suspicion


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


def test_what_has_no_safe_form_is_refused():
    with pytest.raises(TypeError, match="cannot keep a function on disk"):
        there_and_back({"a": lambda: 1})
