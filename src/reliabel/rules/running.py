"""Labelling functions on items, block by block: what they answer, and what became of each function
(errors, items that took too long).
"""

from __future__ import annotations

import signal
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reliabel.core.labels import Ints
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields
from reliabel.rules.answers import answer_of
from reliabel.rules.function import Function

BLOCK = 1024  # items
PATIENCE = 20  # items that may take too long before a function is asked no more: a judgement


class TooLong(BaseException):
    """The time for an item is over.  No Exception, so that no function swallows it."""


@dataclass
class Course:
    """What became of one function."""

    name: str
    errors: int = 0
    first_error: str = ""  # the first error, with the number of its item
    slow: int = 0  # items that took too long
    asked: int = 0  # items that it was asked about
    unknown: dict[str, int] = field(
        default_factory=dict
    )  # class names that are none, and how often


@dataclass(frozen=True, eq=False)
class Answers:
    """What functions said: answer a of function f on item i, in the order of the functions."""

    item: Ints
    function: Ints
    answer: Ints  # the place in ``distinct``
    distinct: list[Any]
    courses: list[Course]

    __repr__ = by_fields


class _Kept:
    """Answers of one function, and the numbers of all distinct answers."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read
        self.place: dict[Any, int] = {}
        self.raw: dict[Any, int] = {}  # as functions give them, so that each is read once

    def number(self, value: Any) -> int:
        """The number of an answer; -1 where it says nothing."""
        if value is None:
            return -1
        plain = isinstance(value, str | int | bool)
        key = (type(value), value)
        if plain and key in self.raw:
            return self.raw[key]
        found = self.read(value)
        code = -1 if found is None else self.place.setdefault(found, len(self.place))
        if plain:
            self.raw[key] = code
        return code


def run(
    items: Sequence[Any],
    functions: Sequence[Function],
    *,
    seconds: float | None = None,
    errors: str = "count",
    read: Callable[[Any], Any] = answer_of,
) -> Answers:
    """Ask each function about each item; progress is told block by block.

    seconds: how long a function may take for an item (a block for those that take a block at once,
        times its items); it is stopped at between one and two times that, where the interpreter
        can (in the main thread; elsewhere such an item is counted when it is done).  After twenty
        of them a function is asked no more.
    errors: "count" those of functions, or "raise" the first.
    read: from an answer as functions give it to one that can be told from others (None: nothing).
    """
    kept, n = _Kept(read), len(items)
    rows = [array("q") for _ in functions]
    said = [array("q") for _ in functions]
    courses = [Course(one.name) for one in functions]
    starts = range(0, n, BLOCK)
    for start in track("labelling functions", starts, len(starts)):
        block = items[start : start + BLOCK]
        for one, course, row, code in zip(functions, courses, rows, said, strict=True):
            if course.slow >= PATIENCE:
                continue
            with _limit(seconds, len(block) if one.whole else 1) as watch:
                ask = _whole if one.whole else _one_by_one
                for place, value in ask(one, block, start, course, watch, errors):
                    number = _number(kept, value, course, start + place, errors)
                    if number >= 0:
                        row.append(start + place)
                        code.append(number)
    size = [len(row) for row in rows]
    return Answers(
        np.concatenate([np.asarray(row, dtype=np.int64) for row in rows]),
        np.repeat(np.arange(len(functions)), size),
        np.concatenate([np.asarray(code, dtype=np.int64) for code in said]),
        list(kept.place),
        courses,
    )


def _number(kept: _Kept, value: Any, course: Course, item: int, errors: str) -> int:
    try:
        return kept.number(value)
    except (TypeError, ValueError) as wrong:
        if errors == "raise":
            raise
        _count(course, wrong, item)
        return -1


def _one_by_one(
    one: Function, block: Sequence[Any], start: int, course: Course, watch: _Watch, errors: str
) -> Iterator[tuple[int, Any]]:
    answer = one.answer
    for place, item in enumerate(block):
        if course.slow >= PATIENCE:
            return
        course.asked += 1
        value = None
        try:
            watch.begin()
            value = answer(item)
            watch.end()
        except TooLong:
            course.slow += 1
        except Exception as wrong:
            watch.end()
            if errors == "raise":
                raise
            _count(course, wrong, start + place)
        if watch.late():
            course.slow += 1
        elif value is not None:
            yield place, value


def _whole(
    one: Function, block: Sequence[Any], start: int, course: Course, watch: _Watch, errors: str
) -> Iterator[tuple[int, Any]]:
    course.asked += len(block)
    found: Sequence[Any] = ()
    try:
        watch.begin()
        found = one.answer(block, start)
        watch.end()
        if len(found) != len(block):
            raise ValueError(f"{len(found)} answers for {len(block)} items")
    except TooLong:
        course.slow += len(block)
    except Exception as wrong:
        watch.end()
        if errors == "raise":
            raise
        _count(course, wrong, start, len(block))
        found = ()
    if watch.late():
        course.slow += len(block)
    else:
        yield from enumerate(found)


def _count(course: Course, wrong: BaseException, item: int, times: int = 1) -> None:
    course.errors += times
    if not course.first_error:
        course.first_error = f"{type(wrong).__name__} at item {item}: {wrong}"


class _Watch:
    """When the work on an item began, and whether it took too long without being stopped."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds, self.began, self.took = seconds, 0.0, 0.0

    def begin(self) -> None:
        if self.seconds is not None:
            self.took, self.began = 0.0, time.perf_counter()

    def end(self) -> None:
        if self.began:
            self.took, self.began = time.perf_counter() - self.began, 0.0

    def late(self) -> bool:
        """Whether the last item took too long; said once."""
        over = self.seconds is not None and self.took > 2 * self.seconds
        self.took = 0.0
        return over

    def ring(self, *_: Any) -> None:
        if self.began and self.seconds and time.perf_counter() - self.began >= self.seconds:
            self.began = 0.0
            raise TooLong


@contextmanager
def _limit(seconds: float | None, times: int) -> Iterator[_Watch]:
    """Within the block a clock rings in the main thread, and stops what takes too long."""
    watch = _Watch(None if seconds is None else seconds * times)
    can = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if watch.seconds is None or not can:
        yield watch
        return
    before = signal.signal(signal.SIGALRM, watch.ring)
    signal.setitimer(signal.ITIMER_REAL, watch.seconds, watch.seconds)
    try:
        yield watch
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
