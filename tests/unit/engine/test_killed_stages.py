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

import numpy as np
import pytest
from tests.unit.engine import every_way

from reliabel.core.run import Rated, running
from reliabel.engine import ray as on_ray
from reliabel.engine.blas import one_blas_thread
from reliabel.folders.vector_store import Vectors
from reliabel.ops import cells, forest, near_copies, neighbours, picture_copies, shards
from reliabel.prepare import item_vectors


class Deadly:
    """A cluster in which one worker of the first call of each kind of work is killed, and which
    counts how often blocks were worked on.
    """

    def __init__(self, cluster: on_ray.Cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.calls: list[tuple[int, Path]] = []
        self.kinds: set[str] = set()

    def __call__(
        self, work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
    ) -> None:
        place = Path(tempfile.mkdtemp(dir=self.folder))
        self.calls.append((len(blocks), place))
        driver, kind = os.getpid(), _named(work)
        if kind in self.kinds:
            (place / "spared").mkdir()
        self.kinds.add(kind)

        def watched(block: Any) -> Any:
            (place / f"worked {uuid4()}").touch()
            if os.getpid() != driver and not (place / "spared").exists():
                try:
                    (place / "killed").mkdir()
                except FileExistsError:  # one is enough
                    return work(block)
                os.kill(os.getpid(), signal.SIGKILL)
            return work(block)

        rated = isinstance(work, Rated)
        self.cluster(Rated(watched, work.operations) if rated else watched, blocks, keep)


def _named(work: Any) -> str:
    """The name of the function that works on a block."""
    while not hasattr(work, "__qualname__"):
        work = getattr(work, "work", None) or getattr(work, "func", None) or type(work)
    return f"{work.__module__}.{work.__qualname__}"


@pytest.fixture(scope="module")
def cluster() -> Iterator[on_ray.Cluster]:
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    with on_ray.Cluster(workers=2, retries=5) as started:
        yield started


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small work goes to the workers too."""
    for name in ("SMALL", "COLD", "STARTING"):
        monkeypatch.setattr(on_ray, name, 0.0)


def deaths(deadly: Deadly) -> int:
    """How many calls lost a worker; each did no more again than a run of blocks."""
    died = 0
    for blocks, place in deadly.calls:
        worked = len(list(place.glob("worked*")))
        dead = (place / "killed").exists()
        died += dead
        assert worked <= blocks + dead * on_ray.LONGEST, (blocks, worked)
    return died


@pytest.mark.slow
def test_a_worker_killed_in_each_stage(
    cluster: on_ray.Cluster, tmp_path: Path, sent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, value in (
        (neighbours, "LEAF", 100),
        (cells, "FIRST", 200),
        (shards, "FIRST", 200),
        (cells, "PAYS", 1.0),
        (shards, "PAYS", 1e9),
        (forest, "AFFORDABLE", 0.0),
    ):
        monkeypatch.setattr(module, name, value)
    x, y = every_way.data()
    with one_blas_thread():
        alone = every_way.answers(x, y)
        deadly = Deadly(cluster, tmp_path)
        with running(executor=deadly):
            killed = every_way.answers(x, y)
    assert killed == alone
    assert deaths(deadly) > 10, sorted(deadly.kinds)


@pytest.mark.slow
def test_a_worker_killed_while_items_are_embedded(
    cluster: on_ray.Cluster, tmp_path: Path, sent: None
) -> None:
    texts = [f"text number {at}" for at in range(600)]
    names = item_vectors.names_of(texts, None)

    def embed(items: Sequence[str]) -> Any:
        return np.array([[len(item), sum(map(ord, item))] for item in items], dtype=np.float32)

    alone = item_vectors.embedded(texts, names, Vectors("alone", tmp_path / "alone"), embed)
    deadly = Deadly(cluster, tmp_path)
    with running(executor=deadly):
        killed = item_vectors.embedded(texts, names, Vectors("k", tmp_path / "killed"), embed)
    assert killed.tobytes() == alone.tobytes()
    assert deaths(deadly) == 1


@pytest.mark.slow
def test_a_worker_killed_while_copies_of_pictures_are_sought(
    cluster: on_ray.Cluster, tmp_path: Path, sent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_copies, "BLOCK", 20)
    monkeypatch.setattr(near_copies, "LOOKS", 5)
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (100, 4, 4, 3))
    pictures = [one.repeat(8, 0).repeat(8, 1).astype(np.uint8) for one in coarse]
    for at in range(12):  # the last are the first with a little noise
        noise = rng.integers(-2, 3, (32, 32, 3))
        pictures[88 + at] = np.clip(pictures[at] + noise, 0, 255).astype(np.uint8)

    def found() -> list[tuple[tuple[int, ...], str]]:
        copies = near_copies.copies(100, pictures, None, None)
        return [(tuple(group.items), str(group.kind)) for group in copies.groups]

    alone = found()
    assert len(alone) > 2
    deadly = Deadly(cluster, tmp_path)
    with running(executor=deadly):
        assert found() == alone
    assert deaths(deadly) >= 2
