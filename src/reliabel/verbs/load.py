"""load: the audit that a folder holds."""

from __future__ import annotations

from pathlib import Path

from reliabel.core.results import Audit
from reliabel.folders.audit_folder import load as read


def load(folder: str | Path) -> Audit:
    """The Audit that ``rl.save`` or ``reliabel audit`` wrote into ``folder``.

    Raises ValueError where the folder holds none, or a damaged one.
    """
    return read(folder)
