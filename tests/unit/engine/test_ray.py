"""A Ray cluster: the same answer to the last bit, errors and stops, and a worker killed in the
middle.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reliabel.auditors import confident_learning
from reliabel.core.labels import Classes
from reliabel.core.run import Cancelled, running
from reliabel.engine import ray as on_ray
from reliabel.engine.ray import Cluster
from reliabel.ops.chunks import RowBlock, Tree, cut, fold, rows, total


def test_bad_options_and_a_cluster_that_was_not_entered() -> None:
    with pytest.raises(ValueError, match="must be at least 1, got workers=0"):
        Cluster(workers=0)
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    with pytest.raises(ValueError, match="the cluster is not running"):
        Cluster()(len, [(), ()], print)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    with Cluster(workers=2) as started:
        yield started


@pytest.fixture(autouse=True)
def always_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work of any size goes to the workers; a cluster leaves small work where it is."""
    for name in ("SMALL", "COLD", "STARTING"):
        monkeypatch.setattr(on_ray, name, 0.0)


def _bits(x: Any) -> Any:
    def work(block: RowBlock) -> Any:
        (part,) = block.read()
        return part.sum(0), float(np.exp(part).sum()), {"rows": len(part)}

    blocks = cut(x, k=2**21 // 1024)  # blocks of 1024 rows
    spread = fold(lambda block: [block.start], lambda a, b: [*a, *b], blocks)
    return total(work, blocks), rows(lambda block: block.read()[0].sum(1), blocks), spread


@pytest.mark.slow
@pytest.mark.parametrize("n", [1500, 40_000, 131_072])
def test_the_answer_is_that_of_one_process_to_the_last_bit(
    cluster: Cluster, tmp_path: Path, n: int
) -> None:
    x = np.random.default_rng(0).random((n, 7), dtype=np.float32)
    np.save(tmp_path / "x.npy", x)
    (sums, exp, count), joined, spread = _bits(x)
    for source in (x, np.load(tmp_path / "x.npy", mmap_mode="r")):
        with running(executor=cluster):
            (sums2, exp2, count2), joined2, spread2 = _bits(source)
        assert sums.tobytes() == sums2.tobytes()
        assert (exp, count, spread) == (exp2, count2, spread2)
        assert joined.tobytes() == joined2.tobytes()


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    x = np.random.default_rng(0).random((60_000, 7))
    pids = tmp_path / "pids"
    pids.mkdir()
    here = os.getpid()  # the first block may be worked on here, to see what the others will take

    def work(block: RowBlock) -> Any:
        if os.getpid() != here:
            (pids / str(os.getpid())).touch()
        time.sleep(0.05)
        return block.read()[0].sum(0)

    def kill() -> None:
        until = time.monotonic() + 60
        while len(list(pids.iterdir())) < 2:
            if time.monotonic() > until:  # the test then says that nothing was killed
                return
            time.sleep(0.01)
        time.sleep(0.2)
        killed.append(int(next(pids.iterdir()).name))
        os.kill(killed[0], signal.SIGKILL)

    killed: list[int] = []
    blocks = cut(x, k=2**21 // 1024)
    expected = total(lambda block: block.read()[0].sum(0), blocks)
    murderer = threading.Thread(target=kill)
    murderer.start()
    with running(executor=cluster):
        found = total(work, blocks)
    murderer.join()
    assert killed
    assert len(list(pids.iterdir())) > 2  # another worker took over
    assert found.tobytes() == expected.tobytes()


@pytest.mark.slow
def test_an_auditor_does_not_know_where_it_runs(cluster: Cluster, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    p = rng.random((30_000, 200), dtype=np.float32) ** 4
    p /= p.sum(1, keepdims=True)
    np.save(tmp_path / "p.npy", p)
    labels = Classes(rng.integers(0, 200, 30_000))
    alone = confident_learning.audit(labels, probs=p)
    with running(executor=cluster):
        spread = confident_learning.audit(labels, probs=np.load(tmp_path / "p.npy", mmap_mode="r"))
    assert alone.score.tobytes() == spread.score.tobytes()
    assert alone.flag.tobytes() == spread.flag.tobytes()
    assert alone.flag.any()


@pytest.mark.slow
def test_an_error_in_a_worker_is_raised_as_it_was(cluster: Cluster) -> None:
    def work(block: int) -> int:
        if block == 3:
            raise ValueError("block three")
        return block

    parts: list[int] = []
    with pytest.raises(ValueError, match=r"^block three$"):
        cluster(work, list(range(8)), parts.append)
    assert parts == list(range(len(parts)))  # those before the run that holds the error
    assert len(parts) <= 3


@pytest.mark.slow
def test_a_stopped_run_sends_nothing_more(cluster: Cluster, tmp_path: Path) -> None:
    """Stopped several times, since Ray aborts the process of whoever cancels a task that ends."""

    def work(block: int) -> int:
        time.sleep(0.01)
        (tmp_path / str(block)).touch()
        return block

    def keep(part: int) -> None:
        run.cancelled.set()

    for _ in range(5):
        before = cluster.sent
        with running(cancelled=threading.Event()) as run, pytest.raises(Cancelled):
            cluster(work, list(range(500)), keep)
        assert cluster.sent - before < 12
    cluster(work, [500, 501], lambda part: None)  # waits until what was under way has ended
    assert len(list(tmp_path.iterdir())) < 250


def test_runs_of_blocks_leave_the_tree_as_it_is() -> None:
    for n in range(1, 70):
        for level in range(4):
            plain: Tree[Any] = Tree(lambda a, b: (a, b))
            merged: Tree[Any] = Tree(lambda a, b: (a, b))
            for part in range(n):
                plain.add(part)
            for start in range(0, n, 2**level):
                inner: Tree[Any] = Tree(lambda a, b: (a, b))
                for part in range(start, min(start + 2**level, n)):
                    inner.add(part)
                merged.add(inner.finish(), level)
            assert plain.finish() == merged.finish()
