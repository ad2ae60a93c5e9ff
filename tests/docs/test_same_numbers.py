"""tools/same_numbers.py sees the last bit of every number, passes over wording, and runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def same(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    spec = spec_from_file_location("tools_same_numbers", ROOT / "tools" / "same_numbers.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Old:
    said: Any
    why: str = "It is so."


@dataclass
class New:
    opinions: Any
    why: str = "This is the reason."
    more: int = 1


def book(same, value):
    found = {}
    same.enter(found, "result", value)
    return found


def test_a_renamed_field_new_wording_and_a_new_field_do_not_fail(same):
    was, now = Old({"a": np.array([0.1, 0.2])}), New({"a": np.array([0.1, 0.2])})
    wrong, told = same.compare(book(same, was), book(same, now))
    assert not wrong
    assert [line.split("\n")[0] for line in told] == [
        "result / more",
        "result / opinions / a",
        "result / said / a",
        "text:result / why",
    ]


@pytest.mark.parametrize(
    "now",
    [
        {"p": np.array([0.1, np.nextafter(0.2, 1)]), "name": "ant", "rows": [[1, 0.5]]},
        {"p": np.array([0.1, 0.2], dtype=np.float32), "name": "ant", "rows": [[1, 0.5]]},
        {"p": np.array([[0.1, 0.2]]), "name": "ant", "rows": [[1, 0.5]]},
        {"p": np.array([0.1, 0.2]), "name": "bee", "rows": [[1, 0.5]]},
        {"p": np.array([0.1, 0.2]), "name": "ant", "rows": [[1, 0.5000000000000001]]},
        {"p": np.array([0.1, 0.2]), "name": "ant"},
    ],
    ids=["last bit", "type", "shape", "name", "nested list", "gone"],
)
def test_one_changed_value_is_found_alone(same, now):
    was = {"p": np.array([0.1, 0.2]), "name": "ant", "rows": [[1, 0.5]]}
    wrong, told = same.compare(book(same, was), book(same, now))
    assert (len(wrong), len(told)) == (1, 0)


def test_a_renamed_field_with_another_value_fails(same):
    was, now = Old({"a": np.array([0.1, 0.2])}), New({"a": np.array([0.1, 0.3])})
    wrong, _ = same.compare(book(same, was), book(same, now))
    assert [line.split("\n")[0] for line in wrong] == ["result / said / a"]


def test_a_value_where_none_was_is_new_and_one_that_is_no_more_fails(same):
    some, none = book(same, {"given": [1.5, None]}), book(same, {"given": [None, None]})
    assert same.compare(none, some)[0] == []
    assert len(same.compare(some, none)[0]) == 1


def test_findings_are_compared_field_by_field(same):
    was, now = [Old(1), Old(2)], [Old(1), Old(3)]
    wrong, _ = same.compare(book(same, was), book(same, now))
    assert [line.split("\n")[0] for line in wrong] == ["result / said"]


@pytest.mark.slow
def test_every_scenario_runs_and_hardly_any_is_refused(same, tmp_path):
    env = os.environ | same.THREADS
    tool = [sys.executable, str(ROOT / "tools" / "same_numbers.py"), "--collect", "book.json"]
    subprocess.run(tool, cwd=tmp_path, env=env, check=True)
    found = json.loads((tmp_path / "book.json").read_text(encoding="utf-8"))
    refused = [key for key in found if key.endswith("/ refused")]
    expected = (
        "Votes[Numbers] by auto",
        "auditor_agreement of Labels",  # needs the scores of an audit
        "cooled",
        "instance_noise_matrix of Votes[Classes]",  # needs three votes an item, the world has fewer
    )
    ours = [key for key in refused if not any(part in key for part in expected)]
    assert not ours, ours
    assert len(found) > 4000
