"""Every law is broken by some method here, and notices: a law that cannot fail is no law."""

from __future__ import annotations

import importlib
import sys

import pytest
from tests.conformance.book import laws_for
from tests.conformance.count import VERBS, _module, books

from reliabel.core.catalogue import read_file

HEAD = '''"""Bad: breaks one law."""
import numpy as np
from numpy.random import Generator
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Labels, Soft, Votes
from reliabel.core.results import Consensus, Corrupted, Faults, Measure, Suspicion
'''
AUDIT = """
def audit(labels: Classes, *, probs: Floats{more}) -> Suspicion:
    own = np.take_along_axis(np.asarray(probs, dtype=float), np.maximum(labels.y, 0)[:, None], 1)[:, 0]
    score, flag, suggest = np.where(labels.y >= 0, 1 - own, np.nan), (labels.y >= 0) & (own < 0.3), Classes(probs.argmax(1), labels.names)
    {bad}
    return Suspicion(score, flag, suggest)
"""
FAULTS = """
def audit(labels: Labels, *, items: list) -> Faults:
    first, groups = {}, []
    for row, text in enumerate(items):
        if text in first:
            groups.append((first[text], row))
        first.setdefault(text, row)
    score, why = np.full(len(groups), 0.5), ["the same text"] * len(groups)
    BAD
    return Faults(groups, ["exact"] * len(groups), score, why)
"""
CORRUPT = """
def corrupt(labels: Classes, *, rng: Generator, rate: float = 0.2) -> Corrupted:
    known = np.flatnonzero(labels.y >= 0)
    m = round(rate * len(known)) if labels.k > 1 else 0
    item = rng.permutation(known)[:m]
    {early}
    y = labels.y.copy()
    y[item] = (y[item] + 1) % max(labels.k, 1)
    wrong = y != labels.y
    {bad}
    return Corrupted(Classes(y, labels.names), np.arange(len(y)), wrong)
"""
MEASURE = """
def measure(labels: Classes) -> Measure:
    known = labels.y[labels.y >= 0]
    if not len(known):
        return Measure(np.nan, np.nan, np.nan, info={{"why": "there is no label at all"}})
    value = float(np.bincount(known).max() / len(known))
    half = 3 * (0.25 / len(known)) ** 0.5
    low, high, info = value - half, value + half, {{}}
    {bad}
    return Measure(value, low, high, info=info)
"""
AGGREGATE = """
def aggregate(votes: Votes[Classes]) -> Consensus[Soft]:
    k = votes.labels.k
    if not k:
        raise ValueError("there is nothing to aggregate here")
    cell = votes.item * k + votes.labels.y
    {early}
    table = np.bincount(cell, minlength=votes.n * k).reshape(votes.n, k) + 0.01
    p = table / table.sum(1, keepdims=True)
    right = p[votes.item, votes.labels.y]
    skill, trace = (np.bincount(votes.worker, right, votes.w) + 1) / (np.bincount(votes.worker, minlength=votes.w) + 2), np.array([1.0, 2.0])
    {bad}
    return Consensus(Soft(p, votes.labels.names), skill, trace)
"""


def audit(bad="", more=""):
    return AUDIT.format(bad=bad or "pass", more=more)


def corrupt(bad="", early=""):
    return CORRUPT.format(bad=bad or "pass", early=early or "pass")


def aggregate(bad="", early=""):
    return AGGREGATE.format(bad=bad or "pass", early=early or "pass")


