"""The dynamics of a training go into an audit."""

import numpy as np
import pytest
from tests.unit.learners.planted import clouds, flipped
from tests.worlds import classes

import reliabel as rl
from reliabel.core.run import running
from reliabel.core.training import Training


def test_an_auditor_that_reads_brought_dynamics_runs_without_being_named():
    world = classes(0)
    audit = rl.audit(world.labels, dynamics=world.evidence["dynamics"])
    assert "area_under_margin" in audit.opinions
    without = rl.audit(world.labels, probs=world.evidence["probs"])
    assert without.skipped["area_under_margin"] == "optional: ask for it by name"
    assert "normalized_margin" in without.skipped, "others read probabilities, too"
    named = rl.audit(world.labels, by=["broken_items"], dynamics=world.evidence["dynamics"])
    assert "area_under_margin" not in named.opinions


def test_dynamics_of_a_learner_find_wrong_labels():
    pytest.importorskip("torch")
    from reliabel.learners.cross_entropy import learn

    x, truth, _, _ = clouds(600, apart=0.8)
    given = flipped(truth, 0.1)
    given[::50] = -1
    labels, training = rl.Classes(given), Training(epochs=15, lr=0.01)
    with running(record=True):
        model = learn(labels, features=x, rng=np.random.default_rng(0), training=training)
    audit = rl.audit(labels, dynamics=model.dynamics)
    wrong = (given != truth) & (given >= 0)
    first = [finding.item for finding in audit.findings][: wrong.sum()]
    assert wrong[first].mean() > 0.85
    assert (given[[finding.item for finding in audit.findings]] >= 0).all()
