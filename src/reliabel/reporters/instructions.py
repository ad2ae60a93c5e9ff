"""Labelling instructions drawn from the data: for each class examples that are typical, that vary,
that lie near the boundary, and items of other classes that must not be taken for it.

Labels that are in doubt are never shown, nor are items that are broken, unlike all others, or seen
twice with different labels.  Items are named by their ids; they are copied into the page only where
that is allowed, since they may be private.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.results import Audit, Suspicion
from reliabel.reporters.card_blocks import plain_markdown
from reliabel.reporters.card_meta import CardMeta
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.sentences import AuditView, source, stamp
from reliabel.reporters.shell import Html, Section, join, note, page, percent, several, short, table

if TYPE_CHECKING:
    from reliabel.ops.exemplars import Exemplars

WORD = re.compile(r"[^\W\d_]{2,}")  # words, no numbers: these may be somebody's
PHRASES, OFTEN = 6, 3  # phrases of a class, and items of it that must hold one
RARER = 2  # times as frequent in the class as elsewhere
TEXT = 300  # characters of an item that is copied
ROLES = {
    "typical": "the class at its plainest",
    "varied": "other faces of the class",
    "borderline": "near the boundary, and still the class",
    "not this": "looks like the class, but is another",
}


@dataclass(frozen=True, eq=False)
class Shown:
    """One example: its role, its row, its label, and words that go with it."""

    role: str
    row: int
    label: str
    words: str = ""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is told of one class: its name, its definition if people gave one, words that are
    frequent in it alone, examples, and how well these find the class again.
    """

    name: str
    means: str
    phrases: Sequence[str]
    shown: Sequence[Shown]
    precision: float | None


@dataclass(frozen=True, eq=False)
class Instructions:
    """The lessons on all classes of an audit.  copied: whether items may stand in the page."""

    audit: Audit
    lessons: Sequence[Lesson]
    copied: bool


def instructions(
    audit: Audit, meta: CardMeta, *, copied: bool = False, seed: int = 0
) -> Instructions:
    """Choose the examples.

    copied: whether the items themselves may be copied into the page.
    Raises ValueError for labels other than one class an item, and without features.
    """
    from reliabel.ops.exemplars import certain, choose, unit_vectors

    labels, features = audit.data.labels, audit.data.evidence.get("features")
    if not isinstance(labels, Classes):
        raise ValueError(
            "instructions are drawn for one class an item; these labels are "
            f"{type(labels).__name__}"
        )
    if features is None or len(features) != len(labels):
        raise ValueError(
            "the audit holds no features of the items, from which examples are chosen; audit with "
            "features="
        )
    units, usable = unit_vectors(features)
    sure = certain(_doubt(audit), labels) & usable & ~_odd(audit)
    texts = _texts(audit)
    phrases = [_phrases(texts, labels, sure, c) for c in range(labels.k)]
    near = [None if texts is None else _holds(texts, some) for some in phrases]
    rng = np.random.default_rng(seed)
    found = choose(units, labels, sure, rng=rng, texts=near)
    lessons = [_lesson(labels, meta, c, one, phrases[c]) for c, one in enumerate(found)]
    return Instructions(audit, lessons, copied)


def _lesson(
    labels: Classes, meta: CardMeta, c: int, one: Exemplars | None, phrases: Sequence[str]
) -> Lesson:
    name = labels.names[c]
    means = meta.classes.get(name, "")
    if one is None:
        return Lesson(name, means, phrases, (), None)
    told = [phrases[place] if place >= 0 else "" for place in one.phrases.tolist()]
    shown = [
        Shown("varied" if place else "typical", row, name, told[place] and f"as in: {told[place]}")
        for place, row in enumerate(one.shown.tolist())
    ]
    shown += [Shown("borderline", row, name) for row in one.borderline.tolist()]
    shown += [Shown("not this", row, labels.names[other]) for other, row in one.not_this]
    return Lesson(name, means, phrases, shown, one.precision)


def _doubt(audit: Audit) -> Floats:
    """(n,) P(wrong); without one, 1 where an auditor flags a label, else half the mean rank of its
    scores.
    """
    from reliabel.ops.ranks import mean_rank

    if audit.p_wrong is not None:
        return np.asarray(audit.p_wrong, dtype=float)
    view = AuditView(audit)
    words = [w for n in view.label_auditors if isinstance(w := audit.opinions[n], Suspicion)]
    if not words:
        return np.full(len(audit.data), 0.25)
    doubt = np.asarray(mean_rank([np.asarray(one.score, dtype=float) for one in words])) / 2
    flags = [np.asarray(one.flag, dtype=bool) for one in words if one.flag is not None]
    return np.where(np.any(flags, axis=0), 1.0, doubt) if flags else doubt


def _odd(audit: Audit) -> Bools:
    """(n,) items with a fault of their own, and duplicates that disagree."""
    view, out = AuditView(audit), np.zeros(len(audit.data), dtype=bool)
    for finds, findings in view.by_kind.items():
        for one in findings:
            if finds not in ("label", "duplicate") or (finds == "duplicate" and view.disagree(one)):
                out[[one.item, *one.others]] = True
    return out


