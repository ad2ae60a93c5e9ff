"""What a folder holds of a consensus on the tags of words beside what every folder holds."""

from __future__ import annotations

from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.tagged_consensus import tagged_files


def files(made: Made) -> tuple[dict[str, str], list[str]]:
    """The consensus as tagged text, and notes."""
    return tagged_files(made)
