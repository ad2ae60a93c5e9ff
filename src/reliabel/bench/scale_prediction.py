"""Suite scale-prediction: what ``audit --dry-run`` says, and what the audit then takes, on the rows
of real pictures of the suite scale; and what it says for sizes that nobody ran here.

Everything runs on one thread, so that CPU seconds are compared with CPU seconds; rows marked
``predicted`` at 10,000,000 and 100,000,000 rows were not measured by anybody.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import mixed
from reliabel.bench.child import child
from reliabel.bench.run import Row, Table

SIZES = (50_000, 200_000)
FAR = (10_000_000, 100_000_000)
WORKERS = (16, 64)
ONE = {"NUMBA_NUM_THREADS": "1"}


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every size that is not there yet; quick leaves out the larger one."""
    for n in SIZES[:1] if quick else SIZES:
        case = f"prediction_{n}x{mixed.WIDTH}"
        if table.has(case):
            continue
        if data is None:
            why = "no real data: set RELIABEL_DATA"
            table.add([Row(case, "cifar10n", "", 0, "reliabel", "not run", why)])
            continue
        table.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=table.path.parent) as folder:
            mixed.write(n, "float32", data, table.path.parent / "features", Path(folder))
            found = child([sys.executable, "-m", "reliabel.bench.scale_prediction", folder], ONE)
        table.add([Row(case, "cifar10n", *_how(name), found[name]) for name in found])


def _how(name: str) -> tuple[str, int, str, str]:
    """Setting, seed, method and metric of a number, by its name: setting, then metric."""
    setting, _, metric = name.rpartition("|")
    return setting, 0, "reliabel", metric


def main(folder: str) -> dict[str, float]:
    """Predict and measure an audit of the rows in a folder, and predict those of larger sizes."""
    import reliabel as rl
    from reliabel.core.run import in_place, running
    from reliabel.verbs.dry_run import foretold, measured

    y, x, p = (np.load(Path(folder) / f"{name}.npy") for name in "yxp")
    data = rl.read(label=y, features=x, probs=p)
    start = time.process_time()
    constants = measured(data, len(y), "auto", "auto", 0)
    found = {"dry_run_cpu_s": time.process_time() - start}
    found |= _numbers("predicted", foretold(constants, len(y), 1, "local"))
    with running(executor=in_place):
        start = time.process_time()
        rl.audit(data, workers=1)
        found["measured|cpu_s"] = time.process_time() - start
    found["ratio"] = found["predicted|cpu_s"] / found["measured|cpu_s"]
    for n in FAR:
        for workers in WORKERS:
            name = f"predicted, {n:,} rows on {workers} workers"
            found |= _numbers(name, foretold(constants, n, workers, "ray"))
    return found


def _numbers(setting: str, said: Any) -> dict[str, float]:
    words = ("cpu_s", "wall_s", "worker_mib", "rows_mib", "driver_mib", "wire_mib")
    whole = {f"{setting}|{word}": float(getattr(said, word)) for word in words}
    return whole | {f"{setting}|{one.name}: wall_s": one.wall_s for one in said.stages}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
