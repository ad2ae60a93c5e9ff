"""A learner is one file: announced like any plug-in it is found, called with ``training``, and its
model saved and loaded again bit for bit.
"""

from pathlib import Path
from threading import Event

import numpy as np
import pytest
from tests.worlds import classes

from reliabel.core.call import called, opened, why_not
from reliabel.core.catalogue import find
from reliabel.core.run import Cancelled, running
from reliabel.core.training import Training
from reliabel.folders.model_folder import ModelCard, load_model, save_model

SOURCE = (Path(__file__).parents[2] / "guests" / "guest_softmax.py").read_text(encoding="utf-8")
WORLD, FRESH = classes(0), classes(1)


@pytest.fixture
def entry(install):
    install(guest_softmax=SOURCE)
    return find("learn", "guest_softmax")


def learn(entry, *, labels=WORLD.labels, seed=0, evidence=None, **options):
    data, _ = opened(labels, {"features": WORLD.evidence["features"], **(evidence or {})})
    assert why_not(entry, data.labels, data.evidence, "native") is None
    return called(entry, data.labels, data.evidence, options, seed)


def test_the_file_says_what_it_takes_needs_and_returns(entry):
    assert entry.takes == {"Classes"}
    assert entry.needs == {"features", "rng"}
    assert entry.accepts == {"features", "rng", "training"}
    assert dict(entry.options) == {"pull": 0.0}
    assert dict(entry.small) == {"epochs": 6, "pull": 0.001}
    assert entry.returns == ("Model",)
    assert why_not(entry, WORLD.labels, {}, "native") == "needs features"


def test_it_learns_and_its_model_comes_back_bit_for_bit(entry, tmp_path):
    x = FRESH.evidence["features"]
    model = learn(entry, epochs=10)
    said = model.predict(x)
    assert (said.p.argmax(1) == FRESH.truth.y).mean() > 0.9
    card = ModelCard("guest_softmax", {"pull": 0.0}, Training(epochs=10), WORLD.labels.names)
    again, made = load_model(save_model(model, card, tmp_path))
    assert np.array_equal(again.predict(x).p, said.p)
    assert again.predict.heads[0][0][0].dtype == np.float32
    assert again.predict.names == WORLD.labels.names
    assert made.training == Training(epochs=10)


def test_keywords_go_to_training_or_to_the_method(entry):
    given = learn(entry, evidence={"training": Training(epochs=2)})
    by_name = learn(entry, epochs=2)
    both = learn(entry, evidence={"training": Training(epochs=9, lr=0.1)}, epochs=2, lr=0.0)
    pulled = learn(entry, epochs=2, pull=0.5)
    weight = [m.predict.heads[0][0][0] for m in (given, by_name, both, pulled)]
    assert np.array_equal(weight[0], weight[1])
    assert np.array_equal(weight[0], weight[2])
    assert not np.array_equal(weight[0], weight[3])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"epoch": 3}, "guest_softmax has no option 'epoch', did you mean 'epochs'"),
        ({"pul": 3}, "did you mean 'pull'"),
        ({"epochs": 0}, "training: epochs must be a whole number from 1 up, got 0"),
    ],
)
def test_a_wrong_keyword_gets_a_sentence(entry, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        learn(entry, **options)


def test_a_training_that_is_none_gets_a_sentence(entry):
    with pytest.raises(ValueError, match="training must be"):
        learn(entry, evidence={"training": {"epochs": 3}})


def test_the_run_reports_progress_records_dynamics_and_stops(entry):
    told = []
    with running(listener=lambda *progress: told.append(progress), record=True):
        model = learn(entry, epochs=3)
    assert told == [("epochs", done, 3) for done in range(4)]
    assert model.dynamics.margin.shape == (3, len(WORLD.labels))
    assert (
        model.dynamics.margin[-1][~WORLD.wrong].mean()
        > model.dynamics.margin[-1][WORLD.wrong].mean()
    )
    assert learn(entry, epochs=3).dynamics is None
    stop = Event()
    stop.set()
    with running(cancelled=stop), pytest.raises(Cancelled):
        learn(entry, epochs=3)
