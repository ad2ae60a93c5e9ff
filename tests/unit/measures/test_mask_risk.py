"""The risk of masks: pixel by pixel, by picture, and the workers' quality against an expert."""

import numpy as np
from tests.vote_worlds.regions import easy, gold_of

from reliabel.measures import mask_risk


def test_risk_is_larger_where_workers_differ():
    sure = easy(0, bad=np.zeros(9))
    unsure = easy(0)
    rng = np.random.default_rng(0)
    low, high = (mask_risk.measure(w.labels, rng=rng) for w in (sure, unsure))
    assert low.value < high.value
    assert low.low < low.value < low.high
    item = high.parts["item"]
    worst = int(np.nanargmax(item))
    start, risk = high.parts["pixel"][worst]
    pixels = np.diff(np.append(start, 32 * 32))
    assert (pixels * risk).sum() / (pixels * (risk > 0)).sum() >= item[worst] / 2
    with_gold = mask_risk.measure(unsure.labels, rng=rng, gold=gold_of(unsure))
    assert np.corrcoef(with_gold.parts["quality"], unsure.evidence["skill"])[0, 1] > 0.5
    assert np.isnan(item[-1]), "nobody drew in the last picture"
