"""Reports take what they say of a method from the method's own file, whatever its name."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import an_audit, with_p_wrong

import reliabel as rl
from reliabel.core import catalogue as module
from reliabel.core.catalogue import catalogue, find
from reliabel.core.results import Measure, Suspicion
from reliabel.reporters import sentences
from reliabel.reporters.class_numbers import class_numbers
from reliabel.reporters.consensus_facts import shown_as
from reliabel.reporters.sentences import AuditView
from reliabel.verbs.write_consensus import agreement_measures


@pytest.fixture
def rename(monkeypatch):
    """Methods under other names, as if their files were called so."""

    def change(**names):
        entries = tuple(replace(e, name=names.get(e.name, e.name)) for e in catalogue())
        monkeypatch.setattr(module, "_catalogue", lambda evidence: entries)

    return change


def with_opinions(audit, **names):
    opinions = {names.get(name, name): opinion for name, opinion in audit.opinions.items()}
    return replace(audit, opinions=opinions)


def test_the_headline_is_of_the_auditor_that_says_what_its_flags_mean(rename):
    rename(confident_learning="sure_other_class")
    audit = with_opinions(an_audit(), confident_learning="sure_other_class")
    flagged = Suspicion(np.zeros(60), np.ones(60, bool))
    view = AuditView(replace(audit, opinions={"self_confidence": flagged, **audit.opinions}))
    assert view.flagger == "sure_other_class"
    assert find("audit", "sure_other_class").flags in sentences.sure(view)
    none = with_opinions(an_audit(nothing=True), confident_learning="sure_other_class")
    assert "sees none of the 60 labels in another class" in sentences.sure(AuditView(none))


def test_flags_without_a_meaning_are_named_but_not_explained(rename):
    audit = with_opinions(an_audit(), confident_learning="somebodys_own")
    view = AuditView(audit)
    assert view.flags_mean("somebodys_own") == ""
    assert "flags what a model" not in sentences.sure(view)


def test_the_matrix_of_the_page_is_that_of_p_wrong_whatever_its_name(rename):
    rename(noise_matrix_posterior="by_the_model")
    audit = with_p_wrong(an_audit())
    joint = np.zeros((3, 3))
    joint[2, 0], joint[0, 2] = 3.0, 1.0  # true, given
    measures = {"by_the_model": Measure(0.1, 0, 1, {"joint": joint})}
    moves = class_numbers(AuditView(replace(audit, measures=measures))).moves
    assert moves[0, 2] > 0
    assert moves[2, 0] > 0
    assert moves[0, 1] == moves[2, 1] == 0


def test_the_usual_measures_of_agreement_come_in_their_order(rename):
    votes = rl.Votes([0, 0, 1, 1], [0, 1, 0, 1], rl.Classes([0, 0, 1, 0], ("a", "b")), 2, 2)
    usual = ["krippendorff_alpha", "fleiss_kappa", "gwet_ac1", "percent_agreement"]
    assert list(agreement_measures(votes)) == usual
    numbers = replace(votes, labels=rl.Numbers([0.0, 1.0, 2.0, 2.0]))
    assert list(agreement_measures(numbers)) == usual[:1]
    assert agreement_measures(replace(votes, labels=rl.Numbers(np.zeros((4, 2))))) == {}
    assert shown_as("fleiss_kappa") == "Fleiss' kappa"
    rename(fleiss_kappa="kappa_of_many")
    assert shown_as("kappa_of_many") == "Fleiss' kappa"
    assert shown_as("class_imbalance") == "class imbalance"


def test_the_noise_matrix_of_p_wrong_bears_the_name_of_its_measure(rename):
    rename(noise_matrix_posterior="by_the_model")
    y, rng = np.arange(600) % 3, np.random.default_rng(0)
    x = 8 * np.eye(3)[y] + rng.normal(size=(600, 3))
    y[:60] = (y[:60] + 1) % 3
    audit = rl.audit(rl.Classes(y), features=x)
    assert audit.count.identified
    assert "by_the_model" in audit.measures
    assert "joint" in audit.measures["by_the_model"].parts
