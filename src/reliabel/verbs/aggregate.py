"""aggregate: from several votes on each item to one label with its probability, and the skill of
each voter.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from reliabel.auto.aggregate import auto, cooled
from reliabel.core.call import called, opened
from reliabel.core.catalogue import Entry, find, nearest
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, Numbers, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.prepare.one_method import one

MANY = 1_000_000  # votes
DUPLICATES = ("last", "first", "all", "error")


def aggregate(
    data: Dataset | Votes[Any],
    *,
    by: str = "auto",
    seed: int = 0,
    duplicates: str = "last",
    embed: str = "auto",
    model: Any = "auto",
    # evidence: written by tools/signatures.py from the table in core/evidence
    probs: Any = None,
    features: Any = None,
    neighbours: Any = None,
    items: Any = None,
    columns: Any = None,
    split: Any = None,
    groups: Any = None,
    graph: Any = None,
    dynamics: Any = None,
    predicted: Any = None,
    votes: Any = None,
    gold: Any = None,
    trusted: Any = None,
    paired: Any = None,
    teacher: Any = None,
    privileged: Any = None,
    class_features: Any = None,
    class_distance: Any = None,
    noise_matrix: Any = None,
    posterior: Any = None,
    fit: Any = None,
    module: Any = None,
    views: Any = None,
    start: Any = None,
    # end of evidence
    **options: Any,
) -> Consensus[Any]:
    """One label per item from the votes of several workers, rules or models; an abstention is no
    row.

    by: the aggregator; "auto" averages two that err differently (BWA, shrunk Dawid-Skene) and a
        cautious majority, with features or probs also a model of the items, and says how they
        compare.
    duplicates: of several votes of one worker on one item keep the last, the first, all, or refuse
        ("error").
    gold: (n,) the true class where it is known, -1 elsewhere, or class names with missing values;
        for votes on numbers the number, NaN elsewhere.
    options: those of the aggregator; of any model of classes also temper=True, a posterior as cool
    as held-out votes (or 200 gold items) ask for. Raises ValueError on bad input, missing evidence
    and unknown names; ``info["warnings"]`` says what was done to the votes.

    >>> import numpy as np, reliabel as rl
    >>> votes = rl.Votes(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2]), rl.Classes.of(["b", "b", "a", "a", "a", "a"]), n=2, w=3)
    >>> [votes.labels.names[c] for c in rl.aggregate(votes, by="dawid_skene").labels.p.argmax(1)]
    ['b', 'a']
    """
    words = {
        name: value
        for name, value in locals().items()
        if name not in ("data", "by", "seed", "duplicates", "embed", "model", "options")
    }
    whole = data if isinstance(data, Dataset) else Dataset(data)
    given = whole.labels
    if not isinstance(given, Votes):
        raise ValueError(
            f"aggregate takes votes, got {type(given).__name__}; rl.read(table, item=..., worker=..., label=...) makes Votes"
        )
    if isinstance(given.labels, Grouped):
        options = {**options, **{name: value for name, value in words.items() if value is not None}}
        return _of_groups(
            given,
            whole,
            by=by,
            seed=seed,
            duplicates=duplicates,
            embed=embed,
            model=model,
            **options,
        )
    words["gold"] = _gold(words["gold"], given)
    if "gold" in whole.evidence:
        whole = replace(
            whole, evidence={**whole.evidence, "gold": _gold(whole.evidence["gold"], given)}
        )
    whole, warnings = opened(whole, words)
    single, said = _single(given, duplicates, whole.ids)
    whole = replace(whole, labels=single)
    _worth(single)
    said += _doubts(single)
    if by == "auto" and isinstance(single.labels, Classes):
        name, consensus = by, _auto(single, whole, words, options, seed)
    else:
        entry, cool = _entry(by, single), options.pop("temper", False)
        name = by if by == "auto" else entry.name
        _typed(entry, options)
        said += _graph(single) if isinstance(single.labels, Classes) and entry.skill else []
        consensus = one(entry, whole, words, options, seed, embed=embed, model=model)
        if cool:
            consensus = _cooled(consensus, entry, whole, options, seed)
    told = [*warnings, *said, *consensus.info.get("warnings", ())]
    return replace(
        consensus,
        info={
            **consensus.info,
            "by": name,
            "seed": seed,
            "ids": whole.ids,
            "votes": len(single),
            "warnings": tuple(told),
        },
    )


def _of_groups(
    votes: Votes[Any], whole: Dataset, *, duplicates: str, **words: Any
) -> Consensus[Any]:
    """Votes on tokens or pixels: the units of the items become items; evidence is a row per
    unit.
    """
    single, said = _single(votes, duplicates, whole.ids)
    size = np.diff(single.labels.offsets)
    units = np.zeros(single.n, dtype=np.int64)
    units[single.item] = size
    if (units[single.item] != size).any():
        bad = int(np.flatnonzero(units[single.item] != size)[0])
        item = int(single.item[bad])
        raise ValueError(
            f"item {item} has {int(size[bad])} units in one vote and {int(units[item])} in another; votes on groups must cut an item alike"
        )
    offsets = np.concatenate([[0], np.cumsum(units)])
    inside = np.arange(int(size.sum())) - np.repeat(single.labels.offsets[:-1], size)
    unit = np.repeat(offsets[single.item], size) + inside
    flat = Votes(
        unit, np.repeat(single.worker, size), single.labels.units, int(offsets[-1]), single.w
    )
    found = aggregate(
        Dataset(flat, whole.evidence, Ids(workers=whole.ids.workers), whole.source),
        duplicates="all",
        **words,
    )
    info = {
        **found.info,
        "ids": whole.ids,
        "votes": len(single),
        "warnings": (*said, *found.info["warnings"]),
    }
    return replace(found, labels=Grouped(found.labels, offsets), info=info)


def _auto(
    votes: Votes[Any], whole: Dataset, words: dict[str, Any], options: dict[str, Any], seed: int
) -> Consensus[Any]:
    for word in options:
        if word == "temper":
            raise ValueError(
                "auto is a mean of models and is not tempered: cooler parts make it worse; temper a single one with by=..."
            )
        if word != "thorough":
            raise ValueError(
                f"auto has no option {word!r}{nearest(word, ['thorough', *words])}; its options: thorough (or name one aggregator with by=...)"
            )
    for name, value in words.items():
        if value is not None and name not in ("gold", "probs", "features"):
            raise ValueError(f"auto uses votes, gold, features and probs, got {name}")
    beside = {
        name: whole.evidence[name]
        for name in ("gold", "probs", "features")
        if name in whole.evidence
    }
    return auto(votes, **beside, seed=seed, **options)


def _entry(by: str, votes: Votes[Any]) -> Entry:
    """The aggregator of that name; for numbers "auto" is a single method."""
    if by == "auto" and not isinstance(votes.labels, Numbers):
        raise ValueError(
            f"by='auto' is for votes on classes and on numbers, got {type(votes.labels).__name__}; name an aggregator with by=..."
        )
    return find("aggregate", "auto_numbers" if by == "auto" else by)


def _worth(votes: Votes[Any]) -> None:
    if not votes.n:
        raise ValueError("there is nothing to aggregate: no items")
    if isinstance(votes.labels, Classes) and not votes.labels.k:
        raise ValueError("there is nothing to aggregate: no votes, and no class names either")


def _cooled(
    found: Consensus[Any], entry: Entry, whole: Dataset, options: dict[str, Any], seed: int
) -> Consensus[Any]:
    votes: Any = whole.labels
    if (
        not isinstance(found.labels, Soft)
        or not entry.skill
        or "probs" in entry.needs
        or "features" in entry.needs
    ):
        raise ValueError(
            f"temper is for models of votes on classes such as dawid_skene, {entry.name} is none"
        )
    plain = {name: value for name, value in whole.evidence.items() if name != "gold"}
    gold = whole.evidence.get("gold") if "gold" in entry.accepts else None
    blind = partial(called, entry, evidence=plain, options=options, seed=seed)
    return cooled(found, votes, blind, gold=gold, seed=seed)


def _doubts(votes: Votes[Any]) -> list[str]:
    """What is odd about the votes as a whole, whatever is made of them."""
    if not len(votes) or not isinstance(votes.labels, Classes | Numbers):
        return []
    cast = np.bincount(votes.worker, minlength=votes.w)
    some, once = int((cast > 0).sum()), int((cast == 1).sum())
    y = np.asarray(votes.labels.y)
    said = []
    if some == 1:
        said.append(
            "all votes come from one worker: they are taken at their word, and nothing can be said of his skill"
        )
    elif once > some / 2:
        said.append(
            f"{once:,} of {some:,} workers voted once only: each is taken for one of the crowd, nothing can be learnt of him"
        )
    if len(votes) > 1 and (y == y[0]).all():
        what = (
            repr(votes.labels.names[int(y[0])])
            if isinstance(votes.labels, Classes)
            else f"{np.ravel(y)[0]:g}"
        )
        said.append(
            f"all {len(votes):,} votes say {what}: so does the consensus, and agreement with it proves nothing"
        )
    return said


def _graph(votes: Votes[Classes]) -> list[str]:
    """What the graph of workers and items forbids; ``auto`` says it itself, of any number of votes.
    Above a million it would cost more than the method.
    """
    if len(votes) > MANY:
        return []
    from reliabel.auto.aggregate import graph_said
    from reliabel.measures import identifiability

    return graph_said(identifiability.measure(votes))


def _typed(entry: Entry, options: dict[str, Any]) -> None:
    """Refuse an option of another type than its default's."""
    for word, value in options.items():
        default = entry.options.get(word)
        wanted: dict[type, tuple[type, ...]] = {
            bool: (bool,),
            int: (int, np.integer),
            float: (int, float, np.integer, np.floating),
            str: (str,),
        }
        kinds = wanted.get(type(default))
        if kinds is not None and (
            not isinstance(value, kinds) or (isinstance(value, bool) and type(default) is not bool)
        ):
            what = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}[
                type(default)
            ]
            raise ValueError(
                f"the option {word} of {entry.name} is {what} such as {default!r}, got {value!r}"
            )


