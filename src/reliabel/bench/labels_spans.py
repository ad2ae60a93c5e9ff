"""Tagged text, in the suite labels: planted errors in tagged news, files that people corrected,
NoiseBench's columns, counts in simulation, and cost, with cleanlab on the same probabilities.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench.child import child
from reliabel.bench.labels_spans_page import KINDS, OURS, sections
from reliabel.bench.metrics import auroc, average_precision, calibration_error
from reliabel.bench.run import Row
from reliabel.bench.span_pairs import kinds_of_errors, pair, pairs
from reliabel.bench.span_worlds import slips
from reliabel.bench.suite_parts import Scenario
from reliabel.bench.tagged_news import TYPES, tagged_news
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Floats, Grouped, Spans
from reliabel.verbs.audit import audit as audited
from reliabel.verbs.corrupt import corrupt

RATES = {"4 % of spans": 0.04, "10 % of spans": 0.1}
COLUMNS = ("expert", "crowd", "distant")
WORDS = 2_000_000
DRAWS = 40

__all__ = ["scenarios", "sections"]


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws, columns and cost of this part."""
    draws = (0,) if quick else (0, 1, 2)
    made: dict[str, Scenario] = {
        f"spans-news {regime} {seed}": partial(_planted, regime, seed, quick, data)
        for regime in RATES
        for seed in draws
    }
    made |= {f"spans-vectors {regime}": partial(_vectors, regime, data) for regime in RATES}
    made |= {
        f"spans-corrected {name}": partial(_corrected, name, *files)
        for name, files in pairs(data).items()
    }
    made |= {f"spans-noisebench {name}": partial(_noisebench, name, data) for name in COLUMNS}
    made["spans-count"] = partial(_counts, 5 if quick else DRAWS)
    if not quick:
        made["spans-cost"] = _cost
    return made


def label_set(spans: list[set[Any]], types: tuple[str, ...]) -> Grouped[Spans]:
    """Spans (start, end, type) of each sentence as a label set."""
    place = {name: code for code, name in enumerate(types)}
    rows = [(a, b, place[c]) for one in spans for a, b, c in sorted(one)]
    start, end, y = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Grouped(Spans(start, end, y, types), np.cumsum([0, *map(len, spans)]))


def _planted(regime: str, seed: int, quick: bool, data: Path | None) -> list[Row]:
    name = f"spans-news {regime} {seed}"
    items, spans = tagged_news(str(_found(data)), 2_000 if quick else None)
    truth = label_set(spans, TYPES)
    made = corrupt(Dataset(truth, {"items": items}), by="tags", rate=RATES[regime], seed=seed)
    audit = audited(Dataset(made.labels, {"items": items}), seed=seed)
    labels = audit.data.labels
    assert isinstance(labels, Grouped)
    planted = sum(made.info["planted"].values())
    told = _judged(audit, true_kinds(labels, made), planted)
    return [Row(name, "ag_news", regime, seed, *one) for one in told]


def _corrected(name: str, given: Path, corrected: Path) -> list[Row]:
    """A file as it was before people corrected it, judged by what they made of it."""
    items, labels, truth = pair(given, corrected)
    audit = audited(Dataset(labels, {"items": items}))
    units = audit.data.labels
    assert isinstance(units, Grouped)
    told = _judged(audit, *kinds_of_errors(units, truth))
    return [Row(f"spans-corrected {name}", name, name, 0, *one) for one in told]


def _judged(audit: Any, kinds: Any, errors: int) -> list[tuple[str, str, Any]]:
    """(method, metric, value) of the ranking of each method, of P(wrong) and of the count; kinds:
    (units,) of the error of each unit; errors: how many there are, those that are no unit too.
    """
    labels = audit.data.labels
    scores: dict[str, tuple[Floats, Any]] = {OURS: (audit.p_wrong, _kinds_of(audit, "span_scores"))}
    for name in ("span_scores", "tag_consistency"):
        scores[name] = (audit.opinions[name].score, _kinds_of(audit, name))
    peers, why = _peer_scores(labels, audit.data.evidence["token_probs"])
    scores |= {f"cleanlab {method}": (score, None) for method, score in peers.items()}
    rows: list[tuple[str, str, Any]] = [("cleanlab", "not run", why)] if why else []
    rows.append(("planted", "errors", float(errors)))
    for method, (score, named) in scores.items():
        found = _ranked(score, kinds, named, errors)
        rows += [(method, metric, value) for metric, value in found.items()]
    known = np.isfinite(audit.p_wrong)
    if known.any():
        rows.append((OURS, "ece", calibration_error(audit.p_wrong[known], kinds[known] != "")))
    rows += [(OURS, shown, float(getattr(audit.count, part)))
             for part, shown in (("value", "count"), ("low", "low"), ("high", "high"))]  # fmt: skip
    return [*rows, (OURS, "assumes", audit.count.assumes)]


