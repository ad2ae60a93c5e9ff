"""Crashes at every step: a writer dies before each of its file operations in turn."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

EVENTS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate", "os.link")


class Crash(BaseException):
    """The writer is dead: nothing that it still tries to do to files happens."""


class Writer:
    """Counts the file operations below ``folder`` and dies before operation ``at``."""

    def __init__(self) -> None:
        self.folder, self.at, self.done = "", 0, 0
        self.end: Callable[[], None] = self.crash
        self.hooked = False

    def crash(self) -> None:
        raise Crash

    def watch(self, event: str, args: tuple[object, ...]) -> None:
        if self.folder and event in EVENTS and self.folder in str(args[0]):
            self.done += 1
            if self.done >= self.at:
                self.end()

    def run(self, folder: Path, at: int, act: Callable[[], object]) -> bool:
        """Whether ``act`` died before it was through."""
        if not self.hooked:  # a hook cannot be taken away again
            sys.addaudithook(self.watch)
            self.hooked = True
        self.at, self.done, self.folder = at, 0, str(folder)
        try:
            act()
        except Crash:
            return True
        finally:
            self.folder = ""
        return False


WRITER = Writer()


def every_crash(before: Path, folder: Path, act: Callable[[], object]) -> Iterator[int]:
    """The number of each crash of ``act`` in ``folder``, which began as a copy of ``before``."""
    at, died = 0, True
    while died:
        at += 1
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(before, folder)
        died = WRITER.run(folder, at, act)
        if died:
            yield at
    assert at > 20, "the file operations were not seen"


def die_for_good(folder: Path, at: int) -> None:
    """This process ends, without any clean-up, before its operation ``at`` below ``folder``."""
    WRITER.end = lambda: os._exit(9)
    sys.addaudithook(WRITER.watch)
    WRITER.at, WRITER.folder = at, str(folder)