def _single(
    votes: Votes[Any], duplicates: str, ids: Ids | None = None
) -> tuple[Votes[Any], list[str]]:
    """At most one vote per worker and item, and what was dropped."""
    if duplicates not in DUPLICATES:
        raise ValueError(
            f"duplicates must be one of {', '.join(DUPLICATES)}, got {duplicates!r}{nearest(str(duplicates), DUPLICATES)}"
        )
    from reliabel.ops.votes import once

    stays = once(votes, "last" if duplicates == "last" else "first")
    again = len(votes) - int(stays.sum())
    if not again or duplicates == "all":
        return votes, [
            f"{again:,} repeated votes of a worker on an item were kept (duplicates='all')"
        ] if again else []
    if duplicates == "error":
        first = int(np.flatnonzero(~stays)[0])
        who, item = int(votes.worker[first]), int(votes.item[first])
        worker = str(who) if ids is None or ids.workers is None else repr(ids.workers[who])
        place = str(item) if ids is None or ids.items is None else repr(ids.items[item])
        raise ValueError(
            f"worker {worker} voted more than once on item {place}, and {again:,} votes repeat in all; "
            "clean them, or choose duplicates='last', 'first' or 'all'"
        )
    return votes.take(stays), [
        f"{again:,} of {len(votes):,} votes repeat a worker's vote on the same item; the {duplicates} of each was kept"
    ]