def _vectors(regime: str, data: Path | None) -> list[Row]:
    """The tagger with and without vectors of words from a model of texts, on the same errors."""
    items, spans = tagged_news(str(_found(data)), 2_000)
    truth = Dataset(label_set(spans, TYPES), {"items": items})
    made = corrupt(truth, by="tags", rate=RATES[regime], seed=0)
    rows = []
    for embed, told in (("auto", "words alone"), ("minilm", "with vectors")):
        start = time.process_time()
        given = Dataset(made.labels, {"items": items})
        audit = audited(given, by=["span_scores"], embed=embed, seed=0)
        labels = audit.data.labels
        assert isinstance(labels, Grouped)
        assert audit.p_wrong is not None
        kinds, planted = true_kinds(labels, made), sum(made.info["planted"].values())
        scores = {"P(wrong)": audit.p_wrong, "span_scores": audit.opinions["span_scores"].score}
        values = {
            f"average precision, {name}": _ranked(score, kinds, None, planted)["average precision"]
            for name, score in scores.items()
        }
        values |= {
            "cpu_s": time.process_time() - start,
            "in spans": audit.info["model"]["in spans"],
        }
        rows += [
            Row(f"spans-vectors {regime}", "ag_news", regime, 0, f"{told}, {regime}", name, value)
            for name, value in values.items()
        ]
    return rows


def true_kinds(labels: Grouped[Spans], made: Any) -> Any:
    """(units,) the kind of error planted in each unit of an audit, "" where there is none.  A place
    without a span is a missing one where it has exactly the words of one taken away.
    """
    kinds = np.full(len(labels.units), "", dtype=object)
    kinds[labels.units.y >= 0] = made.info["kinds"]
    gone, place = made.info["missing"], np.flatnonzero(labels.units.y < 0)
    keys = [np.stack([s.item, s.units.start, s.units.end], 1).tolist() for s in (gone, labels)]
    lost = set(map(tuple, keys[0]))
    kinds[place] = ["missing" if tuple(keys[1][row]) in lost else "" for row in place]
    return kinds


def _kinds_of(audit: Any, name: str) -> Any:
    return np.array(audit.opinions[name].kind, dtype=object)


def _ranked(score: Floats, kinds: Any, named: Any, planted: int) -> dict[str, float]:
    """Average precision over the units (what is missing and is no unit counts as never found), and
    of the first ``planted`` units the share of each kind found, and of these named.
    """
    wrong = kinds != ""
    score = np.where(np.isfinite(score), score, -1.0)
    out = {"average precision": average_precision(score, wrong) * wrong.sum() / planted}
    first = np.zeros(len(score), dtype=bool)
    first[np.argsort(-score, kind="stable")[:planted]] = True
    for kind in KINDS:
        mine = kinds == kind
        out[f"found {kind}"] = float(first[mine].mean()) if mine.any() else float("nan")
        if named is not None and (mine & first).any():
            out[f"named {kind}"] = float((named[mine & first] == kind).mean())
    return out


def _peer_scores(labels: Grouped[Spans], probs: Any) -> tuple[dict[str, Floats], str | None]:
    """The peer's score of a unit: that of its most suspect word, for what is given there."""
    from reliabel.ops.tagger import tag_codes

    units, item = labels.units, labels.item
    tags = tag_codes(labels, probs.offsets)
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, tags=tags, offsets=probs.offsets, probs=probs.p)
        _, why = peer.call("cleanlab_tokens.py", given, out)
        if why:
            return {}, why
        words = dict(np.load(out))
    first = probs.offsets[item] + units.start
    ends = np.stack([first, probs.offsets[item] + units.end], 1).ravel()
    return {
        method: np.maximum.reduceat(np.append(score, 0), ends)[::2]
        for method, score in words.items()
    }, None


