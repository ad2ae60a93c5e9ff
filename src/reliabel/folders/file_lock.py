"""Locks on files (POSIX ``flock``): the system frees them when their process ends, however it ends,
so that no lock has to be told from that of a dead process by its process number.
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

# what a file system without locks answers
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)


def try_lock(handle: int) -> bool | None:
    """Lock an open file without waiting: True if it is ours now, False if another holds it, None if
    the file system has no locks.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as wrong:
        if wrong.errno not in NO_LOCKS:
            raise
        return None
    return True


def is_free(path: Path) -> bool:
    """Whether a file exists that nobody has locked; False where that cannot be told."""
    try:
        handle = os.open(path, os.O_RDWR)
    except (FileNotFoundError, PermissionError):  # renamed meanwhile, or somebody else's
        return False
    try:
        return try_lock(handle) is True
    finally:
        os.close(handle)
