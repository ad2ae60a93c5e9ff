"""Every law is broken by some method here, and notices: a law that cannot fail is no law."""

from __future__ import annotations

import ast
import importlib
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.conformance.book import NothingToCheck, pairs_for
from tests.conformance.count import VERBS, _module, books
from tests.conformance.every import law_the_signature_in_force_is_the_one_read

from reliabel.core.catalogue import read_file

HEAD = '''"""Bad: breaks one law."""
import numpy as np
from numpy.random import Generator
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import (
    Classes, Floats, Grouped, Ints, Labels, MultiLabel, Numbers, Soft, Votes
)
from reliabel.core.results import Consensus, Corrupted, Faults, Measure, Model, Suspicion
from reliabel.ops.heads import Heads
'''
AUDIT = """
def audit(labels: Classes, *, probs: Floats{more}) -> Suspicion:
    own = np.take_along_axis(np.asarray(probs, dtype=float), np.maximum(labels.y, 0)[:, None], 1)[:, 0]
    score, flag, suggest = np.where(labels.y >= 0, 1 - own, np.nan), (labels.y >= 0) & (own < 0.3), Classes(probs.argmax(1), labels.names)
    {bad}
    return Suspicion(score, flag, suggest)
"""
ANNOTATE = """
def annotate(labels: Classes, *, features: Floats) -> Votes[Classes]:
    known, x = np.flatnonzero(labels.y >= 0), np.asarray(features, dtype=float)
    item = np.arange(len(x)) if len(known) else known
    y = labels.y[known][((x[:, None] - x[known]) ** 2).sum(2).argmin(1)] if len(known) else known
    {bad}
    y = y[: len(item)]
    return Votes(item, np.zeros(len(item), dtype=int), Classes(y, labels.names), len(x), 1)
"""
CELLS = """
def audit(labels: MultiLabel, *, probs: Floats) -> Suspicion:
    own = np.where(labels.y == 1, probs, 1 - probs).astype(float)
    score = np.where(labels.y >= 0, 1 - own, np.nan).ravel()
    suggest = Classes((np.asarray(probs) > 0.5).astype(np.int64).ravel(), ("no", "yes"))
    {bad}
    return Suspicion(score, np.nan_to_num(score) > 0.5, suggest)
"""
TOKENS = """
def audit(labels: Grouped[Classes], *, probs: Floats) -> Suspicion:
    y = labels.units.y
    own = np.take_along_axis(np.asarray(probs, dtype=float), np.maximum(y, 0)[:, None], 1)[:, 0]
    score = np.where(y >= 0, 1 - own, np.nan)
    {bad}
    return Suspicion(score, np.nan_to_num(score) > 0.7, Classes(probs.argmax(1), labels.units.names))
"""
NUMBERS = """
def audit(labels: Numbers, *, predicted: Numbers) -> Suspicion:
    score, suggest = abs(labels.y - predicted.y), predicted
    {bad}
    return Suspicion(score, np.nan_to_num(score) > 3, suggest)
"""
ITEMS = """
FINDS = "outlier"
def audit(labels: Labels, *, neighbours: Neighbours) -> Suspicion:
    near = neighbours.distance[:, :5]
    score = near.mean(1) if near.shape[1] else np.zeros(len(near))
    {bad}
    return Suspicion(score)
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
LEARN = """
def learn(labels: Classes, *, features: Floats{more}) -> Model:
    x, y, names = np.asarray(features, dtype=float), labels.y, labels.names
    if not (y >= 0).any():
        raise ValueError("there is no label to learn from")
    {early}
    empty = np.array([not (y == c).any() for c in range(labels.k)])
    centre = np.stack([x[(y == c) | empty[c]].mean(0) for c in range(labels.k)])
    weight, bias = centre.T.copy(), -(centre**2).sum(1) / 2 - 1e4 * empty
    {bad}
    predict = Heads((((weight, bias),),), np.zeros(x.shape[1]), 1.0, names)
    relabelled = predict(x)
    {late}
    return Model(predict, relabelled)
"""
LOOP = """
from dataclasses import replace
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Recipe

SMALL = {{"epochs": 5}}

class Mine(Recipe):
    count = 0

    def begin(self, nets):
        {begin}
        return ()

    def step(self, nets, batch):
        self.count += 1
        loss = cross_entropy(nets[0](batch.x), batch.y).mean()
        {step}
        return loss

