"""A worker killed in the middle of each heavy stage: the answer keeps its bits, and no more is done
again than the run of blocks that the worker had.
"""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.unit.engine import every_way

from reliabel.core.run import Rated, running
from reliabel.engine import ray as on_ray
from reliabel.engine.blas import one_blas_thread
from reliabel.ops import cells, forest, neighbours, shards


class Deadly:
    """A cluster in which one worker of each call is killed at its second block, or at its first if
    there are few; and which counts how often blocks were worked on.
    """

    def __init__(self, cluster: on_ray.Cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.calls: list[tuple[int, Path]] = []

    def __call__(
        self, work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
    ) -> None:
        place = Path(tempfile.mkdtemp(dir=self.folder))
        self.calls.append((len(blocks), place))
        driver = os.getpid()

        def watched(block: Any) -> Any:
            (place / f"worked {uuid4()}").touch()
            if os.getpid() != driver:
                try:
                    (place / "killed").mkdir()
                except FileExistsError:  # one is enough
                    return work(block)
                os.kill(os.getpid(), signal.SIGKILL)
            return work(block)

        rated = isinstance(work, Rated)
        self.cluster(Rated(watched, work.operations) if rated else watched, blocks, keep)


@pytest.fixture(scope="module")
def cluster() -> Iterator[on_ray.Cluster]:
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    with on_ray.Cluster(workers=2, retries=5) as started:
        yield started


@pytest.mark.slow
def test_a_worker_killed_in_each_stage(
    cluster: on_ray.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, value in (
        (neighbours, "LEAF", 100),
        (cells, "FIRST", 200),
        (shards, "FIRST", 200),
        (cells, "PAYS", 1.0),
        (shards, "PAYS", 1e9),
        (forest, "AFFORDABLE", 0.0),
        (on_ray, "SMALL", 0.0),
        (on_ray, "COLD", 0.0),
        (on_ray, "STARTING", 0.0),
    ):
        monkeypatch.setattr(module, name, value)
    x, y = every_way.data()
    with one_blas_thread():
        alone = every_way.answers(x, y)
        deadly = Deadly(cluster, tmp_path)
        with running(executor=deadly):
            killed = every_way.answers(x, y)
    assert killed == alone
    died = 0
    for blocks, place in deadly.calls:
        worked = len(list(place.glob("worked*")))
        dead = (place / "killed").exists()
        died += dead
        assert worked <= blocks + dead * on_ray.LONGEST, (blocks, worked)
    assert died > 10
