"""Floors on ten real crowds (ties share the credit); what was measured stands in docs/bench/aggregate.csv."""

import os
from pathlib import Path

import numpy as np
import pytest

from reliabel.bench.crowd import SETS, features, load, scores
from reliabel.verbs.aggregate import aggregate

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.skipif("RELIABEL_DATA" not in os.environ, reason="RELIABEL_DATA is not set")]
LARGE = ("rte", "dog", "d_product", "sp", "zencrowd_us", "labelme", "cifar10n")  # 800 items or more, with the truth of all


@pytest.fixture(scope="module")
def folder():
    return Path(os.environ["RELIABEL_DATA"])


@pytest.fixture(scope="module")
def crowds(folder):
    return {name: load(folder, name) for name in SETS}


@pytest.fixture(scope="module")
def measured(crowds):
    return {name: {by: scores(aggregate(votes, by=by).labels.p, truth) for by in ("auto", "majority")} for name, (votes, truth) in crowds.items()}


def _mean(measured, metric, names=SETS):
    return float(np.mean([measured[name]["auto"][metric] for name in names]))


def test_auto_is_right_and_knows_how_sure_it_is(measured):
    assert _mean(measured, "accuracy") >= 0.87
    assert _mean(measured, "nll") <= 0.48
    assert _mean(measured, "ece") <= 0.065
    assert _mean(measured, "ece", LARGE) <= 0.06


def test_auto_is_nowhere_far_below_majority(measured):
    assert {name: found for name, found in measured.items() if found["auto"]["accuracy"] < found["majority"]["accuracy"] - 0.01} == {}


@pytest.mark.parametrize(
    ("by", "floor"),
    [
        ("majority", 0.843),
        ("wawa", 0.848),
        ("zero_based_skill", 0.848),
        ("dawid_skene", 0.868),
        ("one_coin", 0.842),
        ("shrunk_dawid_skene", 0.868),
        ("ibcc", 0.864),
        ("bwa", 0.854),
        ("mace", 0.851),
        ("m_msr", 0.844),
    ],
)
def test_mean_accuracy_over_ten_crowds(crowds, by, floor):
    assert np.mean([scores(aggregate(votes, by=by).labels.p, truth)["accuracy"] for votes, truth in crowds.values()]) >= floor


def test_features_beat_cleverness(folder, crowds):
    votes, truth = crowds["labelme"]
    found = aggregate(votes, by="raykar", features=features(folder, "labelme"), outer=2)
    assert scores(found.labels.p, truth)["accuracy"] > 0.81
    assert scores(found.labels.p, truth)["nll"] < 0.6
