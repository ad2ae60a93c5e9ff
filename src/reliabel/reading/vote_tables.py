"""Votes from a long table: each row is the label that one worker gave to one item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Bools, Classes, MultiLabel, Numbers, Votes
from reliabel.core.orders import Comparisons
from reliabel.core.raw_labels import is_missing
from reliabel.core.short_repr import many
from reliabel.reading.answers_spans import in_words
from reliabel.reading.column_roles import Roles, describing, present, text_column
from reliabel.reading.evidence_columns import (
    Opened,
    about,
    facts_of,
    feature_matrix,
    probs_of,
    same_rows,
)
from reliabel.reading.label_columns import class_column, labels_of
from reliabel.reading.object_rows import answers_joined
from reliabel.reading.vote_answers import (
    ANSWERS,
    ONE_QUESTION,
    answers_of,
    inferred,
    may_be_free,
)
from reliabel.reading.vote_rows import (
    Cast,
    alike_names,
    beside,
    gold_in,
    numbered,
    one_spelling_each,
    without_votes,
)
from reliabel.reading.wide_votes import is_wide, long_of_wide

NOBODY = "everyone"  # the worker of votes that nobody is known to have cast


def of_export(table: Any, words: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an export of votes by role: what was named, else what the format says; its
    texts are guessed.
    """
    found = {
        role: table.roles.get(role) if words[role] is None else words[role]
        for role in (*table.roles, "text")
        if role in words
    }
    asked = words["label"]
    if isinstance(asked, list | tuple) and len(asked) > 1:
        raise ValueError(
            f"label names one question of an export of votes, got {', '.join(map(repr, asked))}; "
            "give one of them"
        )
    if not isinstance(asked, str) or asked not in table.columns:
        # it names the question, which was heeded in reading
        found["label"] = table.roles["label"]
    if found["text"] is None and words["image"] is None:
        found["text"] = text_column(table, {name for name in found.values() if name})
    return found


def of_platform(opened: Opened, words: Mapping[str, Any]) -> Opened:
    """The votes of a crowd platform's export, known by its columns; any other source as it is.

    Who names item or worker reads the columns by these names.
    """
    from reliabel.formats.crowd_platforms import votes_of

    asked = words["label"]
    if (
        opened.table.roles
        or words["item"] is not None
        or words["worker"] is not None
        or not isinstance(asked, str | None)
    ):
        return opened
    what = "the table" if opened.path is None else opened.path.name
    found = votes_of(opened.table, what, asked)
    return opened if found is None else replace(opened, table=found)


def votes(
    opened: Any,
    words: Mapping[str, Any],
    *,
    kind: str,
    duplicates: str,
    missing: Sequence[str],
    features: Any = None,
    probs: Any = None,
    merge_alike: bool = False,
    separator: str | None = None,
) -> Dataset:
    """The votes of a long or a wide table; items and workers are numbered in the order of their
    first appearance, and their names are kept as ids.

    A row without a label is an abstention: its item and worker are counted, but it is no vote.  A
    row without worker and label is an item that nobody voted on.
    merge_alike: whether names of workers, items and classes that differ only in what people do not
        see become one.
    """
    table = opened.table
    if is_wide(table, words["worker"]):
        table = long_of_wide(table, words, missing)
        opened = replace(opened, table=table)
        own = {"item": words["item"] or "item", "label": "label"}
        words = {**words, "item": "item", "worker": "worker", "label": "label"}
    else:
        own = {}
    if words["left"] is not None or words["right"] is not None or kind == "comparisons":
        return _of_pairs(
            opened, words, kind, duplicates=duplicates, missing=missing, features=features
        )
    for role in ("item", "worker", "label"):
        if words[role] is None and (role == "label" or kind not in ONE_QUESTION):
            raise ValueError(
                f"votes need the columns item, worker and label; {role} is not given ({role}=, "
                f"--{role})"
            )
    there = [role for role in ("item", "worker", "label") if words[role] is not None]
    several = _answer_columns(table, words["label"])
    words = {**words, "label": several[0]}
    names = {role: present(table, words[role], role) for role in there}
    told: list[str] = []
    if kind in ("boxes", "regions", "auto") and len(names) == 3 and len(several) == 1:
        made = answers_joined(table, names, kind)
        if made is not None:
            table, kind = made
            opened = replace(opened, table=table)
    if kind == "auto" and len(several) == 1:
        found, told = inferred(table, names["label"], separator)
        kind = found or "classes"
    if len(several) > 1:
        labels, given, notes = _of_columns(table, several, kind, missing)
        kind = "sets" if isinstance(labels, MultiLabel) else kind
    elif kind in ANSWERS:
        labels, given, notes = answers_of(table, names["label"], kind, missing, separator)
        given = given & ~_nobody_answers(table, names)
    else:
        _refuse_lists(table, names["label"])
        labels, notes = labels_of(table, (names["label"],), kind, missing, merge_alike=merge_alike)
        given = _is_label(labels)
    item, items = _of_one_question(table)
    worker, workers = np.arange(table.rows), [str(row) for row in range(table.rows)]
    if "item" in names:
        item, items = numbered(table, names["item"])
    if "worker" in names:
        worker, workers = numbered(table, names["worker"], unless=~given)
    notes = [*table.notes, *told, *notes]
    cast = Cast(item, worker, items, workers, labels, given, notes, beside(table, words))
    data = _data(
        cast, opened, words, names | own, duplicates, features, probs, merge_alike=merge_alike
    )
    if kind in ANSWERS:
        data = replace(data, source={**data.source, "answers": kind})
    return in_words(data) if kind == "spans" else data