def learn(labels: Classes, *, features: Floats, rng: Generator, training: Training = Training()) -> Model:
    {early}
    done = train(labels, Mine, features=features, rng=rng, training=training)
    {late}
    return done.model()
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
{skill}
def aggregate(votes: Votes[Classes]{more}) -> Consensus[Soft]:
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


def learn(bad="", early="", late="", more=""):
    return LEARN.format(bad=bad or "pass", early=early or "pass", late=late or "pass", more=more)


def loop(step="", begin="", early="", late=""):
    parts = {"step": step, "begin": begin, "early": early, "late": late}
    return LOOP.format(**{name: part or "pass" for name, part in parts.items()})


def corrupt(bad="", early=""):
    return CORRUPT.format(bad=bad or "pass", early=early or "pass")


MEANS = """
{skill}
def aggregate(votes: Votes[Numbers]) -> Consensus[Numbers]:
    size = np.bincount(votes.item, minlength=votes.n)
    y = np.bincount(votes.item, votes.labels.y, votes.n) / np.where(size, size, np.nan)
    off = np.bincount(votes.worker, abs(votes.labels.y - y[votes.item]), votes.w)
    skill = -off / np.maximum(np.bincount(votes.worker, minlength=votes.w), 1)
    {bad}
    return Consensus(Numbers(y), skill, np.empty(0))
"""


def aggregate(bad="", early="", more="", skill="SKILL = False"):
    return AGGREGATE.format(bad=bad or "pass", early=early or "pass", more=more, skill=skill)


def means(bad="", skill="SKILL = False"):
    return MEANS.format(bad=bad or "pass", skill=skill)


