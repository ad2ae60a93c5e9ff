from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reliabel.bench.run import Row, Table
from reliabel.bench.state import BEGIN, END, _rows, fill, lines
from reliabel.bench.state_worlds import CHOSEN, JUDGED, NOISES, StateWorld, made, worlds

ROOT = Path(__file__).parents[3]


def facts(scenario: str, setting: str, state: int, flat: int, covered: float | None) -> list[Row]:
    values = {"truth share": 0.05, "answer state": state, "answer flat": flat}
    if covered is not None:
        values["count covered"] = covered
    return [Row(scenario, "x", setting, 0, *key.split(), value) for key, value in values.items()]


def test_every_shape_meets_every_noise_on_its_own_side():
    every = worlds(2)
    assert len({world.scenario for world in every}) == len(every)
    for side, shapes in (("chosen", CHOSEN), ("judged", JUDGED)):
        mine = [world for world in every if world.side == side and world.shape in shapes]
        assert {(w.shape, w.noise, w.rate) for w in mine} >= {
            (s, *n) for s in shapes for n in NOISES
        }
    assert not CHOSEN.keys() & JUDGED.keys()


@pytest.mark.parametrize("noise", ["next", "one", "uniform", "clean", "shuffled"])
def test_labels_are_changed_as_the_noise_says(noise):
    world = StateWorld("chosen", "corners 3", noise, 0.2, 0)
    labels, truth, x = made(world, Path("nowhere"), Path("nowhere"))
    wrong = labels.y != truth
    assert len(x) == len(labels) == 2000
    if noise == "clean":
        assert not wrong.any()
    elif noise == "next":
        assert ((labels.y - truth)[wrong] % 3 == 1).all()
        assert 0.17 < wrong.mean() < 0.23
    elif noise == "one":
        assert set(truth[wrong]) == {0}
        assert set(labels.y[wrong]) == {1}
    elif noise == "uniform":
        assert set(((labels.y - truth)[wrong] % 3).tolist()) == {1, 2}
    else:
        assert np.bincount(labels.y).tolist() == np.bincount(truth).tolist()


def test_a_world_gives_its_answer_and_its_count():
    world = StateWorld("chosen", "corners 8", "next", 0.05, 0)
    rows = {f"{r.method} {r.metric}": r for r in _rows(world, Path("nowhere"), Path("nowhere"))}
    assert rows["answer state"].value == 0
    assert rows["answer flat"].value == 1
    assert rows["count covered"].value == 1
    assert rows["p_wrong average_precision"].value > 0.99


def test_the_table_counts_answers_and_covered_intervals():
    rows = [
        *facts("chosen-a", "next 0.2", 0, 1, 1.0),
        *facts("chosen-b", "next 0.2", 0, 0, 0.0),
        *facts("chosen-c", "next 0.2", 1, 0, None),
        *facts("judged-d", "next 0.2", 2, 0, None),
    ]
    assert lines(rows)[1:] == [
        ["next class, 20 %", "chosen", "3", "2", "1", "0", "1", "1 of 2"],
        ["next class, 20 %", "judged", "1", "0", "0", "1", "0", "-"],
    ]
    page = fill(rows, f"before\n{BEGIN}stale\n{END}\nafter\n")
    assert "stale" not in page
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    with pytest.raises(ValueError, match="no marks"):
        fill(rows, "nothing")


def test_the_page_holds_what_was_measured():
    page = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    assert fill(Table(ROOT / "docs" / "bench" / "state.csv").rows, page) == page


def test_a_count_by_flat_disagreement_held_the_truth_in_every_world_with_errors():
    seen: dict[str, dict[str, float]] = {}
    for row in Table(ROOT / "docs" / "bench" / "state.csv").rows:
        seen.setdefault(row.scenario, {})[f"{row.method} {row.metric}"] = float(row.value)
    flat = [of for of in seen.values() if of["answer flat"] and of["truth share"] > 0]
    assert len(flat) == 42  # as docs/trust.md says
    assert all(of["count covered"] for of in flat)
    clear = [of for of in seen.values() if of["answer state"] == 2]
    assert clear
    assert all(of["truth share"] == 0 for of in clear)
