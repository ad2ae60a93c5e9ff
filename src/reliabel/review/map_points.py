"""The map: where items lie on the two principal axes of their features, as bytes for the page.

A line of JSON, then numbers with the lowest byte first: x and y of each point (float32, NaN where
there are no features), its given class (uint16, 65535 = none), and flags (uint8).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from reliabel.core.kinds import flat, layout_of
from reliabel.core.labels import Bools, Floats
from reliabel.core.results import Audit
from reliabel.folders.evidence_keys import Key
from reliabel.folders.evidence_store import Store
from reliabel.folders.fingerprint import fingerprint

SUSPECT, DECIDED = 1, 2  # flags
AXES, NO_CLASS = 2, 65_535


@dataclass(frozen=True, eq=False, repr=False)
class OnMap(Key):
    """Coordinates on the two principal axes."""

    NAME: ClassVar[str] = "map"
    VERSION: ClassVar[int] = 1
    of: str  # fingerprint of the matrix


class NoMap(LookupError):
    """There is nothing that a map could be made of; the sentence says what to do."""


class MapPoints:
    """The points of an audit's map, made when they are first asked for and kept in its folder."""

    def __init__(self, audit: Audit, folder: Path) -> None:
        self.audit, self.folder = audit, folder
        self.layout = layout_of(audit.data.labels)
        self._xy: Floats | None = None

    def bytes(self, decided: Bools) -> bytes:
        """The map with what is ``decided`` (units,) now.  Raises NoMap where there is none."""
        xy = self._coordinates()
        classes = flat(self.audit.data.labels)
        single = self.layout.starts is None and classes is not None
        names = list(classes.names) if single and classes is not None else []
        y = classes.y if single and classes is not None else np.full(len(xy), -1)
        head: dict[str, Any] = {"n": len(xy), "classes": names}
        head["axes"] = f"the two axes on which the {self._source()[0]} vary most"
        line = json.dumps(head, ensure_ascii=True)
        line += " " * (-(len(line) + 1) % 4) + "\n"  # so that the numbers begin at a whole word
        code = np.where((y < 0) | (y >= NO_CLASS), NO_CLASS, y).astype("<u2")
        flags = SUSPECT * self._suspect() + DECIDED * self._of_items(decided)
        parts = (xy.astype("<f4"), code, flags.astype("u1"))
        return line.encode() + b"".join(part.tobytes() for part in parts)

    def _source(self) -> tuple[str, Any]:
        evidence, name = self.audit.data.evidence, "features"
        if evidence.get(name) is None:
            name = "probs"
        matrix = evidence.get(name)
        if matrix is None or len(matrix) != self.layout.items:
            raise NoMap(
                "there is no map: this audit has neither features nor probabilities of its items; "
                "audit again with text=, image= or features="
            )
        return name, matrix

    def _coordinates(self) -> Floats:
        """(items, 2) float32."""
        if self._xy is None:
            matrix = self._source()[1]
            made = Store(self.folder).made(
                OnMap(fingerprint(matrix)), lambda: {"xy": _projected(matrix)}
            )
            self._xy = np.asarray(made["xy"])
        return self._xy

    def _suspect(self) -> Bools:
        """(items,) which items have a label that is listed as a finding and likelier wrong than
        not, or listed at all where there is no P(wrong).
        """
        found: Bools = np.zeros(self.layout.items, dtype=bool)
        for one in self.audit.findings:
            likely = one.p_wrong is None or one.p_wrong >= 0.5
            if one.finds == "label" and likely:
                found[one.item] = True
        return found

    def _of_items(self, decided: Bools) -> Bools:
        """(items,) whose labels are all decided."""
        if self.layout.starts is None:
            return decided
        item, _ = self.layout.place(np.flatnonzero(~decided))
        return np.asarray(np.bincount(item, minlength=self.layout.items) == 0)


def _projected(matrix: Any) -> Floats:
    from reliabel.ops.principal_axes import principal_axes

    x = np.asarray(matrix).reshape(len(matrix), -1)
    made = principal_axes(x, AXES, rng=np.random.default_rng(0))
    xy: Floats = np.zeros((len(x), AXES), dtype=np.float32)
    xy[:, : made.shape[1]] = made
    return xy
