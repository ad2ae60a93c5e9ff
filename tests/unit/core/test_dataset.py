import numpy as np
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes


def test_ids_become_strings_and_rows_stand_in():
    assert Ids([3, "a"]).items == ("3", "a")
    assert Ids().item(7) == "7"
    assert Ids(["x"]).item(0) == "x"


def test_duplicate_ids_are_refused_with_both_rows():
    with pytest.raises(ValueError, match="ids of items must differ: 'b' stands in rows 1 and 3"):
        Ids(["a", "b", "c", "b"])
    with pytest.raises(ValueError, match="ids of workers must differ: '1'"):
        Ids(workers=[1, "1"])


def test_a_data_set_is_as_long_as_its_labels():
    assert len(Dataset(Classes(np.array([0, 1, -1])))) == 3
