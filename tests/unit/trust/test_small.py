"""Few items: nearly all of them are in each other's lists, and no table may tell an item's own
label by what is missing there.
"""

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine

import reliabel as rl


def precision(wrong, score):
    hit = wrong[np.argsort(-score, kind="stable")]
    return float((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit].mean())


@pytest.mark.parametrize(("load", "least"), [(load_wine, 0.9), (load_iris, 0.75)])
def test_p_wrong_ranks_a_hundred_and_a_half_of_items(load, least):
    bunch = load()
    features = ((bunch.data - bunch.data.mean(0)) / bunch.data.std(0)).astype(np.float32)
    reached = []
    for seed in range(2):
        planted = rl.corrupt(
            rl.Classes(bunch.target), by="human_confusions", features=features, rate=0.1, seed=seed
        )
        audit = rl.audit(planted.labels, features=features, by=["self_confidence"])
        assert (
            min(audit.info["p_wrong"]["tables"].values()) > -1
        )  # a table that tells the own label by its absence gets -2.5
        reached.append(precision(planted.wrong, audit.p_wrong))
    assert np.mean(reached) > least
