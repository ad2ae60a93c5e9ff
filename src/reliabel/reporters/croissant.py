"""A data card as Croissant 1.1: JSON-LD that data search engines and loaders read.

The numbers of the audit are annotations of the label's field.  What people have not stated is left
out, although Croissant requires some of it: a made-up licence is worse than none.
Source: MLCommons, Croissant format specification 1.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reliabel.core.kinds import class_names
from reliabel.core.labels import Classes
from reliabel.core.split_names import splits_of
from reliabel.reporters.card_meta import STATED
from reliabel.reporters.card_parts import CardContent, neighbours_made, thresholds
from reliabel.reporters.croissant_folder import picture_fields, picture_set, said_by_folder
from reliabel.reporters.sentences import other_findings, title
from reliabel.reporters.variables import CATEGORY, DATE, NUMBER, PICTURE, Variable

VERSION = "http://mlcommons.org/croissant/1.1"
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "annotation": "cr:annotation",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
FORMATS = {  # how the file was read -> its MIME type
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "jsonl": "application/jsonlines",
    "parquet": "application/x-parquet",
    "arrow": "application/vnd.apache.arrow.file",
    "excel": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BY_COLUMN = ("csv", "tsv", "jsonl", "parquet")
TYPES = {NUMBER: "sc:Float", DATE: "sc:Date", PICTURE: "sc:ImageObject"}
SPLITS = {
    "train": "cr:TrainingSplit",
    "val": "cr:ValidationSplit",
    "dev": "cr:ValidationSplit",
    "test": "cr:TestSplit",
}
ITEMS, CLASS_SET, SPLIT_SET, AUDIT_SET = "items", "classes", "splits", "audit"


def render(content: CardContent) -> str:
    """The file as text."""
    files = _file(content) or picture_set(content.audit)
    items = _items(content, files)
    sets = [items or _audit_records(content), _classes(content), _splits(content)]
    card = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": content.name,
        **_stated(content),
        "distribution": files,
        "recordSet": [one for one in sets if one],
    }
    kept = {key: value for key, value in card.items() if value not in ([], None)}
    return json.dumps(kept, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _stated(content: CardContent) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for one in STATED:
        value = content.meta.stated.get(one.key)
        if value is None or not one.property or one.key == "name":
            continue
        told[one.property] = [_agent(a) for a in value] if one.form == "agents" else value
    avoid = content.meta.text("avoid")
    if avoid:  # Croissant has no property for it
        limits = told.get("rai:dataLimitations")
        told["rai:dataLimitations"] = (
            f"{limits} Not to be used for: {avoid}" if limits else f"Not to be used for: {avoid}"
        )
    return told


def _agent(agent: Mapping[str, str]) -> dict[str, str]:
    kind = agent.get("type", "Person")
    return {"@type": f"sc:{kind}", **{k: v for k, v in agent.items() if k != "type"}}


def _file(content: CardContent) -> list[dict[str, Any]]:
    """The audited file, where there is one that Croissant can name: its address if stated, else its
    name beside the card, and its SHA-256.
    """
    data, info = content.audit.data.source, content.audit.info.get("input") or {}
    path, sha = info.get("path") or data.get("path"), info.get("sha256") or data.get("sha256")
    form = str(data.get("form") or "")
    name = Path(str(path)).name if path else ""
    if not name or not sha or form not in FORMATS or not name.lower().endswith(_ends(form)):
        return []
    return [
        {
            "@type": "cr:FileObject",
            "@id": _id(name),
            "name": name,
            "contentUrl": content.meta.text("contentUrl") or name,
            "encodingFormat": FORMATS[form],
            "sha256": str(sha),
        }
    ]


def _ends(form: str) -> tuple[str, ...]:
    """Suffixes of files that are of this format as they are, not packed."""
    more = {
        "excel": (".xlsx", ".xlsm"),
        "tsv": (".tsv", ".tab", ".txt"),
        "csv": (".csv", ".txt"),
        "jsonl": (".jsonl", ".ndjson"),
        "arrow": (".arrow", ".feather"),
    }
    return more.get(form, (f".{form}",))


def _id(text: str) -> str:
    """A name as an identifier: without spaces and signs that addresses give a meaning."""
    return re.sub(r"[^\w.\-]+", "_", text) or "_"


def _items(content: CardContent, files: list[dict[str, Any]]) -> dict[str, Any]:
    columns = content.audit.data.source.get("columns") or {}
    pictures = picture_fields(content.audit, ITEMS) if _of_pictures(files) else []
    used, fields = {str(one["@id"]) for one in pictures}, pictures
    for one in content.found:
        if one.role == "measured":
            continue
        identity = _distinct(f"{ITEMS}/{_id(one.name)}", used)
        extract = _place(content, one, files)
        if extract:  # a field without a place in a file is not valid
            fields.append(_field(content, one, identity, extract))
    if not any(one.role == "label" for one in content.found):
        fields += _label_columns(content, columns, files, used)
    if not fields:
        return {}
    return {
        "@type": "cr:RecordSet",
        "@id": ITEMS,
        "name": ITEMS,
        "description": f"One record an item: {content.size}.",
        "field": fields,
        "annotation": _annotations(content),
    }


def _distinct(name: str, used: set[str]) -> str:
    place = 2
    while name in used:
        name, place = f"{name}_{place}", place + 1
    used.add(name)
    return name


def _field(
    content: CardContent, one: Variable, identity: str, extract: dict[str, Any]
) -> dict[str, Any]:
    label = one.role == "label"
    kind: str | list[str] = TYPES.get(one.kind, "sc:Text")
    if label:
        kind = [str(kind), "cr:Label"]
    if one.role == "split":
        kind = [str(kind), "cr:Split"]
    told: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": identity,
        "name": one.name,
        **(
            {"description": content.meta.columns[one.name]}
            if one.name in content.meta.columns
            else {}
        ),
        "dataType": kind,
        "source": extract,
    }
    if "transform" in extract:  # a reader that joins by it changes the path for other fields
        return told
    if label and one.kind == CATEGORY:
        told["references"] = {"field": {"@id": f"{CLASS_SET}/name"}}
    if one.role == "split" and _splits(content):
        told["references"] = {"field": {"@id": f"{SPLIT_SET}/name"}}
    return told


def _of_pictures(files: list[dict[str, Any]]) -> bool:
    return bool(files) and files[0]["@type"] == "cr:FileSet"


def _place(
    content: CardContent, one: Variable, files: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Where a variable stands: a column of the file, or a folder above each picture."""
    if not _of_pictures(files):
        return _extract(content, one.name, files)
    if one.role not in ("label", "split") or one.kind != CATEGORY:
        return None
    names = [one.names[code] if code >= 0 else None for code in one.values.tolist()]
    return said_by_folder(content.audit, names)


