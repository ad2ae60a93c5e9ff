"""read_by_worker: several files that hold the labels of one worker each become votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import EVIDENCE
from reliabel.core.joined_labels import joined_labels
from reliabel.core.kinds import given_values, kind_for, known_labels, layout_of
from reliabel.core.known_answers import KnownAnswers
from reliabel.core.labels import Bools, Classes, Grouped, Ints, Labels, MultiLabel, Numbers, Votes
from reliabel.core.short_repr import listing, many
from reliabel.verbs.matched_items import content_keys, id_keys
from reliabel.verbs.read import read

MASKS = (".png", ".tif", ".tiff", ".npy")
TOLD = 4  # notes on single files that are told
PICTURES = ("images", "image", "imgs", "img", "pictures", "photos", "jpegimages")


def read_by_worker(sources: Any, *, image: str | None = None, **words: Any) -> Dataset:
    """Votes of workers who have a file (or a folder) each: COCO, CoNLL, masks, tables.

    sources: a mapping from the name of a worker to anything that ``read`` takes, or a folder whose
        files (or folders, of masks) hold one worker's labels each and are named after the worker.
    image: the folder of the pictures, or a column of tables.
    words: the other keywords of ``read``, the same for all files.

    Items are matched by their ids (the names of pictures), else by their content (the words of a
    sentence), else by their row.  An item that a file lacks is no vote of its worker; an item
    without objects in a file is a vote for "nothing".
    Raises ValueError where files hold labels of different kinds or cannot be matched.

    >>> ann = {"id": ["x", "y"], "label": ["cat", "dog"]}
    >>> bo = {"id": ["y"], "label": ["cat"]}
    >>> read_by_worker({"ann": ann, "bo": bo}, label="label", id="id").labels
    Votes(2 workers on 2 items: Classes(3 labels, 2 classes: cat, dog))
    """
    for role in ("item", "worker", "left", "right"):
        if words.get(role) is not None:
            raise ValueError(
                f"each file holds the labels of one worker, so that {role}= names no column; leave "
                "it out, or read one table of all votes with rl.read"
            )
    image, files = _files(sources, image)
    if len(files) < 2:
        raise ValueError(f"votes need several workers, got {len(files)} file: {listing(files)}")
    if words.get("kind", "auto") == "auto" and all(map(_holds_masks, files.values())):
        words = {**words, "kind": "regions"}
    data = {who: _one(who, source, image, words) for who, source in files.items()}
    kinds = {who: kind_for(one.labels).name for who, one in data.items()}
    if len(set(kinds.values())) > 1:
        seen = ", ".join(f"{who} {kind}" for who, kind in kinds.items())
        raise ValueError(f"all files must hold labels of one kind, got {seen}; say kind=")
    item, names, notes = _matched(list(data.values()))
    every = np.concatenate(item)
    worker = np.repeat(np.arange(len(data)), [len(one) for one in item])
    labels = joined_labels([one.labels for one in data.values()])
    given = _given(labels)
    n = int(every.max(initial=-1)) + 1
    votes: Votes[Any] = Votes(every[given], worker[given], labels.take(given), n, len(data))
    notes += _told(data, votes, every)
    first = next(iter(data.values())).source
    source = {
        **{key: first[key] for key in ("task", "form") if key in first},
        "path": str(sources) if isinstance(sources, str | Path) else None,
        "columns": {},
        "files": {who: one.source.get("path") for who, one in data.items()},
        "notes": notes,
    }
    evidence = _evidence(list(data.values()), item, n)
    return Dataset(votes, evidence, Ids(names, tuple(data)), source)


def known_by_file(path: Any, data: Dataset, *, image: str | None = None, **words: Any) -> Any:
    """The known answers in a file like those that ``data`` was read from: for Classes and Numbers
    an array with one entry an item, else known answers as a label set.

    Raises ValueError where the file has none of the items.
    """
    votes: Any = data.labels
    if words.get("kind", "auto") == "auto" and _holds_masks(path):
        words = {**words, "kind": "regions"}
    truth = _one("gold", path, image, words)
    shown = {name: data.evidence[name] for name in ("items",) if name in data.evidence}
    blank: Any = Classes(np.zeros(votes.n, dtype=np.int64))
    items = Dataset(blank, shown, Ids(data.ids.items), {"task": data.source.get("task")})
    (here, there), _, _ = _matched([items, truth])
    place = {key: row for row, key in enumerate(here.tolist())}
    item = np.array([place.get(key, -1) for key in there.tolist()], dtype=np.int64)
    rows = np.flatnonzero((item >= 0) & _given(truth.labels))
    if not len(rows):
        raise ValueError(f"{path} has none of the items that were voted on")
    if not isinstance(truth.labels, Classes | Numbers):
        return KnownAnswers(truth.labels.take(rows), item[rows])
    values = np.full(votes.n, None, dtype=object)
    values[item[rows]] = given_values(truth.labels.take(rows))
    return values


def _files(sources: Any, image: str | None) -> tuple[str | None, dict[str, Any]]:
    """The file of each worker, and where the pictures are."""
    if isinstance(sources, Mapping):
        return image, {str(who): source for who, source in sources.items()}
    if not isinstance(sources, str | Path):
        raise ValueError(
            "sources must be a mapping from workers to their files, or a folder with a file for "
            f"each worker, got {type(sources).__name__}"
        )
    folder = Path(sources)
    if not folder.is_dir():
        raise ValueError(
            f"{folder} is no folder; by worker means a folder with a file (or a folder of masks) "
            "for each worker, named after the worker"
        )
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    pictures = [path for path in inside if path.is_dir() and path.name.lower() in PICTURES]
    if pictures and image is None:
        image = str(pictures[0])
    found: dict[str, Any] = {}
    for path in inside:
        if path in pictures:
            continue
        who = path.name if path.is_dir() else path.name.split(".")[0]
        if who in found:
            raise ValueError(
                f"{folder} has two files of worker {who!r}: {found[who].name} and {path.name}; "
                "leave one, or name the files in a mapping"
            )
        found[who] = path
    return image, found


def _holds_masks(source: Any) -> bool:
    """Whether a worker has a folder with nothing but pictures, which are then masks."""
    if not isinstance(source, str | Path) or not Path(source).is_dir():
        return False
    inside = [path for path in Path(source).iterdir() if not path.name.startswith(".")]
    return bool(inside) and all(path.suffix.lower() in MASKS for path in inside)


def _one(who: str, source: Any, image: str | None, words: Mapping[str, Any]) -> Dataset:
    try:
        found = read(source, image=image, **words)
    except (ValueError, OSError) as wrong:
        raise ValueError(f"the file of worker {who!r}: {wrong}") from wrong
    if isinstance(found.labels, Votes):
        raise ValueError(
            f"the file of worker {who!r} holds votes of several workers itself; read such files "
            "one by one"
        )
    return found


def _matched(data: Sequence[Dataset]) -> tuple[list[Ints], list[str] | None, list[str]]:
    """The item of each row of each file, the names of the items, and how they were matched."""
    for keys_of, by in ((id_keys, "ids"), (content_keys, "content")):
        keys = [keys_of(one) for one in data]
        known = [one for one in keys if one is not None]
        if len(known) == len(data):
            item, place = _numbered(known)
            names = [str(key[0]) for key in place] if by == "ids" else None
            return item, names, [f"{len(place):,} items, matched by their {by}"]
    sizes = [len(one.labels) for one in data]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"the files have {listing(map(str, sizes))} items without ids or content that could "
            "be matched; name the column of the ids with id="
        )
    rows: list[Ints] = [np.arange(sizes[0])] * len(data)
    return rows, None, ["the items have no ids: row 0 of each file is the same item, and so on"]


def _numbered(keys: list[list[Hashable]]) -> tuple[list[Ints], dict[tuple[Hashable, int], int]]:
    """Numbers of items in the order of their first appearance; the second of two alike in one file
    is the second of two alike in another.
    """
    place: dict[tuple[Hashable, int], int] = {}
    item: list[Ints] = []
    for mine in keys:
        seen: dict[Hashable, int] = {}
        rows = []
        for key in mine:
            copy = seen[key] = seen.get(key, -1) + 1
            rows.append(place.setdefault((key, copy), len(place)))
        item.append(np.array(rows, dtype=np.int64))
    return item, place


def _given(labels: Labels) -> Bools:
    """(rows,) which rows are votes: all groups, and single labels that are known."""
    if isinstance(labels, Classes):
        return np.asarray(labels.y >= 0)
    if isinstance(labels, Numbers):
        known = ~np.isnan(labels.y)
        return np.asarray(known if known.ndim == 1 else known.all(1))
    if isinstance(labels, MultiLabel):
        return np.asarray((labels.y >= 0).any(1))
    if isinstance(labels, Grouped):
        return np.ones(len(labels), dtype=bool)
    kind = kind_for(labels)
    return np.array([kind.value(labels, row) is not None for row in range(len(labels))])


def _told(data: Mapping[str, Dataset], votes: Votes[Any], every: Ints) -> list[str]:
    """Notes: how many votes, and how many of them are for "nothing"."""
    notes = [f"{many(len(votes), 'vote')} of {votes.w:,} workers on {many(votes.n, 'item')}"]
    notes += _of_files({who: list(one.source["notes"]) for who, one in data.items()})
    if isinstance(votes.labels, Grouped) and layout_of(votes.labels).starts is not None:
        empty = np.diff(votes.labels.offsets) == 0
        if empty.any() and kind_for(votes.labels).objects:
            have = "vote is" if empty.sum() == 1 else "votes are"
            notes.append(
                f"{int(empty.sum()):,} {have} for no object: items that a file lists without any "
                "(leave these out of the file where the worker did not look)"
            )
    if not known_labels(votes.labels):
        notes.append("the files hold no label at all")
    return notes


def _of_files(notes: Mapping[str, list[str]]) -> list[str]:
    """What was said of the files: once what was said of several, and of the others the first."""
    count = Counter(note for mine in notes.values() for note in dict.fromkeys(mine))
    shared = [note for note, times in count.items() if times > 1]
    single = [f"{who}: {note}" for who, mine in notes.items() for note in mine if count[note] == 1]
    more = len(single) - TOLD
    rest = (
        [f"{more:,} more such notes on single files; rl.read(FILE) tells them"] if more > 0 else []
    )
    return [*shared, *single[:TOLD], *rest]


def _evidence(data: Sequence[Dataset], item: Sequence[Ints], n: int) -> dict[str, Any]:
    """What is known of each item, from the first file that has it."""
    whose, row = np.full(n, -1), np.zeros(n, dtype=np.int64)
    for place in reversed(range(len(data))):
        whose[item[place]], row[item[place]] = place, np.arange(len(item[place]))
    found: dict[str, Any] = {}
    for name in data[0].evidence:
        parts = [one.evidence.get(name) for one in data]
        rows = zip(parts, data, strict=True)
        if not EVIDENCE[name].has_rows or not all(_is_list(p, len(d.labels)) for p, d in rows):
            continue
        picked = [parts[w][r] for w, r in zip(whose.tolist(), row.tolist(), strict=True)]
        found[name] = np.stack(picked) if isinstance(parts[0], np.ndarray) else picked
    return found


def _is_list(values: Any, rows: int) -> bool:
    """Whether evidence is one thing an item."""
    return isinstance(values, list | tuple | np.ndarray) and len(values) == rows
