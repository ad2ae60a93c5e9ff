"""One case of the cost suite in a process of its own: prints CPU seconds, extra memory and the size
of the input as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.generate import probabilities
from reliabel.core.evidence import check
from reliabel.core.labels import Classes

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def free() -> dict[str, str]:
    """This environment without the variables that set threads: as users run things."""
    return {name: word for name, word in os.environ.items() if name not in THREADS}


def child(
    command: list[str], words: Mapping[str, str] = {}, *, one_thread: bool = True
) -> dict[str, Any]:
    """The JSON that a command prints, run with one thread of BLAS (or as users run it) and with
    ``words`` in its environment; raises RuntimeError with its error.
    """
    environment = {**free(), **(dict.fromkeys(THREADS[:2], "1") if one_thread else {}), **words}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command[1:])} ended with {done.returncode}: {done.stderr.strip()[-2000:]}"
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def measured(call: Callable[[], Any], size: int) -> dict[str, float]:
    """CPU seconds of a call, and by how much it raised the process's peak memory."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    call()
    seconds, after = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"cpu_s": seconds, "extra_mib": (after - before) / 1024, "input_mib": size / 2**20}


def measured_anonymous(
    call: Callable[[], Any], size: int, every: float = 0.002
) -> dict[str, float]:
    """As ``measured``, but only memory of the process's own counts: pages of a mapped file belong
    to the system, which takes them back at will.

    every: seconds between two looks at it.
    """
    peak, done = [_anonymous()], threading.Event()

    def watch() -> None:
        while not done.wait(every):
            peak.append(_anonymous())

    watcher = threading.Thread(target=watch)
    before, start = peak[0], time.process_time()
    watcher.start()
    call()
    seconds = time.process_time() - start
    done.set()
    watcher.join()
    return {"cpu_s": seconds, "extra_mib": (max(peak) - before) / 1024, "input_mib": size / 2**20}


def traced(call: Callable[[], Any]) -> float:
    """MiB that a call holds at most, arrays of NumPy and objects of Python: whatever the process
    has freed before does not hide them, but the call is slower.
    """
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def _anonymous() -> int:
    """KiB of memory that is the process's own (Linux)."""
    line = next(
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("RssAnon")
    )
    return int(line.split()[1])


def main(case: str) -> dict[str, float]:
    """Make the data of a case and measure it."""
    what, shape, *how = case.rsplit("_", 2) if case.endswith("_map") else case.rsplit("_", 1)
    n, k = (int(float(part)) for part in shape.split("x"))
    y, probs = probabilities(n, k)
    labels, size = Classes(y), probs.nbytes
    if what == "check":
        return measured(lambda: check(labels, {"probs": probs}), size)
    from reliabel.core.catalogue import find

    function = find("audit", what).load()
    if not how:
        return measured(lambda: function(labels, probs=probs), size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.npy"
        np.save(path, probs)
        return measured_anonymous(
            lambda: function(labels, probs=np.load(path, mmap_mode="r")), size
        )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
