from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import an_audit, not_identified, with_p_wrong

from reliabel.core.catalogue import Entry
from reliabel.core.results import Interval
from reliabel.trust.answer import answer

STRONG = {
    "labels": 5000,
    "agreement": 0.99,
    "conf": 0.99,
    "floor_gain": -9.0,
    "tables": {"model": 1.0, "vote15": 1.0},
}


def told(facts, *, quiet=True):
    """An audit without a count, whose evidence is as ``facts`` say."""
    audit = not_identified(an_audit())
    p = audit.p_wrong * (0.4 if quiet else 1)
    return replace(audit, p_wrong=p, info={**audit.info, "p_wrong": facts})


def test_an_identified_count_is_the_first_answer():
    found = answer(with_p_wrong(an_audit()))
    assert found.state == "count"
    assert found.improve


def test_after_a_review_the_count_rests_on_people_and_nothing_is_to_be_improved():
    after = Interval(6.0, 3.0, 9.0, 0.95, "difference estimate", "the labels were judged rightly")
    found = answer(replace(told(STRONG), count=after))
    assert (found.state, found.improve) == ("count", ())
    assert "people" in found.why


def test_strong_evidence_without_suspects_shows_no_sign():
    found = answer(told(STRONG))
    assert found.state == "no sign"
    assert found.evidence == "the evidence agrees with 99 % of 5,000 labels"


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"labels": 400}, "400 distinct labels"),
        ({"agreement": 0.51}, "51 % of the labels"),
        ({"conf": 0.6}, "60 % sure"),
    ],
)
def test_weak_evidence_cannot_tell_and_says_why(facts, word):
    found = answer(told(STRONG | facts))
    assert found.state == "cannot tell"
    assert word in found.why
    assert "weak" in found.why
    assert found.improve


@pytest.mark.parametrize("facts", [{"agreement": 0.97}, {"conf": 0.9}, {"floor_gain": 1.0}])
def test_what_is_neither_weak_nor_strong_cannot_tell(facts):
    found = answer(told(STRONG | facts))
    assert found.state == "cannot tell"
    assert "ambiguity" in found.why


def test_suspects_forbid_the_answer_no_sign():
    audit = told(STRONG, quiet=False)
    found = answer(audit)
    assert found.state == "cannot tell"
    assert found.suspects == int((audit.p_wrong >= 0.5).sum()) > 0


@pytest.mark.parametrize("facts", [{}, {"labels": None, "agreement": None, "conf": None}])
def test_an_audit_that_says_nothing_of_its_evidence_is_never_called_clean(facts):
    assert answer(told(facts)).state == "cannot tell"


def test_without_p_wrong_nothing_is_told_and_the_reason_is_passed_on():
    audit = replace(an_audit(), warnings=("no P(wrong): all labels are 'a'",))
    found = answer(audit)
    assert found.state == "cannot tell"
    assert found.why == "no P(wrong): all labels are 'a'"
    assert "no evidence" in answer(replace(audit, warnings=())).why


def test_what_would_help_depends_on_the_data(monkeypatch):
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: tuple(sorted(entry.extras)))
    audit = told(STRONG | {"agreement": 0.51})
    pictures = replace(
        audit,
        data=replace(audit.data, source={"task": "image"}),
        info={**audit.info, "embedder": "image_patches"},
    )
    assert any("reliabel[image]" in line for line in answer(pictures).improve)
    assert not any("reliabel[image]" in line for line in answer(audit).improve)
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: ())
    assert any('(embed="efficientnet")' in line for line in answer(pictures).improve)
    chosen = replace(pictures, info={**pictures.info, "embedder_why": "it describes them better"})
    assert not any("trained network" in line for line in answer(chosen).improve)
    alone = replace(audit, info={**audit.info, "p_wrong": STRONG | {"tables": {"model": 1.0}}})
    alone = replace(alone, p_wrong=np.full_like(audit.p_wrong, 0.9))
    assert any("probabilities alone" in line for line in answer(alone).improve)
