"""What happens when the process of a test worker dies (a crash in a library, the kernel short of
memory): its tests go to another worker, the test that it was in is run once more, and a second
death fails it.

pytest-xdist 3.8 puts the finished files of a dead worker back into its queue as well, where nobody
takes them out at the end, and gives the worker in its place a single test, which that does not
begin: the run then waits for ever.
"""

from collections import Counter
from contextlib import suppress

import pytest

DEATHS: Counter = Counter()  # by test

try:
    from xdist.scheduler import LoadFileScheduling
except ModuleNotFoundError:  # tests in one process: its death ends the run
    Scheduling = None
else:

    class Scheduling(LoadFileScheduling):
        """A file goes to one worker; what a dead worker leaves unfinished goes to another."""

        def remove_node(self, node):
            work = self.assigned_work.pop(node)
            left = {scope: unit for scope, unit in work.items() if not all(unit.values())}
            open_tests = ((unit, test) for unit in left.values() for test in unit if not unit[test])
            unit, died = next(open_tests, (None, None))
            if died is None:  # it had finished
                return None
            DEATHS[died] += 1
            unit[died] = DEATHS[died] > 1
            self.workqueue.update({s: unit for s, unit in left.items() if not all(unit.values())})
            for other in self.assigned_work:
                self._reschedule(other)
            return died

        def _reschedule(self, node):
            if (
                node not in self.registered_collections
            ):  # it takes a dead one's place, not yet ready
                return
            super()._reschedule(node)
            while self.workqueue and self._waits(node):
                self._assign_work_unit(node)

        def _assign_work_unit(self, node):
            with suppress(OSError):  # it died a moment ago: its work goes on when that is noticed
                super()._assign_work_unit(node)

        def _waits(self, node):
            """A worker begins a test when it knows the one after it."""
            return not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem, report, sched):
    if DEATHS[crashitem] == 1:
        report.outcome = "skipped"
        report.longrepr = (crashitem, 0, "its process died: the test is run once more")
