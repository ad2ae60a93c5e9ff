"""What a page shows of a consensus of free texts: the answers of an item side by side, with the
words in which they differ, for the items that are least certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.labels import Ints
from reliabel.reporters.consensus_facts import worker_names
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.shell import Section, chance, fill, join, note, percent, several, short

if TYPE_CHECKING:
    from reliabel.ops.word_tokens import Tokens

ITEMS, ANSWERS, WORDS = 20, 8, 80  # that are shown: items, answers of each, words of an answer


def sections(made: Made) -> list[Section]:
    """The answers of the least certain items with several votes, side by side."""
    votes, rows = made.votes, made.rows
    p, agreement = (np.asarray(rows[name], dtype=float) for name in ("p", "agreement"))
    count = np.bincount(votes.item, minlength=votes.n)
    doubt = p if np.isfinite(p).any() else agreement
    order = np.lexsort((np.nan_to_num(agreement, nan=2), np.nan_to_num(doubt, nan=2)))
    order = order[count[order] > 1][:ITEMS]
    if not len(order):
        return []
    views = ItemViews(made.data) if made.data.evidence.get("items") is not None else None
    names = worker_names(made.data, votes.w)
    items = [
        {
            "name": short(rows["id"][i], 60),
            "facts": ", ".join(_facts(p[i], agreement[i], int(count[i]))),
            "content": None if views is None else views.brief(i),
            "consensus": short(made.consensus.labels.y[i] or "", 8 * WORDS),
            **_answers(made, i, names),
        }
        for i in order.tolist()
    ]
    how = note(
        "The least certain first. Marked words differ from the consensus, struck words are "
        "missing in an answer; capitals and punctuation do not count."
    )
    body = join(how, fill("side_by_side.html", items=items))
    return [Section("answers", "Answers side by side", body, f"{len(items):,}")]


def _facts(p: float, agreement: float, count: int) -> list[str]:
    facts = [several(count, "answer")]
    facts += [f"right with a chance of {chance(p)}"] if np.isfinite(p) else []
    return facts + ([f"agreement {percent(agreement)}"] if np.isfinite(agreement) else [])


def _answers(made: Made, item: int, names: list[str]) -> dict[str, Any]:
    """The answers of an item as pieces, those closest to the consensus first."""
    from reliabel.ops.word_alignment import BEYOND, NONE
    from reliabel.ops.word_tokens import tokens_of

    votes = made.votes
    mine = np.flatnonzero(votes.item == item)
    said = [votes.labels.y[v] for v in mine.tolist()]
    tokens = tokens_of([made.consensus.labels.y[item] or "", *said])
    net = _beside(tokens)
    named = np.concatenate([tokens.code, [BEYOND, NONE]])[net]  # (answers, 2, slots)
    size = np.diff(tokens.offsets)[1:]
    apart = ((named[:, 0] != named[:, 1]) & (net[:, 0] != BEYOND)).sum(1)
    order = np.argsort(apart, kind="stable")[:ANSWERS].tolist()
    left = len(mine) - len(order)
    return {
        "answers": [
            {
                "who": short(names[int(votes.worker[mine[place]])], 40),
                "words": _pieces(tokens, net[place], named[place]) if size[place] else [],
                "apart": f"{int(apart[place]):,}",
            }
            for place in order
        ],
        "more": f"and {several(left, 'more answer')}, further away" if left > 0 else "",
    }


def _beside(tokens: Tokens) -> Ints:
    """(answers, 2, slots) the consensus with each answer beside it."""
    from reliabel.ops.word_alignment import laid_beside, padded

    place, size = np.arange(len(tokens.code)), np.diff(tokens.offsets)
    many = len(size) - 1
    first = padded(place, tokens.offsets[:1], size[:1])
    words = padded(place, tokens.offsets[1:-1], size[1:])
    return laid_beside(np.repeat(first[:, None], many, axis=0), words, tokens.code)


def _pieces(tokens: Tokens, net: Ints, named: Ints) -> list[tuple[str, str, str]]:
    """Words with what they are (same, other, or left out) and what stands behind them."""
    from reliabel.ops.word_alignment import BEYOND, NONE

    found: list[tuple[str, int]] = []
    places = np.flatnonzero(net[0] != BEYOND).tolist()
    for place in places[:WORDS]:
        theirs, mine = net[:, place].tolist()
        if mine != NONE:
            found.append(("same" if named[0, place] == named[1, place] else "other", mine))
        elif theirs != NONE:
            found.append(("left out", theirs))
    glued = [bool(tokens.glued[word]) for _, word in found]
    gaps = [
        "" if one and other else " " for one, other in zip(glued, [*glued[1:], False], strict=False)
    ]
    pieces = [
        (what, short(tokens.whole[tokens.start[word] : tokens.end[word]], 40), gap)
        for (what, word), gap in zip(found, gaps, strict=True)
    ]
    return [*pieces, ("same", "…", "")] if len(places) > WORDS else pieces
