"""Names that differ only in what people do not see or do not mean: spaces, capitals, the Unicode
form, and letters that cannot be seen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from reliabel.core.labels import Classes

# other writings of the same letter: full and half width, ligatures, spaces that do not break
SAME_LETTER = ("<wide>", "<narrow>", "<noBreak>", "<compat>")
# what makes letters or marks invisible: formats (zero width, soft hyphen), controls
UNSEEN = ("Cf", "Cc")
SELECTORS = range(0xFE00, 0xFE10)  # which picture of a letter is shown


def plain_name(name: str) -> str:
    """A name without differences that people do not mean; two names are alike if theirs is equal.

    >>> plain_name(" W\\u200b1 "), plain_name("cafe\\u0301") == plain_name("Caf\\u00e9")
    ('w1', True)
    """
    if not name.isascii():
        name = unicodedata.normalize("NFC", "".join(map(_plain_letter, name)))
    plain = name.isascii() and name.isprintable()
    kept = name if plain else "".join(filter(_is_seen, name))
    return " ".join(kept.lower().split())


def alike(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of distinct names that are alike, in the order of their first appearance.

    >>> alike(["w1", "x", "W1", "w1 "])
    [('w1', 'W1', 'w1 ')]
    """
    if _certainly_distinct(names):
        return []
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        groups.setdefault(plain_name(name), []).append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def one_spelling(names: Sequence[str], count: Mapping[str, int]) -> dict[str, str]:
    """The spelling to use for each name that has alike names: the most frequent one without spaces
    around it, the first of those that are equally frequent.

    >>> one_spelling(["W1", "w1 ", "w1"], {"W1": 1, "w1 ": 9, "w1": 2})
    {'W1': 'w1', 'w1 ': 'w1'}
    """
    found: dict[str, str] = {}
    for group in alike(names):
        best = max(group, key=lambda name: (_is_tidy(name), count.get(name, 0)))
        found |= {name: best for name in group if name != best}
    return found


def merged_classes(labels: Classes) -> tuple[Classes, dict[str, str]]:
    """The labels with one class for names that are alike, and which name became which.

    >>> merged_classes(Classes([0, 1, 1, 2], ("Cat", "cat", "dog")))[0].names
    ('cat', 'dog')
    """
    size = np.bincount(labels.y[labels.y >= 0], minlength=labels.k).tolist()
    new = one_spelling(labels.names, dict(zip(labels.names, size, strict=True)))
    if not new:
        return labels, {}
    names = tuple(name for name in labels.names if name not in new)
    place = {name: code for code, name in enumerate(names)}
    code = np.array([*(place[new.get(name, name)] for name in labels.names), -1])
    return Classes(code[labels.y].astype(labels.y.dtype), names), new


def alike_note(what: str, names: Sequence[str], advice: str) -> list[str]:
    """A sentence on the names that are alike; none where there are none.

    what: what the names name, in the plural ("workers").  advice: what to do about it.

    >>> alike_note("workers", ["w1", "W1"], "mend the file")[0][-51:]
    "seen count as different: 'w1', 'W1' (mend the file)"
    """
    groups = alike(names)
    if not groups:
        return []
    more = f" and {len(groups) - 5:,} more groups" if len(groups) > 5 else ""
    return [
        f"{what} that differ only in spaces, capitals, Unicode form or letters that cannot be seen "
        f"count as different: {'; '.join(map(_shown, groups[:5]))}{more} ({advice})"
    ]


def merged_note(what: str, new: Mapping[str, str]) -> list[str]:
    """A sentence on the names that became others; none where there are none.

    >>> merged_note("workers", {"W1": "w1"})
    ["names of workers mended: 'W1' is 'w1'"]
    """
    if not new:
        return []
    pairs = [f"{_shown((old,))} is {name!r}" for old, name in list(new.items())[:5]]
    more = f" and {len(new) - 5:,} more" if len(new) > 5 else ""
    return [f"names of {what} mended: {', '.join(pairs)}{more}"]


def _shown(group: Sequence[str]) -> str:
    """The names of a group so that they look different."""
    return ", ".join(
        repr(name) if name == unicodedata.normalize("NFC", name) else ascii(name) for name in group
    )


def _certainly_distinct(names: Sequence[str]) -> bool:
    """Whether no two of these distinct names can be alike, found without looking at each."""
    whole = "\n".join(names)
    if not whole.isascii() or " " in whole or whole.count("\n") != len(names) - 1:
        return False
    if not whole.replace("\n", "").isprintable():
        return False
    return whole.islower() or whole.isupper() or whole.lower() == whole


def _is_tidy(name: str) -> bool:
    seen = name.isprintable() and name == unicodedata.normalize("NFC", name)
    return seen and name == " ".join(name.split())


def _plain_letter(letter: str) -> str:
    same = unicodedata.decomposition(letter).startswith(SAME_LETTER)
    return unicodedata.normalize("NFKC", letter) if same else letter


def _is_seen(letter: str) -> bool:
    if letter.isspace():
        return True
    return unicodedata.category(letter) not in UNSEEN and ord(letter) not in SELECTORS
