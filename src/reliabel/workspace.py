"""The audit folder: evidence kept by content hash, atomic writes, one run at a time.

Every file is written through a temporary name and renamed, so that a crash or a full disk leaves the last good state.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.packing import pack, unpack
from reliabel.core.results import Audit, Finding
from reliabel.core.rows import finding_rows, findings_csv, label_rows

STATE = "audit"  # evidence/audit.json: all of an Audit that the tables do not hold
Arrays = dict[str, np.ndarray[Any, Any]]


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary path next to ``path``; renamed to it when the block ends well, removed when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    except OSError as wrong:  # NumPy and Arrow say how many bytes, not which file
        raise OSError(f"{path} could not be written: {wrong}; is the disk full, or may nothing be written there?  What was there is as it was") from wrong
    finally:
        part.unlink(missing_ok=True)


def fingerprint(*things: Any) -> str:
    """SHA-256 of arrays (bytes, type, shape), texts, numbers and nests of them: equal content, equal name."""
    digest = hashlib.sha256()
    for thing in things:
        _feed(digest, thing)
    return digest.hexdigest()


def _feed(digest: Any, thing: Any) -> None:
    if isinstance(thing, np.ndarray) and thing.dtype != object:
        digest.update(f"array {thing.dtype.str} {thing.shape}".encode())
        for start in range(0, len(thing) if thing.ndim else 1, 65536):
            digest.update(_raw(thing[start : start + 65536] if thing.ndim else thing))
    elif isinstance(thing, str | bytes):
        raw = thing.encode("utf-8", "surrogatepass") if isinstance(thing, str) else thing
        digest.update(f"text {len(raw)} ".encode() + raw)
    elif isinstance(thing, Mapping):
        for key in sorted(thing, key=str):
            _feed(digest, str(key))
            _feed(digest, thing[key])
    elif isinstance(thing, list | tuple | np.ndarray):
        digest.update(f"list {len(thing)}".encode())
        for part in thing:
            _feed(digest, part)
    elif hasattr(thing, "shape") and hasattr(thing, "dtype") and hasattr(thing, "__getitem__") and not isinstance(thing, np.generic):
        digest.update(f"array {np.dtype(thing.dtype).str} {tuple(thing.shape)}".encode())  # a source that opens rows on demand
        for start in range(0, thing.shape[0], 65536):
            digest.update(_raw(thing[start : start + 65536]))
    elif thing is None or isinstance(thing, bool | int | float | np.generic | date | Decimal):
        digest.update(f"{type(thing).__name__} {thing!r}".encode())
    else:
        raise TypeError(f"cannot fingerprint a {type(thing).__name__}; give arrays, text, numbers, or lists and mappings of them")


def _raw(block: Any) -> Any:
    """The bytes of a block; dates have no buffer of their own and are read as whole numbers."""
    block = np.ascontiguousarray(block)
    return block.view(np.int64).data if block.dtype.kind in "mM" else block.data


class Store:
    """Evidence that is made once: ``made`` gives what is on disk under this key, or makes it and keeps it.

    Without a folder nothing is kept.  A damaged file is noticed by its hash and made again (``damaged`` lists the names).
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = None if folder is None else Path(folder) / "evidence"
        self.damaged: list[str] = []
        self.reused: list[str] = []

    def made(self, kind: str, key: Mapping[str, Any], make: Callable[[], Arrays]) -> Arrays:
        """Arrays of evidence ``kind`` made from what ``key`` holds (arrays are hashed); large ones come back as memory maps."""
        if self.folder is None:
            return make()
        place = self.folder / f"{kind}-{fingerprint(kind, key)[:16]}"
        found = self._read(place)
        if found is None:
            arrays = make()
            self._write(place, arrays)
            return arrays
        self.reused.append(kind)
        return found

    def _read(self, place: Path) -> Arrays | None:
        card = Path(f"{place}.json")
        if not card.exists():
            return None
        try:
            sums: dict[str, str] = json.loads(card.read_text())["sha256"]
            arrays: Arrays = {name: np.load(f"{place}.{name}.npy", mmap_mode="r") for name in sums}
            whole = all(fingerprint(arrays[name]) == sums[name] for name in sums)
        except (OSError, ValueError, KeyError, TypeError, EOFError):  # cut short, not an array, not JSON: made again
            whole = False
        if not whole:
            self.damaged.append(place.name)
            return None
        return {name: array if array.nbytes > 2**26 else np.array(array) for name, array in arrays.items()}

    def _write(self, place: Path, arrays: Arrays) -> None:
        for name, array in arrays.items():
            with writing(Path(f"{place}.{name}.npy")) as part, part.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        card = {"sha256": {name: fingerprint(array) for name, array in arrays.items()}}
        with writing(Path(f"{place}.json")) as part:  # last: without its card the evidence does not count
            part.write_text(json.dumps(card))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One run at a time in a folder; raises ValueError while another process that still lives holds it."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file, not a folder; give another name with -o")
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / ".lock"
    while True:
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            break
        except FileExistsError:
            holder = _holder(lock)
            if holder is not None:
                raise ValueError(f"{folder} is in use by process {holder}; wait for it, or give another folder with -o") from None
            lock.unlink(missing_ok=True)  # its process died without taking the lock away
    try:
        os.write(handle, str(os.getpid()).encode())
        os.close(handle)
        _sweep(folder)
        yield
    finally:
        lock.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Take away the half-written files of processes that died: they would lie there for ever, each as large as what it was to become."""
    for part in folder.glob("**/.*.part"):
        writer = part.name.rsplit(".", 2)[1]
        if writer.isdecimal() and (int(writer) == os.getpid() or not _lives(int(writer))):
            part.unlink(missing_ok=True)


def _holder(lock: Path) -> int | None:
    """The living process that holds a lock, None if it died."""
    try:
        holder = int(lock.read_text() or 0)
    except (FileNotFoundError, ValueError):
        return None
    return holder if holder and _lives(holder) else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # alive, and somebody else's
        return True
    return True


def decisions_in(folder: Path) -> list[str]:
    """Files of people's decisions in a folder: what must never be lost to a second run."""
    return sorted(path.name for path in folder.glob("decisions.*")) if folder.is_dir() else []


