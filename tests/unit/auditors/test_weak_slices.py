"""Weak slices: planted ones of each kind are found with their right name, random ones are not."""

import numpy as np
import pytest

from reliabel.auditors import weak_slices
from reliabel.core.labels import Classes


def said(y, probs, seed=0, **evidence):
    rng = np.random.default_rng(seed)
    return weak_slices.audit(Classes(y), probs=probs, rng=rng, **evidence)


def model(y: np.ndarray, wrong: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Probabilities whose likeliest class is the label but where ``wrong``."""
    top = np.where(wrong, (y + rng.integers(1, k, len(y))) % k, y)
    raw = rng.random((len(y), k))
    raw[np.arange(len(y)), top] = 2
    return raw / raw.sum(1, keepdims=True)


def world(seed: int = 0, n: int = 3000, k: int = 4, rate: float = 0.15):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    columns = {
        "source": rng.choice(["web", "desk", "phone"], n).tolist(),
        "age": rng.integers(18, 90, n),
        "size": rng.random(n),
        "flag": rng.random(n) < 0.3,
    }
    return rng, y, rng.random(n) < rate, columns


def recall(found, place: int, planted: np.ndarray) -> float:
    return float(np.isin(np.flatnonzero(planted), found.items[place]).mean())


def test_a_planted_value_of_three_percent_is_found_by_name():
    rng, y, wrong, columns = world()
    planted = np.arange(3000) % 33 == 0
    columns["source"] = np.where(planted, "fax", columns["source"]).tolist()
    wrong |= planted & (rng.random(3000) < 0.4)
    found = said(y, model(y, wrong, 4, rng), columns=columns)
    assert found.kind[0] == "column"
    assert "source = 'fax'" in found.why[0]
    assert recall(found, 0, planted) == 1
    assert len(found.items[0]) == planted.sum()


def test_a_planted_pair_is_found_and_its_columns_are_not_blamed():
    rng, y, wrong, columns = world(n=6000)
    source, age = np.array(columns["source"]), columns["age"]
    planted = (source == "desk") & (age > 75)
    wrong |= planted & (rng.random(6000) < 0.5)
    found = said(y, model(y, wrong, 4, rng), columns=columns)
    assert found.kind[0] == "columns"
    assert "source = 'desk' and age from 76 to 89" in found.why[0]
    assert recall(found, 0, planted) > 0.95


def test_a_planted_region_of_the_features_is_found():
    rng, y, wrong, _ = world()
    x = rng.normal(size=(3000, 10))
    planted = np.arange(3000) % 33 == 5
    x[planted] += 6
    wrong |= planted & (rng.random(3000) < 0.4)
    found = said(y, model(y, wrong, 4, rng), features=x)
    assert set(found.kind) == {"cluster"}
    inside = np.isin(np.arange(3000), [row for rows in found.items for row in rows])
    assert inside[planted].mean() > 0.9
    assert planted[inside].mean() > 0.9


def test_a_planted_confusion_is_found():
    rng, y, wrong, _ = world()
    probs = model(y, wrong, 4, rng)
    close = np.isin(y, (0, 1)) & (rng.random(3000) < 0.5)
    top = np.where(rng.random(3000) < 0.5, 0, 1)
    probs[close] = 0.05
    probs[close, 0] = probs[close, 1] = 0.4
    probs[close, top[close]] += 0.1
    probs[close] /= probs[close].sum(1, keepdims=True)
    found = said(y, probs)
    assert found.kind == ["confusion"]
    assert "the model wavers between '0' and '1'" in found.why[0]


def test_random_slices_raise_at_most_the_stated_level_of_false_alarms():
    alarms = 0
    for seed in range(100):
        rng, y, wrong, columns = world(seed, n=600)
        x = rng.normal(size=(600, 5))
        found = said(y, model(y, wrong, 4, rng), seed, columns=columns, features=x, gap=0.0)
        alarms += bool(found.items)
    assert alarms <= 10  # 5 expected at most; above 10 has a chance of 1 %


def test_odd_inputs_get_an_answer():
    rng, y, wrong, columns = world(n=60)
    y[:50] = -1
    columns["source"][3] = None
    assert said(y, model(y, wrong, 4, rng), columns=columns).items == []
    probs = model(y, wrong, 4, rng)
    probs[55] = np.nan
    assert said(np.full(60, -1), probs, columns=columns).items == []
    assert said(y, probs, columns=columns, features=np.ones((60, 3))).items == []
    with pytest.raises(ValueError, match="level, gap and share must lie between 0 and 1"):
        said(y, probs, share=1.5)
