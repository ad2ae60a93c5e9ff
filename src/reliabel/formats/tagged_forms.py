"""Which reader of tagged text reads a file or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reliabel.formats import brat, conll, label_studio_spans, span_lines
from reliabel.formats.files import FORMS, form_of
from reliabel.formats.packed import written_name
from reliabel.formats.tagged import Tagged

MODULES = {one.FORM: one for one in (conll, span_lines, label_studio_spans, brat)}


def may_be(path: Path) -> bool:
    """Whether the name of a file allows tagged text; what is packed is unpacked only then."""
    if path.is_dir():
        return True
    suffix = Path(written_name(path.name)).suffix.lower()
    return suffix in conll.SUFFIXES or FORMS.get(suffix, "tsv") in ("tsv", "json", "jsonl")


def module_of(path: Path, encoding: str | None = None) -> Any | None:
    """The module that reads a file or a folder as tagged text; None for any other data."""
    if path.is_dir():
        return brat if brat.recognises(path) else None
    if path.suffix.lower() in conll.SUFFIXES:
        return conll
    suffix = path.suffix.lower()
    if suffix == ".csv" or (suffix in FORMS and FORMS[suffix] not in ("tsv", "json", "jsonl")):
        return None
    form = form_of(path)
    if form in ("csv", "tsv"):
        return conll if conll.recognises(path, encoding) else None
    if form in ("json", "jsonl"):
        both = (label_studio_spans, span_lines)
        return next((one for one in both if one.recognises(path, encoding)), None)
    return None


def read(module: Any, path: Path, *, label: str | int | None, encoding: str | None) -> Tagged:
    """The tagged text of a file or a folder."""
    tagged: Tagged = module.read(path, label=label, encoding=encoding)
    return tagged
