"""Published methods on tagged text, in the suite labels: what each finds among planted errors
beside the tagger's own loss, how much better labels get by its corrections, and how good a tagger
is that learns with its weights; the choice of tokens by two models; lines of a corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from reliabel.bench import labels_taggers_page as page
from reliabel.bench.labels_spans import label_set
from reliabel.bench.labels_taggers_lines import lines_of
from reliabel.bench.labels_taggers_worlds import (
    World,
    agreement,
    corrected,
    retrained,
    world,
)
from reliabel.bench.learn_sections import Section
from reliabel.bench.metrics import auroc, average_precision
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario
from reliabel.bench.tagged_news import TYPES, tagged_news
from reliabel.core.labels import Bools, Classes, Floats, Grouped, Spans

REGIMES = ("even", "crowd", "names")
SEEDS, FEW = 5, 3  # draws, and of the methods that train thirty taggers each
SIZES, QUICK = (5_000, 5_000), (1_000, 1_000)  # sentences to learn from, and to judge by
WARM = 800  # clean sentences that the reference model of token_influence learns from
KEEP = (0.6, 0.9)


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws of each kind of error."""
    sizes, seeds = (QUICK, 1) if quick else (SIZES, SEEDS)
    made: dict[str, Scenario] = {}
    for regime in REGIMES:
        for seed in range(seeds):
            at = (regime, seed, sizes, data)
            made[f"taggers-labels {regime} {seed}"] = partial(_labels, *at)
            made[f"taggers-influence {regime} {seed}"] = partial(_influence, *at)
            if seed < FEW:
                made[f"taggers-crossweigh {regime} {seed}"] = partial(_crossweigh, *at)
    for seed in range(seeds):
        made[f"taggers-lines {seed}"] = partial(_lines, seed, quick, data)
    return made


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    yield from page.sections(rows)


def _labels(regime: str, seed: int, sizes: tuple[int, int], data: Path | None) -> list[Row]:
    """Ranking, correction and training with the evidence of one tagger out of fold."""
    from reliabel.auditors import (
        sequence_correction,
        span_scores,
        tag_consistency,
        token_collaboration,
    )

    of = world(_news(data), regime, seed, sizes)
    name, probs, labels = f"taggers-labels {regime} {seed}", of.token_probs, of.labels
    seen = span_scores.audit(labels, token_probs=probs)
    mended = sequence_correction.audit(labels, token_probs=probs)
    near = token_collaboration.audit(labels, items=of.items, token_probs=probs)
    scores = {
        "the tagger's loss": _loss(of),
        "span_scores": seen.score,
        "token_collaboration": near.score,
        "sequence_correction": mended.score,
        "tag_consistency": tag_consistency.audit(labels, items=of.items).score,
    }
    rows = [_row(name, regime, seed, m, "average precision", _ap(of, s)) for m, s in scores.items()]
    assert isinstance(seen.suggest, Grouped)
    assert isinstance(mended.suggest, Grouped)
    assert mended.flag is not None
    differs = np.nan_to_num(seen.score, nan=0.0) > 0.5
    sets = {
        "as given": of.noisy,
        "what the tagger sees wherever it differs": corrected(labels, differs, seen.suggest),
        "sequence_correction": corrected(labels, mended.flag, mended.suggest),
    }
    given = np.eye(probs.p.shape[1], dtype=np.float32)[of.tags]
    soft = {"half the tagger's chances": (given + probs.p) / 2}
    soft["token_collaboration"] = near.info["soft"]
    rows += [
        _row(name, regime, seed, m, "F1 of the labels", 100 * agreement(s, of.truth))
        for m, s in sets.items()
    ]
    f1 = {m: retrained(of, s) for m, s in (sets | {"the truth": of.truth}).items()}
    f1 |= {m: retrained(of, soft=s) for m, s in soft.items()}
    return rows + [_row(name, regime, seed, m, "F1 of a tagger", v) for m, v in f1.items()]


