"""What a cluster loses while it works, each as one sentence: a worker without memory, a worker
that is killed again and again, a node, the head.

A single lost worker or node costs its blocks, which are worked on again elsewhere, and no sentence;
these are the losses that cannot be made up for.
"""

from __future__ import annotations

import time
from typing import Any

from reliabel.engine.attach import answers, first_line, place_of

EVERY = 2.0  # seconds between looks at the head
GONE = 10.0  # seconds without an answer after which the head is lost
KEPT = "pieces that were finished are kept in the audit folder, and the same command goes on there"


class Head:
    """The head of a cluster, looked at while its work is waited for: without it Ray waits a minute
    and then ends the whole process.

    address: HOST:PORT, or anything else where it cannot be looked at.
    """

    def __init__(self, address: str | None) -> None:
        self.place = None if address is None else place_of(address)
        self.looked = self.seen = time.monotonic()
        self.lost = False

    def look(self) -> None:
        """Raise OSError where the head has been gone for a while."""
        now = time.monotonic()
        if self.place is None or now - self.looked < EVERY:
            return
        why = answers(*self.place, seconds=EVERY)
        self.looked = time.monotonic()
        if not why:
            self.seen = self.looked
        elif self.looked - self.seen > GONE:
            self.lost = True
            raise OSError(
                f"the head of the Ray cluster at {self.place[0]}:{self.place[1]} is lost ({why} "
                f"for {self.looked - self.seen:.0f} s); start it again: {KEPT}"
            )


def raised(ray: Any, error: BaseException) -> BaseException:
    """What to raise for an exception of Ray: that of our own work as it was, a loss of the cluster
    as OSError with a sentence, anything else as it is.
    """
    known = ray.exceptions
    if isinstance(error, known.RayTaskError):
        return _in_work(error)
    if isinstance(error, known.OutOfMemoryError):
        return OSError(
            f"a worker of the cluster ran out of memory{_node(error)} and was ended again and "
            "again; give its nodes fewer workers (workers=, or ray start --num-cpus) or more "
            f"memory: {KEPT}"
        )
    if isinstance(error, known.WorkerCrashedError):
        return OSError(
            "a worker of the cluster died again and again on the same work (killed from outside, "
            f"or by the system for want of memory); see ray logs on its node: {KEPT}"
        )
    if isinstance(error, known.NodeDiedError | known.ObjectLostError | known.LocalRayletDiedError):
        return OSError(
            f"a node of the cluster was lost with what only it held ({type(error).__name__}: "
            f"{first_line(error)}); start it again: {KEPT}"
        )
    if isinstance(error, known.RayError):
        return OSError(
            f"the Ray cluster cannot go on ({type(error).__name__}: {first_line(error)}): {KEPT}"
        )
    return error


def _in_work(error: Any) -> BaseException:
    cause: BaseException = error.cause
    if isinstance(cause, ModuleNotFoundError):
        return ValueError(
            f"a node of the cluster lacks a package that this work needs ({cause}); install there "
            "what is installed here"
        )
    if isinstance(cause, FileNotFoundError):
        return OSError(
            f"a node of the cluster cannot open a file of the data ({first_line(cause)}); keep the "
            "data on storage that all nodes see under one name, or at an address such as s3://"
        )
    if isinstance(cause, MemoryError):
        return OSError(
            f"a worker of the cluster ran out of memory ({first_line(cause)}); give its nodes "
            f"fewer workers (workers=, or ray start --num-cpus) or more memory: {KEPT}"
        )
    return cause


def _node(error: BaseException) -> str:
    """Where a worker ran, as far as Ray's message tells it."""
    from re import search

    found = search(r"IP: ([0-9a-fA-F.:]+[0-9a-fA-F])", str(error))
    return f" on node {found[1]}" if found else ""
