from dataclasses import FrozenInstanceError, fields
from inspect import getdoc

import numpy as np
import pytest

from reliabel.core.training import FIELDS, Training, split_options


def test_the_usual_training_is_valid_and_frozen():
    training = Training()
    assert training.folds == 10
    assert [getattr(training, name) for name in FIELDS] == [
        *(25, 0, 256, "auto", 0.0, 0.003, "cosine"),
        *(0, 0.0, 0.1, 0, "best", "cpu", None, None),
    ]
    with pytest.raises(FrozenInstanceError):
        training.epochs = 3
    assert repr(training).startswith("Training(epochs=25, stop=0, batch=256, optimiser='auto'")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"epochs": 0}, "training: epochs must be a whole number from 1 up, got 0"),
        ({"epochs": 2.0}, "epochs must be a whole number from 1 up, got 2.0"),
        ({"epochs": True}, "epochs must be a whole number from 1 up, got True"),
        ({"batch": 0}, "batch must be a whole number from 1 up"),
        ({"hidden": -1}, "hidden must be a whole number from 0 up, got -1"),
        ({"stop": 26}, r"stop must be at most epochs \(25\), got 26"),
        ({"lr": -0.1}, "lr must be a number from 0 up, got -0.1"),
        ({"lr": float("nan")}, "lr must be a number from 0 up, got nan"),
        ({"decay": "small"}, "decay must be a number from 0 up, got 'small'"),
        ({"balance": 1.5}, "balance must be a number from 0 to 1, got 1.5"),
        ({"hold_out": 1.0}, "hold_out must be below 1"),
        ({"hold_out": 0.2, "fold": 5}, r"fold below its number of parts \(5\), got .* and fold 5"),
        ({"hold_out": 0.0, "fold": 1}, r"number of parts \(1\)"),
        ({"optimiser": "adam"}, "optimiser must be one of auto, sgd, adamw, got 'adam'"),
        ({"schedule": None}, "schedule must be one of cosine, constant, got None"),
        ({"keep": "first"}, "keep must be one of best, last"),
        ({"device": ""}, "device must be text such as 'cpu', got ''"),
        ({"module": "resnet"}, "module must be a function or None, got 'resnet'"),
        ({"views": 3}, "views must be a function or None"),
    ],
)
def test_values_that_make_no_sense_get_a_sentence(words, sentence):
    with pytest.raises(ValueError, match=sentence):
        Training(**words)


def test_every_field_is_explained():
    assert [field.name for field in fields(Training)] == list(FIELDS)
    for name in FIELDS:
        assert f"\n{name}: " in getdoc(Training)  # Python 3.13 takes the margin away


def test_keywords_are_parted_into_options_and_training():
    options, training = split_options({"epochs": 3, "momentum": 0.9}, Training(lr=0.1))
    assert options == {"momentum": 0.9}
    assert (training.epochs, training.lr) == (3, 0.1)
    assert split_options({}) == ({}, Training())
    with pytest.raises(ValueError, match="epochs must be a whole number"):
        split_options({"epochs": -3})


def test_numbers_of_numpy_are_numbers():
    assert Training(epochs=np.int64(3), lr=np.float32(0.5)).epochs == 3