def save(audit: Audit, folder: str | Path, *, resume: bool = False) -> Path:
    """Write an audit folder, file by file through temporary names; a folder that holds decisions needs ``resume``.

    The page (report.html) is written by the verb ``report``.  Raises ValueError where decisions would lose their audit.
    """
    place = Path(folder)
    kept = decisions_in(place)
    if kept and not resume:
        raise ValueError(f"{place} holds people's decisions ({', '.join(kept)}); go on with --resume, or give another folder with -o")
    _write_table(place / "labels.parquet", label_rows(audit))
    _write_table(place / "findings.parquet", finding_rows(audit))
    with writing(place / "findings.csv") as part:
        part.write_text(findings_csv(audit), encoding="utf-8")
    _write_table(place / "items.parquet", item_rows(audit.data))
    with writing(place / "audit.json") as part:
        part.write_text(json.dumps(card(audit), indent=1, ensure_ascii=False), encoding="utf-8")
    _write_state(audit, place / "evidence")
    return place


def load(folder: str | Path) -> Audit:
    """The Audit that was saved in ``folder``.  Raises ValueError where the folder holds none."""
    place = Path(folder)
    state = place / "evidence" / f"{STATE}.json"
    if not state.is_file():
        seen = "there is no such folder" if not place.exists() else "it holds no finished audit"
        raise ValueError(f"{place} is not an audit folder: {seen}; make one with: reliabel audit FILE --label COLUMN -o {place}")
    try:
        form = json.loads(state.read_text(encoding="utf-8"))
        whole = unpack(form, lambda name: np.load(place / "evidence" / name, mmap_mode="r"))
        evidence = {**whole["evidence"], **_read_items(place / "items.parquet", whole["items"])}
        findings = _read_findings(place / "findings.parquet")
    except (OSError, ValueError, KeyError, TypeError, EOFError) as wrong:  # cut short, not JSON, not an array, not a table
        raise ValueError(f"{place} is damaged: {str(wrong).splitlines()[0]}; run the same audit again, which mends it and keeps what is whole") from wrong
    return Audit(data=Dataset(whole["labels"], evidence, whole["ids"], whole["source"]), findings=findings, **whole["audit"])


def card(audit: Audit) -> dict[str, Any]:
    """audit.json: what the audit found and how, for machines."""
    count: dict[str, int] = {}
    for finding in audit.findings:
        count[finding.finds] = count.get(finding.finds, 0) + 1
    wrong = audit.count
    budget = audit.budget
    return {
        **{key: plain(value) for key, value in audit.info.items()},
        **(
            {}
            if wrong is None
            else {"wrong": {name: plain(getattr(wrong, name)) for name in ("value", "low", "high", "level", "method", "assumes", "identified")}}
        ),
        **(
            {}
            if budget is None
            else {
                "budget": [
                    dict(zip(("k", "found", "low", "high"), map(plain, row), strict=True))
                    for row in zip(budget.k, budget.found, budget.low, budget.high, strict=True)
                ]
            }
        ),
        "found": count,
        "measures": {name: {"value": plain(m.value), "low": plain(m.low), "high": plain(m.high)} for name, m in audit.measures.items()},
        "skipped": dict(audit.skipped),
        "warnings": list(audit.warnings),
    }