RANDOM = "score = np.random.default_rng(len(score)).random(len(score))"
CLONE = """
from reliabel.aggregators import majority
def aggregate(votes: Votes[Classes], *, gold: Ints | None = None) -> Consensus[Soft]:
    return majority.aggregate(votes, gold=gold)
"""
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
    (
        "audit",
        audit(more=", features: Floats | None = None"),
        "law_evidence_named_is_used",
    ),
    ("audit", audit(more=", rng: Generator"), "law_evidence_named_is_used"),
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
    ("audit", CELLS.format(bad="score = np.nan_to_num(score)"), "law_unlabelled_is_nan"),
    ("audit", TOKENS.format(bad="score = np.nan_to_num(score)"), "law_unlabelled_is_nan"),
    ("audit", NUMBERS.format(bad="score = np.nan_to_num(score)"), "law_unlabelled_is_nan"),
    ("audit", audit("score = 1 - score"), "law_planted_errors_are_found"),
    ("audit", audit("score = score * 0"), "law_planted_errors_are_found"),
    ("audit", audit(RANDOM), "law_planted_errors_are_found"),
    ("audit", NUMBERS.format(bad=RANDOM), "law_planted_errors_are_found"),
    ("audit", ITEMS.format(bad="score = score * 0"), "law_planted_items_are_found"),
    ("audit", ITEMS.format(bad=RANDOM), "law_planted_items_are_found"),
    (
        "audit",
        ITEMS.format(bad="score = -np.arange(len(score)) + 0.0"),
        "law_planted_items_are_found",
    ),
    (
        "audit",
        audit("score = score + (np.arange(len(score)) == 1) * 0.1"),
        "law_equal_items_score_equally",
    ),
    ("audit", CELLS.format(bad="score[1] += 0.1"), "law_equal_items_score_equally"),
    ("audit", TOKENS.format(bad="score[1:2] += 0.1"), "law_equal_items_score_equally"),
    ("audit", NUMBERS.format(bad="score[1:2] += 0.1"), "law_equal_items_score_equally"),
    ("audit", audit("flag = own > 0.9"), "law_flags_agree_with_scores"),
    ("audit", audit("flag = score > np.nanmax(score) - 1e-9"), "law_flags_hit_what_is_planted"),
    ("audit", audit("flag = score >= np.nanmedian(score)"), "law_flags_hit_what_is_planted"),
    (
        "audit",
        NUMBERS.format(bad="suggest = Numbers(labels.y)"),
        "law_suggestions_mend_planted_errors",
    ),
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
    ("learn", learn("names = ('x', 'y', 'z')"), "law_a_row_of_probabilities_an_item"),
    ("learn", learn("weight *= 0"), "law_beats_the_class_balance"),
    ("learn", learn("weight[2] = 0"), "law_close_to_the_plain_learner_on_clean_labels"),
    (
        "learn",
        learn(late="heads = predict; predict = lambda features: heads(features)"),
        "law_a_saved_model_predicts_the_same",
    ),
    ("learn", learn(more=", epochs: int = 5"), "law_options_do_not_collide_with_training"),
    ("learn", learn(early="y = y * 100 // 100"), "law_whole_numbers_of_any_width"),
    (
        "learn",
        learn(late="relabelled = relabelled.take(y >= 1)"),
        "law_the_relabelled_set_has_a_row_an_item",
    ),
    ("learn", loop("loss = loss * self.count"), "law_goes_on_after_a_kill_to_the_same_answer"),
    ("learn", loop("batch.take(np.arange(99)).x"), "law_held_out_rows_are_in_no_batch"),
    (
        "learn",
        loop(begin="nets[0].register_forward_hook(lambda net, x, out: 2 * out)"),
        "law_the_model_says_what_the_training_said",
    ),
    (
        "learn",
        loop(late="done.nets[0].out.bias.data[0] += 1 if done.dynamics else 0"),
        "law_dynamics_are_recorded_and_change_nothing",
    ),
    ("learn", loop(early="np.random.seed(0)"), "law_dynamics_are_recorded_and_change_nothing"),
    (
        "learn",
        loop(early="training = replace(training, module=None)"),
        "law_any_torch_module_learns",
    ),
    (
        "learn",
        loop(late="done.nets[0].out.bias.data += np.nan if done.stopped else 0"),
        "law_a_loss_that_is_no_number_ends_with_the_last_good_state",
    ),
    (
        "learn",
        learn(late="predict.heads[0][0][1][:] *= np.nan if abs(x).max() > 1e20 else 1"),
        "law_huge_numbers_get_a_finite_model_or_a_sentence",
    ),
    (
        "learn",
        learn(early="y = np.where(y < 0, np.arange(len(y)) % labels.k, y)"),
        "law_unlabelled_rows_change_nothing",
    ),
    (
        "learn",
        learn(early="x = x * (features.strides[0] > 0)"),
        "law_features_may_lie_anyhow",
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
    (
        "measure",
        MEASURE.format(bad="low, high = value - 0.5, value + 0.5"),
        "law_more_data_narrow_the_interval",
    ),
    (
        "measure",
        MEASURE.format(bad="value, low, high = 0.5, 0.4, 0.6"),
        "law_the_value_answers_to_the_data",
    ),
    (
        "measure",
        MEASURE.format(bad="value = float(np.random.default_rng(int(known.sum())).random())"),
        "law_the_value_answers_to_the_data",
    ),
    ("aggregate", aggregate("p = p[:-1]"), "law_one_row_an_item"),
    ("aggregate", aggregate(skill=""), "law_fewer_errors_than_counting_heads"),
    ("aggregate", CLONE, "law_fewer_errors_than_counting_heads"),
    ("aggregate", means(skill=""), "law_fewer_errors_than_counting_heads"),
    (
        "aggregate",
        aggregate(early="cell = cell[votes.worker > 2]"),
        "law_without_skill_it_does_not_matter_who_voted",
    ),
    (
        "aggregate",
        aggregate(
            more=", *, gold: Ints | None = None",
            bad="p = p if gold is None else np.where(gold[:, None] >= 0, 0.9 * p + 0.1 / k, p)",
        ),
        "law_gold_is_the_answer_where_it_is_given",
    ),
    ("aggregate", means("skill = -skill"), "law_better_workers_have_more_skill"),
    (
        "aggregate",
        means("skill = skill[::-1] + np.arange(votes.w)"),
        "law_names_of_workers_are_irrelevant",
    ),
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
            early="cell = cell[(votes.worker == 0) | (votes.worker >= 12)] if votes.w > 12 else "
            "cell"
        ),
        "law_a_copied_worker_is_not_fatal",
    ),
    ("aggregate", aggregate("skill = 1 - skill"), "law_better_workers_have_more_skill"),
    ("annotate", ANNOTATE.format(bad="item = item[:1].repeat(2)"), "law_votes_are_on_the_items"),
    ("annotate", ANNOTATE.format(bad="y = (y + 1) % labels.k"), "law_most_votes_are_right"),
]
ELSEWHERE = {  # laws that need no planted method here, and what shows that they bite
    "law_edges_get_an_answer_or_a_sentence_from_the_verb": "it is the law of edges, called through the verb",
    "law_the_signature_in_force_is_the_one_read": "test_a_decorated_function_is_noticed",
}


