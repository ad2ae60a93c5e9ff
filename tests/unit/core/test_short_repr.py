"""``repr`` of every public record is a line or two, on large data and at the edge of sense."""

import importlib
import pkgutil
import time
from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from reliabel.core.catalogue import catalogue
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evaluation import Evaluation, ModelScore, Share
from reliabel.core.evidence import EVIDENCE, Dynamics, Neighbours, PixelProbs, TokenProbs
from reliabel.core.free_text import Texts
from reliabel.core.labels import (
    Classes,
    Grouped,
    MultiLabel,
    Numbers,
    Soft,
    SoftMultiLabel,
    Spans,
    Votes,
)
from reliabel.core.objects import Boxes, Regions
from reliabel.core.orders import Comparisons, Rankings
from reliabel.core.results import (
    Audit,
    Budget,
    Consensus,
    Corrupted,
    Faults,
    Finding,
    Interval,
    Measure,
    Model,
    Picks,
    Prediction,
    Suspicion,
)
from reliabel.core.short_repr import LONGEST, by_fields, in_short, listing, many, short

ROOMS = ("core", "trust", "crowd", "prepare", "folders", "reading")
N = 200_000
NAMES = tuple(f"class number {c} of a thousand\n" for c in range(1000))
LARGE = Classes(np.arange(N) % 1001 - 1, NAMES)
EMPTY = Classes([])
NAN = float("nan")
FINDING = Finding(
    *(3, "i" * 500, None, "label", None, 0.5, NAN, ("a",) * 50, "g" * 500, "s" * 500),
    *(tuple(range(N)), {"box": [1, 2]}, "why " * 500),
)


def audit(labels, **fields):
    words = {"opinions": {}, "skipped": {}, "measures": {}, "p_wrong": None, "count": None}
    words |= {"budget": None, "findings": (), "warnings": (), "info": {}}
    return Audit(data=Dataset(labels), **{**words, **fields})


COUNT = Interval(94, 60, 140, 0.95, "by the lapse", "that " * 100)
EXAMPLES = [  # large, empty and unknown ones of every record with words of its own
    *(LARGE, EMPTY, Classes([-1, -1]), Classes([0], ["a" * 500])),
    *(Soft(np.full((N, 4), 0.25)), Soft(np.zeros((0, 0)))),
    *(SoftMultiLabel(np.full((N, 4), 0.5)), SoftMultiLabel(np.zeros((0, 2)))),
    *(MultiLabel(np.zeros((N, 3), np.int8)), MultiLabel(np.zeros((0, 0), int))),
    *(Numbers(np.arange(N)), Numbers([]), Numbers([None]), Numbers(np.zeros((3, 0)))),
    *(
        Grouped(LARGE, np.arange(N + 1)),
        Grouped(EMPTY, [0]),
        Grouped(Classes([0]), [0, 1], [[1, 1]]),
    ),
    *(Votes(np.zeros(N, int), np.zeros(N, int), LARGE.take(np.ones(N, int)), N, 9),),
    *(Votes([], [], Numbers([]), 0, 0), Ids(), Ids([]), Ids(range(N), ["w" * 500])),
    *(
        Dataset(LARGE, dict.fromkeys(map(str, range(N)))),
        Dataset(EMPTY, source={"path": "p" * 500}),
    ),
    *(
        Neighbours(np.zeros((N, 2), int), np.zeros((N, 2))),
        Neighbours(np.zeros((0, 0), int), np.zeros((0, 0)), NAN),
    ),
    *(Spans(np.arange(N), np.arange(N) + 1, LARGE.y, NAMES), Spans([], [], [])),
    *(
        Boxes(np.zeros((N, 4)), LARGE.y, NAMES, np.ones(N), np.ones(N, bool)),
        Boxes([], [], []),
        Regions(LARGE.y, [], [], np.zeros(N + 1), np.ones((N, 2), int), NAMES),
        Regions([], [], [], [0], []),
    ),
    *(Texts(NAMES * 200), Texts([]), Texts([None]), Texts(["a" * 500, None])),
    *(
        Comparisons(np.zeros(N, int), np.ones(N, int), LARGE.y % 3, 1000, NAMES),
        Comparisons([], [], []),
        Rankings(LARGE.y % 1000, np.arange(N + 1), 1000, NAMES),
        Rankings([], [0, 0]),
    ),
    *(PixelProbs(["a.npy"] * N, NAMES), PixelProbs([])),
    *(
        TokenProbs(np.full((N, 2), 0.5), np.arange(N + 1), ("O", "w" * 500)),
        TokenProbs(np.zeros((0, 1)), [0], "O"),
    ),
    *(Dynamics(*np.zeros((3, 2, N))), Dynamics(*np.zeros((3, 0, 0)))),
    *(Suspicion(np.full(N, NAN), np.ones(N, bool), LARGE), Suspicion(np.empty(0))),
    *(Faults([(0, 1)] * N, [f"kind {i}" for i in range(N)], np.ones(N), ["why"] * N),),
    *(
        Faults([], [], np.empty(0), []),
        Consensus(LARGE, np.full(N, 0.5)),
        Consensus(EMPTY, np.empty(0)),
    ),
    *(Consensus(EMPTY, np.array([NAN])), Model(len), Model(LARGE.take, LARGE, trace=np.zeros(N))),
    *(
        Picks(np.arange(N)),
        Picks(np.empty(0, int)),
        Prediction(Soft(np.full((N, 4), 0.25))),
        Corrupted(LARGE, np.arange(N), np.ones(N, bool)),
    ),
    *(Measure(0.25, 0.2, 0.3, dict.fromkeys(range(N))), Measure(NAN, NAN, NAN)),
    *(Budget(*np.ones((4, N))), Budget(*np.ones((4, 0))), FINDING),
    *(audit(LARGE, count=COUNT, findings=(FINDING,) * N, opinions={"a": None}), audit(EMPTY)),
    audit(EMPTY, count=Interval(NAN, 0, 3, 0.95, "", "", False)),
    *(
        Evaluation(
            (ModelScore("m" * 500, 0.5, Share(0.5, 0.4, 0.6, 0.05, "planned")),), (), N, 9, NAN
        ),
        Evaluation((ModelScore("", NAN, Share(NAN, NAN, NAN, NAN, "")),), (), 0, 0, NAN),
    ),
    *catalogue(),
    *EVIDENCE.values(),
]


