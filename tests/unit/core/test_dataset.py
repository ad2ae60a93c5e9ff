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


def test_the_notes_of_a_source_answer_to_their_former_name_with_a_warning():
    data = Dataset(Classes(np.array([0, 1])), source={"notes": ["labels: column 'y'"]})
    with pytest.warns(FutureWarning, match="now source"):
        assert data.source["said"] == ["labels: column 'y'"]
    with pytest.warns(FutureWarning, match="now source"):
        assert data.source.get("said") == ["labels: column 'y'"]
    assert data.source.get("said" + "x", 3) == 3
    with pytest.raises(KeyError):
        data.source["path"]


def test_a_source_of_an_earlier_version_is_read_under_the_present_name():
    assert Dataset(Classes(np.array([0])), source={"said": ["a"]}).source["notes"] == ["a"]
