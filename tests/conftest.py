"""What all tests share: the law books count themselves at the end of a full run
(tests/conformance/count.py).
"""

from tests.conformance.count import (
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

__all__ = ["pytest_runtest_logreport", "pytest_sessionfinish", "pytest_terminal_summary"]
