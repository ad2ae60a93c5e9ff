"""Suite cost: CPU time and extra memory of the kernels, each in a process of its own, with the
peers' on the same data beside them.

Rows ``..._as_run`` are measured as users run things, with no variable that sets threads, alone and
beside two busy processes (bench/as_run.py); all others with one thread of BLAS.
Rows ``growth_...`` measure auditors and builders of evidence at n and 10 n (bench/growth.py), rows
``parquet_...`` two passes over a file that is read in blocks, beside plain pyarrow
(bench/passes.py).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reliabel.bench import as_run, growth, passes, peer
from reliabel.bench.child import child
from reliabel.bench.run import Row, Table
from reliabel.core.run import track

# case -> (what it measures, the peer's case or None)
CASES = {
    "confident_learning_1e6x100": "cleanlab",
    "confident_learning_1e6x100_map": None,
    "confident_learning_1e5x1000": "cleanlab",
    "self_confidence_1e6x100": "cleanlab",
    "normalized_margin_1e6x100": "cleanlab",
    "check_1e6x100": None,
}
QUICK = ("confident_learning_1e6x100", "confident_learning_1e5x1000")
PASSES = {  # case -> (rows, columns, ways)
    "parquet_5e6x10": (5_000_000, 10, ("reliabel", "reading", "counting", "ray")),
    "parquet_1e6x100": (1_000_000, 100, ("reliabel", "reading", "counting")),
}
WAYS = {
    "reliabel": "reliabel",
    "reading": "pyarrow, reading only",
    "counting": "pyarrow and NumPy",
    "ray": "reliabel on Ray, two workers",
}
STARTS = {
    "import_numpy": [sys.executable, "-c", "import numpy"],
    "import_reliabel": [sys.executable, "-c", "import reliabel"],
    "catalogue": [
        sys.executable,
        "-c",
        "from reliabel.core.catalogue import catalogue; catalogue()",
    ],
    "help": [sys.executable, "-m", "reliabel", "--help"],
}


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every case that is not there yet; the median of three runs each (nine
    rounds in turn for the starts).
    """
    more = [*as_run.CASES]
    more += [] if quick else [*PASSES, *(f"growth_{what}" for what in growth.CASES)]
    for case in track("cases", ["starts", *(QUICK if quick else CASES), *more]):
        if table.has(case):
            continue
        if case == "starts":
            table.add(_starts())
        elif case in as_run.CASES:
            table.add(as_run.rows(case, data, table.path.parent))
        elif case in PASSES:
            table.add(_passes(case, table.path.parent))
        else:
            table.add(_growth(case) if case.startswith("growth_") else _kernel(case))


def _starts() -> list[Row]:
    """CPU seconds of starting, in turn so that a busy machine slows all alike; what reliabel adds
    to numpy is the median of the differences.
    """
    seconds = [{name: _cpu(command) for name, command in STARTS.items()} for _ in range(9)]
    rows = [
        Row("starts", "", "", 0, name, "cpu_s", statistics.median(one[name] for one in seconds))
        for name in STARTS
    ]
    beyond = statistics.median(one["import_reliabel"] - one["import_numpy"] for one in seconds)
    return [*rows, Row("starts", "", "", 0, "import_reliabel beyond numpy", "cpu_s", beyond)]


def _kernel(case: str) -> list[Row]:
    rows = _rows(
        case,
        "reliabel",
        [child([sys.executable, "-m", "reliabel.bench.child", case]) for _ in range(3)],
    )
    if CASES[case] is None:
        return rows
    printed, why = peer.call("cleanlab_cost.py", case)
    if why:
        return [*rows, Row(case, "", "", 0, "cleanlab", "not run", why)]
    return [*rows, *_rows(case, "cleanlab", [json.loads(printed)])]


def _passes(case: str, place: Path) -> list[Row]:
    """Each way three times, in turn; on Ray the CPU seconds are those of all its processes, with
    the start of the cluster (also told apart).
    """
    n, k, ways = PASSES[case]
    measured: dict[str, list[dict[str, Any]]] = {
        way: [] for way in ways if way != "ray" or find_spec("ray")
    }
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        subprocess.run(
            [sys.executable, "-m", "reliabel.bench.passes", "write", folder, str(n), str(k)],
            check=True,
        )
        for turn in range(3):
            for way, found in measured.items():
                found.append(
                    child(
                        [sys.executable, "-m", "reliabel.bench.passes", way, folder],
                        {passes.MARK: f"{os.getpid()}-{way}-{turn}"},
                    )
                )
    rows = [row for way, found in measured.items() for row in _rows(case, WAYS[way], found)]
    return (
        rows
        if len(measured) == len(ways)
        else [
            *rows,
            Row(
                case,
                "",
                "",
                0,
                WAYS["ray"],
                "not run",
                "ray is not installed: pip install 'reliabel[ray]'",
            ),
        ]
    )


def _growth(case: str) -> list[Row]:
    """CPU seconds at n and 10 n (medians of three where that takes seconds), their ratio, and the
    most that the docstring allows.
    """
    what = case.removeprefix("growth_")
    n, most = growth.CASES[what]
    command = [sys.executable, "-m", "reliabel.bench.growth", what]
    little = [child([*command, str(n)]) for _ in range(3)]
    much = [child([*command, str(10 * n)]) for _ in range(3 if little[0]["cpu_s"] < 0.1 else 1)]
    small, large = (statistics.median(m["cpu_s"] for m in found) for found in (little, much))
    found = {
        "cpu_s at n": small,
        "cpu_s at 10 n": large,
        "growth": large / small,
        "at most": float(most),
        "extra_mib at 10 n": much[0]["extra_mib"],
    }
    return [
        Row(case, "", f"n {n:,}", 0, "reliabel", metric, value) for metric, value in found.items()
    ]


def _rows(case: str, method: str, measured: list[dict[str, Any]]) -> list[Row]:
    return [
        Row(case, "", "", 0, method, metric, float(statistics.median(m[metric] for m in measured)))
        for metric in measured[0]
    ]


def _cpu(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
