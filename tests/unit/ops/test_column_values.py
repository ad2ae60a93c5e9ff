import numpy as np

from reliabel.ops.column_values import column_values, numbers, valued
from reliabel.ops.permuted import family_p


def test_numbers_are_cut_into_bins_of_equal_size_and_few_numbers_are_categories():
    scale = valued("age", np.array(range(100), dtype=object), 5)
    assert scale is not None
    assert np.bincount(scale.code).tolist() == [20] * 5
    assert scale.words[0] == "from 0 to 19"
    assert scale.scale
    few = valued("stars", np.array([1, 2, 3, None] * 9, dtype=object), 5)
    assert few is not None
    assert few.words == ("= '1'", "= '2'", "= '3'")
    assert few.code[:4].tolist() == [0, 1, 2, -1]


def test_columns_that_name_items_or_never_change_are_left_out():
    table = {"id": [f"item {n}" for n in range(50)], "same": ["x"] * 50, "empty": [None] * 50}
    assert list(column_values(table, 5)) == []
    assert list(column_values(None, 5)) == []


def test_rare_values_become_one():
    column = np.array([f"v{n % 120}" if n < 600 else "v0" for n in range(800)], dtype=object)
    found = valued("v", column, 5)
    assert found is not None
    assert len(found.words) == 100
    assert found.words[-1] == "is another value"
    assert (found.code >= 0).all()


def test_text_is_no_number_and_numbers_may_be_written_as_text():
    assert numbers(np.array(["1", "2.5", "", None], dtype=object)).tolist()[:2] == [1.0, 2.5]
    assert numbers(np.array(["1", "two"], dtype=object)) is None


def test_one_test_of_many_is_below_p_with_a_chance_of_p():
    rng = np.random.default_rng(0)
    low = [family_p(rng.random(20), rng.random((19, 20))).min() for _ in range(400)]
    assert abs(np.mean(np.array(low) <= 0.05) - 0.05) < 0.035
