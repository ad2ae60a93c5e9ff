"""The checkpoints of a training in its model folder: which training they are of, so that only the
same one goes on from them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from reliabel.folders.atomic import write_text
from reliabel.folders.fingerprint import fingerprint

CHECKPOINTS = ".training"
CARD = "training.json"


def begun(folder: Path, parts: Sequence[Any], *, resume: bool) -> Path:
    """Where the training that is made of these parts (names, options, labels, evidence) keeps its
    checkpoints; those of another training are removed.

    resume: refuse to begin anew: ValueError where nothing was begun in the folder, or another
        training was.
    """
    place = folder / CHECKPOINTS
    name = fingerprint([_plain(part) for part in parts])
    card = place / CARD
    kept = json.loads(card.read_text(encoding="utf-8"))["key"] if card.is_file() else None
    if resume and kept != name:
        seen = (
            "nothing was begun there"
            if kept is None
            else ("what was begun there has other data, options or seed")
        )
        raise ValueError(
            f"there is no training to go on with in {folder}: {seen}; leave resume out to begin "
            "this one"
        )
    stages = place / "stages"
    if kept != name:
        shutil.rmtree(stages, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
        write_text(card, json.dumps({"key": name}))
    return stages


def _plain(part: Any) -> Any:
    """A part as what ``fingerprint`` takes: records by their fields, functions by their name."""
    if is_dataclass(part) and not isinstance(part, type):
        values = {field.name: _plain(getattr(part, field.name)) for field in fields(part)}
        return {"record": type(part).__name__, **values}
    if isinstance(part, Mapping):
        return {str(name): _plain(value) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_plain(value) for value in part]
    if callable(part):
        return (
            f"{getattr(part, '__module__', '')}.{getattr(part, '__qualname__', repr(type(part)))}"
        )
    return part
