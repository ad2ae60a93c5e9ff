"""Our numbers beside the peers' on the same worlds; ``make golden`` records them again."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.catalogue import find
from reliabel.ops.confident import joint
from reliabel.ops.objectlab import qualities

HERE = Path(__file__).parent


def recorded(verb):
    return json.loads((HERE / f"{verb}.json").read_text())


def worlds():
    pytest.importorskip("pandas")
    spec = spec_from_file_location("record_golden", HERE.parents[1] / "tools" / "record_golden.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_self_confidence_is_the_peers():
    y, p = worlds().probabilities()
    said = find("audit", "self_confidence").load()(rl.Classes(y), probs=p)
    assert said.score == pytest.approx(recorded("audit")["self_confidence"], abs=1e-6)


def test_confident_learning_flags_what_the_peer_flags():
    y, p = worlds().probabilities()
    flags = set(
        np.flatnonzero(find("audit", "confident_learning").load()(rl.Classes(y), probs=p).flag)
    )
    theirs = set(recorded("audit")["flags"])
    assert len(flags & theirs) >= 0.9 * len(flags | theirs), recorded("audit")["difference"]


def test_prune_by_noise_rate_flags_what_the_peers_default_flags():
    y, p = worlds().probabilities()
    flags = set(
        np.flatnonzero(find("audit", "prune_by_noise_rate").load()(rl.Classes(y), probs=p).flag)
    )
    theirs = set(recorded("audit")["pruned"])
    assert len(flags & theirs) >= 0.9 * len(flags | theirs), recorded("audit")["difference"]


def test_the_confident_joint_is_near_the_peers():
    y, p = worlds().probabilities()
    assert np.abs(joint(y, p) - np.array(recorded("audit")["joint"])).max() <= 3, recorded("audit")[
        "difference"
    ]


@pytest.mark.parametrize("name", ["majority", "dawid_skene"])
def test_aggregators_agree_with_the_peer(name):
    item, worker, label = worlds().crowd()
    votes = rl.Votes(item, worker, rl.Classes(label), n=120, w=12)
    ours = rl.aggregate(votes, by=name).labels.p
    theirs = np.array(recorded("aggregate")[name])
    assert np.abs(ours - theirs).mean() < recorded("aggregate")["tolerance"], recorded("aggregate")[
        "difference"
    ]
    assert (ours.argmax(1) == theirs.argmax(1)).mean() > 0.98


def grouped(item, xyxy, y, score=None):
    boxes = rl.Boxes(xyxy, y, ("a", "b", "c"), score)
    return rl.Grouped(boxes, np.searchsorted(item, np.arange(41)))


def test_objectlab_has_the_peers_scores():
    given, said = worlds().boxes()
    theirs = recorded("objectlab")
    found = qualities(grouped(*given), grouped(*said), None, said[3])
    for name in ("placed", "swapped", "overlooked"):
        expected = np.array(theirs[name], dtype=float)
        assert getattr(found, name) == pytest.approx(expected, abs=1e-6, nan_ok=True), name
    ours = find("audit", "objectlab").load()(grouped(*given), predicted=grouped(*said), exact=True)
    assert ours.info["pictures"] == pytest.approx(np.array(theirs["pictures"]), abs=1e-6)