def _of_pairs(
    opened: Any,
    words: Mapping[str, Any],
    kind: str,
    *,
    duplicates: str,
    missing: Sequence[str],
    features: Any,
) -> Dataset:
    """Votes that compare two things each; an item is a pair of things."""
    from reliabel.reading.preference_pairs import pairs_of

    table = opened.table
    for role in ("left", "right", "label"):
        if words[role] is None:
            raise ValueError(
                "comparisons need the columns left, right (the two things) and label (which is "
                f"better); {role} is not given ({role}=, --{role})"
            )
    if kind not in ("auto", "comparisons"):
        raise ValueError(
            f"left= and right= name two things that are compared, which are no {kind}; leave "
            "kind= out"
        )
    if words["item"] is not None:
        raise ValueError("the item of a comparison is its pair of things; leave item= out")
    names = {role: present(table, words[role], role) for role in ("left", "right", "label")}
    labels, given, item, items, notes = pairs_of(
        table, names["left"], names["right"], names["label"], missing=missing
    )
    worker, workers = _who(table, words["worker"], given)
    notes = [*table.notes, *notes]
    cast = Cast(item, worker, items, workers, labels, given, notes, beside(table, words))
    columns = {**names, "item": names["left"], "worker": words["worker"]}
    once = "all" if words["worker"] is None else duplicates
    data = _data(cast, opened, words, columns, once, features, None, merge_alike=False)
    if words["worker"] is None:
        return replace(data, source={**data.source, "anonymous": True})
    return data


def _answer_columns(table: Any, label: Any) -> tuple[str, ...]:
    """The columns of the answer: one, or several of which each holds a part."""
    asked = list(label) if isinstance(label, list | tuple) else [label]
    if len(set(asked)) < len(asked):
        raise ValueError(f"a column stands twice in label: {', '.join(map(repr, asked))}")
    return tuple(present(table, name, "label") for name in asked)


def _of_columns(
    table: Any, names: tuple[str, ...], kind: str, missing: Sequence[str]
) -> tuple[Any, Bools, list[str]]:
    """Answers in several columns: a yes or no to each label, of which an empty cell was not shown,
    or the numbers of a vector, all of which are needed.
    """
    if kind not in ("auto", "sets", "numbers"):
        raise ValueError(
            f"an answer in several columns ({', '.join(map(repr, names))}) is a set, a column a "
            f"label with yes or no in it, or a vector of numbers, not {kind}; name one column"
        )
    what = "numbers" if kind == "numbers" else "classes"
    labels, notes = labels_of(table, names, what, missing)
    if isinstance(labels, Numbers):
        return labels, np.asarray(np.isfinite(labels.y).all(1)), notes
    given = (labels.y >= 0).any(1)  # type: ignore[attr-defined]
    return labels, np.asarray(given), [*notes, "an empty cell was not shown, and is no 'no'"]


def _nobody_answers(table: Any, names: Mapping[str, str]) -> Any:
    """(rows,) whether a row is an item without a worker and an answer, and so no vote."""
    nobody = np.full(table.rows, "worker" in names)
    for role in ("worker", "label"):
        if role in names:
            cells = table.written(names[role]).tolist()
            nobody &= np.array([is_missing(cell) for cell in cells], dtype=bool)
    return nobody