def _gold(gold: Any, votes: Votes[Any]) -> Any:
    """Known true classes as numbers, class names looked up; for votes on numbers the numbers, NaN
    where unknown.
    """
    if gold is not None and isinstance(votes.labels, Numbers):
        return _gold_numbers(gold)
    if gold is None or not isinstance(votes.labels, Classes):
        return gold
    raw = np.asarray(gold)
    names = votes.labels.names
    if raw.dtype.kind not in "iu":
        code = {name: place for place, name in enumerate(names)}
        words = [
            None if value is None or value != value or str(value) == "" else str(value)
            for value in raw.tolist()
        ]
        for word in words:
            if word is not None and word not in code:
                raise ValueError(
                    f"gold names the class {word!r}, which no vote has{nearest(word, names)}; classes: {', '.join(names[:12])}"
                )
        raw = np.array([-1 if word is None else code[word] for word in words], dtype=np.int64)
    if raw.ndim != 1 or (raw.size and (raw.min() < -1 or raw.max() >= len(names))):
        raise ValueError(
            f"gold must be one class per item, 0..{len(names) - 1} or -1 where unknown, got shape {raw.shape} from {raw.min()} to {raw.max()}"
        )
    return raw


def _gold_numbers(gold: Any) -> Any:
    raw = np.asarray(gold)
    if raw.dtype.kind in "iuf":
        return raw.astype(float)
    out = np.full(raw.shape, np.nan)
    for place, value in np.ndenumerate(raw):
        if value is not None and str(value).strip():
            try:
                out[place] = float(value)
            except ValueError:
                raise ValueError(
                    f"gold must hold numbers, as the votes do, got {value!r} for item {place[0]}; leave it empty where it is unknown"
                ) from None
    return out
