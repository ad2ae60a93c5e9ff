"""Masks far larger than memory: a data set of generated pictures of 512 x 512 is audited in 2 GB,
and gives the same answer from a function, from files and from memory.

The whole of it: ``RELIABEL_MASKS=10000 python -m pytest -m heavy
tests/unit/verbs/test_masks_memory.py``; the tests run it on few pictures.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.mask_worlds import mask_world

import reliabel as rl
from reliabel.core.evidence import PixelProbs

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 2 * 2**30  # bytes

CHILD = '''
import resource, sys
import numpy as np
import reliabel as rl
from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.ops.regions import class_parts

n, side, k = int(sys.argv[1]), 512, 8
TABLE = (np.full((k, k), 0.02) + 0.84 * np.eye(k)).astype(np.float32)

def picture(item, planted):
    """The map of a picture: bands, and boxes upon them; an error in one of ten of these."""
    rng = np.random.default_rng(item)
    grid = np.zeros((side, side), np.int8)
    grid[int(rng.integers(100, 400)):] = 1
    for _ in range(8):
        top, left = rng.integers(0, side - 70, 2)
        y, wrong = rng.integers(2, k), rng.random() < 0.1
        grid[top:top + 64, left:left + 64] = 2 + (y - 1) % (k - 2) if planted and wrong else y
    return grid

def probs(item):
    rng = np.random.default_rng(item + 10**6)
    p = TABLE[:, picture(item, False)]
    p += rng.random((k, 1, side), dtype=np.float32) * 0.3
    return p / p.sum(0)

start, length, count, y, each = [], [], [], [], []
for item in range(n):
    runs, classes = class_parts(picture(item, True))
    start.append(runs.start.astype(np.int32)); length.append(runs.length.astype(np.int32))
    count.append(np.diff(runs.offsets)); y.append(classes); each.append(len(classes))
y = np.concatenate(y)
offsets = np.concatenate([[0], np.cumsum(np.concatenate(count))])
units = Regions(y, np.concatenate(start), np.concatenate(length), offsets,
                np.full((len(y), 2), side), [f"c{c}" for c in range(k)])
del start, length, count
labels = Grouped(units, np.concatenate([[0], np.cumsum(each)]))
audit = rl.audit(labels, pixel_probs=PixelProbs(probs, units.names, count=n))
flagged = int(audit.opinions["pixel_confident_learning"].flag.sum())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(len(audit.data.labels), len(audit.data.labels.units), flagged, audit.count.value, peak)
'''


def _audited(n: int, timeout: int) -> tuple[int, int, int, float, int]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(n)],
        cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    items, rows, flagged, count, peak = done.stdout.split()[-5:]
    return int(items), int(rows), int(flagged), float(count), int(peak)


@pytest.mark.heavy
def test_a_data_set_of_generated_masks_is_audited_without_holding_it():
    n = 200
    items, rows, flagged, _, peak = _audited(n, 300)
    assert items == n
    assert rows > 6 * n
    assert flagged > 0.3 * n  # about .8 boxes a picture are wrong
    whole = n * 8 * 512 * 512 * 4
    assert peak < 0.5 * whole  # the probabilities alone are 1.7 GB


@pytest.mark.heavy
def test_ten_thousand_pictures_in_two_gigabytes():
    n = int(os.environ.get("RELIABEL_MASKS", "10000"))
    items, rows, flagged, count, peak = _audited(n, 4 * 3600)
    print(f"{items:,} pictures, {rows:,} rows, {flagged:,} flagged, count {count:.0f}, "
          f"{peak / 2**30:.2f} GB")  # fmt: skip
    assert items == n
    assert peak < LIMIT


def test_the_same_answer_from_files_a_function_and_memory(tmp_path):
    world = mask_world(30, side=48, seed=3)
    stack = np.array(world.pixel_probs.source)
    np.save(tmp_path / "all.npy", stack)
    sources = {
        "memory": stack,
        "map": np.load(tmp_path / "all.npy", mmap_mode="r"),
        "function": lambda item: stack[item],
    }
    audits = {
        name: rl.audit(world.labels, pixel_probs=PixelProbs(source, count=len(stack)))
        for name, source in sources.items()
    }
    first = audits["memory"]
    for other in audits.values():
        assert np.array_equal(first.p_wrong, other.p_wrong, equal_nan=True)
        assert [f.id for f in first.findings] == [f.id for f in other.findings]
