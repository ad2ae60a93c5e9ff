"""The evidence that an algorithm may ask for by the name of a keyword-only parameter.

Each kind of evidence is one record in the table ``EVIDENCE`` (table.py): its name, what it means,
what has one entry, the axes of its array, and how it is converted, checked, counted, sliced, and
lifted to the columns of a multi-label set.  The input check, the lifts, the signatures of the verbs
and the documentation read this table; nothing else lists evidence.

``register`` adds a record from outside.  A package may also announce one in the entry-point group
``reliabel.evidence``.
"""

from reliabel.core.evidence.checking import Checked, check, taken
from reliabel.core.evidence.pictures import PixelProbs
from reliabel.core.evidence.records import Dynamics, Neighbours, TokenProbs
from reliabel.core.evidence.spec import LEVELS, EvidenceSpec
from reliabel.core.evidence.table import EVIDENCE, OWN, register

__all__ = [
    "EVIDENCE",
    "LEVELS",
    "OWN",
    "Checked",
    "Dynamics",
    "EvidenceSpec",
    "Neighbours",
    "PixelProbs",
    "TokenProbs",
    "check",
    "register",
    "taken",
]
