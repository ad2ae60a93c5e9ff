"""The audit folder: an audit as files, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.packing import pack, unpack
from reliabel.core.results import Audit, Finding
from reliabel.core.rows import finding_rows, findings_csv, label_rows
from reliabel.folders.atomic import writing
from reliabel.folders.fingerprint import fingerprint

FORMER_FIELDS = {"said": "opinions"}  # name in folders of earlier versions -> name of the field
STATE = "audit"  # evidence/audit.json: all of an Audit that the tables do not hold


def decisions_in(folder: Path) -> list[str]:
    """Files of people's decisions in a folder: what must never be lost to a second run."""
    return sorted(path.name for path in folder.glob("decisions.*")) if folder.is_dir() else []


def save(audit: Audit, folder: str | Path, *, resume: bool = False) -> Path:
    """Write an audit folder, file by file through temporary names; a folder that holds decisions
    needs ``resume``.

    The page (report.html) is written by the verb ``report``.  Raises ValueError where decisions
    would lose their audit.
    """
    place = Path(folder)
    kept = decisions_in(place)
    if kept and not resume:
        raise ValueError(
            f"{place} holds people's decisions ({', '.join(kept)}); go on with --resume, or give another folder with -o"
        )
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
        raise ValueError(
            f"{place} is not an audit folder: {seen}; make one with: reliabel audit FILE --label COLUMN -o {place}"
        )
    try:
        form = json.loads(state.read_text(encoding="utf-8"))
        whole = unpack(form, lambda name: np.load(place / "evidence" / name, mmap_mode="r"))
        evidence = {**whole["evidence"], **_read_items(place / "items.parquet", whole["items"])}
        findings = _read_findings(place / "findings.parquet")
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
    ) as wrong:  # cut short, not JSON, not an array, not a table
        raise ValueError(
            f"{place} is damaged: {str(wrong).splitlines()[0]}; run the same audit again, which mends it and keeps what is whole"
        ) from wrong
    return Audit(
        data=Dataset(whole["labels"], evidence, whole["ids"], whole["source"]),
        findings=findings,
        **_renamed(whole["audit"]),
    )


def _renamed(state: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an Audit by their present names; folders of earlier versions load as well."""
    return {FORMER_FIELDS.get(name, name): value for name, value in state.items()}


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
            else {
                "wrong": {
                    name: plain(getattr(wrong, name))
                    for name in ("value", "low", "high", "level", "method", "assumes", "identified")
                }
            }
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
        "measures": {
            name: {"value": plain(m.value), "low": plain(m.low), "high": plain(m.high)}
            for name, m in audit.measures.items()
        },
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
        rows["picture"] = [
            str(item) if isinstance(item, str | Path) else None for item in items
        ]  # bytes stay in the data set they came from
    elif items is not None:
        rows["text"] = [str(item) for item in items]
    return rows


def _texts(values: Any) -> list[str | None]:
    plain = (
        np.datetime_as_string(values)
        if isinstance(values, np.ndarray) and values.dtype.kind == "M"
        else values
    )
    words = [
        None if v is None or v != v else str(v)
        for v in (plain.tolist() if isinstance(plain, np.ndarray) else plain)
    ]
    if plain is values:
        return words
    midnight = all(
        word is None or word == "NaT" or word.endswith("T00:00:00") for word in words
    )  # then they are dates
    return [None if word in (None, "NaT") else word[:10] if midnight else word for word in words]


def plain(value: Any) -> Any:
    """A value as JSON has it: arrays as lists, numbers that are none as null, anything else as
    text.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [
            plain(part) for part in (value.tolist() if isinstance(value, np.ndarray) else value)
        ]
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
        "evidence": {
            name: value
            for name, value in data.evidence.items()
            if name != "items" and _keeps(value)
        },
        "audit": {
            name: getattr(audit, name)
            for name in (
                "opinions",
                "skipped",
                "measures",
                "p_wrong",
                "count",
                "budget",
                "warnings",
                "info",
                "suggest",
                "p_suggest",
            )
        },
    }
    form = pack(whole, keep)
    with writing(folder / f"{STATE}.json") as part:
        part.write_text(json.dumps(form), encoding="utf-8")


def _keeps(value: Any) -> bool:
    """Whether a value has a safe form on disk; functions, modules and the user's own tables have
    none.
    """
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
        return {
            "items": {
                name.removeprefix("column_"): table[name].to_pylist()
                for name in table.column_names
                if name.startswith("column_")
            }
        }
    return {"items": table[next(name for name in table.column_names if name != "id")].to_pylist()}


def _read_findings(path: Path) -> tuple[Finding, ...]:
    import pyarrow.parquet as pq

    found = []
    for row in pq.read_table(path).to_pylist():
        row = {
            "unit": None,
            "kind": None,
            "p_wrong": None,
            "given": None,
            "suggest": None,
            "where": None,
            **row,
        }
        where = json.loads(row["where"]) if row["where"] else None
        found.append(
            Finding(
                **{
                    **row,
                    "by": tuple(row["by"] or ()),
                    "others": tuple(row["others"] or ()),
                    "where": where,
                }
            )
        )
    return tuple(found)
