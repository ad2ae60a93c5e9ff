"""Floors of P(wrong) and its count on people's errors; what was measured stands in
docs/bench/trust.csv.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from reliabel.bench.metrics import average_precision, calibration_error
from reliabel.bench.trust_worlds import World, make
from reliabel.core.labels import Classes
from reliabel.trust.count import after_review, before_review, draw
from reliabel.trust.from_features import from_features
from reliabel.trust.p_wrong import p_wrong
from reliabel.trust.tables import tables

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif("RELIABEL_DATA" not in os.environ, reason="RELIABEL_DATA is not set"),
]


@pytest.fixture(scope="module")
def folder():
    return Path(os.environ["RELIABEL_DATA"])


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("features")


def published(folder, name):
    with np.load(folder / "label_errors" / f"{name}.npz") as held:
        labels = Classes(held["labels"].astype(np.int64))
        return p_wrong(labels, tables(labels, probs=held["probs"]))


def test_probabilities_alone_count_too_few_in_imdb_and_say_so(folder):
    found = published(folder, "imdb")
    count = before_review(found)
    assert found.pi == pytest.approx(0.020, abs=0.001)
    assert count.low / 25_000 == pytest.approx(0.0066, abs=0.001)
    assert count.high / 25_000 == pytest.approx(0.055, abs=0.002)
    assert "probabilities only" in found.warnings[0]


def test_mnist_is_too_clean_to_be_counted(folder):
    assert not published(folder, "mnist").identified


def test_votes_of_few_people_are_not_counted(folder, cache):
    made = make(World("labelme", "one_vote"), folder, cache)
    found = p_wrong(
        made.labels, from_features(made.labels, made.features, rng=np.random.default_rng(0))[0]
    )
    wrong = made.labels.y != made.truth
    assert not found.identified
    assert average_precision(found.p, wrong) > 0.75
    item, q = draw(found.p, 200, np.random.default_rng(0))
    after = after_review(found.p, item, q, wrong[item].astype(float))
    assert after.low < wrong.sum() < after.high


def test_labels_made_by_rules_are_not_counted(folder, cache):
    made = make(World("semeval", "majority"), folder, cache)
    found = p_wrong(
        made.labels, from_features(made.labels, made.features, rng=np.random.default_rng(0))[0]
    )
    assert (made.labels.y != made.truth).mean() > 0.1
    assert not found.identified


def test_people_who_label_pictures(folder, cache):
    made = make(World("cifar10n", "aggre", rows=5000), folder, cache)
    found = p_wrong(
        made.labels, from_features(made.labels, made.features, rng=np.random.default_rng(0))[0]
    )
    wrong = made.labels.y != made.truth
    count = before_review(found)
    assert count.low < wrong.sum() < count.high
    assert average_precision(found.p, wrong) > 0.38
    assert calibration_error(found.p, wrong) < 0.05