def _extract(content: CardContent, name: str, files: list[dict[str, Any]]) -> dict[str, Any] | None:
    form = str(content.audit.data.source.get("form") or "")
    named = content.audit.data.source.get("columns") or {}
    known = set(content.audit.data.evidence.get("columns") or {})
    items = content.audit.data.evidence.get("items")
    known |= set(items) if isinstance(items, Mapping) else set()
    for column in named.values():
        known |= {column} if isinstance(column, str) else set(column or ())
    if not files or name not in known or _of_pictures(files):
        return None
    if form in BY_COLUMN:
        how = {"column": name}
    elif form == "json" and re.fullmatch(r"\w+", name):
        how = {"jsonPath": f"$[*].{name}"}
    else:
        return None
    return {"fileObject": {"@id": files[0]["@id"]}, "extract": how}


def _label_columns(
    content: CardContent, columns: Mapping[str, Any], files: list[dict[str, Any]], used: set[str]
) -> list[dict[str, Any]]:
    """The label columns of kinds that are no single class or number an item."""
    label = columns.get("label") or "label"
    out = []
    for name in [label] if isinstance(label, str) else [str(one) for one in label]:
        told: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": _distinct(f"{ITEMS}/{_id(name)}", used),
            "name": name,
            "dataType": ["sc:Text", "cr:Label"],
        }
        extract = _extract(content, name, files)
        if extract:
            out.append({**told, "source": extract})
    return out