def _crossweigh(regime: str, seed: int, sizes: tuple[int, int], data: Path | None) -> list[Row]:
    """CrossWeigh on half of the sentences, the same with folds that share names, and its weights in
    another order.
    """
    from reliabel.auditors import crossweigh

    of = world(_news(data), regime, seed, (sizes[0] // 2, sizes[1]))
    name, size = f"taggers-crossweigh {regime} {seed}", np.diff(of.offsets)
    rows = [
        _row(name, regime, seed, "the tagger's loss", "average precision",
             _ap(of, _loss(of))),
        _row(name, regime, seed, "as given", "F1 of a tagger", retrained(of)),
    ]  # fmt: skip
    bad = _bad_sentences(of)
    rng = np.random.default_rng(seed)
    weights: dict[str, Floats] = {}
    for method, common in (("crossweigh", 0.02), ("crossweigh, folds that share names", 0.0)):
        found = crossweigh.audit(
            of.labels, items=of.items, rng=np.random.default_rng(seed), common=common
        )
        weights[method] = found.info["weight"]
        rows.append(_row(name, regime, seed, method, "average precision", _ap(of, found.score)))
        worth = auroc(-weights[method], bad)
        rows.append(_row(name, regime, seed, method, "AUROC of sentences", worth))
    weights["its weights in another order"] = rng.permutation(weights["crossweigh"])
    weights["the true sentences, weighted alike"] = np.where(bad, 0.7**3, 1.0)
    return rows + [
        _row(name, regime, seed, m, "F1 of a tagger", retrained(of, weight=np.repeat(w, size)))
        for m, w in weights.items()
    ]


def _influence(regime: str, seed: int, sizes: tuple[int, int], data: Path | None) -> list[Row]:
    """Words chosen by two models: the base learnt from the given tags (out of fold), the reference
    from few clean sentences, which every tagger that is judged learns from too.
    """
    from reliabel.auditors import token_influence
    from reliabel.ops.tagger import fit, tag_codes, tokens_of

    items, truth = _news(data)
    of = world((items, truth), regime, seed, sizes)
    name, rng = f"taggers-influence {regime} {seed}", np.random.default_rng(2000 + seed)
    used = set(of.items) | set(of.test)
    free = np.array([i for i, words in enumerate(items) if words not in used])
    warm = np.sort(rng.permutation(free)[: WARM if sizes == SIZES else WARM // 4])
    more = [items[i] for i in warm], truth.take(warm)
    tokens, m = tokens_of([*of.items, *more[0]]), len(of.tags)
    y = np.append(np.full(m, -1), tag_codes(more[1], tokens.words.offsets[len(of.items) :] - m))
    reference = fit(tokens, y, of.token_probs.p.shape[1]).probs(tokens, np.arange(m))
    base, at = of.token_probs.p, np.arange(m)
    wrong = of.tags != tag_codes(of.truth, of.offsets)
    labels = Classes(of.tags, of.token_probs.names)
    rank = {
        "token_influence": token_influence.audit(labels, probs=base, teacher=reference).score,
        "the base model's loss": -base[at, of.tags],
        "the reference model's loss": -reference[at, of.tags],
        "at random": rng.random(m),
    }
    rows = [_row(name, regime, seed, n, "AUROC of words", auroc(s, wrong)) for n, s in rank.items()]
    f1 = partial(retrained, of, more=more)
    rows.append(_row(name, regime, seed, "all words", "F1 of a tagger, 100 % kept", f1()))
    none = f1(keep=np.zeros(m, dtype=bool))
    rows.append(_row(name, regime, seed, "clean sentences alone", "F1 of a tagger, 0 % kept", none))
    for share in KEEP:
        for method, score in rank.items():
            kept = np.zeros(m, dtype=bool)
            kept[np.argsort(score, kind="stable")[: round(share * m)]] = True
            metric = f"F1 of a tagger, {share:.0%} kept".replace("%", " %")
            rows.append(_row(name, regime, seed, method, metric, f1(keep=kept)))
    return rows


def _lines(seed: int, quick: bool, data: Path | None) -> list[Row]:
    return lines_of(seed, quick, _found(data))


def _loss(of: World) -> Floats:
    """One minus the tagger's chance of the given tag, of the worst word of each unit."""
    from reliabel.ops.span_words import lowest

    own = of.token_probs.p[np.arange(len(of.tags)), of.tags]
    return 1 - lowest(own, of.labels, of.offsets)


def _bad_sentences(of: World) -> Bools:
    from reliabel.ops.tagger import tag_codes

    bad = np.zeros(len(of.items), dtype=bool)
    differs = of.tags != tag_codes(of.truth, of.offsets)
    bad[np.repeat(np.arange(len(bad)), np.diff(of.offsets))[differs]] = True
    return bad


def _ap(of: World, score: Floats | None) -> float:
    """Average precision over all errors: one that is no unit counts as never found."""
    assert score is not None
    told = np.where(np.isfinite(score), score, -1.0)
    return average_precision(told, of.wrong) * float(of.wrong.sum()) / max(of.planted, 1)


def _row(name: str, regime: str, seed: int, method: str, metric: str, value: float) -> Row:
    return Row(name, "ag_news", regime, seed, method, metric, float(value))


def _news(data: Path | None) -> tuple[list[tuple[str, ...]], Grouped[Spans]]:
    items, spans = tagged_news(str(_found(data)))
    return items, label_set(spans, TYPES)


def _found(data: Path | None) -> Path:
    if data is None or not (data / "text" / "ag_news_test.parquet").exists():
        raise FileNotFoundError(f"no text/ag_news_test.parquet below {data}")
    return data
