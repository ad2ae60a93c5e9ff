"""The same bits wherever an audit runs and wherever its rows lie, with the threads of BLAS as users
have them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "ways"), [([], 7), pytest.param(["every"], 12, marks=pytest.mark.heavy)]
)
def test_every_way_gives_the_same_bits(tmp_path: Path, words: list[str], ways: int) -> None:
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    free = {name: word for name, word in os.environ.items() if name not in THREADS}
    script = Path(__file__).with_name("every_way.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), *words],
        capture_output=True,
        text=True,
        check=False,
        env=free,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    made = json.loads(done.stdout)
    assert len(made) == ways
    for stage in made["in place, memory"]:
        different = {way: found[stage] for way, found in made.items()}
        assert len(set(different.values())) == 1, (stage, different)
