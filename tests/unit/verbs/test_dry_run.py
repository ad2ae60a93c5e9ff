"""What an audit would cost: the model on made-up counts, and a run on small data beside it."""

import time

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.run import apart, current, in_place, running, tell
from reliabel.engine.meter import Counted, Meter, size_of
from reliabel.verbs.dry_run import Measured, foretold, predicted, told


def _work(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_the_meter_tells_blocks_from_what_lies_between_them() -> None:
    meter = Meter()

    def block(n: int) -> np.ndarray:
        _work(0.02)
        return np.zeros(n)

    kept: list[np.ndarray] = []
    with running(executor=meter, listener=meter.hear):
        tell("neighbours", 0, 2)
        _work(0.05)
        current().executor(block, [100, 200], kept.append)
        tell("auditors  one", 0, 1)
        tell("neighbours", 0, 1)  # a step within an auditor
        apart(lambda: _work(0.03), 1.0)
    meter.stop()
    assert [len(part) for part in kept] == [100, 200]
    near, asked = meter.stages["neighbours"], meter.stages["auditors"]
    assert near.blocks == 2
    assert near.results == 300 * 8
    assert near.peak >= 800
    assert 0.035 < near.blocks_s < 0.2
    assert 0.045 < near.driver_s < 0.2
    assert near.whole_s == 0
    assert 0.025 < asked.whole_s < 0.2


def test_bytes_of_results() -> None:
    assert size_of([np.zeros(3), (np.zeros(2, dtype=np.int32), b"abc"), {"a": 1}]) == 24 + 8 + 3 + 8


def _found() -> Measured:
    stages = {
        size: {
            "auditors": Counted(blocks_s=size / 1000, driver_s=1.0, blocks=9, results=size * 4),
            "P(wrong)": Counted(whole_s=size / 10_000, peak=2**20),
        }
        for size in (1_000, 3_000)
    }
    search = {size: Counted(blocks_s=(size / 1000) ** 1.5) for size in (1_000, 4_000)}
    return Measured(stages, search, 8.0, 1536.0, 384, 100.0)


def test_each_stage_grows_as_it_does_on_the_samples() -> None:
    said = foretold(_found(), 100_000, 10, "ray")
    by_name = {stage.name: stage for stage in said.stages}
    assert by_name["auditors"].blocks_s == pytest.approx(100)
    assert by_name["auditors"].driver_s == pytest.approx(1.0 * 100_000 / 3_000)
    assert by_name["neighbours"].blocks_s == pytest.approx(1000)
    assert by_name["neighbours"].wall_s == pytest.approx(100)
    assert by_name["P(wrong)"].whole_s == pytest.approx(5)  # 50,000 rows are fitted at most
    assert by_name["P(wrong)"].wall_s == pytest.approx(5)
    assert said.wire_mib == pytest.approx(100_000 * 4 / 2**20)
    assert said.rows_mib == pytest.approx(100_000 * 1536 / 2**20)
    assert foretold(_found(), 100_000, 10, "local").wire_mib == 0
    text = told(said)
    assert "a prediction for 100,000 rows on 10 workers of a Ray cluster" in text
    assert "most of the time goes to neighbours: more workers shorten it" in text
    assert "it runs in one process" in told(foretold(_found(), 100_000, 1000, "ray"))


@pytest.mark.slow
def test_a_prediction_is_of_the_size_of_what_is_measured() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 4_000)
    x = (rng.normal(size=(4_000, 16)) + 2 * np.eye(3, 16)[y]).astype(np.float32)
    data = rl.read(label=y, features=x)
    said = predicted(data)
    with running(executor=in_place):
        start = time.process_time()
        rl.audit(data, workers=1)
        took = time.process_time() - start
    assert {"probabilities", "neighbours", "auditors", "P(wrong)"} <= {s.name for s in said.stages}
    assert took / 3 < said.cpu_s < took * 3
    assert said.worker_mib > 50


def test_what_cannot_be_predicted_is_one_sentence() -> None:
    data = rl.read(label=[0, 1] * 10, features=np.eye(20))
    with pytest.raises(ValueError, match="workers at least 1 and rows at least 2, got 'local', 0"):
        predicted(data, workers=0)
    with pytest.raises(ValueError, match="engine is one of local, ray"):
        predicted(data, engine="spark")