def _of_one_question(table: Any) -> tuple[Any, list[str]]:
    """The item of each row where all answer one question, which has no name."""
    return np.zeros(table.rows, dtype=np.int64), ["all"]


def _by_whom(cast: Cast) -> str:
    """How many people voted, where that is known."""
    return "" if cast.workers == [NOBODY] else f" of {many(len(cast.workers), 'worker')}"


def _who(table: Any, worker: Any, given: Bools) -> tuple[Any, list[str]]:
    """The worker of each row; without a column for them all are one."""
    if worker is None:
        return np.zeros(table.rows, dtype=np.int64), [NOBODY]
    return numbered(table, present(table, worker, "worker"), unless=~given)


def streamed(
    path: Any,
    words: Mapping[str, Any],
    *,
    kind: str,
    duplicates: str,
    missing: Sequence[str],
    features: Any,
    probs: Any,
) -> Dataset | None:
    """The votes of a Parquet file, read in blocks; None if the file must be read as a table."""
    from reliabel.formats import votes_parquet
    from reliabel.formats.columns import Table
    from reliabel.formats.files import place_of

    wanted = {
        role: words[role]
        for role in ("item", "worker", "label", "time", "seconds")
        if words[role] is not None
    }
    long = all(isinstance(wanted.get(role), str) for role in ("item", "worker", "label")) and len(
        set(wanted.values())
    ) == len(wanted)
    compared = words["left"] is not None or words["right"] is not None
    if not isinstance(path, str | Path) or not long or words["text"] or words["image"] or compared:
        return None
    place = place_of(path)
    places = _parquet_files(place)
    names = tuple(wanted.values())
    if not places or not votes_parquet.fits(places, names, kind == "numbers"):
        return None
    others: dict[str, str] = {role: wanted[role] for role in ("time", "seconds") if role in wanted}
    found = votes_parquet.read(places, *names[:3], numbers=kind == "numbers", beside=others)
    notes: list[str] = []
    labels: Any
    if found.answers is None:
        labels = Numbers(np.asarray(found.answer, dtype=float))
    else:
        if kind == "auto" and may_be_free(
            found.answers.columns[names[2]].tolist(), len(found.answer)
        ):
            return None
        distinct, notes = class_column(
            found.answers,
            names[2],
            missing,
            labels=int((found.answer >= 0).sum()),
        )
        labels = Classes(np.append(distinct.y, -1).astype(np.int32)[found.answer], distinct.names)
    cast = Cast(
        found.item,
        found.worker,
        found.items,
        found.workers,
        labels,
        _is_label(labels),
        notes,
        found.beside,
    )
    # says how many rows there are
    shape = Table({"row": np.empty(len(found.item), dtype=np.int8)}, {"row": "integer"}, "parquet")
    return _data(
        cast,
        Opened(
            shape,
            place if isinstance(place, Path) else None,
            "pyarrow",
            address=place if isinstance(place, str) else None,
        ),
        words,
        dict(zip(("item", "worker", "label"), names, strict=False)),
        duplicates,
        features,
        probs,
        merge_alike=False,
    )


def _is_label(labels: Any) -> Bools:
    known = ~np.isnan(labels.y) if isinstance(labels, Numbers) else labels.y >= 0
    return np.asarray(known if known.ndim == 1 else known.all(1))


def _refuse_lists(table: Any, name: str) -> None:
    held = (
        next((v for v in table.columns[name].tolist() if isinstance(v, list | tuple | dict)), None)
        if table.kinds[name] == "other"
        else None
    )
    if held is not None:
        raise ValueError(
            f"the answers in {name!r} are lists such as {held!r:.60}, and which kind of answers "
            f"these are is not plain; say kind=: {', '.join(ANSWERS)}"
        )


def _odd_names(workers: list[str]) -> list[str]:
    from reliabel.formats.columns import MISSING_WORDS

    odd = [name for name in workers if name in MISSING_WORDS]
    return (
        [
            f"{', '.join(map(repr, odd))} counts as the name of a worker; leave out the rows where "
            "nobody is known"
        ]
        if odd
        else []
    )


def _parquet_files(place: Path | str) -> list[str]:
    """The Parquet files that are read in blocks: one, or those of a folder; none where the source
    is something else.
    """
    from reliabel.formats import column_files
    from reliabel.formats.files import form_of

    if isinstance(place, Path) and place.is_file():
        named = place.suffix.lower() in (".parquet", ".pq")
        return [str(place)] if named and form_of(place) == "parquet" else []
    found = column_files.files_of(place)
    return [] if found is None or found[0] != "parquet" else found[1]


