"""What an audit by default costs beside the neighbours and the out-of-fold probabilities that it
cannot do without, each in a process of its own with one thread.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from reliabel.bench.child import child
from reliabel.bench.run import Row

WHOLE, NEEDED = "default audit", "neighbours and folds alone"
AT_MOST = 1.5  # times the needed part that the whole may cost
TURNS = 3
# measures that need probabilities and neighbours, and cost next to nothing beside these
CHEAP: dict[str, dict[str, Any]] = {"class_pairs": {}, "long_tail": {"splits": 1}}


def rows(case: str, n: int) -> list[Row]:
    """CPU seconds of both, in turn, those of the steps of the whole (wall clock), and how many
    times the one the other is.
    """
    found: dict[str, list[dict[str, Any]]] = {WHOLE: [], NEEDED: []}
    for _ in range(TURNS):
        for name, measured in found.items():
            command = [sys.executable, "-m", "reliabel.bench.default_audit", name, str(n)]
            measured.append(child(command, {"NUMBA_NUM_THREADS": "1"}))
    middle = {
        name: statistics.median(one["cpu_s"] for one in measured)
        for name, measured in found.items()
    }
    out = [Row(case, "", "", 0, name, "cpu_s", value) for name, value in middle.items()]
    steps = found[WHOLE][-1]["steps"]
    out += [Row(case, "", "", 0, f"step {step}", "cpu_s", value) for step, value in steps.items()]
    out.append(Row(case, "", "", 0, WHOLE, "times", middle[WHOLE] / middle[NEEDED]))
    return [*out, Row(case, "", "", 0, WHOLE, "at most", AT_MOST)]


def main(what: str, n: int) -> dict[str, Any]:
    """Measure one of the two on made rows."""
    import reliabel as rl
    from reliabel.bench.scale import mixture
    from reliabel.core.dataset import Dataset

    y, features, _ = mixture(n)
    data = Dataset(rl.Classes(y), {"features": features})
    start = time.process_time()
    if what == NEEDED:
        for measure, options in CHEAP.items():
            rl.measure(data, by=measure, **options)
        return {"cpu_s": time.process_time() - start}
    audit = rl.audit(data)
    seconds = time.process_time() - start
    steps = {name: took for name, took in audit.info["timings"].items() if took >= 0.05}
    return {"cpu_s": seconds, "steps": {k: v for k, v in steps.items() if k != "total"}}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
