"""Probabilities of the tags of words, as people's taggers give them: a file or a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reliabel.core.evidence import TokenProbs


def token_probs_of(given: Any, words: Sequence[Sequence[str]]) -> tuple[TokenProbs, list[str]]:
    """The probabilities of the words of these sentences, and notes on what was done.

    given: a ``TokenProbs``, a mapping with p, offsets and names, or a file of either form
    (``formats.token_probs_file``).  Raises ValueError where sentences or words are not as many.
    """
    notes: list[str] = []
    if isinstance(given, str | Path):
        from reliabel.formats.token_probs_file import read

        given, notes = read(Path(given), words)
    if isinstance(given, Mapping):
        missing = [name for name in ("p", "offsets", "names") if name not in given]
        if missing:
            raise ValueError(
                f"probabilities of tags are p (words, tags), offsets (sentences + 1,) and names; "
                f"{', '.join(missing)} not found among {', '.join(map(str, given))}"
            )
        given = TokenProbs(given["p"], given["offsets"], tuple(map(str, given["names"])))
    if not isinstance(given, TokenProbs):
        raise ValueError(
            "probabilities of tags are a TokenProbs (from reliabel.core.evidence), a mapping with "
            f"p, offsets and names, or a file (.npz, .jsonl); got {type(given).__name__}"
        )
    aligned(given, words)
    return given, notes


def aligned(probs: TokenProbs, words: Sequence[Sequence[str]], what: str = "token_probs") -> None:
    """Raise ValueError where probabilities have other sentences or words than a text."""
    if len(probs) != len(words):
        raise ValueError(
            f"{what} holds {len(probs):,} sentences, the text has {len(words):,}; they must be the "
            "same, in one order"
        )
    bounds = probs.offsets.tolist()
    pairs = zip(words, bounds, bounds[1:], strict=False)
    odd = next((row for row, (held, a, b) in enumerate(pairs) if len(held) != b - a), None)
    if odd is not None:
        raise ValueError(
            f"{what} has {bounds[odd + 1] - bounds[odd]} rows for sentence {odd} (counted from 0), "
            f"which has {len(words[odd])} words ({' '.join(words[odd])[:60]}); give one row a "
            "word, sub-words joined to their word"
        )
