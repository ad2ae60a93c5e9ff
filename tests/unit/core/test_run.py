import threading

import pytest

from reliabel.core.run import Cancelled, current, in_place, running, stop_if_cancelled, tell, track


def test_without_a_listener_nothing_is_heard_and_nothing_fails():
    tell("x", 1, 2)
    assert list(track("x", [1, 2])) == [1, 2]


def test_a_listener_hears_each_step_and_is_gone_afterwards():
    heard = []
    with running(listener=lambda *told: heard.append(told)):
        list(track("steps", iter("ab"), total=2))
    tell("later", 0, 1)
    assert heard == [("steps", 0, 2), ("steps", 1, 2), ("steps", 2, 2)]


def test_runs_nest_and_keep_what_is_not_changed():
    with running(label="outer"), running(listener=print):
        assert current().label == "outer"
    assert current().label == ""


def test_a_cancelled_run_stops_and_no_except_exception_swallows_it():
    stop = threading.Event()
    stop.set()
    with running(cancelled=stop), pytest.raises(Cancelled, match="stopped on request"):
        stop_if_cancelled()
    assert not issubclass(Cancelled, Exception)


def test_blocks_stop_between_two():
    stop, kept = threading.Event(), []

    def work(block):
        stop.set()
        return block

    with running(cancelled=stop), pytest.raises(Cancelled):
        in_place(work, [1, 2, 3], kept.append)
    assert kept == [1]


def test_a_training_reads_where_to_keep_checkpoints_and_whether_to_record(tmp_path):
    assert (current().folder, current().record, current().seconds) == (None, False, 30.0)
    with running(folder=str(tmp_path), record=True, seconds=0), running(label="inner"):
        assert (current().folder, current().record, current().seconds) == (tmp_path, True, 0)
    assert current().folder is None


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_seconds_between_checkpoints_that_make_no_sense_are_refused(seconds):
    with (
        pytest.raises(ValueError, match=r"seconds between checkpoints must be 0 .* got"),
        running(seconds=seconds),
    ):
        pass
