"""Checkpoints: any state comes back bit for bit, and a half-written one does no harm."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from reliabel.core.labels import Classes
from reliabel.core.run import running
from reliabel.core.training import Training
from reliabel.ops.torch import keep
from reliabel.ops.torch.keep import Keeper, keeper, packed, unpacked
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss

STATE = {
    "nets": [
        {"0.weight": torch.arange(6.0).reshape(2, 3), "half": torch.ones(2, dtype=torch.half)}
    ],
    "optimisers": [{"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1}]}],
    "told": [[0.1, float("nan")], -np.inf, 2, "", None, True],
    "chance": [torch.get_rng_state(), np.random.default_rng(0).bit_generator.state],
    "dynamics": [np.arange(3.0, dtype=np.float32)],
}


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


def test_a_nest_of_tensors_arrays_and_plain_values_comes_back():
    assert same(unpacked(*packed(STATE)), STATE)


def test_a_state_is_written_and_read(tmp_path):
    one = Keeper(tmp_path / "stage-001", 0.0)
    assert one.read() is None
    one.write(STATE, at_once=False)
    assert same(Keeper(tmp_path / "stage-001", 0.0).read(), STATE)
    assert sorted(path.name for path in (tmp_path / "stage-001").iterdir()) == ["state.npz"]


def test_what_is_not_due_is_not_written(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(keep.time, "monotonic", lambda: clock[0])
    one = Keeper(tmp_path, 30.0)
    one.write(STATE, at_once=False)
    assert one.read() is None
    one.write(STATE, at_once=True)
    assert one.read() is not None
    clock[0] += 31
    one.write({"told": [1]}, at_once=False)
    assert one.read() == {"told": [1]}


def test_a_half_written_state_is_not_read_and_is_overwritten(tmp_path):
    one = Keeper(tmp_path, 0.0)
    one.write(STATE, at_once=True)
    (tmp_path / "state.part").write_bytes(b"PK half of it")
    assert same(one.read(), STATE)
    one.write({"told": [2]}, at_once=True)
    assert one.read() == {"told": [2]}


def test_a_crash_while_writing_leaves_the_state_before(tmp_path, monkeypatch):
    one = Keeper(tmp_path, 0.0)
    one.write({"told": [1]}, at_once=True)

    def crash(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(keep.os, "fsync", crash)
    with pytest.raises(OSError, match="no space"):
        one.write({"told": [2]}, at_once=True)
    assert one.read() == {"told": [1]}


def test_a_damaged_state_is_told_of_with_its_folder(tmp_path):
    place = tmp_path / "stage-001"
    place.mkdir()
    (place / "state.npz").write_bytes(b"this is no archive")
    x, y = np.zeros((40, 2)), Classes(np.arange(40) % 2)
    recipe, words = from_loss(cross_entropy), {"features": x, "training": Training(epochs=1)}
    with running(folder=tmp_path), pytest.raises(ValueError, match=r"stage-001 holds .* damaged"):
        train(y, recipe, rng=np.random.default_rng(0), **words)


def test_a_run_without_a_folder_keeps_nothing(tmp_path):
    assert keeper() is None
    with running(folder=tmp_path):
        folders = [keeper().folder.name for _ in range(2)]
    assert folders == ["stage-001", "stage-002"], "one a training"
