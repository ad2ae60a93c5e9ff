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
    name = Path(written_name(path.name))
    suffix = name.suffix.lower()
    return conll.is_named_so(name) or FORMS.get(suffix, "tsv") in ("tsv", "json", "jsonl")


def module_of(path: Path, encoding: str | None = None) -> Any | None:
    """The module that reads a file or a folder as tagged text; None for any other data."""
    if path.is_dir():
        return brat if brat.recognises(path) else None
    if conll.is_named_so(path):
        return conll
    suffix = path.suffix.lower()
    if suffix == ".csv" or (suffix in FORMS and FORMS[suffix] not in ("tsv", "json", "jsonl")):
        return None
    form = form_of(path)
    if form in ("csv", "tsv"):
        if conll.recognises(path, encoding):
            return conll
        conll.refuse_untagged(path, encoding)
        return None
    if form in ("json", "jsonl"):
        both = (label_studio_spans, span_lines)
        return next((one for one in both if one.recognises(path, encoding)), None)
    return None


def read(module: Any, path: Path, *, label: str | int | None, encoding: str | None) -> Tagged:
    """The tagged text of a file or a folder."""
    tagged: Tagged = module.read(path, label=label, encoding=encoding)
    return tagged