def _data(
    cast: Cast,
    opened: Opened,
    words: Mapping[str, Any],
    names: Mapping[str, str],
    duplicates: str,
    features: Any,
    probs: Any,
    *,
    merge_alike: bool,
) -> Dataset:
    cast, more = one_spelling_each(cast) if merge_alike else (cast, alike_names(cast))
    labels, notes = cast.labels, [*cast.notes, *_odd_names(cast.workers), *more]
    keep = cast.given
    index: Any = slice(None) if keep.all() else np.flatnonzero(keep)
    if not keep.all():
        # an export says itself what was not answered
        said = "worker" in opened.table.roles
        notes += without_votes(cast, keep, abstentions=not said)
        labels = labels.take(index)
    every: Votes[Any] = Votes(
        cast.item[index], cast.worker[index], labels, len(cast.items), len(cast.workers)
    )
    stays, more = _once(every, index, duplicates)
    single = every if stays.all() else every.take(stays)
    found = Roles(
        (names["label"],),
        tuple(n for n in [words["text"]] if n),
        words["image"],
        task="text" if words["text"] else "image" if words["image"] else "arrays",
    )
    evidence: dict[str, Any] = {}
    if found.task != "arrays":
        whole = facts_of(opened, found, ())["items"]
        evidence["items"] = [
            whole[row] for row in np.unique(cast.item, return_index=True)[1].tolist()
        ]
    notes = [
        *notes,
        *more,
        f"{many(len(single), 'vote')}{_by_whom(cast)} on {many(len(cast.items), 'item')}",
    ]
    if "worker" in opened.table.roles:
        evidence |= _facts(opened.table, cast, words)
    matrices, told = _matrices(features, probs, single)
    evidence |= matrices
    notes += told
    gold, told = gold_in(opened.table, cast.item, cast.labels, len(cast.items))
    evidence |= gold
    notes += told
    same_rows(evidence, len(cast.items))
    source = about(opened, found, notes, None, None)
    source["columns"] |= {role: names.get(role) for role in ("item", "worker")}
    source["vote_columns"] = {role: column[index][stays] for role, column in cast.beside.items()}
    return Dataset(single, evidence, Ids(cast.items, cast.workers), source)


def _facts(table: Any, cast: Cast, words: Mapping[str, Any]) -> dict[str, Any]:
    """What an export says of each item beside its votes."""
    first = np.unique(cast.item, return_index=True)[1]
    own = {name for role, name in table.roles.items()} | {words["text"], words["image"]}
    columns = {name: table.columns[name][first] for name in describing(table, own)}
    return {"columns": columns} if columns else {}


def _once(votes: Votes[Any], index: Any, duplicates: str) -> tuple[Bools, list[str]]:
    """Which votes count when a worker voted more than once on an item; ``index``: the rows of the
    file that the votes stand in.
    """
    from reliabel.ops.votes_by_item import one_per_pair

    if duplicates in ("last", "all") and isinstance(votes.labels, Comparisons):
        return np.ones(len(votes), dtype=bool), []  # a pair may be compared on several occasions
    stays = one_per_pair(votes, "last" if duplicates == "last" else "first")
    repeated = len(votes) - int(stays.sum())
    words = f"{repeated:,} repeated vote{'s' * (repeated > 1)} of a worker on an item"
    if not repeated or duplicates == "all":
        return np.ones(len(votes), dtype=bool), [
            f"{words}: all are read; aggregate counts the last unless duplicates= says otherwise"
        ] if repeated else []
    if duplicates == "error":
        row = np.arange(len(votes)) if isinstance(index, slice) else index
        raise ValueError(
            f"{words}, the first in row {int(row[np.flatnonzero(~stays)[0]])}; choose "
            "duplicates='last', 'first' or 'all'"
        )
    return stays, [f"{words}: the {duplicates} one counts (duplicates= names another)"]


def _matrices(features: Any, probs: Any, cast: Votes[Any]) -> tuple[dict[str, Any], list[str]]:
    """Features and probabilities of the items, and notes on what was inferred."""
    out: dict[str, Any] = {}
    notes: list[str] = []
    if features is not None:
        out["features"], notes = feature_matrix(features, cast.n)
    if probs is not None:
        _, out["probs"], more = probs_of(cast.labels, probs, cast.n)
        notes = [*notes, *more]
    return out, notes
