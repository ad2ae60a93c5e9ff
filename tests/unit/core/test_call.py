"""Chance: every algorithm draws from its own stream, so that one more algorithm changes no other's
numbers.
"""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.call import generator, opened
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes


def test_every_algorithm_draws_from_its_own_stream():
    draws = {name: generator(0, name).random(4).tolist() for name in ("glad", "ebcc", "raykar")}
    assert len({tuple(one) for one in draws.values()}) == 3
    assert draws["glad"] == generator(0, "glad").random(4).tolist()
    assert draws["glad"] != generator(1, "glad").random(4).tolist()


def test_streams_are_the_same_on_every_machine_and_in_every_process():
    """By the CRC-32 of the name, not by Python's hash, which differs from process to process."""
    assert (
        generator(7, "123456789").random(3).tolist()
        == np.random.default_rng([7, 0xCBF43926]).random(3).tolist()
    )


def test_a_seed_below_zero_is_refused():
    with pytest.raises(ValueError, match="seed must be 0 or a larger whole number, got -1"):
        generator(-1, "glad")


def test_labels_become_a_data_set_with_the_evidence_that_is_given():
    labels = Classes(np.array([0, 1, 0]))
    probs = np.full((3, 2), 0.5)
    whole, warnings = opened(labels, {"probs": probs, "features": None})
    assert isinstance(whole, Dataset)
    assert set(whole.evidence) == {"probs"}
    again, _ = opened(
        Dataset(labels, {"groups": np.arange(3)}, source={"task": "text"}), {"probs": probs}
    )
    assert set(again.evidence) == {"groups", "probs"}
    assert again.source == {"task": "text"}
    assert isinstance(warnings, list)
    other, _ = opened(Dataset(labels, {"probs": np.array([[0.9, 0.1]] * 3)}), {"probs": probs})
    assert other.evidence["probs"].tolist() == probs.tolist()  # what is given to the verb wins


@pytest.mark.parametrize("thing", [{"y": [0]}, None, 3, "cat"])
def test_what_is_no_label_set_is_refused(thing):
    with pytest.raises(
        ValueError, match=r"give a Dataset .* or labels: one value an item, .* got "
    ):
        opened(thing, {})


def test_raw_values_are_labels():
    assert opened(["b", "a", None], {})[0].labels.y.tolist() == [1, 0, -1]
    assert opened(np.array([4, 2]), {})[0].labels.names == ("2", "4")
    assert opened([[1, 0], [1, 1]], {})[0].labels.y.tolist() == [[1, 0], [1, 1]]


def test_duplicates_among_tokens_are_not_taken_for_duplicate_items():
    """Two groups of units, a copy among the units: rows of units lie beyond the items."""
    rng = np.random.default_rng(0)
    labels = rl.Grouped(rl.Classes(np.arange(60) % 2), np.array([0, 30, 60]))
    x = rng.normal(size=(60, 4))
    x[50] = x[40]
    found = rl.audit(labels, features=x)
    assert not [f for f in found.findings if f.finds in ("duplicate", "broken")]
    told = "needs features for each item (2), got them for each unit (60)"
    assert found.skipped["near_duplicates"] == told
    assert found.skipped["broken_items"] == told
    with pytest.raises(ValueError, match="near_duplicates cannot run: needs features for each"):
        rl.audit(labels, features=x, by=["near_duplicates"])
