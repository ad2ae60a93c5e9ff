"""What an audit would cost before it runs: CPU and wall time, memory a worker and bytes over the
wire of each stage, from a model whose constants are measured on samples of the data at hand.

The stages are run on two samples by an executor that counts.  All stages but the neighbours grow
with the rows; neighbours are searched as at full size, on samples of their own, and grow by the
power that these show, or with the square of the rows up to 20,000.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.run import running
from reliabel.engine.blas import one_blas_thread
from reliabel.engine.choice import ENGINES
from reliabel.engine.meter import Counted, Meter
from reliabel.reading.sampled_rows import sampled
from reliabel.verbs.audit import audit

MIB = 2**20
ROWS = {"features": 20_000, "items": 2_000}  # of the larger sample: given features, items to embed
PART = 3  # the smaller sample is so many times smaller
NETWORK = 110.0  # MiB a second that a worker's machine is taken to receive: a gigabit a second
POWERS = (1.0, 2.0)  # between which the growth of the search for neighbours is believed
LOADED = "import numpy, scipy.sparse, reliabel.engine.ray, reliabel.ops.neighbours"


@dataclass(frozen=True)
class Stage:
    """What a stage would take: CPU seconds in blocks, which workers share, in pieces that cannot be
    cut, and in the process that asks; wall seconds; MiB that a block takes; MiB over the wire.
    """

    name: str
    blocks_s: float
    whole_s: float
    driver_s: float
    wall_s: float
    block_mib: float
    wire_mib: float

    @property
    def cpu_s(self) -> float:
        """CPU seconds in all."""
        return self.blocks_s + self.whole_s + self.driver_s


@dataclass(frozen=True)
class Prediction:
    """The cost of an audit of so many rows on so many workers, stage by stage.

    ``worker_mib`` is the memory of a worker beside the rows that a machine shares (``rows_mib``),
    ``driver_mib`` what the process that asks holds of the results; ``samples`` are the rows that
    the constants were measured on.
    """

    rows: int
    workers: int
    engine: str
    stages: tuple[Stage, ...]
    worker_mib: float
    rows_mib: float
    driver_mib: float
    samples: tuple[int, ...]

    @property
    def cpu_s(self) -> float:
        """CPU seconds in all."""
        return sum(stage.cpu_s for stage in self.stages)

    @property
    def wall_s(self) -> float:
        """Seconds until the audit is done."""
        return sum(stage.wall_s for stage in self.stages)

    @property
    def wire_mib(self) -> float:
        """MiB over the wire, without the rows."""
        return sum(stage.wire_mib for stage in self.stages)

    @property
    def longest(self) -> Stage:
        """The stage that takes most of the time."""
        return max(self.stages, key=lambda stage: stage.wall_s)


@dataclass(frozen=True)
class Measured:
    """What the stages took on samples: name -> what it took, by the rows of the sample; the search
    for neighbours apart; bytes of results and of the rows themselves, for each row.
    """

    stages: Mapping[int, Mapping[str, Counted]]
    search: Mapping[int, Counted]
    result_bytes: float
    row_bytes: float
    width: int
    worker_mib: float


def predicted(
    data: Dataset,
    *,
    workers: int = 1,
    engine: str = "local",
    rows: int | None = None,
    embed: str = "auto",
    model: Any = "auto",
    seed: int = 0,
) -> Prediction:
    """What ``audit`` would cost for these data.

    workers: threads or workers that share the blocks.  engine: "local" or "ray".
    rows: as if the data had so many rows like these; None takes those they have.
    Raises ValueError for data that cannot be audited, and for fewer than 1 worker.
    """
    if engine not in ENGINES or workers < 1 or (rows is not None and rows < 2):
        raise ValueError(
            f"engine is one of {', '.join(ENGINES)}, workers at least 1 and rows at least 2, got "
            f"{engine!r}, {workers} and {rows}"
        )
    n = len(data) if rows is None else rows
    return foretold(measured(data, n, embed, model, seed), n, workers, engine)


def told(said: Prediction) -> str:
    """A prediction as a table for the terminal."""
    where = "workers of a Ray cluster" if said.engine == "ray" else "threads of this process"
    seen = ", ".join(f"{size:,}" for size in sorted(set(said.samples)))
    lines = [
        f"a prediction for {said.rows:,} rows on {said.workers} {where}, from samples of {seen} "
        "rows; nothing was made or written",
        f"  {'stage':<16}{'CPU s':>10}{'of it here':>12}{'wall s':>10}{'MiB a block':>13}"
        f"{'MiB over the wire':>19}",
    ]
    lines += [
        f"  {one.name:<16}{one.cpu_s:>10,.1f}{one.driver_s:>12,.1f}{one.wall_s:>10,.1f}"
        f"{one.block_mib:>13,.0f}{one.wire_mib:>19,.0f}"
        for one in said.stages
    ]
    here = sum(one.driver_s for one in said.stages)
    lines += [
        f"  {'in all':<16}{said.cpu_s:>10,.1f}{here:>12,.1f}{said.wall_s:>10,.1f}{'':>13}"
        f"{said.wire_mib:>19,.0f}",
        f"  memory: about {said.worker_mib:,.0f} MiB a worker beside the rows "
        f"({said.rows_mib:,.0f} MiB, shared by the workers of a machine), and "
        f"{said.driver_mib:,.0f} MiB of results here",
        f"  most of the time goes to {said.longest.name}: {_advice(said)}",
    ]
    return "\n".join(lines)


def _advice(said: Prediction) -> str:
    """What would change the stage that takes longest."""
    one = said.longest
    shared = one.blocks_s / said.workers
    network = one.wire_mib / NETWORK
    if max(shared, one.driver_s, one.whole_s, network) == shared:
        return "more workers shorten it"
    if network > max(one.driver_s, one.whole_s):
        return "a faster network shortens it (a gigabit a second was taken)"
    return "it runs in one process, so that more workers do not shorten it"


def measured(data: Dataset, n: int, embed: str, model: Any, seed: int) -> Measured:
    """Run the stages on samples of the data as they would run for n rows."""
    with one_blas_thread():
        sample, making = _with_features(data, embed, seed)
        features = sample.evidence.get("features")
        m = len(sample)
        search = {} if features is None else _search(features, n, seed)
        stages: dict[int, dict[str, Counted]] = {}
        for size in sorted({m, max(m // PART, min(m, 30))}):
            part = sampled(sample, size, seed)
            done, meter = _audited(part, n, model, seed)
            stages[size] = dict(meter.stages)
            for name, counted in making.items():
                stages[size][name] = _times(counted, size / m)
    made = sum(_held(value) for name, value in done.data.evidence.items() if name != "features")
    made += sum(_held(opinion) for opinion in done.opinions.values())
    given = data.evidence.get("features")
    shared = given if given is not None else features
    row = 0 if shared is None else int(np.prod(shared.shape[1:])) * shared.dtype.itemsize
    width = 1 if features is None else int(np.prod(features.shape[1:]))
    return Measured(stages, search, made / max(size, 1), row, width, _worker_mib())


def foretold(found: Measured, n: int, workers: int, engine: str) -> Prediction:
    """The cost of n rows on so many workers, by what was measured."""
    from reliabel.trust.p_wrong import FIT

    sizes = sorted(found.stages)
    low, high = sizes[0], sizes[-1]
    names = dict.fromkeys(name for size in sizes for name in found.stages[size])
    stages = []
    for name in names:
        a, b = (found.stages[size].get(name, Counted()) for size in (low, high))
        blocks, driver = (
            _line(low, getattr(a, word), high, getattr(b, word), n)
            for word in ("blocks_s", "driver_s")
        )
        whole = _line(low, a.whole_s, high, b.whole_s, min(n, max(FIT, high)))
        wire = b.results * n / high if engine == "ray" and blocks > 1 else 0.0
        stages.append(_stage(name, (blocks, whole, driver), wire, b.peak, workers))
    if found.search:
        stages.insert(min(1, len(stages)), _neighbours(found, n, workers, engine))
    grown = _grown(high, n, found.width)
    peak = max((stage.block_mib for stage in stages), default=0.0) * grown
    return Prediction(
        n,
        workers,
        engine,
        tuple(stage for stage in stages if stage.cpu_s > 0),
        found.worker_mib + peak,
        found.row_bytes * n / MIB,
        found.result_bytes * n / MIB,
        (*sizes, *sorted(found.search)),
    )


def _neighbours(found: Measured, n: int, workers: int, engine: str) -> Stage:
    """The search for neighbours: by the power of the rows that its samples show."""
    sizes = sorted(found.search)
    a, b = found.search[sizes[0]], found.search[sizes[-1]]
    times = [
        _power(sizes[0], getattr(a, word), sizes[-1], getattr(b, word), n)
        for word in ("blocks_s", "driver_s")
    ]
    wire = b.results * n / sizes[-1] if engine == "ray" and times[0] > 1 else 0.0
    return _stage("neighbours", (times[0], 0.0, times[1]), wire, b.peak, workers)


def _stage(
    name: str, seconds: tuple[float, float, float], wire: float, peak: int, workers: int
) -> Stage:
    blocks, whole, driver = seconds
    wall = driver + whole + blocks / workers + wire / MIB / NETWORK
    return Stage(name, blocks, whole, driver, wall, peak / MIB, wire / MIB)


def _line(low: int, a: float, high: int, b: float, n: int) -> float:
    """A line through two measurements at n, and through zero where it would begin below zero or
    fall.

    >>> _line(10, 2.0, 30, 4.0, 100), _line(10, 1.0, 30, 9.0, 100), _line(10, 5.0, 30, 3.0, 100)
    (11.0, 30.0, 10.0)
    """
    if high <= low or b <= a or b * low > a * high:
        return b * n / high
    return b + (b - a) / (high - low) * (n - high)


def _power(low: int, a: float, high: int, b: float, n: int) -> float:
    """A power law through two measurements at n; the power is held between ``POWERS``."""
    if b <= 0:
        return 0.0
    shown = np.log(b / a) / np.log(high / low) if high > low and a > 0 else POWERS[1]
    return float(b * (n / high) ** np.clip(shown, *POWERS))


def _with_features(data: Dataset, embed: str, seed: int) -> tuple[Dataset, dict[str, Counted]]:
    """A sample of the data with its features, and what making them took."""
    from reliabel.prepare import prepare

    given = data.evidence.get("features") is not None
    sample = sampled(data, ROWS["features" if given else "items"], seed)
    if given or data.evidence.get("items") is None:
        own = sample.evidence.get("features")
        held = {} if own is None else {"features": np.asarray(own)}
        return replace(sample, evidence={**sample.evidence, **held}), {}
    meter = Meter()
    with running(executor=meter, listener=meter.hear):
        made = prepare(sample, frozenset({"features"}), embed=embed, seed=seed).data
    meter.stop()
    total = Counted()
    for one in meter.stages.values():
        total = _sum(total, one)
    return made, {"features": total}


def _search(features: Any, n: int, seed: int) -> dict[int, Counted]:
    """What the search for neighbours takes on samples, searched as among n rows."""
    from reliabel.ops import neighbours
    from reliabel.prepare.neighbours import places

    rng, m = np.random.default_rng(seed), len(features)
    x = np.asarray(features).reshape(m, -1)
    found: dict[int, Counted] = {}
    for size in sorted({m, max(m // PART, min(m, 30))}):
        part = x[np.sort(rng.choice(m, size, replace=False))]
        meter = Meter()
        meter.name = "neighbours"
        with running(executor=meter, listener=None):
            neighbours.nearest(part, j=min(places(n), size - 1), seed=seed, like=n)
        meter.stop()
        found[size] = meter.stages["neighbours"]
    return found


def _audited(part: Dataset, n: int, model: Any, seed: int) -> tuple[Any, Meter]:
    """An audit of a sample with the neighbours that it would have among n rows, and its counts."""
    from reliabel.ops.neighbours import nearest
    from reliabel.prepare.neighbours import places

    features = part.evidence.get("features")
    if features is not None and len(part) > 1:
        x = np.asarray(features).reshape(len(part), -1)
        near = nearest(x, j=min(places(n), len(part) - 1), seed=seed)
        part = replace(part, evidence={**part.evidence, "neighbours": near})
    meter = Meter()
    with running(listener=meter.hear):
        done = audit(part, model=model, seed=seed, engine=meter)
    meter.stop()
    return done, meter


def _worker_mib() -> float:
    """The memory of a process that has loaded what a worker loads, measured in one."""
    script = f"{LOADED}; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    words = done.stdout.split()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = int(words[-1]) if words and words[-1].isdecimal() else own
    return size / (MIB if sys.platform == "darwin" else 2**10)


def _grown(m: int, n: int, width: int) -> float:
    """How many times larger a block is among n rows than among m."""
    from reliabel.ops.chunks import spans

    stop = {rows: spans(rows, width)[0][1] for rows in (m, min(n, 2**21))}
    return max(stop.values()) / stop[m]


def _held(value: Any) -> int:
    """Bytes of the arrays of a piece of evidence or of an opinion."""
    from reliabel.engine.meter import size_of

    return size_of(value)


def _times(counted: Counted, share: float) -> Counted:
    return Counted(
        counted.blocks_s * share,
        counted.whole_s * share,
        counted.driver_s * share,
        counted.blocks,
        int(counted.results * share),
        counted.peak,
    )


def _sum(a: Counted, b: Counted) -> Counted:
    return Counted(
        a.blocks_s + b.blocks_s,
        a.whole_s + b.whole_s,
        a.driver_s + b.driver_s,
        a.blocks + b.blocks,
        a.results + b.results,
        max(a.peak, b.peak),
    )
