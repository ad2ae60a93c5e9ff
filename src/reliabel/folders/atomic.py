"""Atomic writes: a file is written through a temporary name and renamed, so that a crash leaves
what was there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary path next to ``path``; renamed to it when the block ends well, removed when it
    does not.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    except OSError as wrong:  # NumPy and Arrow say how many bytes, not which file
        raise OSError(
            f"{path} could not be written: {wrong}; is the disk full, or may nothing be written there?  What was there is as it was"
        ) from wrong
    finally:
        part.unlink(missing_ok=True)
