"""The map: coordinates, classes and flags as bytes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.unit.review.web import Site

import reliabel as rl


def read(held):
    """What the page reads."""
    line, _, body = held.partition(b"\n")
    head = json.loads(line)
    n = head["n"]
    assert (len(line) + 1) % 4 == 0
    assert len(body) == n * (8 + 2 + 1)
    xy = np.frombuffer(body, "<f4", 2 * n).reshape(n, 2)
    code = np.frombuffer(body, "<u2", n, 8 * n)
    return head, xy, code, np.frombuffer(body, "u1", n, 10 * n)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 6)) * [9, 4, 1, 1, 1, 1]
    x[7] = np.nan
    y = np.arange(50) % 3
    y[9] = -1
    labels = rl.Classes(y, ("a", "b", "ü"))
    p = np.where(np.arange(50)[:, None] % 3 == np.arange(3), 0.8, 0.1)
    data = rl.Dataset(labels, {"features": x, "probs": p})
    return rl.save(rl.audit(data, by=["self_confidence"]), tmp_path / "m.audit")


def test_the_map(folder):
    site = Site(folder)
    ada = site.alone()
    head, xy, code, flags = read(ada.client.get("/api/map").content)
    assert head["classes"] == ["a", "b", "ü"]
    assert "features" in head["axes"]
    x = np.array(site.opened.audit.data.evidence["features"])
    known = np.isfinite(x).all(1)
    assert np.array_equal(np.isfinite(xy).all(1), known)
    centred = x[known] - x[known].mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    ours, theirs = xy[known], centred @ axes[:2].T
    assert np.allclose(np.abs(ours), np.abs(theirs), atol=1e-3)
    assert code.tolist()[:4] == [0, 1, 2, 0]
    assert code[9] == 65_535
    assert not (flags & 2).any()
    ada.decide(4)
    assert np.flatnonzero(read(ada.client.get("/api/map").content)[3] & 2).tolist() == [4]


def test_the_coordinates_are_kept_in_the_folder(folder, monkeypatch):
    first = Site(folder).alone().client.get("/api/map").content
    from reliabel.review import map_points

    def again(matrix):
        raise AssertionError("made again")

    monkeypatch.setattr(map_points, "_projected", again)
    assert Site(folder).alone().client.get("/api/map").content == first


def test_without_features_probabilities_do(tmp_path):
    y = np.arange(40) % 2
    p = np.where(y[:, None] == np.arange(2), 0.8, 0.2) + np.linspace(0, 0.1, 40)[:, None] * [1, -1]
    folder = rl.save(
        rl.audit(rl.Classes(y, ("a", "b")), probs=p, by=["self_confidence"]), tmp_path / "p.audit"
    )
    head, xy, _, _ = read(Site(folder).alone().client.get("/api/map").content)
    assert "probs" in head["axes"] or "probabilities" in head["axes"]
    assert np.isfinite(xy).all()


def test_without_either_there_is_no_map(tmp_path):
    labels = rl.Numbers(np.linspace(0, 1, 40))
    predicted = rl.Numbers(np.linspace(0, 1, 40) + 0.01)
    audit = rl.audit(rl.Dataset(labels, {"predicted": predicted}))
    assert audit.data.evidence.get("features") is None
    answer = Site(rl.save(audit, tmp_path / "n.audit")).alone().client.get("/api/map")
    assert answer.status_code == 404
    assert "there is no map" in answer.json()["detail"]
