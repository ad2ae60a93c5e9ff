"""Reliabel, a workbench for imperfect labels: the label kinds, ``read``, and the verbs.

A verb is imported when it is first used, so that ``import reliabel`` costs little more than NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reliabel.core.dataset import Dataset
from reliabel.core.free_text import Texts
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers, Soft, Spans, Votes
from reliabel.core.objects import Boxes, Regions
from reliabel.core.orders import Comparisons, Rankings
from reliabel.core.results import Model
from reliabel.core.training import Training

if TYPE_CHECKING:  # for editors and type checkers
    from reliabel.verbs.aggregate import aggregate
    from reliabel.verbs.apply import apply
    from reliabel.verbs.audit import audit
    from reliabel.verbs.certify import certify
    from reliabel.verbs.certify_machine import certify_machine
    from reliabel.verbs.corrupt import corrupt
    from reliabel.verbs.decide import decide
    from reliabel.verbs.diff import diff
    from reliabel.verbs.evaluate import evaluate
    from reliabel.verbs.impact import impact
    from reliabel.verbs.judge import judge
    from reliabel.verbs.learn import learn
    from reliabel.verbs.load import load
    from reliabel.verbs.log import log
    from reliabel.verbs.measure import measure
    from reliabel.verbs.next import next
    from reliabel.verbs.predict import predict
    from reliabel.verbs.read import read
    from reliabel.verbs.read_by_worker import read_by_worker
    from reliabel.verbs.report import report
    from reliabel.verbs.sample import sample
    from reliabel.verbs.save import save
    from reliabel.verbs.table import table
    from reliabel.verbs.votes_from_functions import votes_from_functions

__version__ = "0.1.0"
__all__ = [
    "Boxes",
    "Classes",
    "Comparisons",
    "Dataset",
    "Grouped",
    "Model",
    "MultiLabel",
    "Numbers",
    "Rankings",
    "Regions",
    "Soft",
    "Spans",
    "Texts",
    "Training",
    "Votes",
    "aggregate",
    "apply",
    "audit",
    "certify",
    "certify_machine",
    "corrupt",
    "decide",
    "diff",
    "evaluate",
    "impact",
    "judge",
    "learn",
    "load",
    "log",
    "measure",
    "next",
    "predict",
    "read",
    "read_by_worker",
    "report",
    "sample",
    "save",
    "table",
    "votes_from_functions",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'reliabel' has no attribute {name!r}")
    verb = getattr(import_module(f"reliabel.verbs.{name}"), name)
    globals()[name] = verb  # looked up once
    return verb


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
