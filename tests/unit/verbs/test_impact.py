"""The verb impact: what it judges on, and what it refuses."""

import numpy as np
import pytest
from tests.unit.trust.test_impact import world

import reliabel as rl


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An audit folder of 900 labels, of which 22 % are wrong, and the truth."""
    x, truth, given = world()
    names = tuple("abcdef")
    split = np.where(np.arange(900) % 4 == 0, "test", "train")
    given = np.where(split == "test", truth, given)
    labels = rl.Classes(given, names)
    folder = tmp_path_factory.mktemp("impact") / "y.audit"
    audit = rl.audit(rl.Dataset(labels, {"features": x, "split": split}), folder=folder)
    rl.save(audit, folder)
    return folder, audit, np.array(names)[truth], np.array(names)[given]


def verdicts(truth, given, rows):
    return [
        {"id": str(i), "verdict": "keep" if truth[i] == given[i] else "change", "label": truth[i]}
        for i in rows
    ]


def test_rows_of_a_split_judge_and_are_never_learnt_from(made):
    folder, audit, *_ = made
    found = rl.impact(folder, held_out="test")
    assert found.info["judged"] == 225
    assert found.info["judged_on"] == "225 held-out labels"
    assert found.low > 0
    rows = audit.data.evidence["split"] == "test"
    assert rl.impact(audit, held_out=rows).parts == found.parts


def test_verdicts_judge_and_chosen_ones_are_told_from_drawn_ones(made, tmp_path):
    folder, audit, truth, given = made
    chosen = rl.impact(audit, verdicts=verdicts(truth, given, range(200)), repeats=1)
    assert chosen.info["judged"] == 200
    assert "were chosen by people, not drawn" in chosen.info["judged_on"]
    drawn = rl.sample(folder, n=60)["rows"]["id"]
    sheet = verdicts(truth, given, map(int, drawn))
    found = rl.impact(folder, verdicts=sheet, repeats=1)
    assert found.info["judged"] == len(drawn)
    assert "drawn labels that people judged, weighted by the draw" in found.info["judged_on"]


def test_known_truth_in_the_evidence_judges(made):
    _, audit, truth, _ = made
    gold = np.where(np.arange(900) < 100, np.searchsorted(list("abcdef"), truth), -1)
    labels, x = audit.data.labels, audit.data.evidence["features"]
    found = rl.impact(rl.Dataset(labels, {"features": x, "gold": gold}), repeats=1)
    assert found.info["judged_on"] == "100 labels whose truth is known"


def test_what_the_audit_suggested_never_judges_it(made):
    _, audit, *_ = made
    with pytest.raises(ValueError, match="nothing untouched to judge on"):
        rl.impact(audit)


def test_refusals(made):
    _, audit, truth, given = made
    with pytest.raises(ValueError, match="no split 'tset' to hold out; splits: test, train"):
        rl.impact(audit, held_out="tset")
    with pytest.raises(ValueError, match="one True or False an item, 900"):
        rl.impact(audit, held_out=np.ones(5, dtype=bool))
    with pytest.raises(ValueError, match="the data has no splits"):
        rl.impact(rl.Dataset(audit.data.labels, {"features": np.ones((900, 2))}), held_out="test")
    with pytest.raises(ValueError, match="needs features to fit a model to"):
        rl.impact(rl.Dataset(audit.data.labels), held_out=np.arange(900) < 100)
    with pytest.raises(ValueError, match="needs one class an item, got Numbers"):
        rl.impact(rl.Dataset(rl.Numbers(np.arange(9.0))), held_out="test")
    with pytest.raises(ValueError, match="3 true labels are known"):
        rl.impact(audit, verdicts=verdicts(truth, given, range(3)))
