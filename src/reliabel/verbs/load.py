"""load: the audit, the consensus or the model that a folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reliabel.folders import consensus_folder
from reliabel.folders.audit_folder import is_audit
from reliabel.folders.audit_folder import load as read
from reliabel.folders.consensus_folder import is_consensus
from reliabel.folders.model_folder import CARD, load_model, with_card
from reliabel.folders.switch import holds


def load(folder: str | Path) -> Any:
    """The Audit, the Consensus or the Model in ``folder``, as ``rl.save`` or ``reliabel audit``,
    ``aggregate`` or ``learn`` wrote it.

    A consensus that can be reviewed, one on classes, is loaded as the Audit of its labels.
    Raises ValueError where the folder holds none, or a damaged one.
    """
    if holds(Path(folder), CARD):
        return with_card(*load_model(folder))
    if is_consensus(Path(folder)) and not is_audit(Path(folder)):
        return consensus_folder.load(folder)[0]
    return read(folder)
