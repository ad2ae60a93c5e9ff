"""What all tests share: the law books count themselves at the end of a full run
(tests/conformance/count.py), and a test whose process dies is run once more
(tests/dead_workers.py).
"""

import os
import tempfile

import pytest
from tests.conformance.count import (
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_terminal_summary,
)
from tests.dead_workers import pytest_handlecrashitem, pytest_xdist_make_scheduler

__all__ = [
    "pytest_handlecrashitem",
    "pytest_runtest_logreport",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
]

# vectors of items are shared by all audits of a user: tests have a cache of their own
os.environ["RELIABEL_CACHE"] = tempfile.mkdtemp(prefix="reliabel-cache-")
os.environ["RELIABEL_STATE"] = tempfile.mkdtemp(prefix="reliabel-state-")  # keys of review apps


@pytest.fixture
def fixed_draws(monkeypatch):
    """Draws of a review that are the same in each run, where a test asks whether an interval holds:
    one run in twenty may miss.
    """
    from random import Random

    import numpy as np

    from reliabel.review import picking

    system, dice = Random(1), np.random.default_rng(1)
    monkeypatch.setattr(picking, "SystemRandom", lambda: system)
    monkeypatch.setattr(picking, "_dice", lambda: dice)