def item_rows(data: Dataset) -> dict[str, Any]:
    """items.parquet: what a review must show when the input has moved."""
    items = data.evidence.get("items")
    rows: dict[str, Any] = {"id": [data.ids.item(i) for i in range(len(data.labels))]}
    if isinstance(items, Mapping):
        rows |= {f"column_{name}": _texts(values) for name, values in items.items()}
    elif items is not None and data.source.get("task") == "image":
        rows["picture"] = [str(item) if isinstance(item, str | Path) else None for item in items]  # bytes stay in the data set they came from
    elif items is not None:
        rows["text"] = [str(item) for item in items]
    return rows


def _texts(values: Any) -> list[str | None]:
    plain = np.datetime_as_string(values) if isinstance(values, np.ndarray) and values.dtype.kind == "M" else values
    words = [None if v is None or v != v else str(v) for v in (plain.tolist() if isinstance(plain, np.ndarray) else plain)]
    if plain is values:
        return words
    midnight = all(word is None or word == "NaT" or word.endswith("T00:00:00") for word in words)  # then they are dates
    return [None if word in (None, "NaT") else word[:10] if midnight else word for word in words]


def plain(value: Any) -> Any:
    """A value as JSON has it: arrays as lists, numbers that are none as null, anything else as text."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(part) for part in (value.tolist() if isinstance(value, np.ndarray) else value)]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _write_table(path: Path, rows: Mapping[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with writing(path) as part:
        pq.write_table(pa.table(dict(rows)), part)


def _write_state(audit: Audit, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    known = _kept(folder)

    def keep(array: np.ndarray[Any, Any]) -> str:
        name = fingerprint(array)
        if name not in known:
            known[name] = f"array-{name[:16]}.npy"
            with writing(folder / known[name]) as part, part.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        return known[name]

    data = audit.data
    items = data.evidence.get("items")
    source = {key: value for key, value in data.source.items() if key != "frame" and _keeps(value)}
    whole = {
        "labels": data.labels,
        "ids": data.ids,
        "source": source,
        "items": "columns" if isinstance(items, Mapping) else "list" if items is not None else None,
        "evidence": {name: value for name, value in data.evidence.items() if name != "items" and _keeps(value)},
        "audit": {
            name: getattr(audit, name) for name in ("said", "skipped", "measures", "p_wrong", "count", "budget", "warnings", "info", "suggest", "p_suggest")
        },
    }
    form = pack(whole, keep)
    with writing(folder / f"{STATE}.json") as part:
        part.write_text(json.dumps(form), encoding="utf-8")


def _keeps(value: Any) -> bool:
    """Whether a value has a safe form on disk; functions, modules and the user's own tables have none."""
    try:
        pack(value, lambda array: "")
    except TypeError:
        return False
    return True


def _kept(folder: Path) -> dict[str, str]:
    """Content hash -> file name of the arrays that the store keeps already."""
    kept: dict[str, str] = {}
    for path in folder.glob("*-*.json"):
        try:
            known = json.loads(path.read_text())["sha256"]
        except (ValueError, KeyError, TypeError):  # a damaged card vouches for nothing
            continue
        kept |= {sha: f"{path.stem}.{name}.npy" for name, sha in known.items()}
    return kept


def _read_items(path: Path, how: str | None) -> dict[str, Any]:
    import pyarrow.parquet as pq

    if how is None:
        return {}
    table = pq.read_table(path)
    if how == "columns":
        return {"items": {name.removeprefix("column_"): table[name].to_pylist() for name in table.column_names if name.startswith("column_")}}
    return {"items": table[next(name for name in table.column_names if name != "id")].to_pylist()}


def _read_findings(path: Path) -> tuple[Finding, ...]:
    import pyarrow.parquet as pq

    found = []
    for row in pq.read_table(path).to_pylist():
        row = {"unit": None, "kind": None, "p_wrong": None, "given": None, "suggest": None, "where": None, **row}
        where = json.loads(row["where"]) if row["where"] else None
        found.append(Finding(**{**row, "by": tuple(row["by"] or ()), "others": tuple(row["others"] or ()), "where": where}))
    return tuple(found)
