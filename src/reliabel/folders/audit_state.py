"""evidence/audit.json: all of an audit that its tables do not hold.  Arrays lie beside it, named by
their content.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.packing import pack, unpack
from reliabel.core.results import Audit
from reliabel.folders.atomic import flush, writing
from reliabel.folders.fingerprint import fingerprint
from reliabel.folders.switch import read_file

STATE = "evidence/audit.json"
FIELDS = (  # of an Audit; its data and findings are kept in other ways
    *("opinions", "skipped", "measures", "p_wrong", "count", "budget"),
    *("warnings", "info", "suggest", "p_suggest", "suggest_range", "p_kinds"),
)
FORMER_FIELDS = {"said": "opinions"}  # name in folders of earlier versions -> name of the field


def write_state(audit: Audit, fresh: Path, folder: Path) -> None:
    """Write the state of an audit into the folder ``fresh``, from where it is switched to its
    place in ``folder``, and the arrays it names into ``folder`` itself.

    An array that lies there already, as evidence or from an earlier run, is not written again.  All
    of them are on disk when this returns.
    """
    evidence = folder / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    known = _arrays_kept(evidence)
    waiting = set()  # the evidence store does not wait for the disk

    def keep(array: np.ndarray[Any, Any]) -> str:
        name = fingerprint(array)
        if name not in known:
            known[name] = f"array-{name[:16]}.npy"
            with writing(evidence / known[name]) as part, part.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        else:
            waiting.add(known[name])
        return known[name]

    form = pack(_state(audit), keep)
    for name in sorted(waiting):
        flush(evidence / name)
    flush(evidence)
    with writing(fresh / STATE) as part:
        part.write_text(json.dumps(form), encoding="utf-8")


def read_state(folder: Path) -> dict[str, Any]:
    """What ``write_state`` kept: labels, ids, source, evidence, how the items are kept (``items``)
    and the fields of the Audit (``audit``); arrays are memory maps.
    """
    form = json.loads(read_file(folder, STATE))
    arrays = folder / "evidence"
    state: dict[str, Any] = unpack(form, lambda name: np.load(arrays / name, mmap_mode="r"))
    state["audit"] = {FORMER_FIELDS.get(name, name): v for name, v in state["audit"].items()}
    return state


def _state(audit: Audit) -> dict[str, Any]:
    data = audit.data
    items = data.evidence.get("items")
    form = "columns" if isinstance(items, Mapping) else "list"
    kept = {name: v for name, v in data.evidence.items() if name != "items" and _has_form(v)}
    return {
        "labels": data.labels,
        "ids": data.ids,
        "source": {k: v for k, v in data.source.items() if k != "frame" and _has_form(v)},
        "items": None if items is None else form,
        "evidence": kept,
        "audit": {name: getattr(audit, name) for name in FIELDS},
    }


def _has_form(value: Any) -> bool:
    """Whether a value can be written without pickle; functions, modules and tables of other
    libraries cannot.
    """
    try:
        pack(value, lambda array: "")
    except TypeError:
        return False
    return True


def _arrays_kept(evidence: Path) -> dict[str, str]:
    """SHA-256 -> file name of the arrays that the evidence store keeps already."""
    kept: dict[str, str] = {}
    for path in evidence.glob("*-*.json"):
        try:
            sums = json.loads(path.read_text())["sha256"]
        except (ValueError, KeyError, TypeError):  # a damaged card vouches for nothing
            continue
        kept |= {sha: f"{path.stem}.{name}.npy" for name, sha in sums.items()}
    return kept
