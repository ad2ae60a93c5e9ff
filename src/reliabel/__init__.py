"""Reliabel, a workbench for imperfect labels: the label kinds, ``read``, and the verbs.  Nothing
heavy is imported here.
"""

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers, Soft, Votes
from reliabel.verbs.aggregate import aggregate
from reliabel.verbs.apply import apply
from reliabel.verbs.audit import audit
from reliabel.verbs.corrupt import corrupt
from reliabel.verbs.measure import measure
from reliabel.verbs.read import read
from reliabel.verbs.report import report
from reliabel.verbs.sample import sample
from reliabel.verbs.table import table

__version__ = "0.1.0"
__all__ = [
    "Classes",
    "Dataset",
    "Grouped",
    "MultiLabel",
    "Numbers",
    "Soft",
    "Votes",
    "aggregate",
    "apply",
    "audit",
    "corrupt",
    "measure",
    "read",
    "report",
    "sample",
    "table",
]