def records():
    """Every public dataclass of the rooms that hold results."""
    found = set()
    for room in ROOMS:
        package = importlib.import_module(f"reliabel.{room}")
        for module in [
            package,
            *map(_module, pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
        ]:
            found |= {
                thing
                for name, thing in vars(module).items()
                if is_dataclass(thing)
                and isinstance(thing, type)
                and not name.startswith("_")
                and thing.__module__.startswith("reliabel")
            }
    return sorted(found, key=lambda kind: kind.__qualname__)


def _module(info):
    return importlib.import_module(info.name)


def stuffed(kind, value):
    """A record whose fields all hold one value, whatever they should hold."""
    made = object.__new__(kind)
    for field in fields(kind):
        object.__setattr__(made, field.name, value)
    return made


@pytest.mark.parametrize("kind", records(), ids=lambda kind: kind.__name__)
def test_every_record_has_a_short_repr(kind):
    if kind.__repr__ is by_fields:
        values = [
            np.zeros((N, 3)),
            np.empty(0),
            "long " * N,
            ("a",) * N,
            [LARGE] * N,
            {},
            None,
            NAN,
        ]
        examples = [stuffed(kind, value) for value in [*values, LARGE, np.float32(1), 3, True, len]]
    else:
        examples = [example for example in EXAMPLES if type(example) is kind]
        assert examples, f"add a {kind.__name__} to EXAMPLES, or give it: __repr__ = by_fields"
    for example in examples:
        text = repr(example)
        assert text.startswith(f"{kind.__name__}(")
        assert text.endswith(")")
        assert len(text) <= LONGEST
        assert "\n" not in text


@pytest.mark.parametrize(
    "kind", [Classes, Numbers, Audit, Suspicion], ids=lambda kind: kind.__name__
)
def test_it_costs_next_to_nothing(kind):
    example = next(example for example in EXAMPLES if type(example) is kind)
    started = time.perf_counter()
    repr(example)
    assert time.perf_counter() - started < 0.5


def test_what_it_says():
    y = Classes([0, 1, 2, -1] * 500, ("a", "b", "c"))
    assert repr(y) == "Classes(2,000 labels, 3 classes: a, b, c; 500 unlabelled)"
    assert repr(Grouped(y, [0, 2000])) == f"Grouped(1 item of {y!r})"
    votes = Votes([0, 0], [0, 1], Classes([0, 1]), n=1, w=2)
    assert repr(votes) == "Votes(2 workers on 1 item: Classes(2 labels, 2 classes: 0, 1))"
    assert repr(Numbers([1, 2.5, None])) == "Numbers(3 items, 1 to 2.5, 1 unlabelled)"
    assert repr(Ids(["x"])) == "Ids(1 item: x)"
    data = Dataset(Classes([0]), {"probs": None, "features": None}, source={"path": "a.csv"})
    assert (
        repr(data) == "Dataset(Classes(1 label, 1 class: 0), evidence: probs, features, from a.csv)"
    )
    score = Suspicion(np.array([0.1, np.nan, 0.9]), np.array([False, False, True]), y)
    assert repr(score) == "Suspicion(3 scores, 0.1 to 0.9, 1 unknown, 1 flagged, suggests Classes)"
    assert repr(Faults([(0,)] * 3, ["near", "exact", "near"], np.ones(3), ["w"] * 3)) == (
        "Faults(3 faults: 2 near, 1 exact)"
    )
    assert repr(Measure(0.25, 0.2, 0.3, {"k": 1})) == "Measure(0.25, interval 0.2 to 0.3, parts: k)"
    assert repr(Measure(0.25, NAN, NAN)) == "Measure(0.25, no interval)"
    assert repr(Picks(np.array([5, 2]))) == "Picks(2 items, best first: 5, 2)"
    assert repr(Dynamics(*np.zeros((3, 4, 9)))) == "Dynamics(4 epochs of 9 items)"
    found = audit(y, count=COUNT, findings=(FINDING,) * 500, opinions=dict.fromkeys("abcdefghi"))
    assert repr(found) == (
        "Audit(2,000 items, about 94 wrong labels (60-140), 500 findings, 9 auditors)"
    )
    assert repr(audit(EMPTY)) == "Audit(0 items, no count of wrong labels, 0 findings, 0 auditors)"


def test_records_without_words_list_their_fields():
    assert repr(COUNT) == (
        "Interval(value=94, low=60, high=140, level=0.95, method='by the lapse', "
        "assumes='that that that that th...', identified=True)"
    )


def test_the_pieces():
    assert in_short(np.zeros((1000, 2), np.int8)) == "int8 (1,000, 2)"
    assert in_short(COUNT) == "Interval(...)"
    assert listing([]) == ""
    assert many(0, "class", "classes") == "0 classes"
    assert len(short(COUNT, "x" * 1000)) == LONGEST
