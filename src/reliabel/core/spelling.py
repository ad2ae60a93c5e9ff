"""The nearest known name for one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """ ", did you mean 'x'?" for the known name nearest to ``name``; nothing where none is near.

    >>> nearest("sentimnt", ["text", "sentiment"])
    ", did you mean 'sentiment'?"
    """
    import difflib  # only those who mistype pay for it

    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f", did you mean {close[0]!r}?" if close else ""