def books_of(verb):
    return _module(VERBS[verb]).BOOKS


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
    if "reliabel.ops.torch" in source:
        pytest.importorskip("torch")
    entry = entry_of(verb, source, tmp_path, monkeypatch)
    mine = [pair for pair in pairs_for(entry, books_of(verb)) if pair.law.__name__ == broken]
    assert mine, f"{broken} is not due"
    with pytest.raises((AssertionError, ValueError, TypeError, AttributeError)):
        mine[0].law(entry, mine[0].kind)
    sys.modules.pop(entry.name, None)  # some laws only read the file


GOOD = [
    ("audit", audit()),
    ("audit", FAULTS.replace("BAD", "pass")),
    ("learn", learn()),
    ("learn", loop()),
    ("corrupt", corrupt()),
    ("measure", MEASURE.format(bad="pass")),
    ("aggregate", aggregate()),
    ("aggregate", means()),
    ("audit", CELLS.format(bad="pass")),
    ("audit", TOKENS.format(bad="pass")),
    ("audit", NUMBERS.format(bad="pass")),
    ("audit", ITEMS.format(bad="pass")),
]


@pytest.mark.parametrize(("verb", "source"), GOOD, ids=[str(n) for n in range(len(GOOD))])
def test_the_same_method_without_its_fault_keeps_all_laws(verb, source, tmp_path, monkeypatch):
    """So what the laws noticed above was the fault."""
    if "reliabel.ops.torch" in source:
        pytest.importorskip("torch")
    entry = entry_of(verb, source, tmp_path, monkeypatch)
    for pair in pairs_for(entry, books_of(verb)):
        if not pair.law.__name__.endswith("from_the_verb"):
            with suppress(NothingToCheck):
                pair.law(entry, pair.kind)


def test_a_decorated_function_is_noticed(tmp_path, monkeypatch):
    swap = (
        "\naudit.__signature__ = __import__('inspect').signature(lambda labels, *, probs, power=2: "
        "None)\n"
    )
    entry = entry_of("audit", audit() + swap, tmp_path, monkeypatch)
    with pytest.raises(AssertionError):
        law_the_signature_in_force_is_the_one_read(entry, "Classes")


def test_every_law_of_algorithms_is_broken_by_somebody():
    laws = {
        law.__name__
        for name, book in books().items()
        if name not in ("files", "labels")
        for law in book
    }
    assert laws == {law for _, _, law in BAD} | set(ELSEWHERE)


def test_no_law_passes_by_leaving_early():
    """What a law does not apply to is declared (leaves_out, NOT_FOR, NothingToCheck), not skipped
    inside it.
    """
    for path in sorted(Path(__file__).parent.glob("*.py")):
        for law in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(law, ast.FunctionDef) and law.name.startswith("law_"):
                assert not skips(law), f"{path.name}: {law.name} {skips(law)}"


def skips(law: ast.FunctionDef) -> list[str]:
    """Where a law may leave without a check: continue, return, or an ``if`` about the kind."""
    found = []
    for node in ast.walk(law):
        if isinstance(node, ast.Continue | ast.Return):
            found.append(f"leaves in line {node.lineno}")
        if isinstance(node, ast.If) and not any(isinstance(n, ast.Raise) for n in node.body):
            names = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
            names |= {n.attr for n in ast.walk(node.test) if isinstance(n, ast.Attribute)}
            found += [f"asks for {name}" for name in names & {"kind", "takes", "isinstance"}]
    return found


def test_a_law_that_leaves_early_would_be_seen():
    source = "def law_x(entry, kind):\n    if kind == 'Classes':\n        assert entry\n"
    assert skips(ast.parse(source).body[0]) == ["asks for kind"]
    source = "def law_x(entry, kind):\n    for world in entry:\n        continue\n"
    assert skips(ast.parse(source).body[0]) == ["leaves in line 3"]