def _noisebench(column: str, data: Path | None) -> list[Row]:
    """How far a real column is from the clean one, by kinds of error; scheme faults; and what the
    consistency of labels says where all words are masked, which is next to nothing.
    """
    from reliabel.auditors import tag_consistency, tag_scheme
    from reliabel.ops.span_matching import KINDS as MATCHES
    from reliabel.ops.span_matching import matched

    folder = _found(data) / "tokens"
    noisy, clean = (_tags(folder / f"noisebench_{n}.iob2") for n in (f"noise_{column}", "clean"))
    labels, truth = (_of_tags(tags, [*noisy, *clean]) for tags in (noisy, clean))
    sides = [(s.units.start, s.units.end, s.units.y, s.item) for s in (labels, truth)]
    forth, back = matched(*sides[0], sides[1]).kind, matched(*sides[1], sides[0]).kind
    total, same = len(truth.units), int((forth == 0).sum())
    scheme = tag_scheme.audit(labels, tags=noisy)
    rows = [("100 - F1", 100 * (1 - 2 * same / (total + len(labels.units))))]
    rows += [(f"share {MATCHES[k]}", float((forth == k).sum() / total)) for k in (1, 2, 3, 4)]
    rows += [("share missing", float((back == 4).sum() / total))]
    rows += [("scheme faults", float(len(scheme.items)))]
    broken = [
        tuple(t.replace("B-", "I-") for t in line) if i % 50 == 0 else line
        for i, line in enumerate(noisy)
    ]
    planted = {i for i, line in enumerate(broken) if line != noisy[i]}
    found = {item for (item,) in tag_scheme.audit(labels, tags=broken).items}
    rows += [("planted scheme faults found", len(found & planted) / max(len(planted), 1))]
    rows += [("false scheme faults", float(len(found - planted)))]
    masked = [("[TOK]",) * len(line) for line in noisy]
    score = tag_consistency.audit(labels, items=masked).score
    rows += [("AUROC of tag_consistency, words masked", auroc(score, forth != 0))]
    name = f"spans-noisebench {column}"
    return [Row(name, "noisebench", column, 0, "reliabel", m, float(v)) for m, v in rows]


def _tags(path: Path) -> list[tuple[str, ...]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    out: list[list[str]] = [[]]
    for line in lines:
        if line:
            out[-1].append(line.rsplit("\t", 1)[1])
        else:
            out.append([])
    return [tuple(line) for line in out if line]


def _of_tags(tags: list[tuple[str, ...]], known: list[tuple[str, ...]]) -> Grouped[Spans]:
    """The spans of tags, their classes numbered by all that are known."""
    from reliabel.ops.spans import coded, spans_of, tags_of_names

    code, offsets, names = coded(tags)
    parts = tags_of_names(names)
    found = spans_of(code, offsets, parts)
    types = tags_of_names(coded(known)[2]).types
    y = np.array([types.index(name) for name in parts.types], dtype=np.int64)[found.y]
    return Grouped(Spans(found.start, found.end, y, types), found.offsets)


def _counts(draws: int) -> list[Row]:
    """Whether the interval covers the planted number where the tagger's chances are true."""
    rows = []
    for rate in (0.02, 0.06):
        hits, told, ratio = 0, 0, []
        for seed in range(draws):
            world, slipped = slips(rate, seed)
            count, planted = audited(world, by=["span_scores"], seed=seed).count, slipped.sum()
            if count is not None and count.identified:
                told, hits = told + 1, hits + (count.low <= planted <= count.high)
                ratio.append(count.value / planted)
        regime = f"{rate:.0%} wrong"
        for metric, value in (
            ("draws", float(draws)),
            ("with a count", told / draws),
            ("interval covers", hits / max(told, 1)),
            ("count / planted, median", float(np.median(ratio)) if ratio else float("nan")),
        ):
            rows.append(
                Row("spans-count", "simulated", regime, 0, f"reliabel {regime}", metric, value)
            )
    return rows


def _cost() -> list[Row]:
    command = [sys.executable, "-m", "reliabel.bench.span_cost", str(WORDS)]
    ours = [child(command) for _ in range(3)]
    rows = [
        Row("spans-cost", "", "", 0, "reliabel", m, float(np.median([one[m] for one in ours])))
        for m in ("cpu_s", "extra_mib")
    ]
    printed, why = peer.call("cleanlab_tokens.py", "cost", str(WORDS))
    if why:
        return [*rows, Row("spans-cost", "", "", 0, "cleanlab", "not run", why)]
    theirs = json.loads(printed)
    rows += [Row("spans-cost", "", "", 0, "cleanlab", m, float(v)) for m, v in theirs.items()]
    share = rows[0].value / theirs["cpu_s"]
    return [*rows, Row("spans-cost", "", "", 0, "reliabel", "share of the peer's CPU time", share)]


def _found(data: Path | None) -> Path:
    if data is None or not (data / "text" / "ag_news_test.parquet").exists():
        raise FileNotFoundError(f"no text/ag_news_test.parquet and tokens/ below {data}")
    return data
