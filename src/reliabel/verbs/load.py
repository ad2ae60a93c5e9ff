"""load: the audit or the model that a folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reliabel.folders.audit_folder import load as read
from reliabel.folders.model_folder import CARD, load_model, with_card
from reliabel.folders.switch import holds


def load(folder: str | Path) -> Any:
    """The Audit or the Model that ``rl.save``, ``reliabel audit`` or ``reliabel learn`` wrote into
    ``folder``.

    Raises ValueError where the folder holds none, or a damaged one.
    """
    if holds(Path(folder), CARD):
        return with_card(*load_model(folder))
    return read(folder)
