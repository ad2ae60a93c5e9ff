"""The command line: one command a verb, which parses, calls the verb and writes.

Results go to stdout, progress and warnings to stderr.  Exit codes: 0 done, 1 a failure of ours or
of the disk, 2 bad input, 3 a gate failed, 4 cannot tell, 130 interrupted with the last good state
kept.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading

from reliabel.cli import (  # noqa: F401 (imported for the commands they add)
    about,
    aggregate,
    audit,
    audited,
    bench,
    certify,
    corrupt,
    evaluate,
    learn,
    measure,
    review,
    weak,
)
from reliabel.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line, and end the process."""
    code: object = 0
    try:
        app()
    except SystemExit as end:
        code = end.code
    if not isinstance(code, int | None):
        raise SystemExit(code)
    _end(code or 0)


def _end(code: int) -> None:
    """End the process as the interpreter would, but without taking it apart: threads of libraries
    that let go of Python objects at that moment abort it now and then ("terminate called without an
    active exception"), after all work is done.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as at any end
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more
        code = code or 1
    os._exit(code)
