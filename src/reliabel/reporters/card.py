"""A data card as Markdown, with its pictures as SVG files beside it."""

from __future__ import annotations

from reliabel.reporters.card_blocks import Drawing, as_markdown, plain_markdown, standalone
from reliabel.reporters.card_parts import CardContent, card_parts


def render(content: CardContent, methods: str = "") -> str:
    """The card as Markdown.

    methods: the paragraph that a paper can quote.
    """
    lines = [
        f"# {plain_markdown(content.name)}",
        plain_markdown(content.lead),
        *(
            f"## {plain_markdown(part.title)}\n\n{as_markdown(part.blocks)}"
            for part in card_parts(content)
        ),
        *([f"## Methods\n\n{methods.strip()}"] if methods else []),
        plain_markdown(f"Data card made from an audit: {content.stamp}."),
    ]
    return "\n\n".join(lines) + "\n"


def pictures(content: CardContent) -> dict[str, str]:
    """The SVG files that the Markdown shows, by name."""
    return {
        block.file: standalone(block.chart)
        for part in card_parts(content)
        for block in part.blocks
        if isinstance(block, Drawing)
    }
