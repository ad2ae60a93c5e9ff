"""What an audit by default costs beside the neighbours and the out-of-fold probabilities that it
cannot do without: the same audit again with both of them given shows what the rest costs.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from reliabel.bench.child import child
from reliabel.bench.run import Row

WHOLE, REST = "default audit", "with neighbours and probabilities given"
AT_MOST = 1.5  # times the needed part that the whole may cost
TURNS = 3


def rows(case: str, n: int) -> list[Row]:
    """CPU seconds of both (medians), and how many times the needed part the whole costs."""
    command = [sys.executable, "-m", "reliabel.bench.default_audit", str(n)]
    found = [child(command, {"NUMBA_NUM_THREADS": "1"}) for _ in range(TURNS)]
    middle = {
        name: statistics.median(one[name] for one in found) for name in (WHOLE, REST, "times")
    }
    out = [Row(case, "", "", 0, name, "cpu_s", middle[name]) for name in (WHOLE, REST)]
    out += [Row(case, "", "", 0, WHOLE, "times", middle["times"])]
    return [*out, Row(case, "", "", 0, WHOLE, "at most", AT_MOST)]


def main(n: int) -> dict[str, Any]:
    """Measure both on made rows, in one process."""
    import reliabel as rl
    from reliabel.bench.scale import mixture

    y, features, _ = mixture(n)
    start = time.process_time()
    audit = rl.audit(rl.Classes(y), features=features)
    whole, start = time.process_time() - start, time.process_time()
    made = {name: audit.data.evidence[name] for name in ("probs", "neighbours")}
    rl.audit(rl.Classes(y), features=features, **made)
    rest = time.process_time() - start
    return {WHOLE: whole, REST: rest, "times": whole / max(whole - rest, 1e-9)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))))
