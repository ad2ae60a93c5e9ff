"""Suite cost: CPU time and extra memory of the kernels, each in a process of its own, with the peers' on the same data beside them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from reliabel.bench import peer
from reliabel.bench.run import Row, Table
from reliabel.core.run import track

# case -> (what it measures, the peer's case or None)
CASES = {
    "confident_learning_1e6x100": "cleanlab",
    "confident_learning_1e6x100_map": None,
    "confident_learning_1e5x1000": "cleanlab",
    "self_confidence_1e6x100": "cleanlab",
    "check_1e6x100": None,
}
QUICK = ("confident_learning_1e6x100", "confident_learning_1e5x1000")
STARTS = {
    "import_numpy": [sys.executable, "-c", "import numpy"],
    "import_reliabel": [sys.executable, "-c", "import reliabel"],
    "catalogue": [sys.executable, "-c", "from reliabel.core.catalogue import catalogue; catalogue()"],
    "help": [sys.executable, "-m", "reliabel", "--help"],
}


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every case that is not there yet; the median of three runs each (nine rounds in turn for the starts)."""
    for case in track("cases", ["starts", *(QUICK if quick else CASES)]):
        if not table.has(case):
            table.add(_starts() if case == "starts" else _kernel(case))


def _starts() -> list[Row]:
    """CPU seconds of starting, in turn so that a busy machine slows all alike; what reliabel adds to numpy is the median of the differences."""
    seconds = [{name: _cpu(command) for name, command in STARTS.items()} for _ in range(9)]
    rows = [Row("starts", "", "", 0, name, "cpu_s", statistics.median(one[name] for one in seconds)) for name in STARTS]
    beyond = statistics.median(one["import_reliabel"] - one["import_numpy"] for one in seconds)
    return [*rows, Row("starts", "", "", 0, "import_reliabel beyond numpy", "cpu_s", beyond)]


def _kernel(case: str) -> list[Row]:
    rows = _rows(case, "reliabel", [_child([sys.executable, "-m", "reliabel.bench.child", case]) for _ in range(3)])
    if CASES[case] is None:
        return rows
    said, why = peer.call("cleanlab_cost.py", case)
    if why:
        return [*rows, Row(case, "", "", 0, "cleanlab", "not run", why)]
    return [*rows, *_rows(case, "cleanlab", [json.loads(said)])]


def _rows(case: str, method: str, measured: list[dict[str, Any]]) -> list[Row]:
    return [Row(case, "", "", 0, method, metric, float(statistics.median(m[metric] for m in measured))) for metric in ("cpu_s", "extra_mib", "input_mib")]


def _child(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _cpu(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
