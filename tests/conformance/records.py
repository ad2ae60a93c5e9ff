"""What the records of core/results.py promise, and what two results are compared by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from tests.conformance.retold import arrays, other_way, rows_moved
from tests.worlds import D, World

from reliabel.core.catalogue import Entry
from reliabel.core.columns import listed
from reliabel.core.evidence import EVIDENCE
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Grouped, MultiLabel, Soft, Spans, Votes
from reliabel.core.lift import units_of
from reliabel.core.objects import Boxes
from reliabel.core.results import Consensus, Corrupted, Faults, Measure, Model, Picks, Suspicion
from reliabel.core.votes_on_units import votes_on_units

PROBE = np.random.default_rng(11).normal(2, 3, (20, D))  # features that models are compared on


def well_formed(result: Any, world: World, entry: Entry) -> None:
    """The shape that the record promises."""
    if isinstance(result, Suspicion):
        _suspicion(result, rows_judged(world, entry))
    elif isinstance(result, Faults):
        _faults(result, len(world.labels))
    elif isinstance(result, Measure):
        _measure(result)
    elif isinstance(result, Corrupted):
        assert type(result.labels) is type(world.labels), "a corrupter keeps the kind of labels"
        assert len(result.index) == len(result.labels)
        assert result.wrong.shape == (units_of(result.labels),)
        assert result.wrong.dtype == bool
    elif isinstance(result, Consensus):
        _consensus(result, world.labels)
    elif isinstance(result, Model):
        _model(result, world)
    elif isinstance(result, Votes):
        _votes(result, world.labels)
    else:
        assert isinstance(result, Picks), f"no book for a {type(result).__name__}"


def rows_judged(world: World, entry: Entry) -> int:
    """How many scores are due: one a label (unit), or one a row of evidence from who judges
    items.
    """
    if entry.finds == "label":
        return units_of(world.labels)
    word = next(word for word in sorted(entry.needs) if EVIDENCE[word].has_rows)
    return EVIDENCE[word].count(world.evidence[word])


def _suspicion(result: Suspicion, rows: int) -> None:
    assert result.score.shape == (rows,), f"{rows} scores are due, got shape {result.score.shape}"
    assert not np.isinf(result.score).any(), "scores are finite or NaN"
    assert result.flag is None or (result.flag.shape == (rows,) and result.flag.dtype == bool)
    assert result.suggest is None or units_of(result.suggest) == rows
    assert result.kind is None or len(result.kind) == rows


def _faults(result: Faults, n: int) -> None:
    count = len(result.items)
    assert len(result.kind) == len(result.why) == len(result.score) == count
    assert result.where is None or len(result.where) == count
    assert result.suggest is None or len(result.suggest) == count
    assert ((result.score >= 0) & (result.score <= 1)).all(), "the score of a fault is in [0, 1]"
    named = [len(group) and all(0 <= i < n for i in group) for group in result.items]
    assert all(named), "a fault names items of the data"
    told = [isinstance(why, str) and len(why.split()) > 1 for why in result.why]
    assert all(told), "a fault says why in words"


def _measure(result: Measure) -> None:
    kind = type(result.value).__name__
    assert isinstance(result.value, float), f"the value is a float, got {kind}"
    if not np.isnan(result.value):
        above = np.isnan(result.low) or result.low <= result.value + 1e-9
        below = np.isnan(result.high) or result.value <= result.high + 1e-9
        assert above, "the interval holds the value"
        assert below, "the interval holds the value"


def _consensus(result: Consensus[Any], votes: Any) -> None:
    rows = len(result.info.get("things", range(votes.n)))
    assert len(result.labels) == rows, "one row an item (or thing), voted on or not"
    assert result.skill is None or result.skill.shape == (votes.w,)
    assert result.trace.ndim == 1
    p = result.labels.p if isinstance(result.labels, Soft) else None
    assert p is None or bool((np.abs(p.sum(1) - 1) < 1e-6).all()), "rows sum to one"


def _model(result: Model, world: World) -> None:
    rows = len(world.evidence["features"])
    assert len(result.predict(world.evidence["features"])) == rows, "one prediction a row"
    assert result.trace.ndim == 1
    assert result.dynamics is None or result.dynamics.margin.shape[1] == rows


def _votes(result: Votes[Any], labels: Any) -> None:
    assert result.n == len(labels), "votes are on the items of the labels"
    names = getattr(result.labels, "units", result.labels).names
    assert names == getattr(labels, "units", labels).names, "votes name the classes of the labels"
    cast = result.item * result.w + result.worker
    assert len(np.unique(cast)) == len(cast), "one vote of a worker on an item"


def cast(votes: Votes[Any]) -> np.ndarray:
    """(units, k) how many votes each class has, whoever cast them."""
    flat = votes_on_units(votes)[0] if isinstance(votes.labels, Grouped) else votes
    k = flat.labels.k
    return np.bincount(flat.item * k + flat.labels.y, minlength=flat.n * k).reshape(-1, k)


def bare(result: Any) -> Any:
    """A result without its words: sentences and names may name classes, items and rows."""
    if isinstance(result, Faults):
        rows = zip(result.items, result.kind, result.score, strict=True)
        return sorted((tuple(sorted(group)), kind, round(float(s), 6)) for group, kind, s in rows)
    if isinstance(result, Suspicion):
        suggest = None if result.suggest is None else codes(result.suggest)
        return (result.score, result.flag, suggest)
    if isinstance(result, Measure):
        return (result.value, result.low, result.high)
    if isinstance(result, Corrupted):
        return (codes(result.labels), result.index, result.wrong)
    if isinstance(result, Consensus):
        return (codes(result.labels), result.skill)
    if isinstance(result, Model):
        return codes(result.predict(PROBE))
    return cast(result) if isinstance(result, Votes) else result


def steady(result: Any) -> Any:
    """The numbers of a result that do not jump when the input moves by a rounding."""
    if isinstance(result, Suspicion):
        return result.score
    if isinstance(result, Measure):
        return (result.value, result.low, result.high)
    if isinstance(result, Consensus):
        return codes(result.labels)
    if isinstance(result, Faults):
        return sorted(tuple(sorted(group)) for group in result.items)
    if isinstance(result, Model):
        return codes(result.predict(PROBE))
    if isinstance(result, Votes):
        return cast(result).astype(float)
    return float(result.wrong.mean())


def codes(labels: Any) -> Any:
    """The array of a label set: classes, probabilities or numbers."""
    if isinstance(labels, Grouped):
        return codes(labels.units)
    if isinstance(labels, Boxes):
        return np.column_stack([labels.y, labels.xyxy])
    if isinstance(labels, Spans):
        return np.stack([labels.y, labels.start, labels.end], 1)
    if hasattr(labels, "p"):
        return labels.p
    held = list(arrays(labels))
    return (
        held[0]
        if held
        else np.array(
            [str(v) for v in listed(kind_for(labels).cells_of(labels, slice(0, len(labels))))]
        )
    )


def mirror(result: Any, world: World) -> Any:
    """The result, of the world as it is, as it should be where classes are numbered backwards."""
    if isinstance(result, Suspicion):
        if isinstance(world.labels, MultiLabel) and len(result.score) == world.labels.y.size:
            cells = np.arange(len(result.score)).reshape(-1, world.labels.k)[:, ::-1]
            return _taken(result, cells, np.arange(len(world.labels)))
        suggest = None if result.suggest is None else other_way(result.suggest)
        return Suspicion(result.score, result.flag, suggest)
    if isinstance(result, Consensus):
        return Consensus(other_way(result.labels), result.skill, result.trace)
    if isinstance(result, Corrupted):
        return Corrupted(other_way(result.labels), result.index, result.wrong)
    if isinstance(result, Votes):
        return other_way(result)
    if isinstance(result, Model):
        return replace(result, predict=lambda features: other_way(result.predict(features)))
    return result


def reorder(result: Any, order: np.ndarray, world: World) -> Any:
    """The result, of the world as it is, as it should be with the items in another order."""
    place = np.argsort(order)
    if isinstance(result, Faults):
        items = [tuple(int(place[i]) for i in group) for group in result.items]
        return Faults(items, result.kind, result.score, result.why)
    if isinstance(result, Suspicion):
        return _taken(result, rows_moved(world, order, len(result.score)), order)
    if isinstance(result, Consensus):
        return Consensus(result.labels.take(order), result.skill, result.trace)
    if isinstance(result, Corrupted):
        rows = rows_moved(world, order, len(result.wrong))
        return Corrupted(result.labels.take(order), result.index, result.wrong[rows])
    if isinstance(result, Votes):
        return replace(result, item=place[result.item])
    return result


def _taken(result: Suspicion, rows: np.ndarray, order: np.ndarray) -> Suspicion:
    rows, suggest = rows.ravel(), result.suggest
    flag = None if result.flag is None else result.flag[rows]
    if suggest is not None:  # groups are taken as items, everything else by its rows
        suggest = suggest.take(order if isinstance(suggest, Grouped) else rows)
    return Suspicion(result.score[rows], flag, suggest)


def items_in(labels: Any) -> int:
    """How many items the labels are of."""
    return labels.n if isinstance(labels, Votes) else len(labels)