BAD = [  # verb, source, the law it breaks
    ("audit", audit("probs *= 1.0"), "law_inputs_are_left_alone"),
    (
        "audit",
        audit("score = score + np.random.default_rng().random() * 1e-3"),
        "law_same_seed_same_answer",
    ),
    (
        "audit",
        audit(
            "score = score if features is not None else None", ", features: Floats | None = None"
        ),
        "law_evidence_with_a_default_may_be_missing",
    ),
    ("audit", audit("score = score + len(labels.names[0])"), "law_names_of_classes_are_irrelevant"),
    ("audit", audit("score = score + labels.y * 0.01"), "law_numbers_of_classes_are_irrelevant"),
    (
        "audit",
        audit("probs.view(np.int64)"),
        "law_single_precision_and_strided_arrays_are_accepted",
    ),
    (
        "audit",
        audit("score = score + np.arange(len(score)) * 1e-3"),
        "law_order_of_items_is_irrelevant",
    ),
    ("audit", audit("score[1]"), "law_edges_get_an_answer_or_a_sentence"),
    ("audit", audit("score = score[:-1]"), "law_one_score_a_unit"),
    ("audit", audit("score = np.nan_to_num(score)"), "law_unlabelled_is_nan"),
    ("audit", audit("score = 1 - score"), "law_planted_errors_are_found"),
    (
        "audit",
        audit("score = score + (np.arange(len(score)) == 1) * 0.1"),
        "law_equal_items_score_equally",
    ),
    ("audit", audit("flag = own > 0.9"), "law_flags_agree_with_scores"),
    (
        "audit",
        audit("suggest = Classes(labels.y, labels.names)"),
        "law_suggestions_mend_planted_errors",
    ),
    ("audit", FAULTS.replace("BAD", "score = score * 4"), "law_faults_are_well_formed"),
    ("audit", FAULTS.replace("BAD", "why = ['' for _ in why]"), "law_faults_are_well_formed"),
    (
        "audit",
        FAULTS.replace("BAD", "groups, score, why = [], score[:0], []"),
        "law_planted_faults_are_found",
    ),
    (
        "audit",
        FAULTS.replace("BAD", "groups = [tuple(range(len(items))) for _ in groups]"),
        "law_few_false_alarms",
    ),
    ("corrupt", corrupt(early="item = item[: m // 2]"), "law_rate_is_met"),
    ("corrupt", corrupt(early="item = known[:3]"), "law_rate_zero_changes_nothing"),
    ("corrupt", corrupt("wrong = ~wrong"), "law_wrong_is_the_truth"),
    ("corrupt", corrupt("y = np.maximum(y, 0)"), "law_unlabelled_stays_unlabelled"),
    ("corrupt", corrupt(early="item = known[:m]"), "law_another_seed_another_draw"),
    (
        "measure",
        MEASURE.format(bad="value, low, high = np.nan, np.nan, np.nan"),
        "law_a_number_and_an_interval_around_it",
    ),
    ("measure", MEASURE.format(bad="low = high = np.nan"), "law_no_interval_without_a_reason"),
    (
        "measure",
        MEASURE.format(bad="low, high = value - half / 99, value + half / 99"),
        "law_the_interval_covers",
    ),
    ("aggregate", aggregate("p = p[:-1]"), "law_one_row_an_item"),
    ("aggregate", aggregate(early="cell = votes.item * k"), "law_unanimous_votes_win"),
    (
        "aggregate",
        aggregate("skill = skill[::-1] + np.arange(votes.w)"),
        "law_names_of_workers_are_irrelevant",
    ),
    ("aggregate", aggregate("p[40] = np.eye(k)[0]"), "law_items_without_votes_share_one_row"),
    ("aggregate", aggregate("trace = -trace"), "law_the_trace_never_falls"),
    (
        "aggregate",
        aggregate(early="cell = cell[votes.worker < 2]"),
        "law_not_much_worse_than_the_plain_answer",
    ),
    (
        "aggregate",
        aggregate(
            early="cell = cell[(votes.worker == 0) | (votes.worker >= 12)] if votes.w > 12 else cell"
        ),
        "law_a_copied_worker_is_not_fatal",
    ),
    ("aggregate", aggregate("skill = 1 - skill"), "law_better_workers_have_more_skill"),
]
ELSEWHERE = {  # laws that need no planted method here, and what shows that they bite
    "law_edges_get_an_answer_or_a_sentence_from_the_verb": "it is the law of edges, called through the verb",
    "law_the_signature_in_force_is_the_one_read": "test_a_decorated_function_is_noticed",
}


def entry_of(verb, source, folder, monkeypatch):
    name = f"bad_{abs(hash(source)) % 10**9}"
    path = folder / f"{name}.py"
    path.write_text(HEAD + ("FINDS = 'duplicate'\n" if "Faults:" in source else "") + source)
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    return read_file(path, verb, name)


@pytest.mark.parametrize(
    ("verb", "source", "broken"),
    BAD,
    ids=[f"{verb}-{law}-{place}" for place, (verb, _, law) in enumerate(BAD)],
)
def test_the_law_notices(verb, source, broken, tmp_path, monkeypatch):
    entry = entry_of(verb, source, tmp_path, monkeypatch)
    law = next(law for law in laws_for(entry, _module(VERBS[verb]).BOOKS) if law.__name__ == broken)
    with pytest.raises((AssertionError, ValueError, TypeError, AttributeError)):
        law(entry)
    sys.modules.pop(entry.name)


GOOD = [
    ("audit", audit()),
    ("audit", FAULTS.replace("BAD", "pass")),
    ("corrupt", corrupt()),
    ("measure", MEASURE.format(bad="pass")),
    ("aggregate", aggregate()),
]


@pytest.mark.parametrize(("verb", "source"), GOOD, ids=[verb for verb, _ in GOOD])
def test_the_same_method_without_its_fault_keeps_all_laws(verb, source, tmp_path, monkeypatch):
    """So what the laws noticed above was the fault."""
    entry = entry_of(verb, source, tmp_path, monkeypatch)
    for law in laws_for(entry, _module(VERBS[verb]).BOOKS):
        if not law.__name__.endswith("from_the_verb"):
            law(entry)


def test_a_decorated_function_is_noticed(tmp_path, monkeypatch):
    swap = "\naudit.__signature__ = __import__('inspect').signature(lambda labels, *, probs, power=2: None)\n"
    entry = entry_of("audit", audit() + swap, tmp_path, monkeypatch)
    law = next(
        law
        for law in laws_for(entry, _module("test_auditors").BOOKS)
        if law.__name__ == "law_the_signature_in_force_is_the_one_read"
    )
    with pytest.raises(AssertionError):
        law(entry)


def test_every_law_of_algorithms_is_broken_by_somebody():
    laws = {
        law.__name__
        for name, book in books().items()
        if name not in ("files", "labels")
        for law in book
    }
    assert laws == {law for _, _, law in BAD} | set(ELSEWHERE)
