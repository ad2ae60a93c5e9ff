"""A data card as one offline page."""

from __future__ import annotations

from reliabel.reporters.card_blocks import as_html
from reliabel.reporters.card_parts import CardContent, card_parts
from reliabel.reporters.page_context import unbroken
from reliabel.reporters.sentences import source
from reliabel.reporters.shell import Section, fill, page


def render(content: CardContent, methods: str = "") -> str:
    """The page as text.

    methods: the paragraph that a paper can quote.
    """
    sections = [Section(part.id, part.title, as_html(part.blocks)) for part in card_parts(content)]
    if methods:
        sections.append(
            Section("methods", "Methods, to be quoted", fill("quoted.html", text=methods))
        )
    return page(
        content.name,
        unbroken(content.lead),
        sections,
        source=f"Data card of {source(content.view)}",
        stamp=content.stamp,
    )
