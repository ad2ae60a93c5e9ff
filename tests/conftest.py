"""What all tests share: the law books count themselves at the end of a full run
(tests/conformance/count.py).
"""

import os
import tempfile

from tests.conformance.count import (
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

__all__ = ["pytest_runtest_logreport", "pytest_sessionfinish", "pytest_terminal_summary"]

# vectors of items are shared by all audits of a user: tests have a cache of their own
os.environ["RELIABEL_CACHE"] = tempfile.mkdtemp(prefix="reliabel-cache-")
