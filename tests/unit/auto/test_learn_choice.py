"""by="auto" of learn: who is taken, and what is told of the choice."""

import numpy as np
import pytest
from tests.worlds import classes

from reliabel.auto import learn as auto
from reliabel.auto.choose import Choice
from reliabel.core.results import Model
from reliabel.core.training import Training

WORLD = classes(0)
PLAIN = Model(str, info={"agreement": 0.8, "folds": 3, "probs": np.eye(3)[WORLD.truth.y]})


def decided(monkeypatch, agreement, compared):
    """Two methods, the better with this agreement and this gain over the probe."""
    monkeypatch.setattr(auto, "_compared", lambda *words: compared)
    monkeypatch.setattr(auto, "_train", lambda *words: Model(str))
    choices = {
        name: Choice(Training(stop=3), {"lr": 0.05}, value, 3, (), np.array([value]))
        for name, value in (("noise_ignorant", 0.1), ("cross_entropy", agreement))
    }
    return auto._decided(WORLD.labels, {}, PLAIN, choices, [{}, {}, {}], [], 0)


@pytest.mark.parametrize(
    ("agreement", "compared", "by", "why"),
    [
        (0.83, (0.02, 0.01), "cross_entropy", r"of 3 methods \(83.0%\); .* \+2.0%"),
        (0.83, (-0.005, 0.01), "cross_entropy", r"-0.5% .* \(standard error 1.0%\)"),
        (0.83, (-0.02, 0.01), "noise_ignorant", r"agreed more \(83.0% against 80.0%\), but"),
        (0.80, (0.02, 0.01), "noise_ignorant", "no other method agrees with more"),
    ],
)
def test_the_winner_stays_unless_it_is_worse_than_the_probe(
    monkeypatch, agreement, compared, by, why
):
    found = decided(monkeypatch, agreement, compared)
    assert found.by == by
    import re

    assert re.search(why, found.info["why"]), found.info["why"]
    assert found.info["agreement"] == (agreement if by == "cross_entropy" else 0.8)


def test_each_row_is_judged_by_a_model_that_did_not_see_its_label(monkeypatch):
    seen = []

    def train(entry, labels, evidence, seed, how):
        hidden = labels.y < 0
        seen.append(hidden)
        wrong = np.where(hidden, (WORLD.truth.y + 1) % 3, WORLD.truth.y)
        rows = iter(range(len(hidden)))

        class Soft:
            def __init__(self, x):
                self.p = np.eye(3)[wrong[x[:, 0].astype(int)]]

        assert rows is not None
        return Model(Soft)

    monkeypatch.setattr(auto, "_train", train)
    choice = Choice(Training(), {}, 0.9, 3, (), np.empty(0))
    evidence = {"features": np.arange(300.0)[:, None]}
    gain, error = auto._compared(None, WORLD.truth, evidence, choice, PLAIN, 0)
    assert gain == -1.0  # the models are wrong on exactly what was hidden from them
    assert error == 0
    assert np.sum(seen, axis=0).tolist() == [1] * 300


def test_the_whole_choice_on_a_small_world():
    pytest.importorskip("torch")
    import reliabel as rl

    x, fresh = WORLD.evidence["features"], classes(7)
    model = rl.learn(WORLD.labels, features=x, epochs=3)
    tried = {line["by"]: line["agreement"] for line in model.info["tried"]}
    assert set(tried) == {auto.PROBE, *auto.SHORTLIST}
    assert all(0.8 < value < 1 for value in tried.values())
    assert model.info["why"]
    said = model.predict(fresh.evidence["features"]).p.argmax(1)
    assert (said == fresh.truth.y).mean() > 0.95
