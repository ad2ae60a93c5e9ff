"""Checkpoints of a training without pickle: arrays, and JSON that says where each belongs."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reliabel.core.run import current

FILE, PART = "state.npz", "state.part"
PLAIN = "__plain__"


class Keeper:
    """Writes the state of one training after an epoch, through a temporary name, at most once in so
    many seconds; a method that trains several times has a folder for each.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder, self.seconds = folder, seconds
        self.last = time.monotonic()

    def write(self, state: dict[str, Any], *, at_once: bool) -> None:
        """Put the state away, if it is time or ``at_once``."""
        if not at_once and time.monotonic() - self.last < self.seconds:
            return
        arrays, plain = packed(state)
        self.folder.mkdir(parents=True, exist_ok=True)
        text = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
        with open(self.folder / PART, "wb") as file:
            np.savez(file, allow_pickle=False, **{PLAIN: text, **arrays})
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.folder / PART, self.folder / FILE)
        self.last = time.monotonic()

    def read(self) -> dict[str, Any] | None:
        """The last state that was put away; None where there is none."""
        path = self.folder / FILE
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as file:
            plain = json.loads(file[PLAIN].tobytes())
            arrays = {name: file[name] for name in file.files if name != PLAIN}
        state: dict[str, Any] = unpacked(arrays, plain)
        return state


def keeper() -> Keeper | None:
    """What keeps the next training of the run in force; None where it keeps none."""
    run = current()
    if run.folder is None:
        return None
    return Keeper(run.folder / f"stage-{next(run.stages):03d}", run.seconds)


def packed(tree: Any, path: str = "s") -> tuple[dict[str, Any], Any]:
    """Tensors and arrays out of a nest of dicts, lists and plain values; what is left is JSON that
    names them.
    """
    if isinstance(tree, torch.Tensor):
        return {path: tree.detach().cpu().numpy()}, {"tensor": path}
    if isinstance(tree, np.ndarray):
        return {path: tree}, {"array": path}
    if isinstance(tree, dict):
        parts = [(key, *packed(v, f"{path}.{i}")) for i, (key, v) in enumerate(tree.items())]
        arrays = {name: array for _, found, _ in parts for name, array in found.items()}
        return arrays, {"dict": [[key, plain] for key, _, plain in parts]}
    if isinstance(tree, list | tuple):
        rest = [packed(value, f"{path}.{place}") for place, value in enumerate(tree)]
        arrays = {name: array for found, _ in rest for name, array in found.items()}
        return arrays, {"list": [plain for _, plain in rest]}
    return {}, {"value": tree}


def unpacked(arrays: dict[str, Any], plain: Any) -> Any:
    """What ``packed`` was given; tuples have become lists."""
    if "tensor" in plain:
        return torch.from_numpy(arrays[plain["tensor"]].copy())
    if "array" in plain:
        return arrays[plain["array"]]
    if "dict" in plain:
        return {key: unpacked(arrays, value) for key, value in plain["dict"]}
    if "list" in plain:
        return [unpacked(arrays, value) for value in plain["list"]]
    return plain["value"]