def _texts(audit: Audit) -> list[list[str]] | None:
    """The words of each item, of texts alone."""
    items = audit.data.evidence.get("items")
    if items is None or isinstance(items, Mapping) or audit.data.source.get("task") == "image":
        return None
    if not all(item is None or isinstance(item, str) for item in items):
        return None
    return [WORD.findall((item or "").lower())[:500] for item in items]


def _phrases(texts: list[list[str]] | None, labels: Classes, sure: Bools, c: int) -> list[str]:
    """Words and pairs of words that many items of the class hold and few of the others."""
    if texts is None:
        return []
    mine, others = Counter[str](), Counter[str]()
    own = rest = 0
    for row in np.flatnonzero(sure).tolist():
        into = mine if labels.y[row] == c else others
        own, rest = own + (into is mine), rest + (into is others)
        into.update(_pieces(texts[row]))
    weight = {
        piece: n / own * np.log((n / own) / ((others[piece] + 1) / (rest + 2)))
        for piece, n in mine.items()
        if n >= OFTEN and n / own >= RARER * (others[piece] + 1) / (rest + 2)
    }
    best = sorted(weight, key=lambda piece: (-weight[piece], piece))
    kept: list[str] = []
    for piece in best:
        if not any(piece in one or one in piece for one in kept):
            kept.append(piece)
        if len(kept) == PHRASES:
            break
    return kept


def _pieces(words: Sequence[str]) -> set[str]:
    return {*words, *(f"{a} {b}" for a, b in pairwise(words))}


def _holds(texts: list[list[str]], phrases: Sequence[str]) -> Floats:
    """(phrases, n) 1 where an item holds a phrase."""
    out = np.zeros((len(phrases), len(texts)), dtype=np.float32)
    for row, words in enumerate(texts):
        pieces = _pieces(words)
        for place, phrase in enumerate(phrases):
            out[place, row] = phrase in pieces
    return out


def render(found: Instructions) -> str:
    """The instructions as a page."""
    views = ItemViews(found.audit.data)
    sections = [
        Section(f"class-{place}", short(one.name, 60), _section(found, views, one))
        for place, one in enumerate(found.lessons)
    ]
    view = AuditView(found.audit)
    return page(
        f"How to label {several(len(found.lessons), 'class', 'classes')}",
        _lead(found),
        sections,
        source=f"Labelling instructions from {source(view)}",
        stamp=stamp(view),
    )


def markdown(found: Instructions) -> str:
    """The instructions as Markdown; of items other than texts and rows the ids alone."""
    out = [f"# How to label {several(len(found.lessons), 'class', 'classes')}", _lead(found)]
    for one in found.lessons:
        out.append(f"## {plain_markdown(one.name)}")
        out += [plain_markdown(line) for line in _words(one)]
        out += [
            f"- **{shown.role}** ({plain_markdown(shown.label)}), item "
            f"{plain_markdown(found.audit.data.ids.item(shown.row))}"
            + (f": {plain_markdown(text)}" if (text := _copy(found, shown.row)) else "")
            + (f" ({plain_markdown(shown.words)})" if shown.words else "")
            for shown in one.shown
        ]
    return "\n\n".join(out[:2]) + "\n\n" + "\n".join(f"{line}\n" for line in out[2:])


def _lead(found: Instructions) -> str:
    judged = [one.precision for one in found.lessons if one.precision is not None]
    told = (
        f" By these examples a class is found again with a mean average precision of "
        f"{percent(float(np.mean(judged)))}."
        if judged
        else ""
    )
    what = "" if found.copied else " Items are named by id alone, since they may be private."
    return (
        "Examples were chosen among labels without doubt; those that may be wrong are not shown."
        f"{told}{what}"
    )


def _words(one: Lesson) -> list[str]:
    lines = [one.means or "No definition was given."]
    if one.phrases:
        lines.append(f"Frequent here, rare elsewhere: {', '.join(one.phrases)}.")
    if not one.shown:
        lines.append("No label of this class is without doubt, so that none is shown.")
    return lines


def _section(found: Instructions, views: ItemViews, one: Lesson) -> Html:
    ids = found.audit.data.ids
    rows: list[list[Any]] = []
    for shown in one.shown:
        item = [views.brief(shown.row)] if found.copied else []
        why = shown.words or ROLES[shown.role]
        rows.append(
            [shown.role, short(ids.item(shown.row), 40), *item, short(shown.label, 60), why]
        )
    head = ["", "id", *(["item"] if found.copied else []), "label", "why"]
    lines = [note(line) for line in _words(one)]
    return join(*lines, table(head, rows) if rows else Html(""))


def _copy(found: Instructions, row: int) -> str:
    """The item as one line of text, where it may be copied and is text; personal data masked."""
    from reliabel.ops.personal import masked

    items = found.audit.data.evidence.get("items")
    if not found.copied or items is None:
        return ""
    if isinstance(items, Mapping):
        told = "; ".join(f"{name}: {masked(str(v[row]))}" for name, v in items.items())
        return short(told, TEXT)
    return short(masked(items[row]), TEXT) if isinstance(items[row], str) else ""
