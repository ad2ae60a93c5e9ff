"""The command line: one command a verb, which parses, calls the verb and writes.

Results go to stdout, progress and warnings to stderr.  Exit codes: 0 done, 1 a failure of ours or
of the disk, 2 bad input, 3 a gate failed, 4 cannot tell, 130 interrupted with the last good state
kept.
"""

from __future__ import annotations

from reliabel.cli import (  # noqa: F401 (imported for the commands they add)
    about,
    audit,
    bench,
    certify,
    data,
    evaluate,
    learn,
    review,
)
from reliabel.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    app()
