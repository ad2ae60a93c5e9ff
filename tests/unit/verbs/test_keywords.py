"""Keywords of the verbs: what is neither evidence nor an option is an error that names the
nearest.
"""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.evidence import EVIDENCE, EvidenceSpec

LABELS = rl.Classes(np.arange(40) % 2, ("a", "b"))
PROBS = np.tile([[0.9, 0.1], [0.1, 0.9]], (20, 1))
VOTES = rl.Votes(np.repeat(np.arange(20), 2), np.tile([0, 1], 20), LABELS, n=20, w=2)
NUMBERS = rl.Votes(VOTES.item, VOTES.worker, rl.Numbers(np.arange(40.0)), n=20, w=2)
TOKENS = rl.Votes(
    np.array([0, 0]), np.array([0, 1]), rl.Grouped(rl.Classes([0, 1, 0, 1]), [0, 2, 4]), n=1, w=2
)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: rl.audit(LABELS, prob=PROBS),
            r"audit has no keyword 'prob', did you mean 'probs'\?; options of an auditor stand in",
        ),
        (
            lambda: rl.audit(LABELS, verdict="x"),
            r"audit has no keyword 'verdict', did you mean 'verdicts'\?",
        ),
        (
            lambda: rl.audit(LABELS, probs=PROBS, options={"knn_outliers": {"nearst": 3}}),
            r"knn_outliers has no option 'nearst', did you mean 'nearest'\?; its options: ",
        ),
        (
            lambda: rl.audit(LABELS, probs=PROBS, by=["self_confidence"], k=3),
            "audit has no keyword 'k'",
        ),
        (
            lambda: rl.measure(LABELS, by="class_imbalance", sed=3),
            r"class_imbalance has no option 'sed', did you mean 'seed'\?; its options: level",
        ),
        (
            lambda: rl.measure(LABELS, by="noise_matrix_hoc", feature=PROBS),
            r"noise_matrix_hoc has no option 'feature', did you mean 'features'\?; its options: ",
        ),
        (
            lambda: rl.corrupt(LABELS, by="symmetric", rat=0.1),
            r"symmetric has no option 'rat', did you mean 'rate'\?; its options: rate",
        ),
        (
            lambda: rl.corrupt(LABELS, by="symmetric", probs=PROBS),
            "symmetric does not use probs; it uses no evidence",
        ),
        (
            lambda: rl.aggregate(VOTES, thorow=True),
            r"auto has no option 'thorow', did you mean 'thorough'\?; its options: thorough",
        ),
        (
            lambda: rl.aggregate(VOTES, duplicate="first"),
            r"auto has no option 'duplicate', did you mean 'duplicates'\?",
        ),
        (lambda: rl.aggregate(VOTES, temper=True), "auto is a mean of models and is not tempered"),
        (lambda: rl.aggregate(VOTES, trusted=np.ones(20, bool)), "auto uses .*, got trusted"),
        (
            lambda: rl.aggregate(NUMBERS, thorough=True),
            r"weighted_mean has no option 'thorough'.*; its options: ",
        ),
        (lambda: rl.aggregate(NUMBERS, probs=PROBS[:20]), "weighted_mean does not use probs"),
        (lambda: rl.aggregate(TOKENS, thorow=True), "auto has no option 'thorow'"),
        (
            lambda: rl.aggregate(VOTES, by="dawid_skene", iteration=3),
            r"dawid_skene has no option 'iteration', did you mean 'iterations'\?; its options: ",
        ),
        (
            lambda: rl.aggregate(VOTES, by="dawid_skene", tempr=True),
            r"dawid_skene has no option 'tempr', did you mean 'temper'\?",
        ),
    ],
)
def test_a_keyword_that_nothing_takes_is_an_error(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_options_are_refused_before_evidence_is_made(monkeypatch):
    def fail(*args, **words):
        pytest.fail("evidence was made first")

    monkeypatch.setattr("reliabel.prepare.prepare", fail)
    monkeypatch.setattr("reliabel.prepare.one_method.prepare", fail)
    texts = rl.Dataset(LABELS, {"items": ["one"] * 40})
    with pytest.raises(ValueError, match="self_confidence has no option 'k'"):
        rl.audit(texts, options={"self_confidence": {"k": 1}})
    with pytest.raises(ValueError, match="noise_matrix_hoc has no option 'k'"):
        rl.measure(texts, by="noise_matrix_hoc", k=1)


def test_evidence_of_a_package_does_not_hide_an_option_of_ours(monkeypatch):
    monkeypatch.setitem(EVIDENCE, "rate", EvidenceSpec("rate", "row", ("n",), "(n,) a rate"))
    assert rl.corrupt(LABELS, by="symmetric", rate=0.1).wrong.sum() == 4


def test_none_is_no_evidence():
    assert rl.measure(LABELS, by="class_imbalance", probs=None).value >= 0
