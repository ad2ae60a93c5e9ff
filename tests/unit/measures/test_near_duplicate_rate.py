"""The share of items with a copy: items, not pairs."""

import numpy as np

from reliabel.core.labels import Classes
from reliabel.core.results import Measure
from reliabel.measures import near_duplicate_rate
from reliabel.ops.neighbours import nearest


def rate(features: np.ndarray) -> Measure:
    return near_duplicate_rate.measure(
        Classes(np.zeros(len(features), int)),
        neighbours=nearest(features, j=25),
        features=features,
    )


def planted(n: int = 600) -> np.ndarray:
    features = np.random.default_rng(0).normal(size=(n, 12))
    features[10:20] = features[0]  # eleven items, 55 pairs
    features[30] = features[31] + 1e-4
    return features


def test_items_are_counted_not_pairs() -> None:
    found = rate(planted())
    assert found.value == 13 / 600
    assert np.flatnonzero(found.info["copied"]).tolist() == [0, *range(10, 20), 30, 31]
    assert found.parts["by_kind"] == {"exact": 11, "near": 2}
    assert (found.parts["groups"], found.parts["surplus"]) == (2, 11 / 600)


def test_what_only_lies_close_has_no_copy() -> None:
    """Ten dense clouds beside one another: the neighbours' distances alone would call all of these
    copies by a fixed bound.
    """
    rng = np.random.default_rng(1)
    clouds = 8 * np.eye(12)[np.arange(300) % 10] + 0.2 * rng.normal(size=(300, 12))
    assert rate(clouds).value == 0


def test_a_share_without_sampling_has_no_interval_and_says_why() -> None:
    found = rate(planted())
    assert np.isnan(found.low)
    assert np.isnan(found.high)
    assert found.info["why"].startswith("no interval: all items")


def test_nothing_to_compare_by_gives_a_sentence() -> None:
    alone = near_duplicate_rate.measure(Classes(np.zeros(5, int)))
    assert np.isnan(alone.value)
    assert "give items, features or neighbours" in alone.info["why"]
