"""The data card of an audit: Markdown, a page, Croissant, and the paragraph that a paper can
quote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reliabel.core.results import Audit
from reliabel.folders.atomic import writing

PAGE, MARKDOWN, CROISSANT = "card.html", "card.md", "croissant.json"
METHODS, TEX, BIB = "methods.md", "methods.tex", "references.bib"
FORM_OF = {".html": PAGE, ".md": MARKDOWN, ".json": CROISSANT, ".tex": TEX, ".bib": BIB}


def data_card(
    audit: Audit,
    *,
    meta: Mapping[str, Any] | str | Path | None = None,
    folder: str | Path | None = None,
) -> tuple[dict[str, str], list[str]]:
    """The files of a data card by name, and sentences on what is not stated or not at hand.

    meta: what people state of the data (license, creator, ...), or a JSON or TOML file of it.
    folder: where the audit is kept.
    Raises ValueError for a meta file that cannot be read, and for values that cannot be meant.
    """
    from reliabel.reporters import card, card_html, croissant, methods_text
    from reliabel.reporters.card_meta import card_meta
    from reliabel.reporters.card_parts import CardContent, to_give

    given = read_meta(Path(meta)) if isinstance(meta, str | Path) else meta
    content = CardContent(audit, card_meta(given), folder)
    methods = methods_text.markdown(content)
    files = {
        MARKDOWN: card.render(content, methods),
        PAGE: card_html.render(content, methods),
        CROISSANT: croissant.render(content),
        METHODS: methods,
        TEX: methods_text.tex(content),
        BIB: methods_text.references(content),
        **card.pictures(content),
    }
    return files, to_give(content)


def write_card(files: Mapping[str, str], out: str | Path | None, audit: Audit) -> str:
    """Write the files into the folder ``out``, or the one that its suffix asks for (.md, .html,
    .json, .tex, .bib), with the pictures of a Markdown card beside it; returns its text, of a
    folder that of the Markdown.  None: nothing is written.
    """
    if out is None:
        return files[MARKDOWN]
    place = Path(out)
    refuse_input(place, audit)
    one = FORM_OF.get(place.suffix.lower())
    if one is None and place.suffix and not place.is_dir():
        raise ValueError(
            f"a card is a folder, or one file that ends in {', '.join(FORM_OF)}; got {place.name}"
        )
    if one is None:
        if place.exists() and not place.is_dir():
            raise ValueError(f"{place} is a file; name a folder for the files of the card")
        place.mkdir(parents=True, exist_ok=True)
        chosen = {place / name: text for name, text in files.items()}
    else:
        chosen = {place: files[one]}
        if one == MARKDOWN:
            beside = {name: text for name, text in files.items() if name.endswith(".svg")}
            chosen |= {place.parent / name: text for name, text in beside.items()}
    for path, text in chosen.items():
        with writing(path) as part:
            part.write_text(text, encoding="utf-8")
    return files[one or MARKDOWN]


def refuse_input(out: Path, audit: Audit) -> None:
    """Refuse to write over the data that were audited."""
    path = audit.data.source.get("path")
    if path and out.exists() and Path(str(path)).exists() and out.samefile(str(path)):
        raise ValueError(f"{out} is the data that were audited; write to another place")


def read_meta(path: Path) -> dict[str, Any]:
    """The names and values of a JSON or TOML file.  Raises ValueError where it cannot be read."""
    import tomllib

    if not path.is_file():
        raise ValueError(
            f"the meta file {path} is not there; it holds what people state, as JSON or TOML"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except UnicodeDecodeError as wrong:
        raise ValueError(f"the meta file {path.name} is not UTF-8; save it as UTF-8") from wrong
    except ValueError as wrong:  # what both readers raise
        form = "TOML" if path.suffix.lower() == ".toml" else "JSON"
        raise ValueError(f"the meta file {path.name} is not {form}: {wrong}") from wrong
    if not isinstance(found, dict):
        raise ValueError(
            f"the meta file {path.name} must hold names and values, such as license and creator; "
            f"it holds a {type(found).__name__}"
        )
    return found
