"""The former home of ``load``, ``save`` and what surrounds them; its names go with the next
release.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

MOVED = {
    **dict.fromkeys(("load", "save", "decisions_in"), "audit_folder"),
    **dict.fromkeys(("card", "plain"), "audit_card"),
    **{
        "item_rows": "items_file",
        "Store": "evidence_store",
        "fingerprint": "fingerprint",
        "locked": "lock",
        "writing": "atomic",
    },
}


def __getattr__(name: str) -> Any:
    if name not in MOVED:
        raise AttributeError(f"module 'reliabel.workspace' has no attribute {name!r}")
    place = f"reliabel.folders.{MOVED[name]}"
    warnings.warn(
        f"reliabel.workspace.{name} has moved to {place}; the old name goes with the next release",
        FutureWarning,
        stacklevel=2,
    )
    return getattr(import_module(place), name)
