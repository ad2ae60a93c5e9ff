"""The default audit beside cleanlab's Datalab on the same planted faults, in the suite faults:
pictures, texts and tables, each with a dozen kinds of faults at once.

Reliabel reads a file, as the command does, in a process of its own; Datalab gets the features and
out-of-fold probabilities that this run made (and the pictures), and makes neither.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench.child import child, measured_anonymous
from reliabel.bench.fault_tables import Beside, picture_file, table_file, text_file
from reliabel.bench.fault_texts import BROKEN, ENCODING
from reliabel.bench.fault_worlds import pieces
from reliabel.bench.run import Row
from reliabel.core.results import Audit, Faults, Suspicion

FOUND = ("recall", "precision")
DEFAULT, NAMED, PEER = "reliabel", "reliabel, by name", "cleanlab Datalab"
BY_NAME = (
    "spurious_correlation",
    "weak_slices",
    "picture_faults",
)  # no auditors of the default set
DAMAGES = (*ENCODING, *BROKEN)
SAYS = (
    "**Beside cleanlab's Datalab**: share of the planted faults that are reported / share of what "
    "that check reports that was planted (what the data held before counts as not planted; the "
    "kinds of copies share one check). `reliabel` is the default audit, `by name` the auditors "
    "spurious_correlation, weak_slices and picture_faults, asked for as well; Datalab runs every "
    "check that it has for the given data, with cleanvision on pictures. - = no check of that kind."
)
WORLDS: Mapping[str, Callable[[Path | None, Path, bool], Beside]] = {
    "beside_tables": table_file,
    "beside_texts": text_file,
    "beside_pictures": picture_file,
}


@dataclass(frozen=True)
class Kind:
    """Where a method reports a planted fault: the auditor and which of its kinds (all without a
    name), and the checks of Datalab ("" where it has none).

    form: what is reported: items, groups (of copies), slices, columns, classes, or whole (the data
    have it or not).
    """

    form: str
    by: str
    names: tuple[str, ...] = ()
    check: str = ""
    alone: bool = True  # whether what the check reports is all of this kind


KINDS: Mapping[str, Kind] = {
    "wrong labels": Kind("items", "p_wrong", check="label"),
    "outliers": Kind("items", "knn_outliers", check="outlier"),
    "all copies": Kind("groups", "near_duplicates", check="near_duplicate"),
    **{
        f"copies: {name}": Kind("groups", "near_duplicates", check="near_duplicate", alone=False)
        for name in ("exact", "recompressed", "mirrored", "cropped", "recased")
    },
    "rows sorted by class": Kind("whole", "row_order", ("sorted by class",), "non_iid"),
    "rare class": Kind("classes", "class_counts", ("few items", "rare"), "class_imbalance"),
    "weak slice": Kind("slices", "weak_slices", check="underperforming_group"),
    "watermark of a class": Kind("whole", "spurious_correlation", check="spurious_correlations"),
    "short texts of a class": Kind("whole", "spurious_correlation"),
    "dark pictures": Kind("items", "broken_items", ("dark",), "dark"),
    "blurred pictures": Kind("items", "picture_faults", ("out of focus",), "blurry"),
    "blank pictures": Kind("items", "broken_items", ("picture",), "low_information"),
    "damaged encoding": Kind("items", "encoding_faults broken_items", DAMAGES),
    "another language": Kind("items", "encoding_faults", ("another language",)),
    "personal data": Kind("items", "personal_data"),
    "constant column": Kind("columns", "null_columns", ("constant",)),
    "missing values": Kind("columns", "null_columns", ("missing values",), "null"),
    "missing values in disguise": Kind("columns", "null_columns", ("disguised missing values",)),
    "identifier column": Kind("columns", "null_columns", ("identifier",)),
    "column that tells the class": Kind("columns", "target_leakage", ("column",)),
}


def rows_of(name: str, *, quick: bool, data: Path | None, place: Path) -> list[Row]:
    """The rows of one file with all its faults, of both methods; each says why it could not run."""
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as held:
        folder = Path(held).absolute()
        try:
            world = WORLDS[name](data, folder, quick)
        except FileNotFoundError as missing:
            return [Row(name, "", "", 0, DEFAULT, "not run", str(missing))]
        (folder / "world.json").write_text(json.dumps({"read": world.read}), encoding="utf-8")
        costs = child([sys.executable, "-m", "reliabel.bench.fault_peers", str(folder)])
        ours = json.loads((folder / "ours.json").read_text(encoding="utf-8"))
        printed, why = peer.call("datalab_faults.py", folder, one_thread=True, timeout=3600)
        rows = [
            Row(name, world.dataset, kind, 0, "planted", "planted", float(len(planted)))
            for kind, planted in world.planted.items()
        ]
        for method in (DEFAULT, NAMED):
            rows += _rows(name, world, method, ours[method], costs[method])
        if why:
            return [*rows, Row(name, world.dataset, "", 0, PEER, "not run", why)]
        theirs = json.loads((folder / "theirs.json").read_text(encoding="utf-8"))
        return [*rows, *_rows(name, world, PEER, theirs, json.loads(printed))]


def _rows(
    name: str,
    world: Beside,
    method: str,
    reported: Mapping[str, Sequence[Any]],
    cost: Mapping[str, float],
) -> Iterator[Row]:
    for kind, planted in world.planted.items():
        of = KINDS[kind]
        told = reported.get(of.check if method == PEER else kind)
        if told is not None:
            for metric, value in _compared(of, planted, told).items():
                yield Row(name, world.dataset, kind, 0, method, metric, value)
    for metric, value in {"items": float(world.n), **cost}.items():
        yield Row(name, world.dataset, "all", 0, method, metric, value)


def _compared(kind: Kind, planted: Sequence[Any], told: Sequence[Any]) -> dict[str, float]:
    """Recall, and precision where the check reports nothing but this kind."""
    hits: set[int] = set()
    found = 0
    if kind.form == "groups":
        sets = [set(group) for group in told]
        at = {item: place for place, group in enumerate(sets) for item in group}
        for pair in planted:
            there = at.get(pair[0])
            if there is not None and set(pair) <= sets[there]:
                found, hits = found + 1, hits | {there}
    elif kind.form == "slices":
        parts = [frozenset(one) for one in told]
        groups = [frozenset(one) for one in planted]
        at_group = pieces(parts, groups)
        hits = {f for f, place in enumerate(at_group) if place < len(groups)}
        found = len({place for place in at_group if place < len(groups)})
    else:
        wanted = set(planted)
        found = len(wanted & set(told))
        hits = {place for place, one in enumerate(told) if one in wanted}
    recall = {"recall": found / len(planted)}
    alone = kind.alone and kind.form != "whole" and len(told)
    return {**recall, "precision": len(hits) / len(told)} if alone else recall


def main(folder: Path) -> dict[str, dict[str, float]]:
    """Both audits of the file in a folder: what each reports as ours.json, the evidence for the
    peer as arrays; gives what each took.
    """
    import reliabel as rl

    words = json.loads((folder / "world.json").read_text(encoding="utf-8"))["read"]
    kept: list[Audit] = []

    def plain() -> None:
        kept.append(rl.audit(rl.read(**words), seed=0, folder=folder / "audit"))

    def named() -> None:
        kept.append(rl.audit(rl.read(**words), by=BY_NAME, seed=0, folder=folder / "audit"))

    costs = {DEFAULT: _timed(plain), NAMED: _timed(named)}
    reported = {method: _reported(done) for method, done in zip(costs, kept, strict=True)}
    reported[NAMED].pop("wrong labels", None)  # P(wrong) is no auditor that was asked by name
    (folder / "ours.json").write_text(json.dumps(reported), encoding="utf-8")
    data: Any = kept[0].data
    np.save(folder / "y.npy", data.labels.y)
    np.save(folder / "x.npy", np.asarray(data.evidence["features"], dtype=np.float32))
    np.save(folder / "p.npy", np.asarray(data.evidence["probs"], dtype=np.float64))
    return costs


def _timed(call: Callable[[], None]) -> dict[str, float]:
    start = time.perf_counter()
    cost = measured_anonymous(call, 0, every=0.01)
    del cost["input_mib"]
    return {**cost, "minutes": (time.perf_counter() - start) / 60}


def _reported(done: Audit) -> dict[str, list[Any]]:
    """Planted kind -> what the audit reports, of the kinds whose auditor ran."""
    found: dict[str, list[Any]] = {}
    for name, kind in KINDS.items():
        if kind.by == "p_wrong":
            if done.p_wrong is not None:
                found[name] = np.flatnonzero(np.nan_to_num(done.p_wrong) >= 0.5).tolist()
            continue
        opinions = [done.opinions[by] for by in kind.by.split() if by in done.opinions]
        if opinions:
            found[name] = [one for opinion in opinions for one in _of(opinion, kind, done)]
    return found


def _of(opinion: Suspicion | Faults, kind: Kind, done: Audit) -> list[Any]:
    if isinstance(opinion, Suspicion):
        assert opinion.flag is not None
        return np.flatnonzero(opinion.flag).tolist()
    mine = [f for f, name in enumerate(opinion.kind) if not kind.names or name in kind.names]
    if kind.form == "whole":
        return [0] if mine else []
    if kind.form == "columns":
        assert opinion.where is not None
        return sorted({str(opinion.where[f]["column"]) for f in mine})
    if kind.form in ("groups", "slices"):
        return [list(opinion.items[f]) for f in mine]
    items = {item for f in mine for item in opinion.items[f]}
    if kind.form == "classes":
        y: Any = done.data.labels
        return sorted({y.names[y.y[item]] for item in items})
    return sorted(items)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
