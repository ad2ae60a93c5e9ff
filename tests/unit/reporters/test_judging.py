"""What the page takes decisions by: its name, the labels that may be given, what was decided."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import an_audit, not_identified, with_p_wrong

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Grouped, MultiLabel, Numbers, Soft, SoftMultiLabel
from reliabel.core.results import Audit, Finding
from reliabel.reporters import html
from reliabel.reporters.judging import Judging
from reliabel.reporters.page_context import link, without_places
from reliabel.reporters.sentences import AuditView, conflicts
from reliabel.reporters.worth_a_look import rule_in_words, worth_a_look


def audit_of(labels, found=(), **info):
    data = Dataset(labels, {}, Ids(tuple(f"i{n}" for n in range(len(labels)))))
    return Audit(data, {}, {}, {}, None, None, None, tuple(found), (), info)


def a_finding(suggest, unit=None, finds="label"):
    return Finding(0, "i0", unit, finds, None, 0.9, None, (), None, suggest, (), None, "")


def test_the_name_follows_labels_classes_and_ids_and_nothing_else():
    audit = an_audit()
    name = Judging(audit).name
    assert Judging(replace(audit, warnings=("other",), findings=())).name == name
    assert Judging(with_p_wrong(audit)).name == name
    labels = audit.data.labels
    turned = labels.y.copy()
    turned[3] = (turned[3] + 1) % 3
    for other in (
        replace(audit.data, labels=rl.Classes(turned, labels.names)),
        replace(audit.data, labels=rl.Classes(labels.y, ("x", "y", "z"))),
        replace(audit.data, ids=Ids(tuple(f"q{i}" for i in range(60)))),
    ):
        assert Judging(replace(audit, data=other)).name != name


CLASSES = rl.Classes(np.array([0, 1, 2]), ("a", "b", "c"))
KINDS = [
    (CLASSES, ("a", "b", "c"), False, "b", "b", None),
    (MultiLabel(np.eye(3, dtype=int), ("a", "b", "c")), ("no", "yes"), False, "yes", "yes", 1),
    (Grouped(CLASSES, np.array([0, 2, 3])), ("a", "b", "c"), False, "c", "c", 1),
    (Numbers(np.array([1.5, 2, 3])), (), True, 2.5, "2.5", None),
    (Numbers(np.ones((3, 2))), (), True, (0.5, 2.0), "0.5;2", None),
    (Soft(np.eye(3), ("a", "b", "c")), ("a", "b", "c"), False, (0.0, 1.0, 0.0), "0;1;0", None),
    (SoftMultiLabel(np.eye(3), ("a", "b", "c")), (), False, (0.5, 1.0, 0.0), "0.5;1;0", None),
]


@pytest.mark.parametrize(
    ("labels", "options", "written", "suggest", "text", "unit"),
    KINDS,
    ids=[type(k[0]).__name__ for k in KINDS],
)
def test_what_a_decision_may_give_for_each_kind(labels, options, written, suggest, text, unit):
    judging = Judging(audit_of(labels))
    finding = a_finding(suggest, unit)
    assert (judging.options, judging.written) == (options, written)
    assert judging.suggested(finding) == text
    assert kind_for(labels).parsed(labels, text) == suggest
    assert judging.place(finding) == ("i0", unit)
    whole = a_finding(None, None, "outlier")
    assert judging.changes(whole) is (unit is None)  # of several labels, a change names one


def test_of_very_many_classes_the_name_is_written():
    names = tuple(f"class {c}" for c in range(6000))
    judging = Judging(audit_of(rl.Classes(np.arange(6000), names)))
    assert (judging.options, judging.written) == ((), True)
    assert judging.suggested(a_finding("class 7")) == "class 7"


def test_earlier_verdicts_are_told_by_label():
    rows = [
        ["i0", "keep", None, None, "anna", "2026-11-21T14:00:00Z"],
        ["i0", "change", 1, "yes", None, None],
    ]
    several = Judging(audit_of(MultiLabel(np.eye(3, dtype=int), ("a", "b", "c")), verdicts=rows))
    assert several.told(a_finding("yes", 1)) == ["changed to yes", "kept (anna, 21 Nov 2026)"]
    assert several.told(a_finding("yes", 2)) == ["kept (anna, 21 Nov 2026)"]
    assert Judging(audit_of(CLASSES)).told(a_finding("b")) == []


def test_what_is_worth_a_look():
    counted = with_p_wrong(an_audit(n=300, flags=80))
    found = [f for f in counted.findings if f.finds == "label"]
    look = worth_a_look(AuditView(counted), found)
    assert look.tolist() == [n < 10 or f.p_wrong >= 0.2 for n, f in enumerate(found)]
    flagged = an_audit(n=300, flags=80)
    assert int(worth_a_look(AuditView(flagged), found).sum()) == 80
    silent = replace(flagged, opinions={})
    assert int(worth_a_look(AuditView(silent), found).sum()) == 50
    clean = an_audit(n=300, flags=0)
    assert int(worth_a_look(AuditView(clean), found).sum()) == 10


def test_the_rule_is_said_as_it_is():
    counted = AuditView(with_p_wrong(an_audit(n=300, flags=80)))
    found = [f for f in counted.audit.findings if f.finds == "label"]
    many = sum(f.p_wrong >= 0.2 for f in found)
    assert rule_in_words(counted, found) == (
        f"{many} labels are worth a look (with a P(wrong) of .20 or more); {300 - many} less "
        "suspect ones are hidden."
    )
    assert rule_in_words(counted, found[:many]) == ""
    assert rule_in_words(counted, found[: many + 1]).endswith("1 less suspect one is hidden.")
    sure = [replace(f, p_wrong=0.3 if n < 2 else 0.1) for n, f in enumerate(found)]
    assert rule_in_words(counted, sure) == (
        "The 10 most suspect labels are shown, 2 of them with a P(wrong) of .20 or more; 290 less "
        "suspect ones are hidden."
    )
    flagged = an_audit(n=300, flags=0)
    assert "none of them flagged by a check" in rule_in_words(AuditView(flagged), found)
    silent = AuditView(replace(flagged, opinions={}))
    assert rule_in_words(silent, found).startswith("The 50 most suspect labels are shown; 250")


def test_absolute_places_are_not_in_the_page():
    audit = not_identified(an_audit())
    path = "/home/anna/secret project/reviews.csv"
    wild = replace(
        audit,
        warnings=("read /home/anna/data/reviews.csv twice", r"see C:\Users\anna\y.csv"),
        info={**audit.info, "input": {"path": path, "sha256": "ab"}},
        data=replace(audit.data, source={**audit.data.source, "path": path, "notes": [path]}),
    )
    page = html.render(wild, folder="/srv/anna/reviews.audit")
    assert "anna" not in page
    assert "secret" not in page
    assert "reliabel sample reviews.audit --n 100" in page
    assert "read reviews.csv twice" in page
    assert without_places("and/or 1/2, https://a.org/b/c") == "and/or 1/2, https://a.org/b/c"
    assert link(given="a=b&c") == "#given=a%3Db%26c"


def test_duplicates_that_disagree_stand_in_the_headline():
    audit = an_audit()
    assert conflicts(AuditView(audit)) == (
        "2 groups of duplicates disagree: the same text with different labels"
    )
    alike = rl.Classes(np.zeros(60, dtype=int), ("a", "b"))
    calm = replace(audit, data=replace(audit.data, labels=alike))
    assert conflicts(AuditView(calm)) == ""
    one = rl.Classes(np.r_[1, np.zeros(59, dtype=int)], ("a", "b"))
    assert conflicts(AuditView(replace(audit, data=replace(audit.data, labels=one)))) == (
        "1 group of duplicates disagrees: the same text with different labels"
    )
    missing = rl.Classes(np.r_[-1, np.zeros(59, dtype=int)], ("a", "b"))
    assert conflicts(AuditView(replace(audit, data=replace(audit.data, labels=missing)))) == ""
