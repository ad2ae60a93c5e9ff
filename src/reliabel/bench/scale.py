"""Suite scale: a whole audit at growing sizes, each in a process of its own; recall, CPU time, memory, and what a second run costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.run import Row, Table
from reliabel.core.run import track

SIZES = (5_000, 50_000, 200_000)
WIDTH, CLASSES, AXES = 384, 10, 12


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every size that is not there yet; quick leaves out the largest."""
    for n in track("sizes", SIZES[:2] if quick else SIZES):
        case = f"audit_{n}x{WIDTH}"
        if not table.has(case):
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            done = subprocess.run([sys.executable, "-m", "reliabel.bench.scale", str(n)], capture_output=True, text=True, check=True, env=environment)
            table.add([Row(case, "", "", 0, "reliabel", metric, value) for metric, value in json.loads(done.stdout).items()])


def mixture(n: int, seed: int = 0) -> tuple[Any, Any, Any]:
    """Labels with 5 % redrawn, float32 features (n, 384) of 12 intrinsic dimensions, and probabilities of the true class around .8."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, CLASSES, n)
    inner = rng.normal(size=(n, AXES)) + 2 * rng.normal(size=(CLASSES, AXES))[truth]
    features = (np.tanh(inner @ rng.normal(size=(AXES, WIDTH)) / 3) + 0.02 * rng.normal(size=(n, WIDTH))).astype(np.float32)
    probs = rng.dirichlet(np.ones(CLASSES), n) * 0.3
    probs[np.arange(n), truth] += 0.7
    given = truth.copy()
    redrawn = rng.random(n) < 0.05
    given[redrawn] = rng.integers(0, CLASSES, int(redrawn.sum()))
    return given, features, probs.astype(np.float32)


def main(n: int) -> dict[str, float]:
    """Audit twice into one folder and measure both."""
    import resource

    import reliabel as rl

    y, features, probs = mixture(n)
    with tempfile.TemporaryDirectory() as folder:
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        first = rl.audit(rl.Classes(y), features=features, probs=probs, folder=folder)
        middle, peak = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        rl.audit(rl.Classes(y), features=features, probs=probs, folder=folder)
        end = time.process_time()
    found = {"cpu_s": middle - start, "extra_mib": (peak - before) / 1024, "second_run_share": (end - middle) / (middle - start)}
    return {**found, "recall": first.info["neighbours"]["recall"], "input_mib": (features.nbytes + probs.nbytes) / 2**20}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))))