def _audit_records(content: CardContent) -> dict[str, Any]:
    """The numbers of the audit as records, where there is no file whose fields they annotate."""
    told = [(f"{AUDIT_SET}/{name}", name) for name in ("name", "description", "value")]
    return {
        "@type": "cr:RecordSet",
        "@id": AUDIT_SET,
        "name": AUDIT_SET,
        "description": f"What the audit found: {content.size}.",
        "field": [
            {"@type": "cr:Field", "@id": identity, "name": name, "dataType": "sc:Text"}
            for identity, name in told
        ],
        "data": [
            {identity: str(one[name]) for identity, name in told} for one in _annotations(content)
        ],
    }


def _classes(content: CardContent) -> dict[str, Any]:
    names = class_names(content.audit.data.labels)
    if not names or not isinstance(content.audit.data.labels, Classes):
        return {}
    described = any(name in content.meta.classes for name in names)
    fields = [("name", "sc:Text"), *([("description", "sc:Text")] if described else [])]
    return {
        "@type": "cr:RecordSet",
        "@id": CLASS_SET,
        "name": CLASS_SET,
        "dataType": "sc:Enumeration",
        "key": {"@id": f"{CLASS_SET}/name"},
        "field": [
            {"@type": "cr:Field", "@id": f"{CLASS_SET}/{name}", "name": name, "dataType": kind}
            for name, kind in fields
        ],
        "data": [
            {
                f"{CLASS_SET}/name": name,
                **(
                    {f"{CLASS_SET}/description": content.meta.classes.get(name, "")}
                    if described
                    else {}
                ),
            }
            for name in names
        ],
    }


def _splits(content: CardContent) -> dict[str, Any]:
    split = content.audit.data.evidence.get("split")
    if split is None:
        return {}
    names = list(dict.fromkeys(map(str, split)))
    known = splits_of(names)
    urls = {name: SPLITS[known[name]] for name in names if known.get(name) in SPLITS}
    if len(urls) < len(names):
        return {}
    return {
        "@type": "cr:RecordSet",
        "@id": SPLIT_SET,
        "name": SPLIT_SET,
        "dataType": "cr:Split",
        "key": {"@id": f"{SPLIT_SET}/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{SPLIT_SET}/name",
                "name": "name",
                "dataType": "sc:Text",
            },
            {"@type": "cr:Field", "@id": f"{SPLIT_SET}/url", "name": "url", "dataType": "sc:URL"},
        ],
        "data": [{f"{SPLIT_SET}/name": name, f"{SPLIT_SET}/url": urls[name]} for name in names],
    }


def _annotations(content: CardContent) -> list[dict[str, Any]]:
    """The numbers of the audit, one field each, with how they were made."""
    audit, view = content.audit, content.view
    versions = audit.info.get("versions") or {}
    told: list[dict[str, Any]] = [
        _value("audit", "the answer of the audit", title(view)),
        _value("audit_date", "when it was audited", str(audit.info.get("at") or "")),
        _value(
            "audit_version", "by which version of Reliabel", str(versions.get("reliabel") or "")
        ),
        _value("neighbours", "how neighbours were found, and their recall", neighbours_made(audit)),
        _value("auditors", "which auditors ran", ", ".join(audit.opinions)),
    ]
    for name in audit.opinions:
        means = f"estimates and thresholds of {name.replace('_', ' ')}"
        told.append(_value(f"thresholds_{name}", means, thresholds(audit, name)))
    count = audit.count
    if count is not None and count.identified:
        told += [
            _value("wrong_labels", "estimated number of wrong labels", float(count.value)),
            _value("wrong_labels_low", "low end of its interval", float(count.low)),
            _value("wrong_labels_high", "high end of its interval", float(count.high)),
            _value("wrong_labels_level", "level of the interval", float(count.level)),
            _value("wrong_labels_method", "how it was estimated", count.method),
            _value("wrong_labels_assumes", "the condition of the interval", count.assumes),
        ]
    for place, (_, _, phrase) in enumerate(other_findings(view), 1):
        told.append(_value(f"finding_{place}", "what else was found", phrase))
    for name, measure in audit.measures.items():
        if measure.value == measure.value:
            told.append(_value(name, f"measure {name.replace('_', ' ')}", float(measure.value)))
    return [one for one in told if one["value"] != ""]


def _value(name: str, means: str, value: str | float) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{ITEMS}/annotation/{_id(name)}",
        "name": name,
        "description": means,
        "dataType": "sc:Text" if isinstance(value, str) else "sc:Float",
        "value": value,
    }
